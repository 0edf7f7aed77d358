-- Lists of conversations: whatever a list is narrowed by, the newest are read from an index, in its order.

-- Each index begins with what a list is narrowed by. Status and channel are few: a list of any is merged from walks, one
-- for each pair of them.
drop index conversations_inbox;
drop index conversations_seen_by;
drop index conversations_division;
create index conversations_inbox on conversations (tenant_id, status, channel, last_message_at desc, id desc)
  where in_inbox;
create index conversations_seen_by on conversations (tenant_id, seen_by, status, channel, last_message_at desc, id desc)
  include (division_id) where in_inbox;
create index conversations_division on conversations
  (tenant_id, division_id, status, channel, last_message_at desc, id desc) where division_id is not null;

-- A row for each tag of each conversation, with what lists are narrowed by. Only who has a tag costs anything.
create table tagged_conversations (
  tenant_id uuid not null,
  tag text not null,
  conversation_id uuid not null references conversations on delete cascade,
  status text not null,
  channel text not null,
  seen_by uuid not null,
  division_id uuid,
  last_message_at timestamptz not null,
  primary key (conversation_id, tag)
) with (autovacuum_vacuum_scale_factor = 0.05);
create index tagged_conversations_inbox on tagged_conversations
  (tenant_id, tag, status, channel, last_message_at desc, conversation_id desc);
create index tagged_conversations_division on tagged_conversations
  (tenant_id, tag, division_id, status, channel, last_message_at desc, conversation_id desc)
  where division_id is not null;
create index tagged_conversations_seen_by on tagged_conversations
  (tenant_id, tag, seen_by, status, channel, last_message_at desc, conversation_id desc) include (division_id);
call isolate_tenant('tagged_conversations');

create function keep_conversation_tags() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.tags = new.tags then
    update tagged_conversations set
      status = new.status, seen_by = new.seen_by, division_id = new.division_id, last_message_at = new.last_message_at
    where conversation_id = new.id;
    return null;
  end if;
  if tg_op = 'UPDATE' then
    delete from tagged_conversations where conversation_id = new.id;
  end if;
  insert into tagged_conversations (tenant_id, tag, conversation_id, status, channel, seen_by, division_id,
                                    last_message_at)
  select distinct new.tenant_id, tag, new.id, new.status, new.channel, new.seen_by, new.division_id, new.last_message_at
  from unnest(new.tags) tag;
  return null;
end $$;
create trigger keep_tags_added after insert on conversations for each row when (new.tags <> '{}')
  execute function keep_conversation_tags();
create trigger keep_tags_changed after update on conversations for each row
  when ((old.tags <> '{}' or new.tags <> '{}')
    and (old.tags, old.status, old.seen_by, old.division_id, old.last_message_at)
        is distinct from (new.tags, new.status, new.seen_by, new.division_id, new.last_message_at))
  execute function keep_conversation_tags();

-- As the engine: row level security binds the owner as well.
set local role omnistream_engine;
insert into tagged_conversations (tenant_id, tag, conversation_id, status, channel, seen_by, division_id,
                                  last_message_at)
select distinct v.tenant_id, t.tag, v.id, v.status, v.channel, v.seen_by, v.division_id, v.last_message_at
from conversations v cross join unnest(v.tags) t(tag);
reset role;

-- Of each walk, by its place in the arrays, the next so many conversations after the one that it came to, and of all no
-- more than all_max. A walk is of conversations with a status and a channel: of those whom a queue sees, where queues are
-- given; and of those with a tag and in a division, where these are. Each kind has a statement of its own, so that each
-- finds its index.
create function walk_conversations(
  queues uuid[], statuses text[], channels text[], after_times timestamptz[], after_ids uuid[],
  wanted_division uuid, wanted_tag text, each_max int, all_max int)
