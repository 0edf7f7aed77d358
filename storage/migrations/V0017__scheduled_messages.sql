-- Messages that agents write now and that are sent later.

create table scheduled_messages (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null references tenants,
  conversation_id uuid not null references conversations on delete cascade,
  message jsonb not null,          -- as the agent asked for it
  draft jsonb not null,            -- the same as it is taken at its time
  send_at timestamptz not null,
  -- sent: it was taken, and is message message_id from then on. failed: it could not be.
  status text not null default 'scheduled' check (status in ('scheduled', 'sent', 'failed', 'cancelled')),
  message_id uuid,                 -- no foreign key: that it was sent outlives the message
  error_code text,
  error_message text,
  created_by uuid not null,
  cancelled_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((status = 'sent') = (message_id is not null)),
  check ((status = 'failed') = (error_code is not null))
);
create index scheduled_messages_due on scheduled_messages (send_at, id) where status = 'scheduled';
create index scheduled_messages_conversation on scheduled_messages (conversation_id, send_at desc, id desc);
call isolate_tenant('scheduled_messages');

-- -- what is told ------------------------------------------------------------------------------------------------------

create function scheduled_message_event_data(s scheduled_messages) returns json language sql stable as $$
  select json_strip_nulls(json_build_object(
    'id', s.id, 'conversation_id', s.conversation_id, 'type', s.draft ->> 'type', 'status', s.status,
    'send_at', rfc3339(s.send_at), 'message_id', s.message_id, 'error_code', s.error_code,
    'error_message', s.error_message, 'created_by', s.created_by, 'cancelled_by', s.cancelled_by,
    'created_at', rfc3339(s.created_at), 'updated_at', rfc3339(s.updated_at))) $$;

-- Its message is told from then on.
create function tell_scheduled_message() returns trigger language plpgsql as $$
begin
  perform tell(new.tenant_id, 'message.schedule.' || case tg_op when 'INSERT' then 'created' else new.status end,
               scheduled_message_event_data(new));
  return null;
end $$;
create trigger tell_added after insert on scheduled_messages for each row execute function tell_scheduled_message();
create trigger tell_changed after update on scheduled_messages for each row when (old.status <> new.status)
  execute function tell_scheduled_message();
