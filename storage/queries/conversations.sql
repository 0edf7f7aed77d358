-- Conversations as the API shows them, and what their actors do. What an actor does for a caller is executed as the
-- caller's tenant.

-- fragment: conversation_json
json_strip_nulls(json_build_object(
  'id', v.id, 'contact_id', v.contact_id, 'contact_name', c.name, 'contact_phone_number', c.phone_number,
  'integration_account_id', v.account_id,
  'account_name', (select a.display_name from integration_accounts a where a.id = v.account_id),
  'channel', v.channel, 'status', v.status, 'assigned_agent_id', v.assigned_agent_id,
  'assigned_agent_name', (select a.name from agents a where a.id = v.assigned_agent_id),
  'division_id', v.division_id, 'division_name', (select d.name from divisions d where d.id = v.division_id),
  'tags', v.tags, 'unread_count', v.unread_count, 'last_message_type', v.last_message_type,
  'last_message_preview', v.last_message_preview, 'last_message_at', rfc3339(v.last_message_at),
  'last_inbound_at', rfc3339(v.last_inbound_at),
  'service_window_until', case when v.channel <> 'email' then rfc3339(v.last_inbound_at + interval '24 hours') end,
  'resolved_at', rfc3339(v.resolved_at),
  'created_at', rfc3339(v.created_at), 'updated_at', rfc3339(v.updated_at)))

-- fragment: contact_of_conversation
left join lateral (select name, phone_number from contacts where id = v.contact_id limit 1) c on true

-- fragment: conversation_wanted
v.in_inbox and ($4::text is null or v.channel = $4) and ($5::uuid is null or v.assigned_agent_id = $5)
and (not $6::boolean or v.assigned_agent_id is null) and ($7::uuid is null or v.division_id = $7)
and ($8::text is null or $8 = any(v.tags))

-- name: conversations_list
-- $1 caller, $2 whether the caller sees all, $3 status, $4 channel, $5 assigned agent, $7 division, $8 tag, $9 contact,
-- each NULL for any; $6 only unassigned ones; $10 page, $11 per_page. Only the newest 5,000 count, as a million cannot be
-- counted for every page. They are read queue by queue, where not all are meant: of agents, of divisions, and nil for
-- everybody. Apart, as PostgreSQL plans nothing for a list that is narrowed in so many ways.
with queues as materialized (
  select case
    when $5::uuid is not null then array(select a.id from agents a where a.id = $5 and ($2::boolean or $5 = $1::uuid))
    when not $2 or $6::boolean then array(
      select $1 where not $2 and not $6
      union all
      select '00000000-0000-0000-0000-000000000000' where $7::uuid is null
      union all
      select d.id from divisions d
      where ($7 is null or d.id = $7)
        and ($2 or d.id in (select m.division_id from division_agents m where m.agent_id = $1))) end as list
), place as materialized (
  select least(($10::bigint - 1) * $11::bigint, 5000)::int as skipped,
         greatest(least($11, 5000 - ($10 - 1) * $11), 0)::int as page_size
), newest as materialized (
  select f.*
  from queues q cross join place p cross join lateral newest_conversations(
    q.list, case when $3::text is null then '{open,pending,resolved,expired}' else array[$3] end,
    case when $4::text is null then '{whatsapp,instagram,email,messenger}' else array[$4] end, $7, $8::text,
    p.skipped, p.page_size, 5000) f
  where $9::uuid is null
), of_contact as materialized (
  select v.id, v.last_message_at from conversations v
  where v.contact_id = $9 and ($3 is null or v.status = $3) and {{conversation_wanted}} and {{conversation_visible}}
), listed as (
  select unnest(ids) as id from newest
  union all
  (select id from of_contact order by last_message_at desc, id desc
   limit (select page_size from place) offset (select skipped from place))
), page as (
  select {{conversation_json}} as item, v.last_message_at, v.id
  from listed l cross join lateral (select * from conversations where id = l.id limit 1) v
  {{contact_of_conversation}}
), counted as (
  select least(coalesce((select counted from newest), (select count(*) from of_contact)), 5000) as total
)
select json_build_object(
  'data', (select coalesce(json_agg(item order by last_message_at desc, id desc), '[]') from page),
  'total', total, 'page', $10, 'per_page', $11, 'total_pages', ceil(total::numeric / $11)::bigint)
from counted

