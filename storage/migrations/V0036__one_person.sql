-- Two contacts that turn out to be one person become one, with one conversation per account; and whoever changes the
-- number stays who they are.

-- By which ids contacts were known before. Only what WhatsApp itself told says who somebody is: what a person typed in may
-- have been wrong.
create table contact_former_ids (
  tenant_id uuid not null,
  whatsapp_id text not null,               -- a number with its +, or Meta's user id
  contact_id uuid not null references contacts on delete cascade,
  left_at timestamptz not null,            -- what is written from a number later is somebody else's
  by_whatsapp boolean not null,            -- told by WhatsApp, not changed by a person
  primary key (tenant_id, whatsapp_id, contact_id)
);
create index contact_former_ids_contact on contact_former_ids (contact_id);
call isolate_tenant('contact_former_ids');

create function note_former_ids() returns trigger language plpgsql as $$
begin
  insert into contact_former_ids (tenant_id, whatsapp_id, contact_id, left_at, by_whatsapp)
  select new.tenant_id, id, new.id, now(), current_user = 'omnistream_engine'
  from unnest(array[old.phone_number, old.whatsapp_user_id], array[new.phone_number, new.whatsapp_user_id]) f(id, now_id)
  where id is not null and id is distinct from now_id
  on conflict (tenant_id, whatsapp_id, contact_id) do update
    set left_at = excluded.left_at, by_whatsapp = excluded.by_whatsapp;
  delete from contact_former_ids
  where tenant_id = new.tenant_id and whatsapp_id in (new.phone_number, new.whatsapp_user_id) and contact_id = new.id;
  return null;
end $$;
create trigger note_former_ids after update of phone_number, whatsapp_user_id on contacts for each row
  when (old.phone_number is distinct from new.phone_number or old.whatsapp_user_id is distinct from new.whatsapp_user_id)
  execute function note_former_ids();

-- Those by which contacts were sent broadcasts. As the engine: row level security binds the owner as well.
set local role omnistream_engine;
insert into contact_former_ids (tenant_id, whatsapp_id, contact_id, left_at, by_whatsapp)
select r.tenant_id, r.phone_number, r.contact_id, max(coalesce(r.sent_at, r.created_at)), false
from campaign_recipients r join contacts c on c.id = r.contact_id and c.phone_number <> r.phone_number
group by r.tenant_id, r.phone_number, r.contact_id;
reset role;

-- Two that are one person and could not become one contact yet: tried again until it is done.
create table contact_merges_due (
  kept_id uuid not null references contacts on delete cascade,
  gone_id uuid not null references contacts on delete cascade,
  tenant_id uuid not null,
  failures int not null default 0,         -- how often it failed, not counting that it could not be done yet
  retry_at timestamptz not null default now(),
  primary key (kept_id, gone_id)
);
create index contact_merges_due_gone on contact_merges_due (gone_id);
create index contact_merges_due_retry on contact_merges_due (retry_at);
call isolate_tenant('contact_merges_due');

-- Whom a conversation is held with where its contact has several ids on the channel: who wrote last. NULL: nobody has
-- written since this version.
alter table conversations add column channel_id text;

-- -- one of two --------------------------------------------------------------------------------------------------------

-- Puts all that is in conversation gone into kept, which contact has from then on. Both are locked, and of the messages
-- of gone none is on its way. Whoever wrote last is shown. Open leads before pending before what has ended: the one that
-- leads gives the status, and the agent and the division, unless it has neither.
create function merge_conversations(kept_id uuid, gone_id uuid, contact uuid) returns void language plpgsql as $$
declare
  kept constant conversations := (select v from conversations v where v.id = kept_id);
  gone constant conversations := (select v from conversations v where v.id = gone_id);
  later constant conversations := case
    when kept.in_inbox <> gone.in_inbox then case when kept.in_inbox then kept else gone end
    when gone.last_message_type is not null
      and (kept.last_message_type is null or gone.last_message_at > kept.last_message_at) then gone
    else kept end;
  kept_place constant int := coalesce(array_position(array['open', 'pending'], kept.status), 3);
  gone_place constant int := coalesce(array_position(array['open', 'pending'], gone.status), 3);
  leader constant conversations := case
    when kept.in_inbox <> gone.in_inbox or kept_place = gone_place then later
    when kept_place < gone_place then kept
    else gone end;
  is_staffed constant boolean := leader.assigned_agent_id is not null or leader.division_id is not null;
