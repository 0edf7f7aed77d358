-- A reaction that was taken back says nothing any more, and whoever looks is told that a conversation was read.

-- What a person reads in a message; NULL: nothing, as in a picture without a caption.
create or replace function message_text(type text, content jsonb) returns text language sql immutable parallel safe as $$
  select case when type = 'email' then concat_ws(E'\n',
      nullif(content ->> 'subject', ''),
      coalesce(nullif(content ->> 'text', ''),
               regexp_replace(left(content ->> 'html', 20000), '<[^>]*>', ' ', 'g')))
    when content #>> '{reaction,action}' = 'unreact' then null
    else coalesce(
      content #>> '{text,body}', content #>> '{button,text}', content #>> '{interactive,button_reply,title}',
      content #>> '{interactive,list_reply,title}', content #>> '{interactive,body,text}',
      content #>> '{reaction,emoji}', content #>> '{system,body}', content -> type ->> 'caption',
      content #>> '{location,name}', content #>> '{document,filename}', content #>> '{rendered,body}',
      content #>> '{template,name}', content #>> '{contacts,0,name,formatted_name}',
      content #>> '{message,text}', content #>> '{postback,title}', content #>> '{reaction,reaction}') end $$;

-- As the engine: row level security binds the owner as well.
set local role omnistream_engine;
update conversations v set last_message_preview = null
where last_message_type = 'reaction' and last_message_preview is not null and (
  select m.content #>> '{reaction,action}' from messages m
  where m.conversation_id = v.id order by m.sent_at desc, m.id desc limit 1) = 'unreact';
reset role;

-- Live only, as it is nothing to systems outside, and once per reading: a message that makes it unread is told itself.
create function tell_conversation_read() returns trigger language plpgsql as $$
begin
  perform tell_live(new.tenant_id, 'conversation.updated', new.id, null, (
    conversation_event_data(new)::jsonb || jsonb_build_object('unread_count', new.unread_count))::json);
  return null;
end $$;
create trigger tell_read after update of unread_count on conversations for each row
  when (new.in_inbox and old.unread_count > 0 and new.unread_count = 0) execute function tell_conversation_read();
