-- The inbox of webhooks and what is applied from it.

-- name: inbox_append
-- Many payloads, one commit. Answers their ids in order.
insert into webhook_inbox (source, payload)
select source, payload from unnest($1::text[], $2::text[]) with ordinality as p(source, payload, position)
order by position
returning id

-- name: inbox_waiting
-- What was committed and not applied: the catch-up after a start. $1 after which id, $2 at most how many.
select id, source, payload from webhook_inbox where failed_at is null and id > $1::bigint order by id limit $2::int

-- name: inbox_done
delete from webhook_inbox where id = any($1::bigint[])

-- name: inbox_failed
-- Sets $1 aside: $2 why, $3 which of its parts or NULL for all, $4 in how many minutes it is tried again or NULL.
update webhook_inbox set
  attempts = attempts + 1, failed_at = coalesce(failed_at, now()), error = $2, parts = $3::text[],
  retry_at = now() + make_interval(mins => $4::int)
where id = $1::bigint

-- name: inbox_due
-- What was set aside and is to be tried again now, at most $1, and $2 bytes or a larger one.
select id, source, payload, attempts, array_to_json(parts)
from (
  select w.*, sum(octet_length(payload)) over in_turn as bytes, row_number() over in_turn as place
  from (select * from webhook_inbox where retry_at <= now() order by retry_at, id limit $1::int) w
  window in_turn as (order by retry_at, id)) w
where place = 1 or bytes <= $2::bigint
order by place

-- name: inbox_all_due
-- After a start, as the program may have been mended.
update webhook_inbox set retry_at = now() where failed_at is not null and (retry_at is null or retry_at > now())

-- name: inbox_remove_failed
-- What was set aside $1 hours ago or longer. Answers how many.
with gone as (
  delete from webhook_inbox where failed_at <= now() - make_interval(hours => $1::int) returning id
)
select count(*) from gone

-- name: savepoint_set
savepoint part

-- name: savepoint_release
release savepoint part

-- name: savepoint_return
rollback to savepoint part

-- name: inbox_lock_campaigns
-- Before statuses are applied: all writers of a campaign queue up at its row, in the same order. Answers how far each
-- has claimed and the number it is sent from (NULL if the account is gone): a status of anybody else, or of another
-- number, is not about it.
select c.id, c.claimed_seq, a.phone_number_id
from campaigns c left join integration_accounts a on a.id = c.integration_account_id
where c.id = any($1::uuid[]) order by c.id for no key update of c