begin
  update messages set conversation_id = kept_id where conversation_id = gone_id;
  update outgoing_messages set conversation_id = kept_id, number = number + kept.outgoing_count
  where conversation_id = gone_id;
  update scheduled_messages set conversation_id = kept_id where conversation_id = gone_id;
  update conversation_notes set conversation_id = kept_id where conversation_id = gone_id;
  update conversation_transfers set conversation_id = kept_id where conversation_id = gone_id;
  delete from conversations where id = gone_id;
  update conversations set
    contact_id = contact, status = leader.status,
    resolved_at = case when leader.status = 'resolved' then greatest(kept.resolved_at, gone.resolved_at) end,
    in_inbox = kept.in_inbox or gone.in_inbox, channel_id = coalesce(later.channel_id, kept.channel_id, gone.channel_id),
    assigned_agent_id = case
      when is_staffed then leader.assigned_agent_id
      else coalesce(kept.assigned_agent_id, gone.assigned_agent_id) end,
    division_id = case when is_staffed then leader.division_id else coalesce(kept.division_id, gone.division_id) end,
    tags = array(select tag from unnest(kept.tags || gone.tags) tag group by tag order by tag),
    unread_count = kept.unread_count + gone.unread_count,
    outgoing_count = kept.outgoing_count + gone.outgoing_count,
    last_message_type = later.last_message_type, last_message_preview = later.last_message_preview,
    last_message_at = greatest(kept.last_message_at, gone.last_message_at),
    last_inbound_at = greatest(kept.last_inbound_at, gone.last_inbound_at),
    created_at = least(kept.created_at, gone.created_at), updated_at = now()
  where id = kept_id;
  if not gone.in_inbox then  -- nobody was told of it
    return;
  end if;
  perform tell(kept.tenant_id, 'conversation.merged', (
    select (conversation_event_data(v)::jsonb || jsonb_build_object('merged', conversation_event_data(gone)))::json
    from conversations v where v.id = kept_id));
  perform tell_live(kept.tenant_id, 'conversation.hidden', gone_id, gone.seen_by, json_build_object('id', gone_id));
end $$;

-- Held, shared, by whoever puts contacts of a tenant into campaigns, and by whoever makes one of two contacts.
create function contacts_lock(tenant uuid) returns bigint language sql immutable strict parallel safe
  as $$ select hashtextextended('contacts of ' || tenant, 0) $$;

-- Gives the recipients that contact gone is in campaigns to kept. They are found by the numbers it has and had, which are
-- in an index of each campaign. False: somebody puts contacts into a campaign just now.
create function adopt_recipients(kept_id uuid, gone contacts) returns boolean language plpgsql as $$
declare
  numbers constant text[] := array(
    select gone.phone_number where gone.phone_number is not null
    union
    select whatsapp_id from contact_former_ids where contact_id = gone.id and whatsapp_id like '+%');
  campaign_ids uuid[];
  seqs int[];