-- name: conversation_get
-- $1 caller, $2 whether the caller sees all, $3 id. No row: there is none, or the caller does not see it.
select {{conversation_json}} from conversations v {{contact_of_conversation}}
where v.id = $3::uuid and {{conversation_visible}}

-- A broadcast as a message, from its recipient r, campaign c and conversation v.
-- fragment: broadcast_json
(select json_strip_nulls(json_build_object(
    'id', recipient_uuid(r.campaign_id, r.seq), 'conversation_id', v.id, 'campaign_id', r.campaign_id,
    'direction', 'outbound', 'type', 'template', 'text', left(filled.body, 8192), 'external_id', r.external_id,
    'status', recipient_status_name(r.status, false), 'error_code', r.error_code, 'error_message', r.error_message,
    'sent_by', c.created_by, 'sent_by_name', (select a.name from agents a where a.id = c.created_by),
    'sent_at', rfc3339(coalesce(r.sent_at, c.started_at)), 'delivered_at', rfc3339(r.delivered_at),
    'read_at', rfc3339(r.read_at), 'created_at', rfc3339(r.created_at)))::jsonb
  || jsonb_build_object('content', jsonb_strip_nulls(jsonb_build_object(
    'type', 'template',
    'template', jsonb_build_object('name', t.name, 'language', jsonb_build_object('code', t.language)),
    'rendered', case when filled.body is not null then jsonb_build_object('body', filled.body) end)))
 from wa_templates t cross join lateral (select template_text(t.components, r.variables) as body offset 0) filled
 where t.id = c.template_id)

-- Conversation $3 with its broadcasts. These are looked for among the 1,000 campaigns of the account that began last, by the
-- numbers the contact has and had, which are in an index of each campaign already. Whoever was not sent to has the time at
-- which the campaign began; in whole seconds, as WhatsApp's are.

-- fragment: conversation_with_broadcasts
conversation as (
  select v.id, v.contact_id, v.account_id, array(
      select phone_number from contacts where id = v.contact_id
      union
      select whatsapp_id from contact_former_ids where contact_id = v.contact_id and whatsapp_id like '+%') as numbers
  from conversations v
  where v.id = $3::uuid and {{conversation_visible}}
), broadcasts as materialized (
  select r.campaign_id, r.seq, r.external_id, date_trunc('second', coalesce(r.sent_at, c.started_at)) as sent_at
  from conversation v
  cross join lateral (
    select id, started_at from campaigns
    where integration_account_id = v.account_id and started_at is not null order by started_at desc limit 1000) c
  cross join unnest(v.numbers) n(number)
  cross join lateral (
    select campaign_id, seq, contact_id, status, sent_at, external_id from campaign_recipients
    where campaign_id = c.id and phone_number = n.number limit 1) r
  where r.contact_id = v.contact_id and r.status not in (0, 6)
)

-- Which of them a message m answers.
-- fragment: answered_broadcast
coalesce(case when m.answered is not null then (
  select jsonb_build_object('reply_to', recipient_uuid(b.campaign_id, b.seq)) from broadcasts b
  where b.external_id = m.answered limit 1) end, '{}')

-- name: conversation_messages
-- The same; $4 whether the oldest come first, $5 page, $6 per_page.
with {{conversation_with_broadcasts}}, written as (
  (select m.id, m.sent_at from conversation v join messages m on m.conversation_id = v.id
   where $4::boolean order by m.sent_at, m.id limit $5::bigint * $6::bigint)
  union all
  (select m.id, m.sent_at from conversation v join messages m on m.conversation_id = v.id
   where not $4 order by m.sent_at desc, m.id desc limit $5 * $6)
), page as (
  select id, sent_at, campaign_id, seq,
    row_number() over (order by case when $4 then sent_at end, case when $4 then id end, sent_at desc, id desc) as place
  from (
    select id, sent_at, null::uuid as campaign_id, null::int as seq from written
    union all
    select recipient_uuid(campaign_id, seq), sent_at, campaign_id, seq from broadcasts) both_kinds
  order by place limit $6 offset ($5 - 1) * $6
), shown as (
  select p.place, case when p.campaign_id is null
    then (select {{message_json}} || {{answered_broadcast}} from messages m where m.id = p.id)
    else (select {{broadcast_json}} from campaign_recipients r join campaigns c on c.id = r.campaign_id
          where r.campaign_id = p.campaign_id and r.seq = p.seq) end as item
  from page p cross join conversation v
), counted as (
  select (select count(*) from conversation v join messages m on m.conversation_id = v.id)
    + (select count(*) from broadcasts) as total
)
select json_build_object(
  'data', (select coalesce(json_agg(item order by place), '[]') from shown),
  'total', total, 'page', $5, 'per_page', $6, 'total_pages', ceil(total::numeric / $6)::bigint)
