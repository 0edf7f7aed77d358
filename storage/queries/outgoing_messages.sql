-- What agents send in conversations: taking messages, and what their actors do with them.

-- -- taking ------------------------------------------------------------------------------------------------------------
-- Run as the tenant, or as the engine for a message whose time has come: so each names the tenant itself.

-- Whom the conversation v is held with on a channel other than WhatsApp: the person's id there, or the address. Of several
-- that of who wrote last.

-- fragment: channel_id
case when v.channel <> 'whatsapp' then (
  select i.external_id from contact_identities i
  where i.contact_id = v.contact_id and i.tenant_id = v.tenant_id and i.channel = v.channel
  order by i.external_id = v.channel_id desc nulls last, i.created_at desc limit 1) end

-- name: message_surroundings
-- As conversation_lock: all that decides whether something can be sent in a conversation now.
select v.tenant_id, v.channel, v.last_inbound_at, c.phone_number, c.whatsapp_user_id, {{channel_id}}, a.id, a.is_active,
  a.pause_reason, a.account_key, a.waba_id, (select count(*) from outgoing_messages q where q.conversation_id = v.id),
  v.outgoing_count
from conversations v
left join lateral (select phone_number, whatsapp_user_id from contacts where id = v.contact_id limit 1) c on true
left join integration_accounts a on a.id = v.account_id and a.tenant_id = v.tenant_id
where v.id = $3::uuid and {{conversation_visible}} for no key update of v

-- name: message_of_key
-- $1 tenant, $2 idempotency key: the message that came with it, and the hash of what was asked for.
select id, encode(request_hash, 'hex') from messages where tenant_id = $1::uuid and idempotency_key = $2

-- name: message_of_merged
-- As conversation_visible; $3 idempotency key, $4 hash of what was asked for, in hex: the message that came with them to a
-- conversation that is part of another now.
select m.id from messages m join conversations v on v.id = m.conversation_id
where m.tenant_id = current_tenant() and m.idempotency_key = $3 and m.request_hash = decode($4, 'hex')
  and {{conversation_visible}}

-- name: message_reply_target
-- The channel's id of message $1 of conversation $2, or of a broadcast, by its recipient's id, and its type; NULL: Meta
-- has not taken it yet. No row: there is none.
select external_id, type from messages where id = $1::uuid and conversation_id = $2::uuid
union all
select r.external_id, 'template'
from conversations v
join campaigns c on c.id = campaign_of_recipient($1) and c.integration_account_id = v.account_id
join campaign_recipients r on r.campaign_id = c.id and r.seq = seq_of_recipient($1) and r.contact_id = v.contact_id
where v.id = $2 and r.status not in (0, 6)

-- name: message_of_conversation
-- The type of the message of conversation $2 of tenant $1 that has the channel's id $3. No row: there is none.
select type from messages where tenant_id = $1::uuid and external_id = $3 and conversation_id = $2::uuid

-- name: message_template
-- $1 tenant, $2 WhatsApp Business account, $3 id or NULL, $4 name, $5 language.
select name, language, status, components, header_media_url from wa_templates
where tenant_id = $1::uuid and waba_id = $2
  and case when $3::uuid is not null then id = $3 else name = $4 and language = $5 end

-- name: message_take
-- After message_surroundings: $1 conversation, $2 type, $3 content, $4 now, $5 agent, $6 replied to, $7 idempotency key,
-- $8 hash in hex, $9 the channel's id where we name it; the last five may be NULL; $10 its id. It waits to be sent from
-- now on. Whatever an agent does brings the conversation into the inbox. WhatsApp's times have whole seconds: so has this
-- one there, and the ids tell what of one second came first.
with v as (
  update conversations set
    in_inbox = true, outgoing_count = outgoing_count + 1, last_message_at = greatest(last_message_at, $4::timestamptz),
    last_message_type = $2, last_message_preview = message_preview($2, $3::jsonb), updated_at = now()
  where id = $1::uuid
  returning id, tenant_id, account_id, channel, outgoing_count
), m as (
  insert into messages (id, tenant_id, conversation_id, direction, type, content, sent_at, status, sent_by, reply_to,
                        idempotency_key, request_hash, external_id)
  select $10::uuid, tenant_id, id, 'outbound', $2, $3,
    case when channel = 'whatsapp' then date_trunc('second', $4) else $4 end, 0, $5::uuid, $6::uuid, $7,
    decode($8, 'hex'), $9
  from v
  returning id
), q as (
  insert into outgoing_messages (conversation_id, number, message_id, tenant_id, account_id, due_at)
  select v.id, v.outgoing_count, m.id, v.tenant_id, v.account_id, $4 from v, m
)
select id from m