-- name: inbox_apply_statuses
-- One row per recipient, folded: $1 campaign, $2 seq, $3 status, $4 Meta's id, $5 sent, $6 delivered, $7 read time,
-- $8 error code, $9 error text. Counters move in the same statement, and whoever is known to have the message only by
-- this webhook gets a conversation as recording a send makes it. Answers one row per campaign that changed: id, and
-- whether it is being sent and nothing of it is open any more.
with s as (
  select * from unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::timestamptz[], $6::timestamptz[],
                       $7::timestamptz[], $8::int[], $9::text[])
    as s(campaign_id, seq, status, external_id, sent_at, delivered_at, read_at, error_code, error_message)
), changed as (
  update campaign_recipients r set
    status_before = r.status,
    status = recipient_status_after(r.status, s.status),
    external_id = coalesce(r.external_id, s.external_id),
    sent_at = coalesce(r.sent_at, s.sent_at),
    delivered_at = coalesce(r.delivered_at, s.delivered_at),
    read_at = coalesce(r.read_at, s.read_at),
    error_code = case when recipient_status_after(r.status, s.status) in (2, 3, 4) then null
                      when s.status = 5 and r.status <> recipient_status_after(r.status, 5::smallint) then s.error_code
                      else r.error_code end,
    error_message = case when recipient_status_after(r.status, s.status) in (2, 3, 4) then null
                         when s.status = 5 and r.status <> recipient_status_after(r.status, 5::smallint) then s.error_message
                         else r.error_message end
  from s where r.campaign_id = s.campaign_id and r.seq = s.seq
    -- Most messages are known to be sent before Meta says so, and webhooks come again: what is no news writes nothing.
    and (recipient_status_after(r.status, s.status) <> r.status
      or (r.sent_at is null and s.sent_at is not null) or (r.delivered_at is null and s.delivered_at is not null)
      or (r.read_at is null and s.read_at is not null) or (r.external_id is null and s.external_id is not null))
  returning r.campaign_id, r.tenant_id, r.contact_id, r.seq, r.status_before as old, r.status as new,
    r.phone_number, r.external_id, r.error_code, r.error_message
), opened as (
  insert into conversations (tenant_id, contact_id, account_id, channel)
  select distinct changed.tenant_id, changed.contact_id, c.integration_account_id, 'whatsapp'
  from changed join campaigns c on c.id = changed.campaign_id
  where changed.old in (0, 1, 7) and changed.new in (2, 3, 4) and c.integration_account_id is not null
  order by changed.contact_id
  on conflict on constraint conversations_contact_account_key do nothing
), unheld as (
  delete from campaign_holds h using changed
  where changed.old in (0, 1) and changed.new not in (0, 1)
    and h.campaign_id = changed.campaign_id and h.seq = changed.seq
), {{recipient_events}}, {{block_moves}}, moved as (
  select campaign_id,
    sum((new between 2 and 4)::int - (old between 2 and 4)::int) as sent,
    sum((new in (3, 4))::int - (old in (3, 4))::int) as delivered,
    sum((new = 4)::int - (old = 4)::int) as read,
    sum((new in (5, 7))::int - (old in (5, 7))::int) as failed,
    sum((new = 1)::int - (old = 1)::int) as uncertain
  from changed where old <> new group by campaign_id
)
update campaigns c set
  sent_count = sent_count + moved.sent, delivered_count = delivered_count + moved.delivered,
  read_count = read_count + moved.read, failed_count = failed_count + moved.failed,
  uncertain_count = uncertain_count + moved.uncertain, updated_at = now()
from moved where c.id = moved.campaign_id
returning c.id, c.status = 'sending' and c.total_recipients = c.sent_count + c.failed_count + c.cancelled_count

-- name: inbox_apply_message_statuses
-- The same for messages that agents sent: $1 our id of it or NULL, $2 Meta's id, $3 Meta's id of the number it came to,
-- $4 status, $5 delivered, $6 read time, $7 error code, $8 error text. Nothing of them waits for Meta's word any more.
-- What came to another number than the message was sent from is not about it: whoever sends chooses the callback data.
-- Answers one row per message of ours: its place in the list, its conversation, and whether it failed just now.
with s as (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::int[],
                       $8::text[]) with ordinality
    as s(message_id, external_id, phone_number_id, status, delivered_at, read_at, error_code, error_message, place)
), known as (
  select distinct on (m.id) m.id, m.conversation_id, m.status as old, s.place, s.status, s.external_id, s.delivered_at,
    s.read_at, s.error_code, s.error_message
  from s
  join integration_accounts a on a.channel = 'whatsapp' and a.phone_number_id = s.phone_number_id
  cross join lateral (
    select * from messages where id = s.message_id and tenant_id = a.tenant_id
    union all
    select * from messages
    where tenant_id = a.tenant_id and external_id = s.external_id and id is distinct from s.message_id) m
  join conversations v on v.id = m.conversation_id and v.account_id = a.id
  where m.direction = 'outbound'
  order by m.id, s.place
), changed as (
  update messages m set
    status = recipient_status_after(m.status, k.status),
    external_id = coalesce(m.external_id, k.external_id),
    delivered_at = coalesce(m.delivered_at, k.delivered_at),
    read_at = coalesce(m.read_at, k.read_at),
    error_code = case when recipient_status_after(m.status, k.status) in (2, 3, 4) then null
                      when k.status = 5 and m.status <> recipient_status_after(m.status, 5::smallint) then k.error_code
                      else m.error_code end,
    error_message = case when recipient_status_after(m.status, k.status) in (2, 3, 4) then null
                         when k.status = 5 and m.status <> recipient_status_after(m.status, 5::smallint) then k.error_message
                         else m.error_message end
  from known k where m.id = k.id
    and (recipient_status_after(m.status, k.status) <> m.status or (m.external_id is null)
      or (m.delivered_at is null and k.delivered_at is not null) or (m.read_at is null and k.read_at is not null))
  returning m.id, m.status
), settled as (
  delete from outgoing_messages q using changed where q.message_id = changed.id
)
select k.place, k.conversation_id, coalesce(changed.status = 5 and k.old not in (5, 7), false)
from known k left join changed on changed.id = k.id
order by k.place

