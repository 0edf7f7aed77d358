-- Of a long message, as mails with files are, the content has only what lists and searches read: a page of them costs then
-- no more than one of short ones. What was stored before stays as it is.

alter table messages
  add column content_bytes int,   -- about, of the whole content, where it is long; NULL: content is all
  add column content_rest jsonb;  -- the members that are long, whole: content || content_rest is what came

create or replace function tell_message_received() returns trigger language plpgsql as $$
begin
  perform tell(new.tenant_id, 'message.received', (
    select json_build_object(
      'id', new.id, 'conversation_id', new.conversation_id, 'contact_id', c.contact_id,
      'integration_account_id', c.account_id, 'channel', c.channel, 'external_id', new.external_id, 'type', new.type,
      -- A message of megabytes is no message of Meta's; it stays here and is told without its content.
      'content', case when new.content_bytes is null and octet_length(new.content::text) <= 65536 then new.content end,
      'sent_at', rfc3339(new.sent_at))
    from conversations c where c.id = new.conversation_id));
  return null;
end $$;

comment on column media_handovers.sender_id is
  'To whom it was handed: a phone number, or a page and, as Messenger''s ids are good for one each, the kind of attachment.';