-- name: message_get
-- One message as the API shows it; who may see it was asked before.
select {{message_json}} from messages m where m.id = $1::uuid

-- -- sending -----------------------------------------------------------------------------------------------------------

-- name: outgoing_conversations
-- What must be woken at start: conversations in which something waits or is uncertain.
select distinct conversation_id from outgoing_messages

-- name: outgoing_of_account
-- Conversations in which something waits for an account: for when it changes.
select distinct conversation_id from outgoing_messages where account_id = $1::uuid and not uncertain

-- Since when q is claimed, as its token tells.

-- fragment: claimed_at
to_timestamp(('x' || left(replace(q.claim_token::text, '-', ''), 12))::bit(48)::bigint / 1000.0)

-- name: outgoing_recover
-- $1 conversation, $2 text, $3 until when to wait for Meta's word, $4 token: its actor has just begun, so whatever is
-- claimed with another token was claimed by one that is no more, and may or may not have reached Meta. Mails that nobody
-- began to write wait as before, for another attempt: by that the report on the former one is known. So do reactions,
-- which change nothing when they are repeated. When Messenger and Instagram may have got it is kept, for their receipts.
with claimed as (
  select q.message_id, m.type <> 'reaction' and (q.begun or v.channel <> 'email') as is_lost,
    case when v.channel in ('messenger', 'instagram') then {{claimed_at}} end as handed_at
  from outgoing_messages q join conversations v on v.id = q.conversation_id join messages m on m.id = q.message_id
  where q.conversation_id = $1::uuid and q.claim_token <> $4::uuid
), freed as (
  update outgoing_messages q set claim_token = null, attempt = attempt + 1
  from claimed c where q.message_id = c.message_id and not c.is_lost
), lost as (
  select message_id, handed_at from claimed where is_lost
), changed as (
  update messages m set
    status = recipient_status_after(m.status, 1::smallint), handed_at = coalesce(m.handed_at, lost.handed_at),
    error_message = case when m.status = 0 then $2 else m.error_message end
  from lost where m.id = lost.message_id
  returning m.id
)
update outgoing_messages q set uncertain = true, claim_token = null, due_at = $3::timestamptz
from changed where q.message_id = changed.id

-- name: outgoing_give_up
-- $1 conversation, $2 text, $3 now: nothing was heard of them in time. As everywhere the message is changed before its
-- row here, as webhooks do it, so that neither waits for the other.
with overdue as (
  select message_id from outgoing_messages
  where conversation_id = $1::uuid and uncertain and due_at <= $3::timestamptz
), changed as (
  update messages m set
    status = recipient_status_after(m.status, 7::smallint),
    error_message = case when m.status = 1 then $2 else m.error_message end
  from overdue where m.id = overdue.message_id
  returning m.id
)
delete from outgoing_messages q using changed where q.message_id = changed.id

-- name: outgoing_head
-- The first that waits in a conversation, and all that is needed to send it.
select q.number, q.attempt, q.due_at, q.claim_token, m.id, m.tenant_id, m.content, v.last_inbound_at, v.channel,
  c.phone_number, c.whatsapp_user_id, {{channel_id}}, a.id,
  case when v.channel = 'whatsapp' then a.phone_number_id else a.account_key end,
  a.secrets ->> case when v.channel = 'email' then 'smtp_password' else 'access_token' end, a.throughput_mps,
  a.is_active and a.pause_code is null, case when v.channel <> 'whatsapp' then a.config end, m.created_at,
  m.error_message, m.type = 'reaction'
from (
  select * from outgoing_messages where conversation_id = $1::uuid and not uncertain order by number limit 1) q
