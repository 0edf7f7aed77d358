-- What mails of conversations are made from; see outgoing_messages.sql.

-- A mail m without what is long. One that was kept as it came has its header within it.

-- fragment: mail_heading
(m.content - '{html,text,attachments,email}'::text[]) || case
  when m.content ? 'email' and not m.content ? 'headers'
  then jsonb_build_object('headers', left(m.content ->> 'email', 65536)) else '{}' end

-- name: mail_thread
-- $1 conversation, $2 the message that is answered, or NULL: the last one. The account, the last mail that came, and
-- the mail that is answered, both without what is long; and whether we received that one.
select a.account_key, a.display_name, a.config, received.content, answered.content,
  coalesce(answered.direction = 'inbound', false)
from conversations v
join integration_accounts a on a.id = v.account_id and a.tenant_id = v.tenant_id
left join lateral (
  select {{mail_heading}} as content from messages m
  where m.conversation_id = v.id and m.direction = 'inbound' order by m.sent_at desc, m.id desc limit 1) received on true
left join lateral (
  select {{mail_heading}} as content, m.direction from messages m
  where m.conversation_id = v.id and (m.direction = 'inbound' or m.status not in (5, 7)) and ($2::uuid is null or m.id = $2)
  order by m.sent_at desc, m.id desc limit 1) answered on true
where v.id = $1::uuid

-- name: mail_upload
-- $1 tenant, $2 id of an upload.
select filename, content_type, size_bytes from media
where tenant_id = $1::uuid and id = $2::uuid and is_stored and uploaded_by is not null
