-- Messenger, Instagram and email: people who have no number, and what they write.

-- Whom a contact is on a channel that does not know numbers. One contact may have several.
create table contact_identities (
  tenant_id uuid not null,
  channel text not null check (channel in ('instagram', 'email', 'messenger')),
  external_id text not null,     -- Meta's id of the person with our account, or an address in small letters
  contact_id uuid not null references contacts on delete cascade,
  created_at timestamptz not null default now(),
  primary key (tenant_id, channel, external_id)
);
create index contact_identities_contact on contact_identities (contact_id);
call isolate_tenant('contact_identities');

-- Who writes from an address that a contact has is that contact.
create index contacts_email on contacts (tenant_id, lower(email)) where email is not null;

-- What a person reads in a message; NULL: nothing, as in a picture without a caption.
create or replace function message_text(type text, content jsonb) returns text language sql immutable parallel safe as $$
  select case when type = 'email' then concat_ws(E'\n',
      nullif(content ->> 'subject', ''),
      coalesce(nullif(content ->> 'text', ''),
               regexp_replace(left(content ->> 'html', 20000), '<[^>]*>', ' ', 'g')))
    else coalesce(
      content #>> '{text,body}', content #>> '{button,text}', content #>> '{interactive,button_reply,title}',
      content #>> '{interactive,list_reply,title}', content #>> '{interactive,body,text}',
      content #>> '{reaction,emoji}', content #>> '{system,body}', content -> type ->> 'caption',
      content #>> '{location,name}', content #>> '{document,filename}', content #>> '{rendered,body}',
      content #>> '{template,name}', content #>> '{contacts,0,name,formatted_name}',
      content #>> '{message,text}', content #>> '{postback,title}', content #>> '{reaction,reaction}') end $$;

-- Each step that was passed is told, as for recipients: who read it has got it as well. One that was written elsewhere,
-- in Meta's own inbox, comes to us when it is sent already.
create or replace function tell_message_sent() returns trigger language plpgsql as $$
declare step smallint;
begin
  if tg_op = 'INSERT' then
    perform tell(new.tenant_id, case when new.status < 2 then 'message.queued' else 'message.sent' end,
                 message_event_data(new));
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

-- Its author changed it, or took it back.
create function tell_message_changed() returns trigger language plpgsql as $$
begin
  perform tell(new.tenant_id, case when new.type = 'deleted' then 'message.deleted' else 'message.edited' end, (
    select json_build_object(
      'id', new.id, 'conversation_id', new.conversation_id, 'contact_id', c.contact_id,
      'integration_account_id', c.account_id, 'channel', c.channel, 'external_id', new.external_id, 'type', new.type,
      'content', case when octet_length(new.content::text) <= 65536 then new.content end,
      'sent_at', rfc3339(new.sent_at))
    from conversations c where c.id = new.conversation_id));
  return null;
end $$;
create trigger tell_changed after update of content on messages for each row
  when (new.direction = 'inbound' and old.content is distinct from new.content)
  execute function tell_message_changed();
