-- Lists that are narrowed by an agent and a division, with or without a tag, had no index that begins with both: where
-- the agent and the division have many conversations and hardly one together, all of either were read.

-- What an index of agents knows of divisions is enough for agents alone: it takes the place of one of agents. Others
-- need not carry the division any more.
create index conversations_agent_division on conversations
  (tenant_id, assigned_agent_id, division_id, status, channel, last_message_at desc, id desc)
  where assigned_agent_id is not null;
drop index conversations_agent;
drop index conversations_seen_by;
create index conversations_seen_by on conversations (tenant_id, seen_by, status, channel, last_message_at desc, id desc)
  where in_inbox;

-- Only of conversations that an agent has: what nobody has is seen by its division.
create index tagged_conversations_agent_division on tagged_conversations
  (tenant_id, tag, seen_by, division_id, status, channel, last_message_at desc, conversation_id desc)
  where seen_by <> division_id;
drop index tagged_conversations_seen_by;
create index tagged_conversations_seen_by on tagged_conversations
  (tenant_id, tag, seen_by, status, channel, last_message_at desc, conversation_id desc);

-- As before, and a queue in a division is either that division's own, or an agent's.
create or replace function walk_conversations(
  queues uuid[], statuses text[], channels text[], after_times timestamptz[], after_ids uuid[],
  wanted_division uuid, wanted_tag text, each_max int, all_max int)
returns table (walk bigint, place bigint, id uuid, last_message_at timestamptz) language plpgsql stable as $$
begin
  if wanted_tag is not null and queues is not null and wanted_division is not null then
    return query
      select w.walk, f.place, f.id, f.at
      from unnest(queues, statuses, channels, after_times, after_ids)
        with ordinality as w(queue, status, channel, after_time, after_id, walk)
      cross join lateral (
        (select t.conversation_id as id, t.last_message_at as at,
           row_number() over (order by t.last_message_at desc, t.conversation_id desc) as place
         from tagged_conversations t
         where w.queue = wanted_division and t.tag = wanted_tag and t.seen_by = w.queue and t.status = w.status
           and t.channel = w.channel and (t.last_message_at, t.conversation_id) < (w.after_time, w.after_id)
         order by t.last_message_at desc, t.conversation_id desc limit each_max)
        union all
        (select t.conversation_id, t.last_message_at,
           row_number() over (order by t.last_message_at desc, t.conversation_id desc)
         from tagged_conversations t
         where w.queue <> wanted_division and t.tag = wanted_tag and t.seen_by = w.queue
           and t.division_id = wanted_division and t.seen_by <> t.division_id and t.status = w.status
           and t.channel = w.channel and (t.last_message_at, t.conversation_id) < (w.after_time, w.after_id)
         order by t.last_message_at desc, t.conversation_id desc limit each_max)) f
      limit all_max;
  elsif wanted_tag is not null and queues is not null then
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
  elsif queues is not null and wanted_division is not null then
    return query
      select w.walk, f.place, f.id, f.at
      from unnest(queues, statuses, channels, after_times, after_ids)
        with ordinality as w(queue, status, channel, after_time, after_id, walk)
      cross join lateral (
        (select v.id, v.last_message_at as at,
           row_number() over (order by v.last_message_at desc, v.id desc) as place
         from conversations v
         where w.queue = wanted_division and v.in_inbox and v.seen_by = w.queue and v.status = w.status
           and v.channel = w.channel and (v.last_message_at, v.id) < (w.after_time, w.after_id)
         order by v.last_message_at desc, v.id desc limit each_max)
        union all
        (select v.id, v.last_message_at, row_number() over (order by v.last_message_at desc, v.id desc)
         from conversations v
         where w.queue <> wanted_division and v.assigned_agent_id = w.queue and v.division_id = wanted_division
           and v.status = w.status and v.channel = w.channel
           and (v.last_message_at, v.id) < (w.after_time, w.after_id)
         order by v.last_message_at desc, v.id desc limit each_max)) f
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

-- As before, and they are only counted apart where it takes more than what was read.
create or replace function newest_conversations(
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
  all_queues uuid[];
  all_statuses text[];
  all_channels text[];
  oldest timestamptz;
  step_max int;
begin
  select array_agg(q), array_agg(s), array_agg(c), array_agg('infinity'::timestamptz), array_agg(last_of_all)
  into walk_queues, walk_statuses, walk_channels, after_times, after_ids
  from unnest(coalesce(queues, array[null::uuid])) q, unnest(statuses) s, unnest(channels) c;
  all_queues := walk_queues;
  all_statuses := walk_statuses;
  all_channels := walk_channels;
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
  -- Fewer than wanted are all that there are.
  counted := least(coalesce(cardinality(ids), 0), counted_max);
  if counted < counted_max and counted >= at_most then
    counted := (select count(*) from walk_conversations(
      case when queues is not null then all_queues end, all_statuses, all_channels,
      array_fill('infinity'::timestamptz, array[cardinality(all_statuses)]),
      array_fill(last_of_all, array[cardinality(all_statuses)]), wanted_division, wanted_tag, counted_max, counted_max));
  end if;
end $$;
