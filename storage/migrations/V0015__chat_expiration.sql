-- Chat expiration: after how long without anything new a conversation ends by itself, for each channel.

create table chat_expiration_rules (
  tenant_id uuid not null references tenants,
  channel text not null check (channel in ('whatsapp', 'instagram', 'email', 'messenger')),
  is_enabled boolean not null,
  expire_after_minutes int not null check (expire_after_minutes > 0),
  updated_by uuid not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, channel)
);
call isolate_tenant('chat_expiration_rules');

-- What may expire, the longest idle first. Of conversations a broadcast opened there is nothing in it.
create index conversations_idle on conversations (tenant_id, channel, last_message_at)
  where in_inbox and status in ('open', 'pending');

-- As before, and what expires has an event of its own.
create or replace function tell_conversation() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or not old.in_inbox then
    perform tell(new.tenant_id, 'conversation.created', conversation_event_data(new));
    return null;
  end if;
  if old.assigned_agent_id is distinct from new.assigned_agent_id then
    perform tell(new.tenant_id, 'conversation.assigned', conversation_event_data(new));
  end if;
  if old.status <> new.status and new.status in ('resolved', 'expired') then
    perform tell(new.tenant_id, 'conversation.' || new.status, conversation_event_data(new));
  elsif old.status in ('resolved', 'expired') and new.status = 'open' then
    perform tell(new.tenant_id, 'conversation.reopened', conversation_event_data(new));
  end if;
  perform tell(new.tenant_id, 'conversation.updated', conversation_event_data(new));
  return null;
end $$;