join messages m on m.id = q.message_id
join conversations v on v.id = q.conversation_id
left join lateral (select phone_number, whatsapp_user_id from contacts where id = v.contact_id limit 1) c on true
left join integration_accounts a on a.id = q.account_id and a.tenant_id = q.tenant_id

-- name: outgoing_claim
-- $1 conversation, $2 number, $3 token, $4 the epoch of the lease. FOR SHARE makes a new owner of the lease wait for this
-- claim, and this claim fail after it.
with lease as (select 1 from engine_lease where epoch = $4::bigint for share)
update outgoing_messages set claim_token = $3::uuid, begun = false
where conversation_id = $1::uuid and number = $2::int and exists (select from lease)
  and (claim_token is null or claim_token = $3)
returning number

-- name: outgoing_begin
-- $1 message, $2 token: its mail is written from now on. No row: it is claimed by somebody else, or settled.
update outgoing_messages set begun = true where message_id = $1::uuid and claim_token = $2::uuid returning number

-- name: outgoing_outcome
-- $1 conversation, $2 number, $3 status (1, 2 or 5), $4 Meta's id, $5 code, $6 text. What a webhook has settled is no
-- longer there.
update messages m set
  status = recipient_status_after(m.status, $3::smallint), external_id = coalesce(m.external_id, $4),
  error_code = case when recipient_status_after(m.status, $3) = $3 then $5::int else m.error_code end,
  error_message = case when recipient_status_after(m.status, $3) = $3 then $6 else m.error_message end
from outgoing_messages q
where q.conversation_id = $1::uuid and q.number = $2::int and m.id = q.message_id

-- name: outgoing_forget_echo
-- $1 conversation, $2 number, $3 Meta's id: an echo of the message that came before the answer and was not known for
-- one stands beside it. Where it was taken for that of another message of an agent, that one gives the id back.
with own as (
  select m.id, m.tenant_id, m.conversation_id from outgoing_messages q join messages m on m.id = q.message_id
  where q.conversation_id = $1::uuid and q.number = $2::int
), freed as (
  update messages d set external_id = null from own
  where d.tenant_id = own.tenant_id and d.external_id = $3 and d.id <> own.id
    and d.conversation_id = own.conversation_id and d.direction = 'outbound' and d.sent_by is not null
)
delete from messages d using own
where d.tenant_id = own.tenant_id and d.external_id = $3 and d.id <> own.id
  and d.conversation_id = own.conversation_id and d.direction = 'outbound' and d.sent_by is null

-- name: outgoing_claimed
-- $1 conversation, $2 number: the tenant of a message that is claimed, and since when. No row: a webhook has settled it.
select q.tenant_id, {{claimed_at}}
from outgoing_messages q where q.conversation_id = $1::uuid and q.number = $2::int and q.claim_token is not null

-- name: outgoing_handed
-- $1 conversation, $2 number: keeps since when it was claimed, for receipts that come later.
update messages m set handed_at = {{claimed_at}}
from outgoing_messages q
where q.conversation_id = $1::uuid and q.number = $2::int and q.claim_token is not null and m.id = q.message_id

-- name: outgoing_trouble
-- $1 conversation, $2 number, $3 code or NULL, $4 text: why it was not taken yet. Shown until something else is known.
update messages m set error_code = $3::int, error_message = $4
from outgoing_messages q
where q.conversation_id = $1::uuid and q.number = $2::int and m.id = q.message_id and m.status = 0
  and m.error_message is distinct from $4

-- name: outgoing_settle
delete from outgoing_messages where conversation_id = $1::uuid and number = $2::int

-- name: outgoing_put_back
-- $1 conversation, $2 number, $3 attempt, $4 when it is due, $5 whether it is uncertain: given up then, else tried again.
update outgoing_messages set
  attempt = $3::int, due_at = $4::timestamptz, uncertain = $5::boolean, claim_token = null, begun = false
where conversation_id = $1::uuid and number = $2::int

-- name: outgoing_uncertain_due
-- When the next uncertain one has waited long enough.
select min(due_at) from outgoing_messages where conversation_id = $1::uuid and uncertain

-- name: outgoing_opt_out
-- Meta says that the contact of conversation $1 asked for no marketing.
update contacts p set opted_out_at = coalesce(p.opted_out_at, now()), updated_at = now()
from conversations v where v.id = $1::uuid and p.id = v.contact_id