returns table (walk bigint, place bigint, id uuid, last_message_at timestamptz) language plpgsql stable as $$
begin
  if wanted_tag is not null and queues is not null then
    return query
      select w.walk, f.place, f.id, f.at
      from unnest(queues, statuses, channels, after_times, after_ids)
        with ordinality as w(queue, status, channel, after_time, after_id, walk)
      cross join lateral (
        select t.conversation_id as id, t.last_message_at as at,
          row_number() over (order by t.last_message_at desc, t.conversation_id desc) as place
        from tagged_conversations t
        where t.tag = wanted_tag and t.seen_by = w.queue and t.status = w.status and t.channel = w.channel
          and (t.last_message_at, t.conversation_id) < (w.after_time, w.after_id)
          and (wanted_division is null or t.division_id = wanted_division)
        order by t.last_message_at desc, t.conversation_id desc limit each_max) f
      limit all_max;
  elsif wanted_tag is not null and wanted_division is not null then
    return query
      select w.walk, f.place, f.id, f.at
      from unnest(statuses, channels, after_times, after_ids)
        with ordinality as w(status, channel, after_time, after_id, walk)
      cross join lateral (
        select t.conversation_id as id, t.last_message_at as at,
          row_number() over (order by t.last_message_at desc, t.conversation_id desc) as place
        from tagged_conversations t
        where t.tag = wanted_tag and t.division_id = wanted_division and t.status = w.status
          and t.channel = w.channel
          and (t.last_message_at, t.conversation_id) < (w.after_time, w.after_id)
        order by t.last_message_at desc, t.conversation_id desc limit each_max) f
      limit all_max;
  elsif wanted_tag is not null then
    return query
      select w.walk, f.place, f.id, f.at
      from unnest(statuses, channels, after_times, after_ids)
        with ordinality as w(status, channel, after_time, after_id, walk)
      cross join lateral (
        select t.conversation_id as id, t.last_message_at as at,
          row_number() over (order by t.last_message_at desc, t.conversation_id desc) as place
        from tagged_conversations t
        where t.tag = wanted_tag and t.status = w.status and t.channel = w.channel
          and (t.last_message_at, t.conversation_id) < (w.after_time, w.after_id)
        order by t.last_message_at desc, t.conversation_id desc limit each_max) f
      limit all_max;
  elsif queues is not null then
    return query
      select w.walk, f.place, f.id, f.at
      from unnest(queues, statuses, channels, after_times, after_ids)
        with ordinality as w(queue, status, channel, after_time, after_id, walk)
      cross join lateral (
        select v.id, v.last_message_at as at,
          row_number() over (order by v.last_message_at desc, v.id desc) as place
        from conversations v
        where v.in_inbox and v.seen_by = w.queue and v.status = w.status and v.channel = w.channel
          and (v.last_message_at, v.id) < (w.after_time, w.after_id)
          and (wanted_division is null or v.division_id = wanted_division)
        order by v.last_message_at desc, v.id desc limit each_max) f
      limit all_max;
  elsif wanted_division is not null then
    return query
      select w.walk, f.place, f.id, f.at
      from unnest(statuses, channels, after_times, after_ids)
        with ordinality as w(status, channel, after_time, after_id, walk)
      cross join lateral (
        select v.id, v.last_message_at as at,
          row_number() over (order by v.last_message_at desc, v.id desc) as place
        from conversations v
        where v.division_id = wanted_division and v.status = w.status and v.channel = w.channel
          and (v.last_message_at, v.id) < (w.after_time, w.after_id)
        order by v.last_message_at desc, v.id desc limit each_max) f
      limit all_max;
  else
    return query
      select w.walk, f.place, f.id, f.at
      from unnest(statuses, channels, after_times, after_ids)
        with ordinality as w(status, channel, after_time, after_id, walk)
      cross join lateral (
        select v.id, v.last_message_at as at,
          row_number() over (order by v.last_message_at desc, v.id desc) as place
        from conversations v
        where v.in_inbox and v.status = w.status and v.channel = w.channel
          and (v.last_message_at, v.id) < (w.after_time, w.after_id)
        order by v.last_message_at desc, v.id desc limit each_max) f
      limit all_max;
  end if;
end $$;

-- The newest conversations, at_most of them, of all these queues, or of all where they are NULL, with one of the statuses
-- and channels, in a division and with a tag where these are given; in no order, and some more. Walks go on in steps as
-- long as they may lead to one that is newer than what was found: so little more is read than is wanted, however many
-- walks there are. Besides how many there are, of which no more than counted_max are counted.
create function newest_conversations(
  queues uuid[], statuses text[], channels text[], wanted_division uuid, wanted_tag text, at_most int, counted_max int,
  out ids uuid[], out times timestamptz[], out counted bigint) language plpgsql stable as $$
declare
  last_of_all constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  walk_queues uuid[];
  walk_statuses text[];
  walk_channels text[];
  after_times timestamptz[];
  after_ids uuid[];
  step_ids uuid[];
  step_times timestamptz[];
  go_on bigint[];
  oldest timestamptz;
  step_max int;
begin
  select array_agg(q), array_agg(s), array_agg(c), array_agg('infinity'::timestamptz), array_agg(last_of_all)
  into walk_queues, walk_statuses, walk_channels, after_times, after_ids
  from unnest(coalesce(queues, array[null::uuid])) q, unnest(statuses) s, unnest(channels) c;
  counted := (select count(*) from walk_conversations(
    case when queues is not null then walk_queues end, walk_statuses, walk_channels, after_times, after_ids,
    wanted_division, wanted_tag, counted_max, counted_max));
  step_max := greatest(at_most / cardinality(walk_statuses), 20);
  while walk_statuses is not null loop
    -- Of a walk that has more to give, the last one is where it goes on.
    select array_agg(w.id), array_agg(w.last_message_at), array_agg(w.walk) filter (where w.place = step_max),
           array_agg(w.last_message_at) filter (where w.place = step_max),
           array_agg(w.id) filter (where w.place = step_max)
    into step_ids, step_times, go_on, after_times, after_ids
    from walk_conversations(
      case when queues is not null then walk_queues end, walk_statuses, walk_channels, after_times, after_ids,
      wanted_division, wanted_tag, step_max, null) w;
    ids := ids || step_ids;
    times := times || step_times;
    oldest := (select t from unnest(times) t order by t desc offset at_most - 1 limit 1);
    select array_agg(walk_queues[g.walk]), array_agg(walk_statuses[g.walk]), array_agg(walk_channels[g.walk]),
           array_agg(g.at), array_agg(g.id)
    into walk_queues, walk_statuses, walk_channels, after_times, after_ids
    from unnest(go_on, after_times, after_ids) as g(walk, at, id)
    where oldest is null or g.at >= oldest;
    step_max := 2 * step_max;
  end loop;
end $$;
