-- Message search: PostgreSQL's full text, read block by block from the newest messages backwards, so that a word that
-- stands in millions of them is found as fast as a rare one.

-- The order in which messages were stored, over all tenants.
alter table messages add column seq bigint not null generated always as identity;
create unique index messages_seq on messages (tenant_id, seq);

-- Blocks of 8,192 messages.
create function message_block(seq bigint) returns bigint language sql immutable parallel safe as $$ select seq >> 13 $$;

-- What is searched of a text: its first 8,192 characters, of each word the first 64. Punctuation separates words, so
-- that the parts of an address or an order number are found. Marks without width make no new word, as many as there
-- are: a blank after 255 characters bounds the words in bytes, as PostgreSQL refuses those above 2,046.
create function search_text(shown text) returns text language sql immutable parallel safe as $$
  select regexp_replace(regexp_replace(
    translate(left(shown, 8192), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '),
    '([[:alnum:]]{64})[[:alnum:]]+', '\1', 'g'), '([^[:space:]]{255})', '\1 ', 'g') $$;

create function search_vector(shown text) returns tsvector language sql immutable parallel safe as $$
  select to_tsvector('simple', search_text(shown)) $$;

-- What the words of a tenant in a block begin with in the index. Where two tenants end alike, the rows tell them apart.
create function search_prefix(block bigint, tenant uuid) returns text language sql immutable parallel safe as $$
  select to_hex(block) || '.' || right(tenant::text, 6) || '.' $$;

-- A message as the index has it: its words, each with the prefix. No subquery, so that PostgreSQL can inline it.
create function search_terms(tenant uuid, seq bigint, shown text) returns tsvector language sql immutable parallel safe
as $$
  select array_to_tsvector(string_to_array(
    search_prefix(message_block(seq), tenant) || replace(
      array_to_string(tsvector_to_array(search_vector(shown)), ' '), ' ',
      ' ' || search_prefix(message_block(seq), tenant)), ' ')) $$;

-- A column, and a comparison that is said to tell nothing of the rows that it does not give: otherwise row level security
-- would keep the search from its index. It compares words and fails for none of them. Only a superuser can say so; where
-- there is none, an administrator does it once, and until then messages are read one by one.
alter table messages add column search_terms tsvector
  generated always as (search_terms(tenant_id, seq, message_text(type, content))) stored;
do $$ begin
  alter function ts_match_vq(tsvector, tsquery) leakproof;
exception when insufficient_privilege then
  null;
end $$;
-- Without a list of pending entries: each block that is looked at would read all of it.
create index messages_search on messages using gin (search_terms) with (fastupdate = off);

-- The words that are searched for, in their order; at most twelve.
create function search_words(wanted text) returns text[] language sql immutable parallel safe as $$
  select array(select lower(token) from ts_parse('default', search_text(wanted)) where tokid <> 12 limit 12) $$;

-- Whether a word also stands for those that begin with it. A letter alone would stand for too many.
create function search_is_beginning(word text) returns boolean language sql immutable parallel safe as $$
  select octet_length(word) > 1 $$;

-- All of these words, of which the last may be the beginning of one; in the index with a prefix.
create function search_query(words text[], prefix text) returns tsquery language sql immutable parallel safe as $$
  select ('''' || prefix || array_to_string(words, ''' & ''' || prefix) || ''''
    || case when search_is_beginning(words[cardinality(words)]) then ':*' else '' end)::tsquery $$;

-- The last block of the transaction's tenant whose first message was stored by then; NULL: it has no messages.
create function search_block_of(stored_by timestamptz) returns bigint language plpgsql stable as $$
declare
  low bigint := (select message_block(min(seq)) from messages where tenant_id = current_tenant());
  high bigint := (select message_block(max(seq)) from messages where tenant_id = current_tenant());
  middle bigint;
begin
  while low < high loop
    middle := (low + high + 1) / 2;
    if (select created_at from messages where tenant_id = current_tenant() and seq >= middle << 13
        order by seq limit 1) <= stored_by then
      low := middle;
    else
      high := middle - 1;
    end if;
  end loop;
  return low;
end $$;

-- The messages of the transaction's tenant that were stored last and have these words. A time counts as Meta has it: Meta
-- delivers for 7 days what it could not deliver, and its clock may be ahead. Where the comparison is not said to be
-- leakproof, the block is read by its numbers.
create function messages_with_words(
  words text[], wanted_direction text, since timestamptz, until timestamptz, at_most int)
returns table (message_id uuid, of_conversation uuid) language plpgsql stable as $$
declare
  tenant constant uuid := current_tenant();
  newest constant bigint := search_block_of(coalesce(until + interval '7 days', 'infinity'));
  oldest constant bigint := search_block_of(coalesce(since - interval '1 hour', '-infinity'));
begin
  if (select proleakproof from pg_proc where oid = 'ts_match_vq(tsvector,tsquery)'::regprocedure) then
    return query
      select m.id, m.conversation_id
      from (
        -- Apart, as a comparison with anything but a value tells of the rows.
        select search_query(words, search_prefix(block, tenant)) as query
        from generate_series(newest, oldest, -1) block offset 0) b
      cross join lateral (
        select f.id, f.conversation_id
        from messages f
        where f.search_terms @@ b.query
          and (wanted_direction is null or f.direction = wanted_direction)
          and (since is null or f.sent_at >= since) and (until is null or f.sent_at < until)
        order by f.seq desc) m
      limit at_most;
    return;
  end if;
  return query
    select m.id, m.conversation_id
    from (
      select search_query(words, search_prefix(block, tenant)) as query, block << 13 as first, (block + 1) << 13 as next
      from generate_series(newest, oldest, -1) block offset 0) b
    cross join lateral (
      select f.id, f.conversation_id
      from messages f
      where f.tenant_id = tenant and f.seq >= b.first and f.seq < b.next and f.search_terms @@ b.query
        and (wanted_direction is null or f.direction = wanted_direction)
        and (since is null or f.sent_at >= since) and (until is null or f.sent_at < until)
      order by f.seq desc) m
    limit at_most;
end $$;

-- About 200 characters of a text, from a little before the first of these words, as HTML in which they are marked. Two
-- characters that no text has stand for the marks until the rest is escaped.
create function search_highlight(shown text, words text[]) returns text language plpgsql immutable parallel safe as $$
declare
  last constant text := words[cardinality(words)];
  no_more constant text := '(?![[:alnum:]])';
  pattern constant text := '(?<![[:alnum:]])('
    || array_to_string(words[:cardinality(words) - 1] || ''::text, no_more || '|') || last
    || case when search_is_beginning(last) then '[[:alnum:]]*' else no_more end || ')';
  plain constant text := translate(shown, E'\x01\x02', '');
  first_at constant int := greatest(regexp_instr(plain, pattern, 1, 1, 0, 'i') - 60, 1);
  piece constant text := substr(plain, first_at, 200);
  html text;
begin
  html := regexp_replace(piece, pattern, E'\x01\\1\x02', 'gi');
  html := replace(replace(replace(replace(html, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;');
  html := replace(replace(html, E'\x01', '<mark>'), E'\x02', '</mark>');
  return case when first_at > 1 then '…' else '' end || html
    || case when first_at + 200 <= length(plain) then '…' else '' end;
end $$;