-- name: inbox_not_failed_yet
-- Which of the recipients $1 campaign, $2 seq a failure would be news of: their places in the list, from 1.
select f.place from unnest($1::uuid[], $2::int[]) with ordinality as f(campaign_id, seq, place)
join campaign_recipients r on r.campaign_id = f.campaign_id and r.seq = f.seq
where r.status <> 5 and recipient_status_after(r.status, 5::smallint) = 5
order by f.place

-- What waits for a paused account, and whether that is a conversation: at least one row, if only of NULL.

-- fragment: stopped_by_pause
select c.id, false from paused left join campaigns c on c.integration_account_id = paused.id and c.status = 'sending'
union all
select distinct q.conversation_id, true from paused join outgoing_messages q on q.account_id = paused.id
where not q.uncertain

-- name: account_set_pause
-- $1 account, $2 code, $3 reason, $4 the token, or the password of mails, that was refused. A refusal that was on its way
-- while it was replaced pauses nobody. What waits for it is answered once: others that are refused later change no more.
with before as (
  select id, pause_code from integration_accounts where id = $1::uuid for no key update
), changed as (
  update integration_accounts a set pause_code = $2, pause_reason = $3, paused_at = now(), updated_at = now()
  from before
  where a.id = before.id
    and coalesce(a.secrets ->> case when a.channel = 'email' then 'smtp_password' else 'access_token' end, '') = $4
  returning a.id, before.pause_code is null as is_news
), paused as (
  select id from changed where is_news
)
{{stopped_by_pause}}

-- name: inbox_pause_account
-- A message of campaign $1 failed at $4 for a reason that concerns its whole account: $2 code, $3 reason. Not if the
-- account was changed since: that may have been the cure.
with paused as (
  update integration_accounts a set pause_code = $2, pause_reason = $3, paused_at = now(), updated_at = now()
  from campaigns c
  where c.id = $1::uuid and a.id = c.integration_account_id and a.pause_code is null
    and date_trunc('second', a.updated_at) <= $4::timestamptz
  returning a.id
)
{{stopped_by_pause}}

-- name: inbox_pause_account_of_conversation
-- The same for a message of conversation $1.
with paused as (
  update integration_accounts a set pause_code = $2, pause_reason = $3, paused_at = now(), updated_at = now()
  from conversations v
  where v.id = $1::uuid and a.id = v.account_id and a.pause_code is null
    and date_trunc('second', a.updated_at) <= $4::timestamptz
  returning a.id
)
{{stopped_by_pause}}

-- name: inbox_pause_campaign
-- The same for a reason that concerns the template: only this campaign waits. Not if the template was changed since.
update campaigns c set pause_code = $2, pause_reason = $3, paused_at = now(), updated_at = now()
from wa_templates t
where c.id = $1::uuid and c.status = 'sending' and c.pause_code is null and t.id = c.template_id
  and date_trunc('second', t.updated_at) <= $4::timestamptz
returning c.id, false

-- name: inbox_account_of_number
select id, tenant_id, division_id from integration_accounts where channel = 'whatsapp' and phone_number_id = $1

-- name: inbox_upsert_contact
-- $1 tenant, $2 number or NULL, $3 Meta's user id or NULL, $4 name. A name a person gave is not overwritten.
insert into contacts (tenant_id, phone_number, whatsapp_user_id, name)
values ($1::uuid, $2, $3, $4)
on conflict on constraint contacts_phone_number_key do update
  set whatsapp_user_id = coalesce(excluded.whatsapp_user_id, contacts.whatsapp_user_id),
      name = coalesce(contacts.name, excluded.name), updated_at = now()
