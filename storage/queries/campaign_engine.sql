-- What the campaign engine does to many rows at once. Every statement that changes recipients runs after
-- campaign_lock in the same transaction: all writers of a campaign queue up there, so none reads a stale status.

-- name: campaign_lock
select tenant_id, claimed_seq, status, cancelled_count from campaigns where id = $1::uuid for no key update

-- name: campaigns_live
-- What must be woken at start: campaigns that are being sent, scheduled ones with their time, and ended ones that a
-- crash left with recipients in flight or uncertain.
select id, status, scheduled_at from campaigns
where status in ('scheduled', 'sending') or uncertain_count > 0 or settled_seq < claimed_seq
  or id in (select campaign_id from campaign_holds where kind = 'retry' and claim_token is not null)

-- name: campaigns_live_of_account
-- Campaigns being sent through an account, and those whose time has come while there was none to send from: for when
-- accounts change.
select id from campaigns
where status = 'sending' and (integration_account_id = $1::uuid or integration_account_id is null)

-- name: campaigns_live_of_template
select c.id from campaigns c join wa_templates t on t.id = c.template_id
where c.status = 'sending' and t.waba_id = $1 and t.name = $2 and t.language = $3

-- name: campaign_load
-- All a campaign's actor must know. Its account, or the default of the channel if it names none.
select c.tenant_id, c.status, c.scheduled_at, c.total_recipients, c.sent_count, c.failed_count, c.uncertain_count,
       c.cancelled_count, c.claimed_seq, c.settled_seq, c.pause_code, c.pause_reason,
       t.name, t.language, t.status, t.components, t.header_media_url, t.waba_id,
       a.id, a.phone_number_id, a.waba_id, a.secrets ->> 'access_token', a.throughput_mps, a.is_active, a.pause_code,
       a.pause_reason,
       exists (select from campaign_holds h where h.campaign_id = c.id and h.kind = 'retry' and h.claim_token is not null)
from campaigns c
-- Foreign keys do not look at tenants: this does.
join wa_templates t on t.id = c.template_id and t.tenant_id = c.tenant_id
left join lateral (
  select * from integration_accounts a
  where a.tenant_id = c.tenant_id and a.channel = 'whatsapp'
    and (a.id = c.integration_account_id or (c.integration_account_id is null and a.is_default))
  limit 1) a on true
where c.id = $1::uuid

-- name: campaign_set_status
-- $2 status, $3 account. Start and end are stamped once. A campaign that is over stays so.
update campaigns set
  status = $2, integration_account_id = coalesce($3::uuid, integration_account_id),
  started_at = case when $2 = 'sending' then coalesce(started_at, now()) else started_at end,
  ended_at = case when $2 in ('completed', 'failed', 'cancelled') then coalesce(ended_at, now()) end,
  pause_code = null, pause_reason = null, paused_at = null,
  updated_at = now()
where id = $1::uuid and (status = $2 or status not in ('completed', 'failed', 'cancelled'))

-- name: campaign_set_pause
-- $2 code or NULL to go on, $3 reason, $4 the account it uses from now on if it has none yet.
update campaigns set pause_code = $2, pause_reason = $3,
  paused_at = case when $2::text is null then null else now() end,
  integration_account_id = coalesce(integration_account_id, $4::uuid), updated_at = now()
where id = $1::uuid and status = 'sending'

-- name: campaign_claim
-- $2 up to which sequence number, $3 the epoch of the lease, $4 from which one, $5 the furthest an earlier try of this
-- same claim may have come. FOR SHARE makes a new owner of the lease wait for this claim, and this claim fail after it.
with lease as (select 1 from engine_lease where epoch = $3::bigint for share)
update campaigns set claimed_seq = greatest(claimed_seq, least($2::int, total_recipients))
where id = $1::uuid and status = 'sending' and exists (select from lease)
  and claimed_seq between $4::int and $5::int
returning claimed_seq

-- name: campaign_claimed_rows
-- The recipients between $2 (exclusive) and $3 that are still to be sent.
select seq, phone_number, coalesce(variables::text, '{}')
from campaign_recipients
where campaign_id = $1::uuid and seq > $2::int and seq <= $3::int and status = 0
order by seq

