-- What comes in from Messenger, Instagram and email; see webhook_inbox.sql for WhatsApp.

-- name: channel_account
-- $1 channel, $2 the page, Instagram account or address it came to.
select id, tenant_id, division_id from integration_accounts where channel = $1 and account_key = $2

-- name: channel_contact
-- $1 tenant, $2 channel, $3 the person there.
select contact_id from contact_identities where tenant_id = $1::uuid and channel = $2 and external_id = $3

-- name: channel_contact_of_email
-- $1 tenant, $2 address in small letters: who has had it longest.
select id from contacts where tenant_id = $1::uuid and lower(email) = $2 and email is not null
order by created_at, id limit 1

-- name: channel_contact_add
-- $1 tenant, $2 name or NULL, $3 address or NULL.
insert into contacts (tenant_id, name, email) values ($1::uuid, $2, $3) returning id

-- name: channel_identity_add
-- $1 tenant, $2 channel, $3 the person there, $4 contact.
insert into contact_identities (tenant_id, channel, external_id, contact_id) values ($1::uuid, $2, $3, $4::uuid)

-- name: channel_echo_conversation
-- Somebody wrote to a person from our account: $1 tenant, $2 contact, $3 account, $4 its division or NULL, $5 channel, $6
-- when, $7 type, $8 content. Nothing becomes unread, and what was resolved stays so.
insert into conversations as v (tenant_id, contact_id, account_id, division_id, channel, last_message_at, in_inbox,
                                last_message_type, last_message_preview)
values ($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5, $6::timestamptz, true, $7, message_preview($7, $8::jsonb))
on conflict on constraint conversations_contact_account_key do update set
  in_inbox = true,
  last_message_type = case when v.last_message_at > excluded.last_message_at then v.last_message_type
                           else excluded.last_message_type end,
  last_message_preview = case when v.last_message_at > excluded.last_message_at then v.last_message_preview
                              else excluded.last_message_preview end,
  last_message_at = greatest(v.last_message_at, excluded.last_message_at), updated_at = now()
returning id

-- name: channel_echo_message
-- After inbox_message_known. $1 tenant, $2 conversation, $3 Meta's id, $4 type, $5 content, $6 when.
insert into messages (tenant_id, conversation_id, direction, external_id, type, content, sent_at, status)
values ($1::uuid, $2::uuid, 'outbound', $3, $4, $5::jsonb, $6::timestamptz, 2)

-- name: channel_message_change
-- $1 tenant, $2 account, $3 Meta's id, $4 the new text as JSON, or NULL: its author took it back. What is not known yet
-- cannot be changed. The list shows it changed where it is the last one.
with changed as (
  update messages m set
    type = case when $4::jsonb is null then 'deleted' else m.type end,
    content = case when $4 is null then '{}' else jsonb_set(m.content, '{message,text}', $4) end
  from messages before join conversations v on v.id = before.conversation_id and v.account_id = $2::uuid
  where before.tenant_id = $1::uuid and before.external_id = $3 and before.direction = 'inbound'
    and before.type <> 'deleted' and m.id = before.id
  returning m.conversation_id, m.type, m.content, before.type as type_before, before.content as content_before
)
update conversations v set
  last_message_type = changed.type, last_message_preview = message_preview(changed.type, changed.content)
from changed
where v.id = changed.conversation_id and v.last_message_type = changed.type_before
  and v.last_message_preview is not distinct from message_preview(changed.type_before, changed.content_before)

-- name: channel_receipt
-- What was delivered or read: $1 account, $2 channel, $3 the person, $4 status, $5 until when, or $6 Meta's id of the
-- last one of them; $7 tenant. Older than a month is settled.
update messages m set
  status = $4::smallint,
  delivered_at = coalesce(m.delivered_at, $5::timestamptz),
  read_at = case when $4 = 4 then coalesce(m.read_at, $5) else m.read_at end
from contact_identities i join conversations v on v.contact_id = i.contact_id and v.account_id = $1::uuid
where i.tenant_id = $7::uuid and v.tenant_id = $7 and i.channel = $2 and i.external_id = $3
  and m.conversation_id = v.id and m.direction = 'outbound' and m.status in (2, 3) and m.status < $4
  and m.sent_at > $5::timestamptz - interval '30 days'
  and m.sent_at <= case when $6::text is null then $5
    else (select last.sent_at from messages last where last.tenant_id = $7 and last.external_id = $6) end
