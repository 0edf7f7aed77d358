-- Media: uploads, and what people sent. A row is made before its file or its object, and is stored when that is whole.

-- name: media_reserve
-- $1 id, $2 file's name or NULL, $3 content type, $4 bytes, $5 SHA-256 in hex, $6 agent, NULL: received, $7 bytes that the
-- tenant may keep, $8 place. No row: it would be more, or it is there. Calls at the same time do not see each other.
insert into media (id, tenant_id, filename, content_type, size_bytes, sha256, uploaded_by, place)
select $1::uuid, current_tenant(), $2, $3, $4::bigint, $5, $6::uuid, $8
where (select coalesce(sum(size_bytes), 0) from media) + $4 <= $7::bigint
on conflict (id) do nothing
returning id

-- name: media_stored
-- $2 what kind of medium it is. No row: it was forgotten.
update media set is_stored = true where id = $1::uuid
returning json_strip_nulls(json_build_object(
  'id', id, 'kind', $2::text, 'filename', filename, 'content_type', content_type, 'size_bytes', size_bytes,
  'sha256', sha256, 'url', '/api/media/' || id, 'uploaded_by', uploaded_by, 'created_at', rfc3339(created_at)))

-- name: media_forget
delete from media where id = $1::uuid and not is_stored

-- name: media_unfinished_files
-- Of all tenants, at start: they were being written when the server ended.
select tenant_id, id from media where not is_stored and place = 'folder'

-- name: media_unfinished_objects
-- Of all tenants, begun longer than $1 seconds ago; any of them, as there may be some that the S3 server never removes.
select tenant_id, id from media
where not is_stored and place = 's3' and created_at <= now() - make_interval(secs => $1::bigint)
order by random() limit 100

-- name: media_get
-- File's name, content type, bytes, SHA-256, whether it was uploaded, place.
select coalesce(filename, ''), content_type, size_bytes, sha256, uploaded_by is not null, place
from media where id = $1::uuid and is_stored

-- name: media_of_message
-- As conversation_visible; $3 a received message, $4 one of its attachments, from 1: where it is at Meta, an id for
-- WhatsApp, else an address, and of a mail an empty text; what the webhook said of it; and the account that can fetch it.
select v.channel,
  case v.channel when 'whatsapp' then m.content -> m.type ->> 'id' when 'email' then '' else e.one #>> '{payload,url}' end,
  coalesce(m.content -> m.type ->> 'mime_type', case v.channel when 'email' then {{attachment_type}} end, ''),
  coalesce(m.content -> m.type ->> 'filename', case v.channel when 'email' then e.one ->> 'filename' end, ''),
  a.id, coalesce(a.secrets ->> 'access_token', '')
from messages m
join conversations v on v.id = m.conversation_id
left join integration_accounts a on a.id = v.account_id
cross join lateral (
  select case when v.channel <> 'email' then m.content #> array['message', 'attachments', ($4::int - 1)::text]
    else coalesce(m.content #> array['attachments', ($4 - 1)::text], m.content_rest #> array['attachments', ($4 - 1)::text])
  end as one offset 0) e
where m.id = $3::uuid and m.direction = 'inbound' and case
    when v.channel = 'email' then {{attachment_of_mail}}
    else $4 = 1 and m.type in ('image', 'video', 'audio', 'document', 'sticker')
      or v.channel <> 'whatsapp' and {{attachment_at_meta}} end
  and {{conversation_visible}}

-- name: mail_attachment
-- $1 a mail, $2 one of its attachments, from 1: what it holds, whole, as the mail has it.
select coalesce(content_rest #>> path, content #>> path)
from messages, (select array['attachments', ($2::int - 1)::text, 'content'] as path) p
where id = $1::uuid

-- name: media_for_message
-- $1 tenant, $2 an upload that a message names: its content type and bytes.
select content_type, size_bytes from media where tenant_id = $1::uuid and id = $2::uuid and is_stored and uploaded_by is not null

-- name: media_to_read
-- $1 tenant, $2 upload: its place, and how many bytes it has.
select place, size_bytes from media where tenant_id = $1::uuid and id = $2::uuid and is_stored

-- name: media_to_hand_over
-- $1 upload, $2 account, $3 whom it is handed to there: its tenant, what it is, and Meta's id of it if that lives for
-- long enough.
select d.tenant_id, d.content_type, coalesce(d.filename, ''), h.external_id
from media d
left join media_handovers h on h.media_id = d.id and h.sender_id = $3 and h.expires_at > now()
where d.id = $1::uuid and d.is_stored
  and d.tenant_id in (select a.tenant_id from integration_accounts a where a.id = $2::uuid)

-- name: media_handed_over
-- $1 upload, $2 whom it was handed to, $3 Meta's id, which is not used any more a day before it dies.
insert into media_handovers (media_id, sender_id, tenant_id, external_id, expires_at)
select id, $2, tenant_id, $3, now() + interval '29 days' from media where id = $1::uuid
on conflict (media_id, sender_id) do update set external_id = excluded.external_id, expires_at = excluded.expires_at