returning id

-- name: inbox_people
-- $1 tenant, $2 a number or NULL, $3 Meta's user id or NULL, $4 when: who has the number, or had it then; who has the user
-- id, or had it; and the number of that one. First of each who has it now.
select n.id, had_number.id, u.id, had_user_id.id,
  (select phone_number from contacts where id = coalesce(u.id, had_user_id.id))
from (select) one
left join lateral (select id from contacts where tenant_id = $1::uuid and phone_number = $2 limit 1) n on true
left join lateral (select id from contacts where tenant_id = $1 and whatsapp_user_id = $3 limit 1) u on true
left join lateral (
  select contact_id as id from contact_former_ids
  where tenant_id = $1 and whatsapp_id = $2 and by_whatsapp and left_at >= $4::timestamptz and n.id is null
  order by left_at limit 1) had_number on true
left join lateral (
  select contact_id as id from contact_former_ids
  where tenant_id = $1 and whatsapp_id = $3 and by_whatsapp and u.id is null
  order by left_at desc limit 1) had_user_id on true

-- name: inbox_who_moves
-- $1 tenant, $2 a number that somebody had until $4, $3 the one since then: who has either, first who has been here
-- longer. Answers which, their user id, and whether they are somebody else: who wrote from the old one later, or from the
-- new one before, and never had the old one.
select c.id, c.phone_number, c.whatsapp_user_id,
  not exists (select from contact_former_ids f where f.contact_id = c.id and f.whatsapp_id = $2)
  and exists (
    select from conversations v join messages m on m.conversation_id = v.id
    where v.contact_id = c.id and v.channel = 'whatsapp' and m.direction = 'inbound'
      and case when c.phone_number = $3 then m.sent_at < $4::timestamptz else m.sent_at > $4 end
      and m.content ->> 'from' = substr(c.phone_number, 2))
from contacts c where c.tenant_id = $1::uuid and c.phone_number in ($2, $3) order by c.created_at, c.id

-- name: inbox_who_moved_on
-- $1 tenant, $2 number, $3 when: who had it then, and has another one by now, as WhatsApp told.
select contact_id from contact_former_ids
where tenant_id = $1::uuid and whatsapp_id = $2 and by_whatsapp and left_at > $3::timestamptz order by left_at limit 1

-- name: inbox_take_number
-- $1 contact: its number is somebody else's now.
update contacts set phone_number = null, updated_at = now() where id = $1::uuid

-- name: inbox_set_ids
-- $1 contact, $2 the number it has from now on, $3 its user id, or NULL: the one it has.
update contacts set phone_number = $2, whatsapp_user_id = coalesce($3, whatsapp_user_id), updated_at = now()
where id = $1::uuid

-- name: inbox_left_id
-- $1 contact, $2 a number or user id that it had, and has no more, $3 until when, as WhatsApp told.
insert into contact_former_ids as f (tenant_id, whatsapp_id, contact_id, left_at, by_whatsapp)
select tenant_id, $2, id, $3::timestamptz, true from contacts
where id = $1::uuid and phone_number is distinct from $2 and whatsapp_user_id is distinct from $2
on conflict (tenant_id, whatsapp_id, contact_id) do update set left_at = excluded.left_at, by_whatsapp = true

-- name: inbox_merge_contacts
-- $1 the contact that stays, $2 the one that becomes part of it. Answers whether that could be done now, and in which
-- conversations messages wait since: one row at least.
select m.is_done, c.id from merge_contacts($1::uuid, $2::uuid) m left join unnest(m.to_wake) c(id) on true

-- name: inbox_merges_due
-- Of which contacts each pair is one person: the one that stays, the other, and how often it failed. At most $1.
select kept_id, gone_id, failures from contact_merges_due where retry_at <= now()
order by retry_at, kept_id, gone_id limit $1::int

