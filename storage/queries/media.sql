-- Uploaded media.

-- name: media_add
-- $1 id, $2 file's name or NULL, $3 content type, $4 bytes, $5 SHA-256 in hex, $6 agent, $7 what kind of medium it is, $8
-- bytes that the tenant may keep. No row: it would be more. Uploads at the same time do not see each other.
with added as (
  insert into media (id, tenant_id, filename, content_type, size_bytes, sha256, uploaded_by)
  select $1::uuid, current_tenant(), $2, $3, $4::bigint, $5, $6::uuid
  where (select coalesce(sum(size_bytes), 0) from media) + $4 <= $8::bigint
  returning *
)
select json_strip_nulls(json_build_object(
  'id', id, 'kind', $7::text, 'filename', filename, 'content_type', content_type, 'size_bytes', size_bytes,
  'sha256', sha256, 'url', '/api/media/' || id, 'uploaded_by', uploaded_by, 'created_at', rfc3339(created_at)))
from added

-- name: media_get
select json_strip_nulls(json_build_object(
  'filename', filename, 'content_type', content_type, 'size_bytes', size_bytes, 'sha256', sha256))
from media where id = $1::uuid