from counted where exists (select from conversation)

-- name: conversation_message
-- As conversation_get; $4 the message, whole, or a broadcast, by its recipient's id.
with {{conversation_with_broadcasts}}
select {{message_json}} || {{answered_broadcast}}
  || jsonb_strip_nulls(jsonb_build_object('text', message_text(m.type, w.content)))
  || jsonb_build_object('content', w.content)
from conversations v
join messages m on m.conversation_id = v.id
cross join lateral (select m.content || coalesce(m.content_rest, '{}') as content offset 0) w
where v.id = $3::uuid and m.id = $4::uuid and {{conversation_visible}}
union all
select {{broadcast_json}}
from conversations v
join campaigns c on c.id = campaign_of_recipient($4) and c.integration_account_id = v.account_id
join campaign_recipients r
  on r.campaign_id = c.id and r.seq = seq_of_recipient($4) and r.contact_id = v.contact_id and r.status not in (0, 6)
where v.id = $3 and {{conversation_visible}}

-- name: conversation_transfers_list
-- As conversation_get: the newest 50.
select coalesce((
  select json_agg(json_strip_nulls(json_build_object(
    'id', t.id, 'conversation_id', t.conversation_id, 'from_agent_id', t.from_agent_id, 'to_agent_id', t.to_agent_id,
    'to_division_id', t.to_division_id, 'note', t.note, 'transferred_by', t.transferred_by,
    'from_agent_name', (select a.name from agents a where a.id = t.from_agent_id),
    'to_agent_name', (select a.name from agents a where a.id = t.to_agent_id),
    'to_division_name', (select d.name from divisions d where d.id = t.to_division_id),
    'transferred_by_name', (select a.name from agents a where a.id = t.transferred_by),
    'created_at', rfc3339(t.created_at))) order by t.created_at desc, t.id desc)
  from (
    select * from conversation_transfers
    where conversation_id = v.id order by created_at desc, id desc limit 50) t), '[]')
from conversations v where v.id = $3::uuid and {{conversation_visible}}

-- name: conversation_typing
-- As conversation_get: whoever sees it is told that the caller types, or does not any more: $4; nobody is unless $5.
with told as materialized (
  select case when $5::boolean then tell_live(v.tenant_id, 'conversation.typing', v.id, null, json_build_object(
    'id', v.id, 'agent_id', $1::uuid, 'agent_name', (select a.name from agents a where a.id = $1),
    'is_typing', $4::boolean)) end
  from conversations v where v.id = $3::uuid and {{conversation_visible}}
)
select json_build_object('message', 'It is told.') from told

-- name: conversation_lock
-- As conversation_get, and nobody else changes it before the transaction ends.
select v.in_inbox, v.status, v.assigned_agent_id, v.division_id, to_json(v.tags), v.unread_count, v.resolved_at
from conversations v where v.id = $3::uuid and {{conversation_visible}} for no key update of v

-- name: conversation_save
-- $1 id, $2 status, $3 agent, $4 division, $5 tags, $6 unread, $7 resolved at. Whatever an agent does brings it into the
-- inbox.
update conversations set
  in_inbox = true, status = $2, assigned_agent_id = $3::uuid, division_id = $4::uuid, tags = $5::text[],
  unread_count = $6::int, resolved_at = $7::timestamptz, updated_at = now()
where id = $1::uuid

-- name: conversation_transfer_add
-- $1 conversation, $2 from agent, $3 to agent, $4 to division, $5 note, each NULL where there is none; $6 by whom.
insert into conversation_transfers (tenant_id, conversation_id, from_agent_id, to_agent_id, to_division_id, note,
                                    transferred_by)
values (current_tenant(), $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6::uuid)

-- name: conversation_agent_check
-- Whether an agent may be given conversations, and stays so until the transaction ends; no row: there is no such agent.
select is_active from agents where id = $1::uuid for share