-- name: campaign_claim_retries
-- $2 at most how many, $3 epoch, $4 token, $5 now. First those that an earlier try of this same claim took when its
-- answer got lost, then retries that are due.
with lease as (select 1 from engine_lease where epoch = $3::bigint for share), due as (
  select campaign_id, seq from campaign_holds
  where campaign_id = $1::uuid and kind = 'retry' and exists (select from lease)
    and (claim_token = $4::bigint or (claim_token is null and due_at <= $5::timestamptz))
  order by claim_token nulls last, due_at, seq limit $2::int
), taken as (
  update campaign_holds h set claim_token = $4::bigint
  from due where h.campaign_id = due.campaign_id and h.seq = due.seq
  returning h.seq, h.attempt
)
select r.seq, r.phone_number, coalesce(r.variables::text, '{}'), taken.attempt
from taken join campaign_recipients r on r.campaign_id = $1::uuid and r.seq = taken.seq
where r.status = 0

-- name: campaign_next_due
-- When the next retry is due, and when the next uncertain recipient has waited long enough.
select min(due_at) filter (where kind = 'retry' and claim_token is null), min(due_at) filter (where kind = 'uncertain')
from campaign_holds where campaign_id = $1::uuid

-- name: campaign_outcomes
-- $2 seq, $3 status (1, 2, 5 or 6; 0 leaves the recipient pending), $4 Meta's id, $5 code, $6 text, $7 time, $8 an id
-- for a new conversation. Answers how the counters moved. What was sent belongs to the contact's conversation on that
-- account; new ones are opened in the order of contacts, so that two campaigns with the same people cannot deadlock.
with o as (
  select * from unnest($2::int[], $3::smallint[], $4::text[], $5::int[], $6::text[], $7::timestamptz[], $8::uuid[])
    as o(seq, status, external_id, error_code, error_message, at, conversation_id)
), changed as (
  update campaign_recipients r set
    status_before = r.status,
    status = recipient_status_after(r.status, o.status),
    external_id = coalesce(r.external_id, o.external_id),
    sent_at = case when o.status = 2 then coalesce(r.sent_at, o.at) else r.sent_at end,
    error_code = case when recipient_status_after(r.status, o.status) = o.status then nullif(o.error_code, 0) else r.error_code end,
    error_message = case when recipient_status_after(r.status, o.status) = o.status then o.error_message else r.error_message end
  from o where r.campaign_id = $1::uuid and r.seq = o.seq
  returning r.campaign_id, r.tenant_id, r.contact_id, r.seq, r.status_before as old, r.status as new,
    r.phone_number, r.external_id, r.error_code, r.error_message, o.status as outcome, o.conversation_id
), opened as (
  insert into conversations (id, tenant_id, contact_id, account_id, channel)
  select changed.conversation_id, changed.tenant_id, changed.contact_id, c.integration_account_id, 'whatsapp'
  from changed join campaigns c on c.id = $1::uuid
  where changed.outcome = 2 and c.integration_account_id is not null
  order by changed.contact_id
  on conflict on constraint conversations_contact_account_key do nothing
), {{recipient_events}}, {{block_moves}}, {{counter_moves}}
select * from moved

-- name: campaign_hold
-- Puts recipients aside: $2 seq, $3 kind, $4 attempt, $5 due, $6 the claim they came by, if they were retries. Runs
-- after campaign_outcomes: whom a webhook has settled by now is not held. What a later claim has taken out again (this
-- is then a repetition after a lost answer) stays out.
insert into campaign_holds (campaign_id, tenant_id, seq, kind, attempt, due_at)
select $1::uuid, c.tenant_id, h.seq, h.kind, h.attempt, h.due_at
from unnest($2::int[], $3::text[], $4::int[], $5::timestamptz[], $6::bigint[])
  as h(seq, kind, attempt, due_at, claim_token)
join campaigns c on c.id = $1::uuid
join campaign_recipients r on r.campaign_id = $1::uuid and r.seq = h.seq
left join campaign_holds before on before.campaign_id = $1::uuid and before.seq = h.seq
where r.status = case h.kind when 'retry' then 0 else 1 end
  and (before.seq is null or before.claim_token is not distinct from h.claim_token)
on conflict (campaign_id, seq) do update
  set kind = excluded.kind, attempt = excluded.attempt, due_at = excluded.due_at, claim_token = null

-- name: campaign_release_holds
delete from campaign_holds where campaign_id = $1::uuid and seq = any($2::int[])

