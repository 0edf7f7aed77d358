-- Subscriptions and their deliveries as the API shows them. Secrets are never shown: whoever may see one has it from the
-- answer that made it. What a subscription's actor does for a caller is executed by it, as the caller's tenant.

-- fragment: webhook_json
json_strip_nulls(json_build_object(
  'id', w.id, 'url', w.url, 'description', w.description, 'event_types', w.event_types,
  'is_active', w.status <> 'disabled', 'status', w.status,
  'disabled_reason', w.disabled_reason, 'disabled_at', rfc3339(w.disabled_at),
  'failing_since', rfc3339(w.failing_since), 'batch_max', w.batch_max, 'batch_wait_ms', w.batch_wait_ms,
  'previous_secret_until', case when w.previous_secret_until > now() then rfc3339(w.previous_secret_until) end,
  'created_by', w.created_by, 'created_at', rfc3339(w.created_at), 'updated_at', rfc3339(w.updated_at)))

-- fragment: delivery_members
'id', d.id, 'webhook_id', d.webhook_id, 'type', d.type, 'event_count', d.event_count, 'status', d.status,
'attempts', d.attempts, 'response_code', d.response_code, 'duration_ms', d.duration_ms,
'response_excerpt', d.response_excerpt, 'error', d.error, 'next_attempt_at', rfc3339(d.next_attempt_at),
'last_attempt_at', rfc3339(d.last_attempt_at), 'delivered_at', rfc3339(d.delivered_at),
'created_at', rfc3339(d.created_at)

-- fragment: delivery_body
coalesce(d.body, (select e.body from webhook_events e where e.id = d.event_id))

-- fragment: delivery_json
json_strip_nulls(json_build_object({{delivery_members}}, 'body', {{delivery_body}}))

-- name: webhooks_list
select coalesce(json_agg({{webhook_json}} order by w.created_at desc, w.id desc), '[]') from outgoing_webhooks w

-- name: webhook_get
-- $1 id.
select {{webhook_json}} from outgoing_webhooks w where w.id = $1::uuid

-- name: webhooks_lock
-- Makes calls that count a tenant's subscriptions wait for each other.
select id from tenants where id = current_tenant() for no key update

-- name: webhooks_count
select count(*) from outgoing_webhooks

-- name: webhook_create
-- $1 id, $2 url, $3 description or NULL, $4 event types, $5 active, $6 batch_max, $7 batch_wait_ms, $8 secret, sealed,
-- $9 agent. Answers the JSON of the API.
with created as (
  insert into outgoing_webhooks (id, tenant_id, url, description, event_types, status, disabled_reason, disabled_at,
                                 batch_max, batch_wait_ms, secret, created_by)
  values ($1::uuid, current_tenant(), $2, $3, $4::text[], case when $5::boolean then 'active' else 'disabled' end,
          case when not $5 then 'by_hand' end, case when not $5 then now() end, $6::int, $7::int, $8, $9::uuid)
  returning *
)
select {{webhook_json}} from created w

-- name: webhook_update
-- $1 id, $2 url or NULL to keep; $4 description where the flag $3 is set; $5 event types, $6 is_active, $7 batch_max,
-- $8 batch_wait_ms, each NULL to keep. true enables again and forgets the failures; false disables. Answers the JSON of
-- the API; no row: there is none.
with changed as (
  update outgoing_webhooks set
    url = coalesce($2, url), description = case when $3::boolean then $4 else description end,
    event_types = coalesce($5::text[], event_types),
    status = case $6::boolean when true then 'active' when false then 'disabled' else status end,
    disabled_reason = case $6 when true then null when false then 'by_hand' else disabled_reason end,
    disabled_at = case $6 when true then null when false then coalesce(disabled_at, now()) else disabled_at end,
    failing_since = case $6 when true then null else failing_since end,
    batch_max = coalesce($7::int, batch_max), batch_wait_ms = coalesce($8::int, batch_wait_ms), updated_at = now()
  where id = $1::uuid
  returning *
)
select {{webhook_json}} from changed w

-- name: webhook_delete
-- $1 id. With what waits for it and its log. No row: there was none.
with gone as (
  delete from outgoing_webhooks where id = $1::uuid returning id
), dropped as (
  delete from webhook_outbox where webhook_id in (select id from gone)
), forgotten as (
  delete from webhook_deliveries where webhook_id in (select id from gone)
)
select id from gone

