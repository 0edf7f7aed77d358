-- Login, sessions, and new tenants. What runs before it is known who calls runs as the engine.

-- name: login_agent
-- $1 email.
select id, password_hash, is_active from agents where email = $1

-- name: session_create
-- $1 session, $2 agent, $3 end, $4 the hash that the password was verified against: no session, and no row, if the
-- password was changed or the agent switched off since.
insert into sessions (id, tenant_id, agent_id, expires_at)
select $1::uuid, tenant_id, id, $3::timestamptz
from agents where id = $2::uuid and password_hash = $4 and is_active
returning id

-- name: sessions_trim
-- $1 agent, $2 how many stay. Ended sessions go, and the oldest ones beyond the limit.
delete from sessions where agent_id = $1::uuid and (expires_at <= now() or id in (
  select id from sessions where agent_id = $1::uuid order by created_at desc, id desc offset $2::bigint))

-- name: session_expiry
select expires_at from sessions where id = $1::uuid and expires_at > now()

-- name: session_end
delete from sessions where id = $1::uuid

-- name: agent_rehash
-- $2 the new hash of the same password, $3 the one it replaces.
update agents set password_hash = $2 where id = $1::uuid and password_hash = $3

-- name: tenant_create
insert into tenants (id, name, country) values ($1::uuid, $2, $3)