-- name: inbox_merge_failed
-- $1 the contact that was to stay, $2 the other: tried again in $3 minutes.
update contact_merges_due set failures = failures + 1, retry_at = now() + make_interval(mins => $3::int)
where kept_id = $1::uuid and gone_id = $2::uuid

-- name: inbox_message_known
-- Whether a message was stored before: a webhook that comes again changes nothing.
select exists (select from messages where tenant_id = $1::uuid and external_id = $2)

-- WhatsApp's may be later than what is shown: a broadcast that opens a conversation is not.

-- fragment: shown_is_later
v.last_inbound_at > excluded.last_message_at or (v.last_message_type is not null and case
  when v.channel = 'whatsapp'
    then v.outgoing_count > 0 and date_trunc('second', v.last_message_at) > excluded.last_message_at
  else v.last_message_at > excluded.last_message_at end)

-- name: inbox_messages_known
-- Which of the messages $1 tenant, $2 the channel's id were stored before: their places in the list, from 1.
select p.place from unnest($1::uuid[], $2::text[]) with ordinality as p(tenant_id, external_id, place)
where exists (select from messages m where m.tenant_id = p.tenant_id and m.external_id = p.external_id)

-- name: inbox_known_contacts
-- Who of the people $1 tenant, $2 channel, $3 number or id there, $4 name or NULL, $5 besides a number Meta's user id or
-- NULL is a contact: the place in the list, from 1, and the contact. Not who has a name or a user id now and had none.
with p as (
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) with ordinality
    as p(tenant_id, channel, id, name, user_id, place)
)
select p.place, c.id from p join contacts c on c.tenant_id = p.tenant_id and c.phone_number = p.id
where p.channel = 'whatsapp' and (c.name is not null or p.name is null)
  and (p.user_id is null or c.whatsapp_user_id = p.user_id)
union all
select p.place, c.id from p join contacts c on c.tenant_id = p.tenant_id and c.whatsapp_user_id = p.id
where p.channel = 'whatsapp'
union all
select p.place, i.contact_id
from p join contact_identities i on i.tenant_id = p.tenant_id and i.channel = p.channel and i.external_id = p.id
where p.channel <> 'whatsapp'

-- name: inbox_threads
-- Whose conversations mails belong to that answer one of ours: $1 place in the list, $2 tenant, $3 account it came to, $4
-- a Message-ID that it names, the likeliest of each place first. Answers the place and the contact of the conversation.
select distinct on (p.place) p.place, v.contact_id
from unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[]) with ordinality
  as p(place, tenant_id, account_id, external_id, turn)
cross join lateral (
  select conversation_id from messages
  where external_id = p.external_id and tenant_id = p.tenant_id and direction = 'outbound' limit 1) m
join conversations v on v.id = m.conversation_id and v.account_id = p.account_id
order by p.place, p.turn

-- name: inbox_conversations
-- New messages came in: $1 tenant, $2 contact, $3 account and $4 its division or NULL, $5 channel, $6 Meta's time, $7
-- type, $8 content, $9 whether nobody wrote it, $10 the contact's id there, NULL: perhaps somebody else wrote it. Their
-- conversations are in the inbox from now on, open, with as many more that are unread. What nobody wrote is not unread,
-- and opens nothing again, nor the service window. Of messages that come out of order the latest is shown; Meta's time may
-- have whole seconds. Answers contact, account and conversation.
with m as (
  select *
  from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::text[], $8::text[],
              $9::bool[], $10::text[]) with ordinality
    as m(tenant_id, contact_id, account_id, division_id, channel, at, type, content, is_automatic, channel_id, place)
), latest as (
  select distinct on (contact_id, account_id) *,
    count(*) filter (where not is_automatic) over (partition by contact_id, account_id) as messages,
    max(at) filter (where not is_automatic) over (partition by contact_id, account_id) as written_at
  from m order by contact_id, account_id, at desc, place desc
)
insert into conversations as v (tenant_id, contact_id, account_id, division_id, channel, last_message_at,
                                last_inbound_at, in_inbox, unread_count, last_message_type, last_message_preview,
                                channel_id)
