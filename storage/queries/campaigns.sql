-- Campaigns as the API shows them. {{name}} inserts the fragment of that name.

-- fragment: campaign_json
json_strip_nulls(json_build_object(
  'id', c.id, 'name', c.name, 'template_id', c.template_id, 'status', c.status,
  'scheduled_at', rfc3339(c.scheduled_at), 'integration_account_id', c.integration_account_id,
  'total_recipients', c.total_recipients, 'sent_count', c.sent_count, 'delivered_count', c.delivered_count,
  'read_count', c.read_count, 'failed_count', c.failed_count, 'cancelled_count', c.cancelled_count,
  'uncertain_count', c.uncertain_count, 'pause_code', c.pause_code, 'pause_reason', c.pause_reason,
  'started_at', rfc3339(c.started_at), 'ended_at', rfc3339(c.ended_at),
  'created_by', c.created_by, 'created_at', rfc3339(c.created_at), 'updated_at', rfc3339(c.updated_at),
  'template_name', t.name, 'template_language', t.language))

-- name: campaigns_list
-- $1 status or NULL, $2 page, $3 per_page.
with page as (
  select {{campaign_json}} as item, c.created_at, c.id
  from campaigns c join wa_templates t on t.id = c.template_id
  where $1::text is null or c.status = $1
  order by c.created_at desc, c.id desc
  limit $3::bigint offset ($2::bigint - 1) * $3
), counted as (
  select count(*) as total from campaigns where $1::text is null or status = $1
)
select json_build_object(
  'data', (select coalesce(json_agg(item order by created_at desc, id desc), '[]') from page),
  'total', total, 'page', $2::bigint, 'per_page', $3::bigint, 'total_pages', ceil(total::numeric / $3)::bigint)
from counted

-- name: campaign_get
select {{campaign_json}}
from campaigns c join wa_templates t on t.id = c.template_id
where c.id = $1::uuid

-- name: campaign_create
-- $1 id, $2 name, $3 template, $4 scheduled_at, $5 account, $6 agent. The answer has no template fields: the
-- vendor's create response has none.
with created as (
  insert into campaigns (id, tenant_id, name, template_id, scheduled_at, integration_account_id, created_by)
  values ($1::uuid, current_tenant(), $2, $3::uuid, $4::timestamptz, $5::uuid, $6::uuid)
  returning *
)
select {{campaign_json}}
from created c left join wa_templates t on false

-- name: campaign_template_check
-- Whether a template may be used: its status, and the account it needs.
select status, name, waba_id from wa_templates where id = $1::uuid

-- name: campaign_account_check
select channel, is_active, coalesce(waba_id, '') from integration_accounts where id = $1::uuid

-- name: campaign_update
-- $2.. are applied where their flag ($3, $5, $7, $9) is set, so that null can clear a value.
update campaigns set
  name = case when $3::boolean then $2 else name end,
  template_id = case when $5::boolean then $4::uuid else template_id end,
  scheduled_at = case when $7::boolean then $6::timestamptz else scheduled_at end,
  integration_account_id = case when $9::boolean then $8::uuid else integration_account_id end,
  updated_at = now()
where id = $1::uuid and status = 'draft'

-- name: campaign_delete
delete from campaigns where id = $1::uuid and status = 'draft'

-- name: campaign_recipients_delete
-- All recipients of a draft. Counters follow in campaign_recipients_cleared.
delete from campaign_recipients where campaign_id = $1::uuid

-- name: campaign_recipients_cleared
update campaigns set total_recipients = 0, updated_at = now() where id = $1::uuid and status = 'draft'

-- name: campaign_recipients_page
-- $1 campaign, $2 page, $3 per_page. Sequence numbers have no gaps, so any page is a range of the primary key.
{{recipients_page_head}}
  where r.campaign_id = $1::uuid and r.seq > ($2::bigint - 1) * $3::bigint and r.seq <= $2 * $3
  order by r.seq
{{recipients_page_tail}}

-- name: campaign_recipients_page_by_status
-- $4 status. The total comes from the campaign's counters, never from counting rows.
{{recipients_page_head}}
  where r.campaign_id = $1::uuid
    and recipient_status_name(r.status, c.status = 'cancelled' and r.seq > c.claimed_seq) = $4
  order by r.seq limit $3::bigint offset ($2::bigint - 1) * $3
{{recipients_page_tail}}

-- fragment: recipients_page_head
with campaign as (select * from campaigns where id = $1::uuid), page as (
  select r.seq, json_strip_nulls(json_build_object(
    'id', recipient_uuid(r.campaign_id, r.seq), 'campaign_id', r.campaign_id, 'contact_id', r.contact_id,
    'contact_name', p.name, 'phone_number', r.phone_number, 'variables', coalesce(r.variables, '{}'),
    'status', recipient_status_name(r.status, c.status = 'cancelled' and r.seq > c.claimed_seq),
    'external_id', r.external_id, 'error_message', r.error_message, 'error_code', r.error_code,
    'sent_at', rfc3339(r.sent_at), 'delivered_at', rfc3339(r.delivered_at), 'read_at', rfc3339(r.read_at),
    'created_at', rfc3339(r.created_at),
    'conversation_id', case when r.external_id is not null then v.id end,
    'mongo_message_id', case when r.external_id is not null then recipient_uuid(r.campaign_id, r.seq) end)) as item
  from campaign c
  join campaign_recipients r on r.campaign_id = c.id
  left join contacts p on p.id = r.contact_id
  left join conversations v on v.contact_id = r.contact_id and v.account_id = c.integration_account_id

-- fragment: recipients_page_tail
), counted as (
  select case $4::text
    when 'pending' then total_recipients - sent_count - failed_count - cancelled_count
    when 'sent' then sent_count - delivered_count
    when 'delivered' then delivered_count - read_count
    when 'read' then read_count
    when 'failed' then failed_count
    when 'cancelled' then cancelled_count
    else total_recipients end::bigint as total
  from campaign
)
select json_build_object(
  'data', (select coalesce(json_agg(item order by seq), '[]') from page),
  'total', total, 'page', $2::bigint, 'per_page', $3::bigint, 'total_pages', ceil(total::numeric / $3)::bigint)
from counted