begin
  if numbers = '{}' then
    return true;
  end if;
  if not pg_try_advisory_xact_lock(contacts_lock(gone.tenant_id)) then
    return false;
  end if;
  select array_agg(found.campaign_id), array_agg(found.seq) into campaign_ids, seqs
  from campaigns c cross join unnest(numbers) n(number)
  cross join lateral (
    select campaign_id, seq, contact_id from campaign_recipients
    where campaign_id = c.id and phone_number = n.number limit 1) found
  where c.tenant_id = gone.tenant_id and found.contact_id = gone.id;
  perform from campaigns where id = any(campaign_ids) order by id for no key update;
  update campaign_recipients r set contact_id = kept_id
  from unnest(campaign_ids, seqs) p(campaign_id, seq)
  where r.campaign_id = p.campaign_id and r.seq = p.seq and r.contact_id = gone.id;
  return true;
end $$;

-- Makes one contact of two of a tenant: all that gone has and kept lacks is kept's, and gone is no more. Of two
-- conversations with the same account that stays through which a message is on its way to the contact: its actor waits
-- for the answer. Where that is both, or somebody puts contacts of the tenant into a campaign, it is due later, and is_done
-- is false. to_wake are conversations in which other messages wait now.
create function merge_contacts(kept_id uuid, gone_id uuid, out is_done boolean, out to_wake uuid[]) language plpgsql as $$
declare
  kept contacts;
  gone contacts;
  account record;
begin
  is_done := false;
  to_wake := '{}';
  perform from contacts where id in (kept_id, gone_id) order by id for update;
  kept := (select c from contacts c where c.id = kept_id);
  gone := (select c from contacts c where c.id = gone_id);
  if kept.id is null or gone.id is null or kept.id = gone.id then
    return;
  end if;
  perform from conversations where contact_id in (kept_id, gone_id) order by id for update;
  -- Messages before what waits of them, as everywhere.
  perform from messages where id in (
    select q.message_id from outgoing_messages q join conversations v on v.id = q.conversation_id
    where v.contact_id in (kept_id, gone_id))
  order by id for no key update;
  perform from outgoing_messages
  where conversation_id in (select id from conversations where contact_id in (kept_id, gone_id))
  order by conversation_id, number for update;
  if exists (
    select from conversations v join outgoing_messages q on q.conversation_id = v.id and q.claim_token is not null
    where v.contact_id in (kept_id, gone_id) group by v.account_id having count(distinct v.id) = 2)
    or not adopt_recipients(kept_id, gone) then
    insert into contact_merges_due (kept_id, gone_id, tenant_id) values (kept.id, gone.id, kept.tenant_id)
    on conflict on constraint contact_merges_due_pkey do update set retry_at = excluded.retry_at;  -- others first
    return;
  end if;
  -- Each conversation goes on with whom it was held.
  update conversations v set channel_id = (
    select i.external_id from contact_identities i where i.contact_id = v.contact_id and i.channel = v.channel
    order by i.created_at desc limit 1)
  where v.contact_id in (kept_id, gone_id) and v.channel <> 'whatsapp' and v.channel_id is null;
  update contact_identities set contact_id = kept_id where contact_id = gone_id;
  if lower(gone.email) <> lower(kept.email) then
    insert into contact_identities (tenant_id, channel, external_id, contact_id)
    values (kept.tenant_id, 'email', lower(gone.email), kept_id) on conflict do nothing;
  end if;
  insert into contact_merges_due (kept_id, gone_id, tenant_id)
  select kept.id, case when d.gone_id = gone.id then d.kept_id else d.gone_id end, d.tenant_id
  from contact_merges_due d
  where gone.id in (d.kept_id, d.gone_id) and kept.id not in (d.kept_id, d.gone_id)
  on conflict do nothing;
  insert into contact_former_ids (tenant_id, whatsapp_id, contact_id, left_at, by_whatsapp)
  select kept.tenant_id, had.id, kept_id, max(had.left_at), bool_or(had.by_whatsapp)
  from (
    select whatsapp_id as id, left_at, by_whatsapp from contact_former_ids where contact_id = gone_id
    union all
    select id, now(), true from unnest(array[gone.phone_number, gone.whatsapp_user_id],
                                 array[kept.phone_number, kept.whatsapp_user_id]) g(id, kept_one)
    where id is not null and kept_one is not null) had
  where had.id not in (coalesce(kept.phone_number, ''), coalesce(kept.whatsapp_user_id, ''))
  group by had.id
  on conflict (tenant_id, whatsapp_id, contact_id) do update
    set left_at = greatest(contact_former_ids.left_at, excluded.left_at),
        by_whatsapp = contact_former_ids.by_whatsapp or excluded.by_whatsapp;
  delete from contacts where id = gone_id;
  update contacts set
    phone_number = coalesce(kept.phone_number, gone.phone_number),
    whatsapp_user_id = coalesce(kept.whatsapp_user_id, gone.whatsapp_user_id),
    name = coalesce(kept.name, gone.name), email = coalesce(kept.email, gone.email),
    tags = array(select tag from unnest(kept.tags || gone.tags) tag group by tag order by tag),
    opted_out_at = least(kept.opted_out_at, gone.opted_out_at), updated_at = now()
  where id = kept_id;
  perform tell(kept.tenant_id, 'contact.merged', (
    select (contact_event_data(c)::jsonb || jsonb_build_object('merged', contact_event_data(gone)))::json
    from contacts c where c.id = kept_id));
  for account in
    select array_agg(v.id order by v.is_busy desc, v.in_inbox desc, v.created_at, v.id) as ids
    from (
      select id, account_id, in_inbox, created_at,
        exists (select from outgoing_messages q where q.conversation_id = c.id and q.claim_token is not null) as is_busy
      from conversations c where contact_id in (kept_id, gone_id)) v
    group by v.account_id having count(*) = 2
  loop
    perform merge_conversations(account.ids[1], account.ids[2], kept_id);
    to_wake := to_wake || account.ids[1];
  end loop;
  update conversations set contact_id = kept_id, updated_at = now() where contact_id = gone_id;
  is_done := true;
