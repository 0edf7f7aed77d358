-- What the engine does with outgoing webhooks: for many subscriptions in one statement, as commits are dear.

-- name: webhook_load
-- All a subscription's actor must know. The secret before counts as long as it is valid.
select tenant_id, url, status, failing_since, coalesce(disabled_reason, ''), batch_max, batch_wait_ms, secret,
       case when previous_secret_until > now() then previous_secret end,
       case when previous_secret_until > now() then previous_secret_until end
from outgoing_webhooks where id = $1::uuid

-- name: webhook_pending
-- Deliveries that were tried in vain: first those in order, then those set aside, the earliest due first; $2 at most how
-- many, and of those set aside no more than $3 bytes before them. One that is too much has no body: there are more.
select id, type, event_count, case when not aside or (place <= $2::int and bytes <= $3::bigint) then body end, aside,
       attempts, next_attempt_at, last_attempt_at, coalesce(response_code, 0), duration_ms,
       coalesce(response_excerpt, ''), coalesce(error, '')
from (
  select d.*, row_number() over in_turn as place,
    sum(octet_length(body)) over (partition by aside order by next_attempt_at, seq) - octet_length(body) as bytes
  from (
    (select * from webhook_deliveries
     where webhook_id = $1::uuid and next_attempt_at is not null and not aside order by seq limit $2)
    union all
    (select * from webhook_deliveries
     where webhook_id = $1 and next_attempt_at is not null and aside order by next_attempt_at limit $2 + 1)) d
  window in_turn as (order by aside, case when aside then null else seq end, next_attempt_at, seq)) d
order by place

-- name: webhook_outbox_read
-- How the outboxes of subscriptions begin: $1 whose, $2 after which event, $3 at most how many of each. One row for each,
-- in their order: events, how many bytes each has, and what this statement saw: below which transaction all had ended,
-- and from which on none had begun to write.
select o.ids, o.bytes, pg_snapshot_xmin(seen)::text, pg_snapshot_xmax(seen)::text
from unnest($1::uuid[], $2::bigint[], $3::int[]) with ordinality as w(id, after, events_max, place)
cross join pg_current_snapshot() as seen
cross join lateral (
  select coalesce(array_agg(id), '{}') as ids, coalesce(array_agg(bytes), '{}') as bytes
  from (select id, bytes from webhook_outbox
        where webhook_id = w.id and id > w.after order by id limit w.events_max) head) o
order by w.place

-- name: webhook_events_read
-- $1 which.
select id, type, occurred_at, body, contact_id from webhook_events where id = any($1::bigint[])

-- name: webhooks_existing
-- Which of $1 there are.
select id from outgoing_webhooks where id = any($1::uuid[])

-- name: webhook_outbox_done
-- $1 whose, $2 which: their deliveries are recorded in this transaction.
delete from webhook_outbox o using unnest($1::uuid[], $2::bigint[]) as d(webhook_id, id)
where o.webhook_id = d.webhook_id and o.id = d.id

-- name: webhook_record
-- Deliveries after an attempt, by position: $1 whose, $2 id, $3 tenant, $4 type, $5 number of events, $6 body, $7 status,
-- $8 aside, $9 attempts, $10 next attempt, $11 this attempt, $12 response code (0: none), $13 milliseconds, $14 excerpt,
-- $15 error, $16 the event; its body may be NULL.
insert into webhook_deliveries as d (
  webhook_id, id, tenant_id, type, event_count, body, status, aside, attempts, next_attempt_at, last_attempt_at,
  delivered_at, response_code, duration_ms, response_excerpt, error, event_id)