-- name: webhook_rotate
-- $1 id, $2 the new secret, sealed; $3 until when the one before signs as well, which may be now: not at all. Answers
-- the JSON of the API without the new secret; no row: there is none.
with changed as (
  update outgoing_webhooks set
    previous_secret = case when $3::timestamptz > now() then secret end,
    previous_secret_until = case when $3 > now() then $3 end, secret = $2, updated_at = now()
  where id = $1::uuid
  returning *
)
select json_strip_nulls(json_build_object('previous_secret_until', rfc3339(previous_secret_until))) from changed

-- name: webhook_deliveries_list
-- $1 subscription, $2 status or NULL, $3 page, $4 per_page. No row: there is no such subscription. Only the newest 10,000
-- count, as a log of millions cannot be counted for every page. Each status has a branch of its own, so that each finds
-- its index. The body of a large batch is left out: webhook_delivery_get has it.
with listed as (
  (select d.seq from webhook_deliveries d
   where d.webhook_id = $1::uuid and $2::text is null order by d.seq desc limit 10000)
  union all
  (select d.seq from webhook_deliveries d
   where d.webhook_id = $1 and $2 = 'delivered' and d.status = 'delivered' order by d.seq desc limit 10000)
  union all
  (select d.seq from webhook_deliveries d
   where d.webhook_id = $1 and $2 = 'failed' and d.status = 'failed' order by d.seq desc limit 10000)
  union all
  (select d.seq from webhook_deliveries d
   where d.webhook_id = $1 and $2 = 'pending' and d.next_attempt_at is not null order by d.seq desc limit 10000)
), page as (
  select d.seq, json_strip_nulls(json_build_object(
    {{delivery_members}}, 'body', case when octet_length(shown.body) <= 16384 then shown.body end)) as item
  from (select seq from listed order by seq desc limit $4::bigint offset ($3::bigint - 1) * $4) chosen
  join webhook_deliveries d on d.webhook_id = $1 and d.seq = chosen.seq
  cross join lateral (select {{delivery_body}} as body) shown
), counted as (
  select count(*) as total from listed
)
select json_build_object(
  'data', (select coalesce(json_agg(item order by seq desc), '[]') from page),
  'total', total, 'page', $3, 'per_page', $4, 'total_pages', ceil(total::numeric / $4)::bigint)
from counted where exists (select from outgoing_webhooks where id = $1)

-- name: webhook_delivery_get
-- $1 subscription, $2 delivery. No row: there is none.
select {{delivery_json}} from webhook_deliveries d where d.webhook_id = $1::uuid and d.id = $2::uuid

-- name: webhook_redeliver
-- $1 subscription, $2 delivery. Makes one that has ended pending again, aside and due now, with all its attempts. One
-- row: the changed delivery as the JSON of the API, NULL if nothing was changed; whether there is such a subscription,
-- whether it is disabled, whether it has such a delivery, and whether that was pending already.
with subscription as (
  select status = 'disabled' as is_disabled from outgoing_webhooks where id = $1::uuid
), target as (
  select d.webhook_id, d.seq, d.status = 'pending' as is_pending
  from webhook_deliveries d where d.webhook_id = $1 and d.id = $2::uuid and {{delivery_body}} is not null
  for update
), changed as (
  update webhook_deliveries d set
    status = 'pending', aside = true, attempts = 0, next_attempt_at = now(), delivered_at = null,
    body = {{delivery_body}}
  from target t, subscription s
  where d.webhook_id = t.webhook_id and d.seq = t.seq and not t.is_pending and not s.is_disabled
  returning d.*
)
select (select {{delivery_json}} from changed d), exists (select from subscription),
       coalesce((select is_disabled from subscription), false), exists (select from target),
       coalesce((select is_pending from target), false)

-- name: webhook_redeliver_failed
-- $1 subscription, $2 since when. The same for all that failed then or later, the oldest first, at most 10,000. One row:
-- how many were changed, whether there is such a subscription, and whether it is disabled: then none was.
with subscription as (
  select id, status = 'disabled' as is_disabled from outgoing_webhooks where id = $1::uuid
), chosen as (
  select d.webhook_id, d.seq
  from webhook_deliveries d join subscription s on s.id = d.webhook_id and not s.is_disabled
  where d.status = 'failed' and d.last_attempt_at >= $2::timestamptz
  order by d.seq limit 10000
  for update of d
), changed as (
  update webhook_deliveries d set
    status = 'pending', aside = true, attempts = 0, next_attempt_at = now(), delivered_at = null
  from chosen c where d.webhook_id = c.webhook_id and d.seq = c.seq
  returning 1
)
select (select count(*) from changed), exists (select from subscription),
       coalesce((select is_disabled from subscription), false)