select tenant_id, contact_id, account_id, division_id, channel, at, written_at, true, messages, type,
  message_preview(type, content::jsonb), case when channel <> 'whatsapp' then channel_id end
from latest order by contact_id, account_id
on conflict on constraint conversations_contact_account_key do update set
  in_inbox = true, status = case when excluded.unread_count = 0 then v.status else 'open' end,
  resolved_at = case when excluded.unread_count = 0 then v.resolved_at end,
  unread_count = v.unread_count + excluded.unread_count,
  division_id = case when v.in_inbox then v.division_id else excluded.division_id end,
  last_message_type = case when {{shown_is_later}} then v.last_message_type else excluded.last_message_type end,
  last_message_preview = case when {{shown_is_later}} then v.last_message_preview else excluded.last_message_preview end,
  last_message_at = greatest(v.last_message_at, excluded.last_message_at),
  last_inbound_at = greatest(v.last_inbound_at, excluded.last_inbound_at),
  channel_id = case when {{shown_is_later}} then v.channel_id else coalesce(excluded.channel_id, v.channel_id) end,
  updated_at = now()
returning contact_id, account_id, id

-- name: inbox_store_messages
-- After inbox_messages_known: one that was stored meanwhile fails the transaction, which counts nothing then. $1 id, $2
-- tenant, $3 conversation, $4 the channel's id, $5 type, $6 content, of a long one a list of that and of what it lacks, $7
-- Meta's time, $8 when it was changed or NULL, $9 the channel's id of what it answers or NULL.
insert into messages (id, tenant_id, conversation_id, direction, external_id, type, content, content_rest, content_bytes,
                      sent_at, edited_at, answered)
select id, tenant_id, conversation_id, 'inbound', external_id, type, case when is_long then said -> 0 else said end,
  case when is_long then said -> 1 end, case when is_long then octet_length(content) end, sent_at, edited_at, answered
from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
            $9::text[])
  with ordinality as m(id, tenant_id, conversation_id, external_id, type, content, sent_at, edited_at, answered, place)
cross join lateral (select content::jsonb as said, content like '[%' as is_long offset 0) s
order by place

-- name: inbox_early_changes
-- Of which messages $1 account, $2 the channel's id, $3 who wrote it, $4 their other id or NULL a change came before: their
-- places, from 1.
select p.place
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) with ordinality
  as p(account_id, external_id, person, other_id, place)
where exists (
  select from early_message_changes e
  where e.account_id = p.account_id and e.external_id = p.external_id and e.person in (p.person, p.other_id))

-- name: inbox_take_early_change
-- What its author made of a message before it came: $1 account, $2 the channel's id, $3 who wrote it, $4 content, $5 their
-- other id or NULL. Answers whether it was taken back, its content now, and when; no row: nothing.
with taken as (
  delete from early_message_changes where account_id = $1::uuid and external_id = $2 and person in ($3, $5)
  returning changed_at, path, value
)
select value is null, case when value is null then '{}'::jsonb else jsonb_set($4::jsonb, path, value) end, changed_at
from taken order by value is not null, changed_at desc limit 1

-- name: inbox_forget_early
-- What waits for messages that will not come any more.
with changes as (delete from early_message_changes where created_at < now() - interval '8 days')
delete from channel_receipts where created_at < now() - interval '8 days'

-- name: inbox_marketing_choice
-- $1 tenant, $2 number or NULL, $3 Meta's user id or NULL, $4 true: wants no marketing any more, $5 when, $6 the contact
-- that these were once, or NULL. All of them where two contacts could not become one yet.
update contacts set opted_out_at = case when $4::boolean then coalesce(opted_out_at, $5::timestamptz) end, updated_at = now()
where tenant_id = $1::uuid and (phone_number = $2 or whatsapp_user_id = $3 or id = $6::uuid)

-- name: inbox_template_status
-- $1 waba, $2 name, $3 language, $4 status, $5 reason.
update wa_templates set status = $4, rejection_reason = $5, updated_at = now()
where waba_id = $1 and name = $2 and language = $3
