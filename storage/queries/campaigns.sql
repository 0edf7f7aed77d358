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
-- $1 campaign, $2 page, $3 per_page. Sequence numbers have no gaps, so any page is a range of the primary key. The range
-- is computed apart: under row level security an index takes no condition that could fail, as a product could.
with campaign as (select * from campaigns where id = $1::uuid), range as materialized (
  select ($2::bigint - 1) * $3::bigint as after_seq, $2 * $3 as last_seq
), chosen as (
  select r.* from range cross join lateral (
    select * from campaign_recipients r
    where r.campaign_id = $1::uuid and r.seq > range.after_seq and r.seq <= range.last_seq
    order by r.seq limit $3) r
)
{{recipients_page}}

-- name: campaign_recipients_page_by_status
-- $4 status. The total comes from the campaign's counters, never from counting rows, and where the page begins from those
-- of the blocks: only the blocks that the page lies in are read. Of a cancelled campaign, who was never claimed counts
-- as cancelled.
with campaign as (select * from campaigns where id = $1::uuid), block as (
  select block.number as number,
    case $4::text
      when 'sent' then coalesce(b.sent, 0)
      when 'delivered' then coalesce(b.delivered, 0)
      when 'read' then coalesce(b.read, 0)
      when 'failed' then coalesce(b.failed, 0)
      when 'cancelled' then coalesce(b.cancelled, 0) + untouched
      else size - untouched - coalesce(b.sent + b.delivered + b.read + b.failed + b.cancelled, 0) end as having_it
  from campaign c
  cross join generate_series(0, (c.total_recipients - 1) >> 10) as block(number)
  cross join lateral (select least(c.total_recipients - 1024 * block.number, 1024) as size) as s
  cross join lateral (
    select case when c.status = 'cancelled'
      then least(greatest(1024 * block.number + size - c.claimed_seq, 0), size) else 0 end as untouched) as u
  left join campaign_blocks b on b.campaign_id = c.id and b.block = block.number
), placed as (
  select number, having_it, sum(having_it) over (order by number) - having_it as before from block where having_it > 0
), needed as materialized (
  select before, 1024 * number as after_seq, 1024 * number + 1024 as last_seq from placed
  where before < $2::bigint * $3::bigint and before + having_it > ($2 - 1) * $3
), wanted as materialized (
  select case $4 when 'sent' then '{2}' when 'delivered' then '{3}' when 'read' then '{4}' when 'failed' then '{5,7}'
      when 'cancelled' then '{6}' else '{0,1}' end::smallint[] as statuses,
    $4 = 'cancelled' as untouched,
    case when c.status = 'cancelled' then c.claimed_seq else c.total_recipients end as touched_to
  from campaign c
), chosen as (
  select r.* from needed
  cross join wanted w
  cross join lateral (
    select * from campaign_recipients r
    where r.campaign_id = $1::uuid and r.seq > needed.after_seq and r.seq <= needed.last_seq
    order by r.seq limit 1024) r
  where case when r.seq <= w.touched_to then r.status = any (w.statuses) else w.untouched end
  order by r.seq limit $3 offset (select ($2 - 1) * $3 - min(before) from needed)
)
{{recipients_page}}

-- fragment: recipients_page
, page as (
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
  join chosen r on r.campaign_id = c.id
  left join contacts p on p.id = r.contact_id
  left join conversations v on v.contact_id = r.contact_id and v.account_id = c.integration_account_id
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
