-- Live events: what agents are told as it happens, while they look. Kept for a short time, for whoever comes back.

create table live_events (
  tenant_id uuid not null,
  id bigint generated always as identity,  -- whoever changes an entity holds its row, so its events are in order
  -- Events come to light in the order of commits. Whoever has read what one snapshot showed reads on with what was not
  -- visible in it: nothing is waited for, and nothing is passed over.
  xact xid8 not null default pg_current_xact_id(),
  type text not null,
  occurred_at timestamptz not null default clock_timestamp(),
  conversation_id uuid,                    -- whoever sees it is told; NULL: what it tells of is no conversation's
  seen_before uuid,                        -- only who saw it by this (see conversations.seen_by), and does not any more
  data json not null,
  primary key (tenant_id, xact, id)
) with (autovacuum_vacuum_scale_factor = 0.05);
create index live_events_age on live_events using brin (occurred_at);
call isolate_tenant('live_events');

-- Up to which transaction events were removed. Who has read less than that has missed some.
create table live_events_forgotten (
  tenant_id uuid primary key,
  xact xid8 not null
);
call isolate_tenant('live_events_forgotten');

-- Writes one and names the tenant to the connection that does, as announce_events() does it for webhooks.
create function tell_live(tenant uuid, event_type text, conversation uuid, before uuid, event_data json) returns void
  language plpgsql as $$
begin
  insert into live_events (tenant_id, type, conversation_id, seen_before, data)
  values (tenant, event_type, conversation, before, event_data);
  raise notice using errcode = 'OM002', message = tenant::text;
end $$;

-- What is told live besides: of conversations with all that is in them, and of campaigns as such, not of each recipient.
-- In PL/pgSQL, which plans a statement once per connection; a function in SQL does so in every transaction.
create or replace function tell(tenant uuid, event_type text, event_data json) returns void language plpgsql as $$
declare
  kind constant text := split_part(event_type, '.', 1);
  conversation uuid;
begin
  insert into webhook_outbox (webhook_id, tenant_id, type, occurred_at, data)
  select id, tenant, event_type, clock_timestamp(), event_data from outgoing_webhooks
  where tenant_id = tenant and status <> 'disabled' and webhook_wants(event_types, event_type);
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

-- To whoever does not see it any more: they would never hear of it again, and show what it was.
create function tell_conversation_hidden() returns trigger language plpgsql as $$
begin
  perform tell_live(new.tenant_id, 'conversation.hidden', new.id, old.seen_by, json_build_object('id', new.id));
  return null;
end $$;
create trigger tell_hidden after update on conversations for each row
  when (old.in_inbox and old.seen_by <> new.seen_by) execute function tell_conversation_hidden();
