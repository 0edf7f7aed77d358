-- Messages that are to be sent later: as the API shows them, and how their time comes.

-- fragment: scheduled_message_json
json_strip_nulls(json_build_object(
  'id', s.id, 'conversation_id', s.conversation_id, 'type', s.draft ->> 'type', 'status', s.status,
  'send_at', rfc3339(s.send_at), 'message_id', s.message_id, 'error_code', s.error_code,
  'error_message', s.error_message, 'created_by', s.created_by,
  'created_by_name', (select a.name from agents a where a.id = s.created_by), 'cancelled_by', s.cancelled_by,
  'created_at', rfc3339(s.created_at), 'updated_at', rfc3339(s.updated_at)))::jsonb
  || jsonb_build_object('message', s.message)

-- -- for callers -------------------------------------------------------------------------------------------------------

-- name: scheduled_messages_list
-- $1 caller, $2 whether the caller sees all, $3 conversation, $4 status or NULL for any, $5 page, $6 per_page. No row:
-- there is no such conversation, or the caller does not see it.
with conversation as (
  select v.id from conversations v where v.id = $3::uuid and {{conversation_visible}}
), page as (
  select {{scheduled_message_json}} as item, s.send_at, s.id
  from conversation v join scheduled_messages s on s.conversation_id = v.id
  where $4::text is null or s.status = $4
  order by s.send_at desc, s.id desc limit $6::bigint offset ($5::bigint - 1) * $6
), counted as (
  select count(*) as total from conversation v join scheduled_messages s on s.conversation_id = v.id
  where $4 is null or s.status = $4
)
select json_build_object(
  'data', (select coalesce(json_agg(item order by send_at desc, id desc), '[]') from page),
  'total', total, 'page', $5, 'per_page', $6, 'total_pages', ceil(total::numeric / $6)::bigint)
from counted where exists (select from conversation)

-- name: scheduled_messages_count
-- How many wait in a conversation, which the transaction has locked.
select count(*) from scheduled_messages where conversation_id = $1::uuid and status = 'scheduled'

-- name: scheduled_message_of_key
-- $1 idempotency key: what was scheduled with it, and the hash of what was asked for.
select {{scheduled_message_json}}, encode(s.request_hash, 'hex') from scheduled_messages s where s.idempotency_key = $1

-- name: scheduled_message_of_merged
-- As conversation_visible; $3 idempotency key, $4 hash of what was asked for, in hex: what was scheduled with them in a
-- conversation that is part of another now.
select {{scheduled_message_json}} from scheduled_messages s join conversations v on v.id = s.conversation_id
where s.tenant_id = current_tenant() and s.idempotency_key = $3 and s.request_hash = decode($4, 'hex')
  and {{conversation_visible}}

-- name: scheduled_message_add
-- $1 conversation, $2 as it was asked for, $3 as it will be taken, $4 when, $5 by whom, $6 idempotency key, $7 hash in
-- hex; the last two may be NULL.
insert into scheduled_messages as s (tenant_id, conversation_id, message, draft, send_at, created_by, idempotency_key,
                                     request_hash)
values (current_tenant(), $1::uuid, $2::jsonb, $3::jsonb, $4::timestamptz, $5::uuid, $6, decode($7, 'hex'))
returning {{scheduled_message_json}}

-- name: scheduled_message_lock
-- $1 caller, $2 whether the caller sees all, $3 id: its status, and it stays so until the end of the transaction.
select s.status from scheduled_messages s join conversations v on v.id = s.conversation_id
where s.id = $3::uuid and {{conversation_visible}} for no key update of s

-- name: scheduled_message_cancel
-- $1 id, $2 by whom.
update scheduled_messages s set status = 'cancelled', cancelled_by = $2::uuid, updated_at = now()
where s.id = $1::uuid
returning {{scheduled_message_json}}

-- -- for the engine ----------------------------------------------------------------------------------------------------

-- name: scheduled_messages_due
-- Those whose time has come at $1, at most $2, the earliest first, without those of the conversations $3.
select id, conversation_id from scheduled_messages
where status = 'scheduled' and send_at <= $1::timestamptz and conversation_id <> all($3::uuid[])
order by send_at, id limit $2::int

-- name: scheduled_messages_next
-- When the next one is due after $1; NULL: none waits.
select min(send_at) from scheduled_messages where status = 'scheduled' and send_at > $1::timestamptz

-- name: scheduled_message_take
-- $1 id, $2 the epoch of the lease: one that is still to be sent, locked. FOR SHARE makes a new owner of the lease wait.
with lease as (select 1 from engine_lease where epoch = $2::bigint for share)
select conversation_id, draft::text, created_by from scheduled_messages
where id = $1::uuid and status = 'scheduled' and exists (select from lease) for no key update

-- name: scheduled_message_sent
-- $1 id, $2 its message.
update scheduled_messages set status = 'sent', message_id = $2::uuid, updated_at = now() where id = $1::uuid

-- name: scheduled_message_failed
-- $1 id, $2 code, $3 text, $4 the epoch of the lease: it cannot be sent.
with lease as (select 1 from engine_lease where epoch = $4::bigint for share)
update scheduled_messages set status = 'failed', error_code = $2, error_message = $3, updated_at = now()
where id = $1::uuid and status = 'scheduled' and exists (select from lease)