-- name: campaign_drop_retries
-- At a cancellation: what waits to be sent again will not be. What is in flight right now is left. Answers their numbers.
delete from campaign_holds where campaign_id = $1::uuid and kind = 'retry' and claim_token is null returning seq

-- name: campaign_opt_out
-- $2 seq of recipients who told Meta that they want no marketing.
update contacts p set opted_out_at = coalesce(p.opted_out_at, now()), updated_at = now()
from campaign_recipients r
where r.campaign_id = $1::uuid and r.seq = any($2::int[]) and p.id = r.contact_id

-- name: campaign_count
-- Moves the counters by what a statement above answered, and the settled cursor up to $8.
update campaigns set
  sent_count = sent_count + $2::int, delivered_count = delivered_count + $3::int, read_count = read_count + $4::int,
  failed_count = failed_count + $5::int, uncertain_count = uncertain_count + $6::int,
  cancelled_count = cancelled_count + $7::int, settled_seq = greatest(settled_seq, $8::int), updated_at = now()
where id = $1::uuid
returning total_recipients, sent_count, failed_count, uncertain_count, cancelled_count, claimed_seq

-- name: campaign_recover
-- After a crash: whoever was claimed and has neither outcome nor hold may or may not have got the message. Nothing of
-- that is sent again; it waits until $3 for a status from Meta. Answers how the counters moved.
with lost as (
  select r.seq from campaign_recipients r join campaigns c on c.id = r.campaign_id
  where r.campaign_id = $1::uuid and r.seq > c.settled_seq and r.seq <= c.claimed_seq and r.status = 0
    and not exists (select from campaign_holds h where h.campaign_id = r.campaign_id and h.seq = r.seq)
  union
  select h.seq from campaign_holds h join campaign_recipients r on r.campaign_id = h.campaign_id and r.seq = h.seq
  where h.campaign_id = $1::uuid and h.kind = 'retry' and h.claim_token is not null and r.status = 0
), held as (
  insert into campaign_holds (campaign_id, tenant_id, seq, kind, due_at)
  select $1::uuid, c.tenant_id, lost.seq, 'uncertain', $3::timestamptz from lost join campaigns c on c.id = $1::uuid
  on conflict (campaign_id, seq) do update set kind = 'uncertain', claim_token = null, due_at = excluded.due_at
), changed as (
  update campaign_recipients r set
    status_before = r.status, status = recipient_status_after(r.status, 1::smallint), error_message = $2
  where r.campaign_id = $1::uuid and r.seq = any (array(select seq from lost))
  returning r.campaign_id, r.tenant_id, r.seq, r.status_before as old, r.status as new
), {{block_moves}}, {{counter_moves}}
select * from moved

-- name: campaign_give_up_uncertain
-- Nothing was heard of them until $3: $2 says so in words. Answers how the counters moved.
with overdue as (
  delete from campaign_holds where campaign_id = $1::uuid and kind = 'uncertain' and due_at <= $3::timestamptz returning seq
), changed as (
  update campaign_recipients r set
    status_before = r.status, status = recipient_status_after(r.status, 7::smallint), error_message = $2
  from overdue where r.campaign_id = $1::uuid and r.seq = overdue.seq and r.status = 1
  returning r.campaign_id, r.tenant_id, r.contact_id, r.seq, r.status_before as old, r.status as new,
    r.phone_number, r.external_id, r.error_code, r.error_message
), {{recipient_events}}, {{block_moves}}, {{counter_moves}}
select * from moved

-- name: campaign_cancel_unclaimed
-- Rows beyond the cursor count as cancelled without being touched.
update campaigns set cancelled_count = cancelled_count + total_recipients - claimed_seq, updated_at = now()
where id = $1::uuid
returning total_recipients - claimed_seq

-- fragment: counter_moves
moved as (
  select
    coalesce(sum((new between 2 and 4)::int - (old between 2 and 4)::int), 0) as sent,
    coalesce(sum((new in (3, 4))::int - (old in (3, 4))::int), 0) as delivered,
    coalesce(sum((new = 4)::int - (old = 4)::int), 0) as read,
    coalesce(sum((new in (5, 7))::int - (old in (5, 7))::int), 0) as failed,
    coalesce(sum((new = 1)::int - (old = 1)::int), 0) as uncertain,
    coalesce(sum((new = 6)::int - (old = 6)::int), 0) as cancelled
  from changed
)
