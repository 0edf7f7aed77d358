-- What is told live, and to whom.

-- name: live_events_read
-- As the tenant $1: what was not visible in a snapshot $2, or not in another, $3; each is the other where it is NULL, and
-- both are now. At most $4, and of them the data of as many as have no more than $5 bytes together. Each with who sees its
-- conversation now, and in which of the two it was not visible. At least one row, with the snapshot up to which this
-- reads, and which of the two are of no use: what came after them is partly gone, or they are of another database.
with place as materialized (
  select seen, coalesce($2::pg_snapshot, $3::pg_snapshot, seen) as one, coalesce($3, $2, seen) as other
  from pg_current_snapshot() as seen
), reach as materialized (
  select p.*,
    pg_snapshot_xmax(one) > pg_snapshot_xmax(seen) or coalesce(pg_snapshot_xmin(one) <= f.xact, false) as one_lost,
    pg_snapshot_xmax(other) > pg_snapshot_xmax(seen) or coalesce(pg_snapshot_xmin(other) <= f.xact, false) as other_lost
  from place p left join live_events_forgotten f on f.tenant_id = $1::uuid
), start as materialized (
  select r.*, least(case when not one_lost then pg_snapshot_xmax(one) end,
                    case when not other_lost then pg_snapshot_xmax(other) end) as next
  from reach r
), running as materialized (
  -- What was not over then, however long ago it began: with what began later it is all that was not visible. Apart, as
  -- row level security keeps the index from conditions on what such functions make.
  select x from start s cross join lateral (
    select pg_snapshot_xip(one) where not one_lost
    union
    select pg_snapshot_xip(other) where not other_lost) f(x)
  where x < s.next
), page as (
  select e.*, not s.one_lost and not pg_visible_in_snapshot(e.xact, s.one) as not_in_one,
         not s.other_lost and not pg_visible_in_snapshot(e.xact, s.other) as not_in_other
  from start s cross join lateral (
    (select * from live_events where tenant_id = $1 and xact >= s.next order by xact, id limit $4::int)
    union all
    select l.* from running r cross join lateral (
      select * from live_events where tenant_id = $1 and xact = r.x order by id limit $4) l) e
  where (not s.one_lost and not pg_visible_in_snapshot(e.xact, s.one))
     or (not s.other_lost and not pg_visible_in_snapshot(e.xact, s.other))
  order by e.id limit $4
)
select r.seen::text, r.one_lost, r.other_lost, e.id, e.type, e.occurred_at,
       case when sum(octet_length(e.data::text)) over (order by e.id) <= $5::bigint then e.data end,
       e.conversation_id, e.seen_before, (select v.seen_by from conversations v where v.id = e.conversation_id),
       e.not_in_one, e.not_in_other
from reach r left join page e on true
order by e.id

-- name: live_rights
-- As the engine, by position: $1 SHA-256 of an API key or NULL, $2 a session or NULL. What whoever comes by them may do,
-- and the divisions they are in; no row for those who are nobody (any more).
select c.place, array_to_string(r.permissions, ','),
       array_to_string(array(select m.division_id from division_agents m where m.agent_id = a.id order by 1), ',')
from unnest($1::text[], $2::uuid[]) with ordinality as c(key_hash, session_id, place)
cross join lateral (
  select k.agent_id from api_keys k where k.key_hash = c.key_hash and (k.expires_at is null or k.expires_at > now())
  union all
  select s.agent_id from sessions s where s.id = c.session_id and s.expires_at > now()) by
join agents a on a.id = by.agent_id and a.is_active
join roles r on r.id = a.role_id
order by c.place

-- name: live_progress
-- As the engine: how far the newest campaigns of the tenants $1 are, of each tenant at most $2 that began within three
-- days, as their counts may still move.
select c.tenant_id, c.id, json_build_object(
  'id', c.id, 'status', c.status, 'total_recipients', c.total_recipients, 'sent_count', c.sent_count,
  'delivered_count', c.delivered_count, 'read_count', c.read_count, 'failed_count', c.failed_count,
  'cancelled_count', c.cancelled_count, 'uncertain_count', c.uncertain_count)
from unnest($1::uuid[]) as t(id)
cross join lateral (
  select * from campaigns where tenant_id = t.id and started_at > now() - interval '3 days'
  order by created_at desc, id desc limit $2::int) c

-- name: live_events_forget
-- Events that are older than $1 seconds, at most $2 of them, of transactions before all that were running in a snapshot
-- $3: whoever has read since then misses none of them, also if a transaction of somebody else is open for hours. Answers
-- how many, and the snapshot of now. Where $3 is NULL there are none.
with gone as (
  delete from live_events where (tenant_id, xact, id) in (
    select tenant_id, xact, id from live_events
    where occurred_at <= now() - make_interval(secs => $1::int) and xact < pg_snapshot_xmin($3::pg_snapshot)
    limit $2::int)
  returning tenant_id, xact
), newest as (
  select distinct on (tenant_id) tenant_id, xact from gone order by tenant_id, xact desc
), noted as (
  insert into live_events_forgotten as f (tenant_id, xact) select tenant_id, xact from newest
  on conflict (tenant_id) do update set xact = greatest(f.xact, excluded.xact)
)
select count(*), pg_current_snapshot()::text from gone
