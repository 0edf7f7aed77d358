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

-- name: channel_nameless
-- In which of the conversations $1 the contact has no name.
select v.id from conversations v join contacts c on c.id = v.contact_id and c.name is null where v.id = any($1::uuid[])

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
-- $1 tenant, $2 account, $3 the channel's id, $4 who changed it, $5 when, $6 path and $7 value of what it says now, or
-- NULL and NULL: it was taken back. Only its author changes a message, and what is newer stays. One that is not known yet
-- is changed when it comes. The list shows it changed where it is the last one.
with before as (
  select m.id, m.direction, m.type, m.content, m.edited_at, case
      when v.channel = 'whatsapp' then exists (
        select from contacts c where c.id = v.contact_id and ($4 in (c.phone_number, c.whatsapp_user_id) or exists (
          select from contact_former_ids f where f.contact_id = c.id and f.whatsapp_id = $4)))
      else exists (
        select from contact_identities i
        where i.tenant_id = $1::uuid and i.channel = v.channel and i.external_id = $4 and i.contact_id = v.contact_id)
    end as by_author
  from messages m join conversations v on v.id = m.conversation_id and v.account_id = $2::uuid
  where m.tenant_id = $1 and m.external_id = $3
), kept as (
  insert into early_message_changes as e (tenant_id, account_id, external_id, person, changed_at, path, value)
  select $1, $2, $3, $4, $5::timestamptz, $6::text[], $7::jsonb where not exists (select from before)
  on conflict (account_id, external_id, person) do update set
    changed_at = excluded.changed_at, path = excluded.path, value = excluded.value
  where e.value is not null
    and (excluded.value is null or (excluded.changed_at, excluded.value) > (e.changed_at, e.value))
), changed as (
  update messages m set
    type = case when $7 is null then 'deleted' else m.type end,
    content = case when $7 is null then '{}' else jsonb_set(m.content, $6, $7) end,
    edited_at = $5
  from before b
  where m.id = b.id and b.by_author and b.direction = 'inbound' and b.type <> 'deleted'
    and ($7 is null or b.edited_at is null or (b.edited_at, b.content #> $6) < ($5, $7))
  returning m.conversation_id, m.type, m.content, m.sent_at, b.type as type_before, b.content as content_before
)
update conversations v set
  last_message_type = changed.type, last_message_preview = message_preview(changed.type, changed.content)
from changed
where v.id = changed.conversation_id and v.last_inbound_at = changed.sent_at
  and v.last_message_type = changed.type_before
  and v.last_message_preview is not distinct from message_preview(changed.type_before, changed.content_before)
  and not exists (
    select from messages later where later.conversation_id = v.id and later.sent_at > changed.sent_at)

-- name: channel_receipt
-- What was delivered or read: $1 tenant, $2 account, $3 channel, $4 the person, $5 status, $6 when, $7 whether that is all
-- that was sent up to then, $8 Meta's id of the last one of them or ''. The earliest receipt of a message gives its time.
-- What was handed to Meta later was not read then, whenever it was written; clocks may differ by two seconds. Older than
-- a month is settled.
with kept as (
  insert into channel_receipts (tenant_id, account_id, person, status, at, by_time, external_id)
  values ($1::uuid, $2::uuid, $4, $5::smallint, $6::timestamptz, $7::boolean, $8)
  on conflict do nothing
)
update messages m set
  status = greatest(m.status, $5), delivered_at = least(m.delivered_at, $6),
  read_at = case when $5 = 4 then least(m.read_at, $6) else m.read_at end
from contact_identities i
join conversations v on v.contact_id = i.contact_id and v.account_id = $2
left join messages last on last.tenant_id = $1 and last.external_id = $8 and last.conversation_id = v.id
where i.tenant_id = $1 and i.channel = $3 and i.external_id = $4
  and m.conversation_id = v.id and m.direction = 'outbound' and m.status in (2, 3, 4)
  and m.sent_at > $6 - interval '30 days' and m.sent_at <= greatest(case when $7 then $6 end, last.sent_at)
  and (m.handed_at is null or m.sent_at <= last.sent_at or m.handed_at <= $6 + interval '2 seconds')
  and (m.status < $5 or m.delivered_at is null or m.delivered_at > $6
    or ($5 = 4 and (m.read_at is null or m.read_at > $6)))

-- name: channel_join_receipts
-- A message of ours is known now: $1 tenant, $2 account, $3 Meta's id, $4 when it was handed to Meta. What came before it
-- is applied to it, and what names it to all that it covers. Its own time is when it was written: what was received
-- before Meta had it says nothing of it. Clocks may differ by two seconds.
with receipts as (
  select own.id as own_id, v.id as conversation_id, r.status, r.at, r.external_id,
    greatest(case when r.by_time then r.at end, last.sent_at) as until
  from messages own
  join conversations v on v.id = own.conversation_id and v.account_id = $2::uuid
  join contact_identities i on i.contact_id = v.contact_id and i.tenant_id = $1::uuid and i.channel = v.channel
  join channel_receipts r on r.account_id = $2 and r.person = i.external_id
    and (r.external_id = $3 or r.at >= $4::timestamptz - interval '2 seconds')
  left join messages last on last.tenant_id = $1 and last.external_id = r.external_id and last.conversation_id = v.id
  where own.tenant_id = $1 and own.external_id = $3
), told as (
  select m.id, max(r.status) as status, min(r.at) as delivered_at, min(r.at) filter (where r.status = 4) as read_at
  from receipts r
  join messages m on m.conversation_id = r.conversation_id and m.direction = 'outbound' and m.status in (2, 3, 4)
    and m.sent_at > r.at - interval '30 days' and m.sent_at <= r.until and (m.id = r.own_id or r.external_id = $3)
  group by m.id
)
update messages m set
  status = greatest(m.status, told.status), delivered_at = least(m.delivered_at, told.delivered_at),
  read_at = least(m.read_at, told.read_at)
from told
where m.id = told.id
  and (m.status < told.status or m.delivered_at is null or m.delivered_at > told.delivered_at
    or (told.read_at is not null and (m.read_at is null or m.read_at > told.read_at)))

-- name: channel_mail_failed
-- A mail server says that a mail of ours was not delivered: $1 tenant, $2 account, $3 the Message-IDs that it may have,
-- the likeliest first, $4 who did not get it, $5 their codes or NULLs, $6 what to say of each. Where they all only get
-- copies the mail has not failed, and says so. Answers whether it is one of ours.
with told as (
  select m.id, array(
      select lower(copy) from jsonb_array_elements_text(
        coalesce(m.content -> 'cc', '[]') || coalesce(m.content -> 'bcc', '[]')) copy) as copies
  from unnest($3::text[]) with ordinality as p(external_id, place)
  join messages m on m.tenant_id = $1::uuid and m.external_id = p.external_id and m.direction = 'outbound'
  join conversations v on v.id = m.conversation_id and v.account_id = $2::uuid
  order by p.place limit 1
), failure as (
  select t.id, bool_and(f.address = any(t.copies)) as of_copies,
    (array_agg(f.code order by f.address = any(t.copies), f.place))[1] as code,
    left('The mail could not be delivered' || string_agg(f.said, ';' order by f.address = any(t.copies), f.place), 500)
      as said
  from told t
  cross join unnest($4::text[], $5::int[], $6::text[]) with ordinality as f(address, code, said, place)
  group by t.id
), changed as (
  update messages m set
    status = case when f.of_copies then m.status else recipient_status_after(m.status, 5::smallint) end,
    error_code = case when f.of_copies then m.error_code else f.code end, error_message = f.said
  from failure f
  where m.id = f.id
    and case when f.of_copies then m.status <> 5 else recipient_status_after(m.status, 5::smallint) <> m.status end
  returning m.id, m.status
), settled as (
  delete from outgoing_messages q using changed where q.message_id = changed.id and changed.status = 5
)
select exists (select from told)
