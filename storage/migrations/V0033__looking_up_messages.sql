-- A plan that is made while there are few messages stays until statistics are gathered, and there an index that begins
-- with the tenant costs no more than the right one: each webhook read all messages of its tenant. So none can stand in for
-- another: Meta's ids begin their index, and the index of the order in which messages were stored serves only statements
-- that speak of that order (seq > 0).

alter table messages
  drop constraint messages_external_id_key,
  add constraint messages_external_id_key unique (external_id, tenant_id);

drop index messages_seq;
create unique index messages_seq on messages (tenant_id, seq) where seq > 0;

create or replace function search_block_of(stored_by timestamptz) returns bigint language plpgsql stable as $$
declare
  low bigint := (select message_block(min(seq)) from messages where tenant_id = current_tenant() and seq > 0);
  high bigint := (select message_block(max(seq)) from messages where tenant_id = current_tenant() and seq > 0);
  middle bigint;
begin
  while low < high loop
    middle := (low + high + 1) / 2;
    if (select created_at from messages where tenant_id = current_tenant() and seq > 0 and seq >= middle << 13
        order by seq limit 1) <= stored_by then
      low := middle;
    else
      high := middle - 1;
    end if;
  end loop;
  return low;
end $$;

create or replace function messages_with_words(
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
      where f.tenant_id = tenant and f.seq > 0 and f.seq >= b.first and f.seq < b.next and f.search_terms @@ b.query
        and (wanted_direction is null or f.direction = wanted_direction)
        and (since is null or f.sent_at >= since) and (until is null or f.sent_at < until)
      order by f.seq desc) m
    limit at_most;
end $$;
