-- A message m as lists show it: of a long one, as mails are, the beginning of its text and no content.

-- fragment: attachment_type
-- Of an attachment e.one of a mail, as whoever posts mails names it.
coalesce(e.one ->> 'type', e.one ->> 'content_type')

-- fragment: attachment_of_mail
-- Whether e.one is an attachment of a received mail that holds something.
(jsonb_typeof(e.one -> 'content') = 'string' and e.one ->> 'content' <> '')

-- fragment: attachment_at_meta
-- Whether e.one is an attachment of a Messenger or Instagram message that is a medium, and where it is.
(e.one ->> 'type' in ('image', 'video', 'audio', 'file', 'like_heart') and e.one #>> '{payload,url}' is not null)

-- fragment: message_json
json_strip_nulls(json_build_object(
  'id', m.id, 'conversation_id', m.conversation_id, 'direction', m.direction, 'type', m.type,
  'text', left(message_text(m.type, m.content), 8192), 'external_id', m.external_id,
  'media_url', '/api/media/' || case
    when m.type not in ('image', 'video', 'audio', 'document', 'sticker') then null
    when m.direction = 'outbound' then m.content -> m.type ->> 'media_id'
    when m.content -> m.type ? 'id' or m.content #> '{message,attachments,0,payload,url}' is not null then m.id::text end,
  'attachments', case
    when m.type = 'email' and jsonb_typeof(m.content -> 'attachments') = 'array' then (
      select json_agg(json_build_object(
        'url', '/api/media/' || case m.direction when 'outbound' then e.one ->> 'media_id' else m.id || '?attachment=' || e.place end,
        'filename', left(e.one ->> 'filename', 255), 'content_type', left({{attachment_type}}, 255),
        'content_id', left(coalesce(e.one ->> 'content-id', e.one ->> 'content_id'), 255)) order by e.place)
      from jsonb_array_elements(m.content -> 'attachments') with ordinality as e(one, place)
      where e.place <= 500 and case m.direction when 'outbound' then e.one ? 'media_id' else {{attachment_of_mail}} end)
    when m.direction = 'inbound' and jsonb_typeof(m.content #> '{message,attachments}') = 'array' then (
      select json_agg(json_build_object('url', '/api/media/' || m.id || '?attachment=' || e.place) order by e.place)
      from jsonb_array_elements(m.content #> '{message,attachments}') with ordinality as e(one, place)
      where e.place <= 500 and {{attachment_at_meta}}) end,
  'status', recipient_status_name(m.status, false), 'error_code', m.error_code, 'error_message', m.error_message,
  'sent_by', m.sent_by, 'sent_by_name', (select a.name from agents a where a.id = m.sent_by),
  'reply_to', case when m.direction = 'outbound' then m.reply_to else (
    select a.id from messages a
    where a.external_id = m.answered and a.tenant_id = m.tenant_id and a.conversation_id = m.conversation_id) end,
  'verified', case when m.direction = 'inbound' and m.type = 'email' then m.content -> 'verified' end,
  'edited_at', rfc3339(m.edited_at), 'sent_at', rfc3339(m.sent_at), 'delivered_at', rfc3339(m.delivered_at), 'read_at', rfc3339(m.read_at),
  'created_at', rfc3339(m.created_at)))::jsonb || jsonb_build_object('content', case
  when m.content_bytes is not null then jsonb_build_object('omitted_bytes', m.content_bytes)
  when octet_length(m.content::text) <= 65536 then m.content
  else jsonb_build_object('omitted_bytes', octet_length(m.content::text)) end)
