-- Deep pages of lists of conversations. A walk gives its step as arrays instead of row by row; the next step is as long as
-- it is likely to be needed, instead of twice as long; and what was found is sorted once.

drop function newest_conversations(uuid[], text[], text[], uuid, text, int, int);
drop function walk_conversations(uuid[], text[], text[], timestamptz[], uuid[], uuid, text, int, int);

-- Of each walk, by its place in the arrays, the next conversations after the one that it came to, newest first, as many
-- as its step or all that are left; no row of a walk that has none. A walk is of conversations with a status and a
-- channel: of those whom a queue sees, where queues are given; and of those with a tag and in a division, where these
-- are. The statement is put together from what begins the index of such lists.
create function walk_conversations(
  queues uuid[], statuses text[], channels text[], after_times timestamptz[], after_ids uuid[], steps int[],
  wanted_division uuid, wanted_tag text)
returns table (walk bigint, ids uuid[], times timestamptz[]) language plpgsql stable as $$
declare
  tagged constant boolean := wanted_tag is not null;
  step constant text := format(
    'select v.%1$s as id, v.last_message_at as at from %2$s v
     where v.status = w.status and v.channel = w.channel and (v.last_message_at, v.%1$s) < (w.after_time, w.after_id)
       and %%s
     order by v.last_message_at desc, v.%1$s desc limit w.step',
    case when tagged then 'conversation_id' else 'id' end,
    case when tagged then 'tagged_conversations' else 'conversations' end);
  listed constant text := case when tagged then 'v.tag = $8' else 'v.in_inbox' end;
  -- Who has a division or an agent is in the inbox, and their indexes do not say so again.
  in_division constant text := case when tagged then listed || ' and ' else '' end || 'v.division_id = $7';
  of_queue constant text := listed || ' and v.seen_by = w.queue';
  walked text;
begin
  walked := case
    when queues is null and wanted_division is null then format(step, listed)
    when queues is null then format(step, in_division)
    when wanted_division is null then format(step, of_queue)
    -- A queue is that division's own, or an agent's.
    else format('(%s) union all (%s)',
      format(step, 'w.queue = $7 and ' || of_queue),
      format(step, 'w.queue <> $7 and ' || in_division || case
        when tagged then ' and v.seen_by = w.queue and v.seen_by <> v.division_id'
        else ' and v.assigned_agent_id = w.queue' end)) end;
  return query execute
    'select w.walk, f.ids, f.times
     from unnest($1, $2, $3, $4, $5, $6) with ordinality as w(queue, status, channel, after_time, after_id, step, walk)
     cross join lateral (select array_agg(s.id) as ids, array_agg(s.at) as times from (' || walked || ') s) f
     where f.ids is not null'
    using queues, statuses, channels, after_times, after_ids, steps, wanted_division, wanted_tag;
end $$;

-- How many conversations each walk should give next, 0 for one that need not: it has ended, or is past the oldest that is
-- wanted, which was found, or else seems to be where `missing` more have been given, by the seconds between two of each
-- walk. `missing` is negative where walks have given too much.
create function likely_steps(
  goes_on boolean[], times timestamptz[], spacings float8[], oldest timestamptz, missing int, least_step int,
  step_max int)
returns int[] language plpgsql immutable as $$
declare
  front constant timestamptz := (select max(w.at) from unnest(goes_on, times) as w(goes_on, at) where w.goes_on);
  reach constant float8 := (  -- in seconds from the front
    select (sum(extract(epoch from front - w.at) / w.spacing) + missing) / sum(1 / w.spacing)
    from unnest(goes_on, times, spacings) as w(goes_on, at, spacing) where w.goes_on);
begin
  return (
    select array_agg(case when w.goes_on and coalesce(w.at >= oldest, extract(epoch from front - w.at) <= reach)
      then least(greatest(1.1 * (reach - extract(epoch from front - w.at)) / w.spacing, 0) + least_step, step_max)::int
      else 0 end order by w.walk)
    from unnest(goes_on, times, spacings) with ordinality as w(goes_on, at, spacing, walk));
end $$;

-- A page of the newest conversations, of all these queues, or of all where they are NULL, with one of the statuses and
-- channels, in a division and with a tag where these are given: newest first, page_size of them after so many that are
-- skipped. Besides how many there are, of which no more than counted_max are counted.
create function newest_conversations(
  queues uuid[], statuses text[], channels text[], wanted_division uuid, wanted_tag text, skipped int, page_size int,
  counted_max int, out ids uuid[], out counted bigint) language plpgsql stable as $$
declare
  at_most constant int := skipped + page_size;
  walk_queues uuid[];
  walk_statuses text[];
  walk_channels text[];
  after_times timestamptz[];
  after_ids uuid[];
  steps int[];
  goes_on boolean[];    -- whether a walk may have more
  spacings float8[];    -- seconds between two conversations of a walk's last step
  found_ids uuid[];
  found_times timestamptz[];
  settled boolean := page_size = 0;
  least_step int := 10;
  step record;
  size int;
  oldest timestamptz;   -- of those that are wanted, among what was found
begin
  counted := 0;
  select array_agg(q), array_agg(s), array_agg(c), array_agg('infinity'::timestamptz),
         array_agg('ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid), array_agg(true), array_agg(0)
  into walk_queues, walk_statuses, walk_channels, after_times, after_ids, goes_on, spacings
  from unnest(coalesce(queues, array[null::uuid])) q, unnest(statuses) s, unnest(channels) c;
  if goes_on is null then
    return;
  end if;
  steps := array_fill(greatest(at_most / (4 * cardinality(goes_on)), 20), array[cardinality(goes_on)]);
  loop
    goes_on := (select array_agg(w.goes_on and w.step = 0) from unnest(goes_on, steps) as w(goes_on, step));
    for step in
      select * from walk_conversations(case when queues is not null then walk_queues end, walk_statuses, walk_channels,
                                       after_times, after_ids, steps, wanted_division, wanted_tag)
    loop
      size := cardinality(step.ids);
      counted := counted + size;
      if not settled then
        found_ids := found_ids || step.ids;
        found_times := found_times || step.times;
      end if;
      goes_on[step.walk] := size = steps[step.walk];
      after_times[step.walk] := step.times[size];
      after_ids[step.walk] := step.ids[size];
      spacings[step.walk] := greatest(extract(epoch from step.times[1] - step.times[size]) / size, 1e-6);
    end loop;
    if not settled then
      -- The page is what it is to be once no walk may have anything that is newer than its oldest.
      if counted >= at_most or false = all(goes_on) then
        select array_agg(f.id), min(f.at) into ids, oldest
        from (select f.id, f.at from unnest(found_ids, found_times) as f(id, at)
              order by f.at desc, f.id desc limit page_size offset skipped) f;
      end if;
      -- The least step grows, for conversations that lie as nobody would guess.
      steps := likely_steps(goes_on, after_times, spacings, oldest, at_most - counted::int, least_step, at_most);
      least_step := 2 * least_step;
      settled := 0 = all(steps);
    end if;
    if settled then
      exit when counted >= counted_max or false = all(goes_on);
      size := (counted_max - counted) / cardinality(array_positions(goes_on, true)) + 1;
      steps := (select array_agg(case when w then size else 0 end) from unnest(goes_on) w);
    end if;
  end loop;
  counted := least(counted, counted_max);
end $$;
