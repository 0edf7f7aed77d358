-- Who a caller is. Read as the engine: before it is known who calls, there is no tenant to set.

-- fragment: identity_columns
a.tenant_id, a.id, r.name, array_to_string(r.permissions, ','), a.can_broadcast, t.country

-- name: identity_by_key
-- $1 SHA-256 of the API key. Expired keys and inactive agents are nobody.
select {{identity_columns}}
from api_keys k join agents a on a.id = k.agent_id join roles r on r.id = a.role_id join tenants t on t.id = a.tenant_id
where k.key_hash = $1 and (k.expires_at is null or k.expires_at > now()) and a.is_active

-- name: identity_by_session
select {{identity_columns}}
from sessions s join agents a on a.id = s.agent_id join roles r on r.id = a.role_id join tenants t on t.id = a.tenant_id
where s.id = $1::uuid and s.expires_at > now() and a.is_active

-- name: identity_key_used
-- Noted at most once a minute, so that a busy key costs no write per call.
update api_keys set last_used_at = now()
where key_hash = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')
