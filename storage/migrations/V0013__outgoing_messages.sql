-- Messages that agents send in conversations.

alter table conversations add column outgoing_count int not null default 0;  -- the number of the last one that was taken

alter table messages
  alter column external_id drop not null,  -- of what is sent: Meta's id, once Meta took it
  -- Of what is sent, by the same numbers and the same rule as a recipient's: see recipient_status_after. Not 6.
  add column status smallint,
  add column error_code int,
  add column error_message text,
  add column delivered_at timestamptz,
  add column read_at timestamptz,
  add column sent_by uuid,                 -- the agent; no foreign key, as the message outlives the agent
  add column reply_to uuid,                -- the message it answers
  add column idempotency_key text,         -- of the caller's choice
  add column request_hash bytea,           -- SHA-256 of what came with the key
  add constraint messages_status_check check ((direction = 'outbound') = (status is not null)),
  add constraint messages_received_check check (direction = 'outbound' or external_id is not null);
create unique index messages_idempotency_key on messages (tenant_id, idempotency_key) where idempotency_key is not null;

-- What waits to be sent, is on its way, or waits for Meta's word. A table of its own: the status of a message changes
-- without touching an index, and what there is to do is found without looking at what is done.
create table outgoing_messages (
  conversation_id uuid not null references conversations on delete cascade,
  number int not null,                     -- in the order in which they were taken; see conversations.outgoing_count
  message_id uuid not null references messages on delete cascade,
  tenant_id uuid not null,
  account_id uuid not null,                -- no foreign key: what waits for an account that is gone fails
  attempt int not null default 0,          -- how often it was tried before
  due_at timestamptz not null,             -- not sent before; of an uncertain one: given up after
  claim_token uuid,                        -- set: it may be with Meta, and nobody else sends it
  uncertain boolean not null default false,
  primary key (conversation_id, number),
  constraint outgoing_messages_message_key unique (message_id)
) with (autovacuum_vacuum_scale_factor = 0.05);
create index outgoing_messages_account on outgoing_messages (account_id);
call isolate_tenant('outgoing_messages');

-- What a person reads in a message; NULL: nothing, as in a picture without a caption.
create or replace function message_text(type text, content jsonb) returns text language sql immutable parallel safe as $$
  select coalesce(
    content #>> '{text,body}', content #>> '{button,text}', content #>> '{interactive,button_reply,title}',
    content #>> '{interactive,list_reply,title}', content #>> '{interactive,body,text}', content #>> '{reaction,emoji}',
    content #>> '{system,body}', content -> type ->> 'caption', content #>> '{location,name}',
    content #>> '{document,filename}', content #>> '{rendered,body}', content #>> '{template,name}',
    content #>> '{contacts,0,name,formatted_name}') $$;

-- As the engine: row level security binds the owner as well.
set local role omnistream_engine;
update roles set
  permissions = array(select p from unnest(permissions || '{messages.send}'::text[]) p order by p), updated_at = now()
where tenant_id is null;
reset role;

-- -- what is told ------------------------------------------------------------------------------------------------------

create function message_event_data(m messages) returns json language sql stable as $$
  select json_strip_nulls(json_build_object(
    'id', m.id, 'conversation_id', m.conversation_id, 'contact_id', c.contact_id,
    'integration_account_id', c.account_id, 'channel', c.channel, 'external_id', m.external_id, 'type', m.type,
    'status', recipient_status_name(m.status, false), 'error_code', m.error_code, 'error_message', m.error_message,
    'sent_by', m.sent_by, 'sent_at', rfc3339(m.sent_at), 'delivered_at', rfc3339(m.delivered_at),
    'read_at', rfc3339(m.read_at)))
  from conversations c where c.id = m.conversation_id $$;

-- Each step that was passed is told, as for recipients: who read it has got it as well.
create function tell_message_sent() returns trigger language plpgsql as $$
declare step smallint;
begin
  if tg_op = 'INSERT' then
    perform tell(new.tenant_id, 'message.queued', message_event_data(new));
    return null;
  end if;
  if new.status in (5, 7) then
    perform tell(new.tenant_id, 'message.failed', message_event_data(new));
    return null;
  end if;
  foreach step in array '{2,3,4}'::smallint[] loop
    if new.status >= step and old.status not between step and 4 then
      perform tell(new.tenant_id, 'message.' || recipient_status_name(step, false), message_event_data(new));
    end if;
  end loop;
  return null;
end $$;
create trigger tell_queued after insert on messages for each row when (new.direction = 'outbound')
  execute function tell_message_sent();
create trigger tell_sent after update of status on messages for each row
  when (old.status is distinct from new.status and new.status <> 1
        and not (old.status in (5, 7) and new.status in (5, 7)))
  execute function tell_message_sent();
