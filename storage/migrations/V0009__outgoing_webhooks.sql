-- Outgoing webhooks: who wants to be told of what, and what waits to be told.

create table outgoing_webhooks (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null references tenants,
  url text not null,
  description text,
  event_types text[] not null,         -- exact types, or wildcards: see webhook_wants
  -- retrying: the first delivery in order failed, the rest waits behind it. disabled: nothing is sent.
  status text not null default 'active' check (status in ('active', 'retrying', 'disabled')),
  disabled_reason text,                -- gone, failing, by_hand
  disabled_at timestamptz,
  failing_since timestamptz,           -- of the first failure since the last success
  batch_max int not null default 1,    -- events per request; more than one makes batches
  batch_wait_ms int not null default 0,
  secret text not null,                -- sealed with AES-256-GCM
  previous_secret text,                -- signs as well until previous_secret_until
  previous_secret_until timestamptz,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index outgoing_webhooks_tenant on outgoing_webhooks (tenant_id, created_at desc, id desc);
call isolate_tenant('outgoing_webhooks');

-- The queue: events that wait for a subscription. Written in the transaction of the change they tell of, deleted in the
-- one that records their delivery. No foreign key: it would cost a look at the subscription for every event.
create table webhook_outbox (
  webhook_id uuid not null,
  id bigint generated always as identity,  -- whoever changes an entity holds its row, so its events are in order
  tenant_id uuid not null,
  type text not null,
  occurred_at timestamptz not null,
  data json not null,
  primary key (webhook_id, id)
) with (autovacuum_vacuum_scale_factor = 0.05);
call isolate_tenant('webhook_outbox');

-- The log: one row per request, written when an attempt has ended.
create table webhook_deliveries (
  webhook_id uuid not null,
  seq bigint generated always as identity,
  id uuid not null,                    -- the webhook-id header; follows from the events, see delivery_id_of
  tenant_id uuid not null,
  type text not null,
  event_count int not null,
  body text not null,                  -- the bytes that were signed, the same at every attempt
  status text not null check (status in ('pending', 'delivered', 'failed')),
  aside boolean not null default false,  -- sent by itself, out of the order of the rest
  attempts int not null,
  next_attempt_at timestamptz,         -- while pending
  last_attempt_at timestamptz not null,
  delivered_at timestamptz,
  response_code int,                   -- NULL: there was no answer
  duration_ms int not null,
  response_excerpt text,
  error text,
  created_at timestamptz not null default now(),
  primary key (webhook_id, seq),
  constraint webhook_deliveries_id_key unique (id),
  check ((status = 'pending') = (next_attempt_at is not null))
);
create index webhook_deliveries_pending on webhook_deliveries (webhook_id, next_attempt_at) where next_attempt_at is not null;
create index webhook_deliveries_failed on webhook_deliveries (webhook_id, seq) where status = 'failed';
create index webhook_deliveries_age on webhook_deliveries using brin (last_attempt_at);
call isolate_tenant('webhook_deliveries');

-- Whether a subscription to `wanted` gets events of this type: the type itself, all types that differ in the last part
-- only (campaign.* is campaign.started, and not campaign.recipient.sent), or *.
create function webhook_wants(wanted text[], type text) returns boolean language sql immutable strict parallel safe
  as $$ select wanted && array[type, regexp_replace(type, '[^.]+$', '*'), '*'] $$;

-- Puts an event into the outbox of every subscription that wants it; none does: nothing is written.
create function tell(tenant uuid, event_type text, event_data json) returns void language sql
  as $$ insert into webhook_outbox (webhook_id, tenant_id, type, occurred_at, data)
        select id, tenant, event_type, clock_timestamp(), event_data from outgoing_webhooks
        where tenant_id = tenant and status <> 'disabled' and webhook_wants(event_types, event_type) $$;

-- Names the subscriptions that have something new, to the connection that wrote it: a notice in the same answer, where
-- NOTIFY would make all commits wait for each other. The server passes it on when the transaction is committed.
create function announce_events() returns trigger language plpgsql as $$
declare ids text;
begin
  select string_agg(distinct webhook_id::text, ',') into ids from added;
  if ids is not null then
    raise notice using errcode = 'OM001', message = ids;
  end if;
  return null;
end $$;
create trigger announce after insert on webhook_outbox referencing new table as added
  for each statement execute function announce_events();

-- -- what is told ------------------------------------------------------------------------------------------------------
-- Triggers, so that no statement that changes something can forget to tell it. What changes with every message
-- (campaign.recipient.*) is told by the statements that change it: see queries/shared/recipient_events.sql.

create function campaign_event_data(c campaigns) returns json language sql stable as $$
  select json_strip_nulls(json_build_object(
    'id', c.id, 'name', c.name, 'status', c.status, 'template_id', c.template_id,
    'integration_account_id', c.integration_account_id, 'scheduled_at', rfc3339(c.scheduled_at),
    'total_recipients', c.total_recipients, 'sent_count', c.sent_count, 'delivered_count', c.delivered_count,
    'read_count', c.read_count, 'failed_count', c.failed_count, 'cancelled_count', c.cancelled_count,
    'uncertain_count', c.uncertain_count, 'pause_code', c.pause_code, 'pause_reason', c.pause_reason,
    'started_at', rfc3339(c.started_at), 'ended_at', rfc3339(c.ended_at), 'created_by', c.created_by,
    'created_at', rfc3339(c.created_at), 'updated_at', rfc3339(c.updated_at))) $$;

create function tell_campaign() returns trigger language plpgsql as $$
declare now_is campaigns;
begin
  if tg_op = 'DELETE' then
    perform tell(old.tenant_id, 'campaign.deleted', campaign_event_data(old));
    return null;
  end if;
  -- At the end of the transaction: counters that move after the status in the same transaction are told as well.
  select * into now_is from campaigns where id = new.id;
  if not found then return null; end if;
  if tg_op = 'INSERT' then
    perform tell(new.tenant_id, 'campaign.created', campaign_event_data(now_is));
  elsif old.status <> new.status then
    perform tell(new.tenant_id,
                 case new.status when 'sending' then 'campaign.started' when 'draft' then 'campaign.updated'
                                 else 'campaign.' || new.status end,
                 campaign_event_data(now_is));
  elsif old.pause_code is distinct from new.pause_code then
    perform tell(new.tenant_id,
                 case when new.pause_code is null then 'campaign.resumed' else 'campaign.paused' end,
                 campaign_event_data(now_is));
  else
    perform tell(new.tenant_id, 'campaign.updated', campaign_event_data(now_is));
  end if;
  return null;
end $$;
create constraint trigger tell_added after insert on campaigns deferrable initially deferred
  for each row execute function tell_campaign();
create constraint trigger tell_changed after update on campaigns deferrable initially deferred
  for each row when (
    old.status <> new.status or old.pause_code is distinct from new.pause_code
    or (old.name, old.template_id, old.scheduled_at) is distinct from (new.name, new.template_id, new.scheduled_at)
    or (new.status = 'draft' and old.integration_account_id is distinct from new.integration_account_id))
  execute function tell_campaign();
create trigger tell_removed after delete on campaigns for each row execute function tell_campaign();

create function contact_event_data(c contacts) returns json language sql stable as $$
  select json_strip_nulls(json_build_object(
    'id', c.id, 'phone_number', c.phone_number, 'whatsapp_user_id', c.whatsapp_user_id, 'name', c.name,
    'email', c.email, 'tags', c.tags, 'opted_out', c.opted_out_at is not null, 'opted_out_at', rfc3339(c.opted_out_at),
    'created_at', rfc3339(c.created_at), 'updated_at', rfc3339(c.updated_at))) $$;

-- One call may add 50,000: a statement of its own, not one per contact.
create function tell_contacts_added() returns trigger language plpgsql as $$
begin
  insert into webhook_outbox (webhook_id, tenant_id, type, occurred_at, data)
  select w.id, w.tenant_id, 'contact.created', clock_timestamp(), contact_event_data(c)
  from added c join outgoing_webhooks w
    on w.tenant_id = c.tenant_id and w.status <> 'disabled' and webhook_wants(w.event_types, 'contact.created')
  order by c.id;
  return null;
end $$;
create trigger tell_added after insert on contacts referencing new table as added
  for each statement execute function tell_contacts_added();

create function tell_contact_changed() returns trigger language plpgsql as $$
begin
  perform tell(new.tenant_id, 'contact.updated', contact_event_data(new));
  return null;
end $$;
create trigger tell_changed after update on contacts for each row
  when ((old.phone_number, old.whatsapp_user_id, old.name, old.email, old.tags, old.opted_out_at)
        is distinct from (new.phone_number, new.whatsapp_user_id, new.name, new.email, new.tags, new.opted_out_at))
  execute function tell_contact_changed();

-- A conversation that a broadcast opens is told by its recipient; one that a person opens is told as such.
create function tell_conversation_added() returns trigger language plpgsql as $$
begin
  perform tell(new.tenant_id, 'conversation.created', json_strip_nulls(json_build_object(
    'id', new.id, 'contact_id', new.contact_id, 'integration_account_id', new.account_id, 'channel', new.channel,
    'status', new.status, 'last_message_at', rfc3339(new.last_message_at), 'created_at', rfc3339(new.created_at))));
  return null;
end $$;
create trigger tell_added after insert on conversations for each row when (new.last_inbound_at is not null)
  execute function tell_conversation_added();

create function tell_message_received() returns trigger language plpgsql as $$
begin
  perform tell(new.tenant_id, 'message.received', (
    select json_build_object(
      'id', new.id, 'conversation_id', new.conversation_id, 'contact_id', c.contact_id,
      'integration_account_id', c.account_id, 'channel', c.channel, 'external_id', new.external_id, 'type', new.type,
      -- A message of megabytes is no message of Meta's; it stays here and is told without its content.
      'content', case when octet_length(new.content::text) <= 65536 then new.content end,
      'sent_at', rfc3339(new.sent_at))
    from conversations c where c.id = new.conversation_id));
  return null;
end $$;
create trigger tell_received after insert on messages for each row when (new.direction = 'inbound')
  execute function tell_message_received();

create function agent_event_data(a agents) returns json language sql stable as $$
  select json_strip_nulls(json_build_object(
    'id', a.id, 'email', a.email, 'name', a.name, 'role', (select r.name from roles r where r.id = a.role_id),
    'can_broadcast', a.can_broadcast, 'status', case when a.is_online then 'online' else 'offline' end,
    'is_active', a.is_active, 'created_at', rfc3339(a.created_at), 'updated_at', rfc3339(a.updated_at))) $$;

create function tell_agent() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform tell(old.tenant_id, 'agent.deleted', agent_event_data(old));
  elsif tg_op = 'INSERT' then
    perform tell(new.tenant_id, 'agent.created', agent_event_data(new));
  else
    if old.is_online <> new.is_online then
      perform tell(new.tenant_id, 'agent.status_changed', agent_event_data(new));
    end if;
    if (old.email, old.name, old.role_id, old.can_broadcast, old.is_active)
       is distinct from (new.email, new.name, new.role_id, new.can_broadcast, new.is_active) then
      perform tell(new.tenant_id, 'agent.updated', agent_event_data(new));
    end if;
  end if;
  return null;
end $$;
create trigger tell_change after insert or update or delete on agents for each row execute function tell_agent();

create function template_event_data(t wa_templates) returns json language sql stable as $$
  select json_strip_nulls(json_build_object(
    'id', t.id, 'waba_id', t.waba_id, 'meta_template_id', t.meta_template_id, 'name', t.name, 'language', t.language,
    'category', t.category, 'status', t.status, 'rejection_reason', t.rejection_reason, 'components', t.components,
    'header_media_url', t.header_media_url,
    'created_at', rfc3339(t.created_at), 'updated_at', rfc3339(t.updated_at))) $$;

create function tell_template() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform tell(old.tenant_id, 'template.deleted', template_event_data(old));
  elsif tg_op = 'INSERT' then
    perform tell(new.tenant_id, 'template.created', template_event_data(new));
  elsif old.status <> new.status then
    perform tell(new.tenant_id, 'template.status_changed', template_event_data(new));
  elsif (old.category, old.components, old.header_media_url)
        is distinct from (new.category, new.components, new.header_media_url) then
    perform tell(new.tenant_id, 'template.updated', template_event_data(new));
  end if;
  return null;
end $$;
create trigger tell_change after insert or update or delete on wa_templates for each row execute function tell_template();

-- Without the config: it is the account's own business.
create function integration_event_data(a integration_accounts) returns json language sql stable as $$
  select json_strip_nulls(json_build_object(
    'id', a.id, 'channel', a.channel, 'account_key', a.account_key, 'display_name', a.display_name,
    'is_active', a.is_active, 'is_default', a.is_default, 'division_id', a.division_id,
    'pause_code', a.pause_code, 'pause_reason', a.pause_reason, 'paused_at', rfc3339(a.paused_at),
    'created_at', rfc3339(a.created_at), 'updated_at', rfc3339(a.updated_at))) $$;

create function tell_integration() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform tell(old.tenant_id, 'integration.deleted', integration_event_data(old));
  elsif tg_op = 'INSERT' then
    perform tell(new.tenant_id, 'integration.created', integration_event_data(new));
  elsif old.pause_code is distinct from new.pause_code then
    perform tell(new.tenant_id,
                 case when new.pause_code is null then 'integration.resumed' else 'integration.paused' end,
                 integration_event_data(new));
  elsif to_jsonb(old) - 'updated_at' <> to_jsonb(new) - 'updated_at' then
    perform tell(new.tenant_id, 'integration.updated', integration_event_data(new));
  end if;
  return null;
end $$;
create trigger tell_change after insert or update or delete on integration_accounts
  for each row execute function tell_integration();

-- To the tenant's other subscriptions: this one hears nothing any more.
create function tell_webhook_disabled() returns trigger language plpgsql as $$
begin
  perform tell(new.tenant_id, 'webhook.disabled', json_strip_nulls(json_build_object(
    'id', new.id, 'url', new.url, 'disabled_reason', new.disabled_reason, 'disabled_at', rfc3339(new.disabled_at),
    'failing_since', rfc3339(new.failing_since))));
  return null;
end $$;
create trigger tell_disabled after update on outgoing_webhooks for each row
  when (old.status <> 'disabled' and new.status = 'disabled') execute function tell_webhook_disabled();

-- As the engine: row level security binds the owner as well.
set local role omnistream_engine;
update roles set permissions = array(select p from unnest(permissions || 'webhooks.manage'::text) p order by p), updated_at = now()
where tenant_id is null and name in ('admin', 'supervisor');
reset role;
