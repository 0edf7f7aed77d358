-- Notes as the API shows them. $1 and $2 as conversation_visible has them: a note is seen with its conversation.

-- fragment: note_json
json_strip_nulls(json_build_object(
  'id', n.id, 'conversation_id', n.conversation_id, 'body', n.body, 'author_id', n.author_id,
  'author_name', (select a.name from agents a where a.id = n.author_id), 'mentions', note_mentions(n.mentions),
  'created_at', rfc3339(n.created_at), 'updated_at', rfc3339(n.updated_at)))

-- name: notes_list
-- $3 conversation, $4 page, $5 per_page; the newest first. No row: no such conversation.
with conversation as (
  select v.id from conversations v where v.id = $3::uuid and {{conversation_visible}}
), page as (
  select {{note_json}} as item, n.created_at, n.id
  from conversation v join conversation_notes n on n.conversation_id = v.id
  order by n.created_at desc, n.id desc limit $5::bigint offset ($4::bigint - 1) * $5
), counted as (
  select count(*) as total from conversation v join conversation_notes n on n.conversation_id = v.id
)
select json_build_object(
  'data', (select coalesce(json_agg(item order by created_at desc, id desc), '[]') from page),
  'total', total, 'page', $4, 'per_page', $5, 'total_pages', ceil(total::numeric / $5)::bigint)
from counted where exists (select from conversation)

-- name: note_create
-- By the caller: $3 conversation, $4 id, $5 body, $6 mentions. No row: no such conversation, or no more: it is held, as it
-- may become part of another.
with created as (
  insert into conversation_notes (id, tenant_id, conversation_id, author_id, body, mentions)
  select $4::uuid, current_tenant(), v.id, $1::uuid, $5, $6::uuid[]
  from conversations v where v.id = $3::uuid and {{conversation_visible}} for key share of v
  returning *
)
select {{note_json}} from created n

-- name: note_lock
-- Who wrote note $3; nobody else changes it before the transaction ends. No row: no such note.
select n.author_id
from conversation_notes n join conversations v on v.id = n.conversation_id
where n.id = $3::uuid and {{conversation_visible}} for update of n

-- name: note_update
-- $2 body, $3 mentions, each NULL to keep.
with changed as (
  update conversation_notes set body = coalesce($2, body), mentions = coalesce($3::uuid[], mentions), updated_at = now()
  where id = $1::uuid
  returning *
)
select {{note_json}} from changed n

-- name: note_delete
delete from conversation_notes where id = $1::uuid

-- name: note_mentions_refused
-- Those of the ids $1 that no active agent has: their places in the list, from 0, themselves, and whether an inactive
-- one has it.
select given.place - 1, given.id, a.id is not null
from unnest($1::uuid[]) with ordinality given (id, place) left join agents a on a.id = given.id
where a.is_active is not true
order by given.place
