-- An event is one row, however many subscriptions it goes to: their outboxes only name it. Before, each had a copy, and
-- its log another.

-- What happened, as subscribers are told it. Kept a little longer than deliveries are (see webhook_events_forget).
create table webhook_events (
  id bigint generated always as identity primary key,  -- whoever changes an entity holds its row, so its events are in order
  tenant_id uuid not null,
  type text not null,
  occurred_at timestamptz not null,
  body text not null                   -- the bytes that are signed and sent to whoever takes no batches
);
create index webhook_events_age on webhook_events using brin (occurred_at);
call isolate_tenant('webhook_events');

create function event_body(type text, at timestamptz, data json) returns text language sql stable parallel safe as $$
  select '{"type":' || to_json(type) || ',"timestamp":"' || rfc3339(at) || '","data":' || data || '}' $$;

drop trigger announce on webhook_outbox;
drop function announce_events();

insert into webhook_events (id, tenant_id, type, occurred_at, body) overriding system value
select id, tenant_id, type, occurred_at, event_body(type, occurred_at, data) from webhook_outbox;
select setval(pg_get_serial_sequence('webhook_events', 'id'),
              greatest((select last_value from webhook_outbox_id_seq), 1));

alter table webhook_outbox
  alter column id drop identity,
  add column bytes int;                -- of the event's body
update webhook_outbox o set bytes = octet_length(e.body) from webhook_events e where e.id = o.id;
alter table webhook_outbox
  alter column bytes set not null,
  drop column type,
  drop column data;

-- Puts new events into the outbox of every subscription that wants them, and names these to the connection that wrote
-- them: a notice in the same answer, where NOTIFY would make all commits wait for each other. The server passes it on
-- when the transaction is committed.
create function hand_out_events() returns trigger language plpgsql as $$
declare ids text;
begin
  with listeners as (
    select w.id, w.tenant_id, t.type
    from (select distinct tenant_id, type from added) t
    join outgoing_webhooks w
      on w.tenant_id = t.tenant_id and w.status <> 'disabled' and webhook_wants(w.event_types, t.type)
  ), handed_out as (
    insert into webhook_outbox (webhook_id, id, tenant_id, occurred_at, bytes)
    select l.id, e.id, e.tenant_id, e.occurred_at, octet_length(e.body)
    from added e join listeners l on l.tenant_id = e.tenant_id and l.type = e.type
    order by l.id, e.id
  )
  select string_agg(distinct id::text, ',') into ids from listeners;
  if ids is not null then
    raise notice using errcode = 'OM001', message = ids;
  end if;
  return null;
end $$;
create trigger hand_out after insert on webhook_events referencing new table as added
  for each statement execute function hand_out_events();

create or replace function tell(tenant uuid, event_type text, event_data json) returns void language plpgsql as $$
declare
  kind constant text := split_part(event_type, '.', 1);
  at constant timestamptz := clock_timestamp();
  conversation uuid;
begin
  if exists (select from outgoing_webhooks
             where tenant_id = tenant and status <> 'disabled' and webhook_wants(event_types, event_type)) then
    insert into webhook_events (tenant_id, type, occurred_at, body)
    values (tenant, event_type, at, event_body(event_type, at, event_data));
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

-- One call may add 50,000: a statement of its own, not one per contact.
create or replace function tell_contacts_added() returns trigger language plpgsql as $$
declare at constant timestamptz := clock_timestamp();
begin
  insert into webhook_events (tenant_id, type, occurred_at, body)
  select c.tenant_id, 'contact.created', at, event_body('contact.created', at, contact_event_data(c))
  from added c
  where c.tenant_id in (
    select t.tenant_id from (select distinct tenant_id from added) t
    where exists (select from outgoing_webhooks w
                  where w.tenant_id = t.tenant_id and w.status <> 'disabled'
                    and webhook_wants(w.event_types, 'contact.created')))
  order by c.id;
  return null;
end $$;

-- What was delivered at the first attempt, soon after it happened, has its body in its event.
alter table webhook_deliveries
  alter column body drop not null,
  add column event_id bigint,          -- what was delivered, if it is one event
  add check (body is not null or (event_id is not null and status = 'delivered'));
