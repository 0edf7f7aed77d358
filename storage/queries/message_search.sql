-- Message search. Only the newest matches are ranked, so that no search takes long.

-- name: messages_search
-- $1 caller, $2 whether the caller sees all, $3 what is searched for, $4 conversation, $5 channel, $6 direction,
-- $7 from and $8 to time, each NULL for any; $9 page, $10 per_page. Looked at are the 5,000 matches that were stored
-- last, and in one conversation its newest 5,000 messages; ranked are the newest 1,000 of those that the caller sees.
-- The limits of one more tell whether there are others.
with wanted as materialized (
  select words, search_query(words, '') as query,
    case when $2::boolean and $5::text is null then 1001 else 5001 end as matches_max
  from (select search_words($3) as words) w where cardinality(words) > 0
), of_conversation as materialized (
  select id, conversation_id, direction, sent_at, message_text(type, content) as shown
  from messages where conversation_id = $4::uuid order by sent_at desc, id desc limit 5001
), found as materialized (
  select f.id, f.conversation_id, f.place
  from wanted w cross join lateral
    messages_with_words(w.words, $6, $7::timestamptz, $8::timestamptz, w.matches_max) with ordinality
      as f(id, conversation_id, place)
  where $4 is null
  union all
  select m.id, m.conversation_id, row_number() over (order by m.sent_at desc, m.id desc)
  from wanted w join of_conversation m on search_vector(m.shown) @@ w.query
  where ($6::text is null or m.direction = $6) and ($7 is null or m.sent_at >= $7) and ($8 is null or m.sent_at < $8)
), visible as materialized (
  select f.id, f.place
  from found f join conversations v on v.id = f.conversation_id
  where {{conversation_visible}} and ($5 is null or v.channel = $5)
  order by f.place limit 1001
), ranked as materialized (
  select m.id, m.sent_at, ts_rank(search_vector(message_text(m.type, m.content)), w.query, 1) as rank
  from wanted w cross join (select id from visible order by place limit 1000) f join messages m on m.id = f.id
), page as (
  select json_strip_nulls(json_build_object(
      'id', m.id, 'conversation_id', m.conversation_id, 'contact_id', v.contact_id, 'contact_name', c.name,
      'channel', v.channel, 'direction', m.direction, 'type', m.type, 'text', left(message_text(m.type, m.content), 8192),
      'highlight', search_highlight(message_text(m.type, m.content), w.words), 'rank', r.rank,
      'sent_at', rfc3339(m.sent_at))) as item, r.rank, r.sent_at, r.id
  from wanted w cross join (
      select * from ranked order by rank desc, sent_at desc, id desc limit $10::bigint offset ($9::bigint - 1) * $10) r
  join messages m on m.id = r.id join conversations v on v.id = m.conversation_id
  left join lateral (select name from contacts where id = v.contact_id limit 1) c on true
), counted as (
  select count(*) as total from ranked
)
select json_build_object(
  'data', (select coalesce(json_agg(item order by rank desc, sent_at desc, id desc), '[]') from page),
  'total', total, 'page', $9, 'per_page', $10, 'total_pages', ceil(total::numeric / $10)::bigint,
  'complete', (select count(*) from visible) <= 1000 and (select count(*) from of_conversation) <= 5000
    and (select count(*) from found) < coalesce((select matches_max from wanted), 1))
from counted