select n.webhook_id, n.id, n.tenant_id, n.type, n.event_count, n.body, n.status, n.aside, n.attempts, n.next_attempt_at,
       n.last_attempt_at, case when n.status = 'delivered' then n.last_attempt_at end, nullif(n.response_code, 0),
       n.duration_ms, nullif(n.response_excerpt, ''), nullif(n.error, ''), n.event_id
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::text[], $8::boolean[], $9::int[],
            $10::timestamptz[], $11::timestamptz[], $12::int[], $13::int[], $14::text[], $15::text[], $16::bigint[])
  with ordinality as n(webhook_id, id, tenant_id, type, event_count, body, status, aside, attempts, next_attempt_at,
                       last_attempt_at, response_code, duration_ms, response_excerpt, error, event_id, place)
order by n.place
on conflict on constraint webhook_deliveries_id_key do update set
  status = excluded.status, aside = excluded.aside, attempts = excluded.attempts,
  next_attempt_at = excluded.next_attempt_at, last_attempt_at = excluded.last_attempt_at,
  delivered_at = excluded.delivered_at, response_code = excluded.response_code, duration_ms = excluded.duration_ms,
  response_excerpt = excluded.response_excerpt, error = excluded.error

-- name: webhook_set_states
-- $1 whose, $2 status, $3 failing since, $4 why it is disabled ('' if it is not).
update outgoing_webhooks w set
  status = s.status, failing_since = s.failing_since, disabled_reason = nullif(s.reason, ''),
  disabled_at = case when s.status = 'disabled' then coalesce(w.disabled_at, now()) end
from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[]) as s(id, status, failing_since, reason)
where w.id = s.id

-- name: webhooks_waiting
-- Subscriptions with something to send: with $1 also those whose next attempt lies ahead. In order everything waits for
-- the first delivery that was tried in vain.
select w.id from outgoing_webhooks w
cross join lateral (
  select (array_agg(d.next_attempt_at order by d.seq) filter (where not d.aside))[1] as head,
         min(d.next_attempt_at) filter (where d.aside) as aside
  from webhook_deliveries d where d.webhook_id = w.id and d.next_attempt_at is not null) next
where w.status <> 'disabled'
  and (next.head <= now() or next.aside <= now() or ($1::boolean and (next.head is not null or next.aside is not null))
    or (next.head is null and exists (select from webhook_outbox o where o.webhook_id = w.id)))

-- name: webhook_deliveries_forget
-- Deliveries whose last attempt was $1 days ago or longer, at most $2 of them. Answers how many.
with gone as (
  delete from webhook_deliveries where (webhook_id, seq) in (
    select webhook_id, seq from webhook_deliveries
    where last_attempt_at <= now() - make_interval(days => $1::int) and status <> 'pending' limit $2::int)
  returning 1
)
select count(*) from gone

-- name: webhook_outbox_forget
-- Events nobody took for $1 days, and those of subscriptions that are gone, at most $2 of them. Answers how many, and of
-- how many somebody was still to be told.
with gone as (
  delete from webhook_outbox where (webhook_id, id) in (
    select o.webhook_id, o.id from webhook_outbox o
    where o.occurred_at <= now() - make_interval(days => $1::int)
      or not exists (select from outgoing_webhooks w where w.id = o.webhook_id)
    limit $2::int)
  returning webhook_id
)
select count(*), count(*) filter (where webhook_id in (select id from outgoing_webhooks)) from gone

-- name: webhook_events_forget
-- Events that happened $1 days ago and nobody waits for, at most $2 of them: the deliveries that have their bodies in
-- them (see webhook_columns), which were made within the hour, are forgotten by then. Answers how many.
with waiting as (
  select w.tenant_id, min(first.id) as id
  from outgoing_webhooks w
  cross join lateral (select o.id from webhook_outbox o where o.webhook_id = w.id order by o.id limit 1) first
  group by w.tenant_id
), gone as (
  delete from webhook_events where id in (
    select e.id from webhook_events e left join waiting on waiting.tenant_id = e.tenant_id
    where e.occurred_at <= now() - make_interval(days => $1::int, hours => 2)
      and (waiting.id is null or e.id < waiting.id)
    limit $2::int)
  returning 1
)
select count(*) from gone
