-- The inbox: conversations that agents answer. A broadcast to a million people opens a million conversations; they are
-- not in the inbox, and touch none of its indexes, until a person writes or an agent acts.

alter table agents add constraint agents_of_tenant unique (tenant_id, id);  -- for foreign keys that name the tenant

alter table conversations
  add column in_inbox boolean not null default false,
  add column assigned_agent_id uuid,
  add column division_id uuid,
  add column tags text[] not null default '{}',
  add column unread_count int not null default 0 check (unread_count >= 0),  -- what was received since it was read
  add column last_message_type text,
  add column last_message_preview text,
  add column resolved_at timestamptz,
  add column updated_at timestamptz not null default now(),
  -- Who sees it besides those who see all: its agent, else its division, else everybody (nil). A column, as row level
  -- security keeps a condition on an expression from an index.
  add column seen_by uuid not null generated always as
    (coalesce(assigned_agent_id, division_id, '00000000-0000-0000-0000-000000000000'::uuid)) stored,
  add constraint conversations_status_check check (status in ('open', 'pending', 'resolved', 'expired')),
  add constraint conversations_resolved_check check ((status = 'resolved') = (resolved_at is not null)),
  add constraint conversations_inbox_check check (
    in_inbox or (status = 'open' and assigned_agent_id is null and division_id is null and tags = '{}'
      and unread_count = 0));

-- What a person reads in a message; NULL: nothing, as in a picture without a caption.
create function message_text(type text, content jsonb) returns text language sql immutable parallel safe as $$
  select coalesce(
    content #>> '{text,body}', content #>> '{button,text}', content #>> '{interactive,button_reply,title}',
    content #>> '{interactive,list_reply,title}', content #>> '{reaction,emoji}', content #>> '{system,body}',
    content -> type ->> 'caption', content #>> '{location,name}', content #>> '{document,filename}') $$;

-- As much of it as a list shows.
create function message_preview(type text, content jsonb) returns text language sql immutable parallel safe
  as $$ select left(message_text(type, content), 200) $$;

-- As the engine: row level security binds the owner as well.
set local role omnistream_engine;
update conversations v set
  in_inbox = true, last_message_type = m.type, last_message_preview = message_preview(m.type, m.content),
  division_id = (select a.division_id from integration_accounts a where a.id = v.account_id),
  unread_count = (select count(*) from messages u where u.conversation_id = v.id and u.direction = 'inbound')
from conversations w left join lateral (
  select type, content from messages where conversation_id = w.id order by sent_at desc, id desc limit 1) m on true
where v.last_inbound_at is not null and w.id = v.id;
update roles set
  permissions = array(select p from unnest(permissions || '{conversations.manage,conversations.view}'::text[]
    || case when name <> 'agent' then '{conversations.view_all}'::text[] else '{}' end) p order by p),
  updated_at = now()
where tenant_id is null;
reset role;

-- With the tenant, as foreign keys look past row level security.
alter table conversations
  add constraint conversations_agent_fkey foreign key (tenant_id, assigned_agent_id)
    references agents (tenant_id, id) on delete set null (assigned_agent_id),
  add constraint conversations_division_fkey foreign key (tenant_id, division_id)
    references divisions (tenant_id, id) on delete set null (division_id);

-- Each begins with what a list is narrowed by, and goes on in the list's order. Who has an agent or a division is in the
-- inbox.
create index conversations_inbox on conversations (tenant_id, status, last_message_at desc, id desc) where in_inbox;
create index conversations_seen_by on conversations (tenant_id, seen_by, status, last_message_at desc, id desc)
  where in_inbox;
create index conversations_division on conversations (tenant_id, division_id, status, last_message_at desc, id desc)
  where division_id is not null;
create index conversations_agent on conversations (tenant_id, assigned_agent_id) where assigned_agent_id is not null;

-- No foreign keys to agents and divisions: the history outlives them.
create table conversation_transfers (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null,
  conversation_id uuid not null references conversations on delete cascade,
  from_agent_id uuid,
  to_agent_id uuid,
  to_division_id uuid,
  note text,
  transferred_by uuid not null,
  created_at timestamptz not null default now(),
  check (to_agent_id is not null or to_division_id is not null)
);
create index conversation_transfers_newest on conversation_transfers (conversation_id, created_at desc, id desc);
call isolate_tenant('conversation_transfers');

-- -- what is told ------------------------------------------------------------------------------------------------------

create function conversation_event_data(v conversations) returns json language sql stable as $$
  select json_strip_nulls(json_build_object(
    'id', v.id, 'contact_id', v.contact_id, 'integration_account_id', v.account_id, 'channel', v.channel,
    'status', v.status, 'assigned_agent_id', v.assigned_agent_id, 'division_id', v.division_id, 'tags', v.tags,
    'last_message_at', rfc3339(v.last_message_at), 'last_inbound_at', rfc3339(v.last_inbound_at),
    'resolved_at', rfc3339(v.resolved_at), 'created_at', rfc3339(v.created_at), 'updated_at', rfc3339(v.updated_at))) $$;

-- One that comes into the inbox is told as created. Of a change that has a name of its own both are told.
create function tell_conversation() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or not old.in_inbox then
    perform tell(new.tenant_id, 'conversation.created', conversation_event_data(new));
    return null;
  end if;
  if old.assigned_agent_id is distinct from new.assigned_agent_id then
    perform tell(new.tenant_id, 'conversation.assigned', conversation_event_data(new));
  end if;
  if old.status <> 'resolved' and new.status = 'resolved' then
    perform tell(new.tenant_id, 'conversation.resolved', conversation_event_data(new));
  elsif old.status in ('resolved', 'expired') and new.status = 'open' then
    perform tell(new.tenant_id, 'conversation.reopened', conversation_event_data(new));
  end if;
  perform tell(new.tenant_id, 'conversation.updated', conversation_event_data(new));
  return null;
end $$;

drop trigger tell_added on conversations;
drop function tell_conversation_added();
create trigger tell_added after insert on conversations for each row when (new.in_inbox)
  execute function tell_conversation();
-- A message moves its times and counts: it is told itself.
create trigger tell_changed after update on conversations for each row
  when (new.in_inbox and (not old.in_inbox
    or (old.status, old.assigned_agent_id, old.division_id, old.tags)
       is distinct from (new.status, new.assigned_agent_id, new.division_id, new.tags)))
  execute function tell_conversation();

create function tell_transfer() returns trigger language plpgsql as $$
begin
  perform tell(new.tenant_id, 'conversation.transferred', (
    select (conversation_event_data(v)::jsonb || jsonb_build_object('transfer', jsonb_strip_nulls(jsonb_build_object(
      'id', new.id, 'from_agent_id', new.from_agent_id, 'to_agent_id', new.to_agent_id,
      'to_division_id', new.to_division_id, 'note', new.note, 'transferred_by', new.transferred_by,
      'created_at', rfc3339(new.created_at)))))::json
    from conversations v where v.id = new.conversation_id));
  return null;
end $$;
create trigger tell_transferred after insert on conversation_transfers for each row execute function tell_transfer();