-- name: outgoing_echo
-- Whether an echo is of a message that an agent sent here, which has arrived at Meta then, whatever came of its answer:
-- $1 tenant, $2 account, $3 channel, $4 the person, $5 Meta's id of it, $6 its content. Messenger repeats our id.
-- Instagram does not: there it is the one that is on its way to the person and says the same.
with echo as (
  select $6::jsonb #>> '{message,text}' as said, $6 #>> '{message,attachments,0,type}' as attached,
    case when $6 #>> '{message,metadata}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
         then ($6 #>> '{message,metadata}')::uuid end as message_id
), ours as (
  select m.id
  from echo join messages m on m.id = echo.message_id join conversations v on v.id = m.conversation_id
  where m.tenant_id = $1::uuid and v.account_id = $2::uuid and m.direction = 'outbound'
  union all
  (select m.id
   from echo join contact_identities i on i.tenant_id = $1 and i.channel = $3 and i.external_id = $4
   join conversations v on v.contact_id = i.contact_id and v.account_id = $2
   join outgoing_messages q on q.conversation_id = v.id and (q.uncertain or q.claim_token is not null)
   join messages m on m.id = q.message_id
   where $3 = 'instagram' and case when echo.said is not null then message_text(m.type, m.content) = echo.said
                                   when echo.attached = 'template' then m.type = 'interactive'
                                   else m.type = case echo.attached when 'file' then 'document'
                                                 when 'like_heart' then 'sticker' else echo.attached end end
     and m.type <> 'reaction'  -- of ours there are no echoes
   order by q.uncertain, q.number limit 1)
), changed as (
  update messages m set
    external_id = coalesce(m.external_id, $5), status = recipient_status_after(m.status, 2::smallint),
    handed_at = coalesce(m.handed_at, (
      select {{claimed_at}} from outgoing_messages q where q.message_id = m.id and q.claim_token is not null)),
    error_code = case when m.status in (0, 1, 7) then null else m.error_code end,
    error_message = case when m.status in (0, 1, 7) then null else m.error_message end
  from ours where m.id = ours.id
  returning m.id
), settled as (
  delete from outgoing_messages q using changed where q.message_id = changed.id
)
select exists (select from changed)

-- -- what contacts see of agents at work -------------------------------------------------------------------------------

-- name: conversation_signal_target
-- As conversation_get: how the contact of conversation $3 can be shown something now. No row: not on this channel, not
-- through its account, or the contact did not write within 24 hours.
select v.channel, (
    select m.external_id from messages m
    where m.conversation_id = v.id and m.direction = 'inbound' order by m.sent_at desc, m.id desc limit 1),
  {{channel_id}}, a.id, case when v.channel = 'whatsapp' then a.phone_number_id else a.account_key end,
  coalesce(a.secrets ->> 'access_token', ''), case when v.channel <> 'whatsapp' then a.config end
from conversations v
join integration_accounts a on a.id = v.account_id and a.is_active and a.pause_code is null
where v.id = $3::uuid and {{conversation_visible}} and v.channel in ('whatsapp', 'messenger', 'instagram')
  and v.last_inbound_at > now() - interval '24 hours'
  and exists (select from messages m where m.conversation_id = v.id and m.direction = 'inbound')

-- name: person_unnamed
-- How Meta can be asked what the contact of conversation $1 is called. No row: not on this channel, not through its
-- account, or the contact has a name.
select v.channel, {{channel_id}}, a.id, a.account_key, a.secrets ->> 'access_token', a.config
from conversations v
join contacts c on c.id = v.contact_id and c.name is null
join integration_accounts a on a.id = v.account_id and a.is_active and a.pause_code is null
where v.id = $1::uuid and v.channel in ('messenger', 'instagram') and a.secrets ? 'access_token'

-- name: person_named
-- What Meta calls the contact of conversation $1: $2, unless somebody named them meanwhile. Answers whether.
with named as (
  update contacts c set name = $2, updated_at = now()
  from conversations v
  where v.id = $1::uuid and c.id = v.contact_id and c.name is null
  returning c.id
)
select exists (select from named)
