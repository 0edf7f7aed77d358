-- Deliveries of a subscription may leave beside each other as long as they are about different contacts. Events written
-- before are taken as about nobody, and go one by one.

alter table webhook_events
  add column contact_id uuid;          -- whom it is about; NULL: it comes after all before it, before all after it

create or replace function tell(tenant uuid, event_type text, event_data json) returns void language plpgsql as $$
declare
  kind constant text := split_part(event_type, '.', 1);
  at constant timestamptz := clock_timestamp();
  conversation uuid;
begin
  if exists (select from outgoing_webhooks
             where tenant_id = tenant and status <> 'disabled' and webhook_wants(event_types, event_type)) then
    insert into webhook_events (tenant_id, type, occurred_at, contact_id, body)
    values (tenant, event_type, at, (event_data ->> case kind when 'contact' then 'id' else 'contact_id' end)::uuid,
            event_body(event_type, at, event_data));
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
  insert into webhook_events (tenant_id, type, occurred_at, contact_id, body)
  select c.tenant_id, 'contact.created', at, c.id, event_body('contact.created', at, contact_event_data(c))
  from added c
  where c.tenant_id in (
    select t.tenant_id from (select distinct tenant_id from added) t
    where exists (select from outgoing_webhooks w
                  where w.tenant_id = t.tenant_id and w.status <> 'disabled'
                    and webhook_wants(w.event_types, 'contact.created')))
  order by c.id;
  return null;
end $$;