end $$;

-- -- what is told ------------------------------------------------------------------------------------------------------

-- Also that it is somebody else's now.
drop trigger tell_changed on conversations;
create trigger tell_changed after update on conversations for each row
  when (new.in_inbox and (not old.in_inbox
    or (old.status, old.assigned_agent_id, old.division_id, old.tags, old.contact_id)
       is distinct from (new.status, new.assigned_agent_id, new.division_id, new.tags, new.contact_id)))
  execute function tell_conversation();

-- A note that is in another conversation now was not changed.
drop trigger tell_change on conversation_notes;
create trigger tell_added after insert or delete on conversation_notes for each row execute function tell_note();
create trigger tell_changed after update on conversation_notes for each row
  when (old.conversation_id = new.conversation_id) execute function tell_note();

-- That two are one comes after all that was told of either, and before all that is told of the one later.
create or replace function tell(tenant uuid, event_type text, event_data json) returns void language plpgsql as $$
declare
  kind constant text := split_part(event_type, '.', 1);
  at constant timestamptz := clock_timestamp();
  about constant uuid := case
    when event_type in ('contact.merged', 'conversation.merged') then null
    else event_data ->> case kind when 'contact' then 'id' else 'contact_id' end end;
  conversation uuid;
begin
  if exists (select from outgoing_webhooks
             where tenant_id = tenant and status <> 'disabled' and webhook_wants(event_types, event_type)) then
    insert into webhook_events (tenant_id, type, occurred_at, contact_id, body)
    values (tenant, event_type, at, about, event_body(event_type, at, event_data));
  end if;
  if kind not in ('message', 'conversation', 'note', 'campaign') then
    return;
  elsif kind = 'conversation' then
    conversation := event_data ->> 'id';
  elsif kind <> 'campaign' then
    conversation := event_data ->> 'conversation_id';
  end if;
  if octet_length(event_data::text) > 16384 then  -- who wants to see a long one reads the message
    event_data := event_data::jsonb - 'content';
  end if;
  perform tell_live(tenant, event_type, conversation, null, event_data);
end $$;
