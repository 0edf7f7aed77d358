-- Agents as the API shows them. {{name}} inserts the fragment of that name.

-- fragment: agents_wanted
($1::text is null or strpos(lower(a.name), lower($1)) > 0 or strpos(a.email, lower($1)) > 0)
and ($2::text is null or r.name = $2) and ($3::boolean is null or a.is_active = $3)

-- name: agents_list
-- $1 part of the name or email or NULL, $2 role's name or NULL, $3 is_active or NULL, $4 page, $5 per_page.
with page as (
  select json_build_object({{agent_members}}) as item, a.created_at, a.id
  from agents a join roles r on r.id = a.role_id
  where {{agents_wanted}}
  order by a.created_at, a.id
  limit $5::bigint offset ($4::bigint - 1) * $5
), counted as (
  select count(*) as total from agents a join roles r on r.id = a.role_id where {{agents_wanted}}
)
select json_build_object(
  'data', (select coalesce(json_agg(item order by created_at, id), '[]') from page),
  'total', total, 'page', $4::bigint, 'per_page', $5::bigint, 'total_pages', ceil(total::numeric / $5)::bigint)
from counted

-- name: agent_get
select json_build_object({{agent_members}})
from agents a join roles r on r.id = a.role_id
where a.id = $1::uuid

-- name: agent_profile
-- An agent as it sees itself.
select json_build_object({{agent_members}}, 'permissions', r.permissions,
  'tenant', json_build_object('id', t.id, 'name', t.name, 'country', t.country))
from agents a join roles r on r.id = a.role_id join tenants t on t.id = a.tenant_id
where a.id = $1::uuid

-- name: agent_create
-- $1 id, $2 tenant, $3 email, $4 name, $5 password's hash, $6 role, $7 can_broadcast.
insert into agents (id, tenant_id, email, name, password_hash, role_id, can_broadcast)
values ($1::uuid, $2::uuid, $3, $4, $5, $6::uuid, $7::boolean)

-- name: agents_lock
-- Whoever may take the last admin away queues up here, so that two at once cannot do it together.
select id from tenants where id = current_tenant() for no key update

-- name: agent_permissions
-- What an agent may do; no row: there is no such agent.
select array_to_string(r.permissions, ',') from agents a join roles r on r.id = a.role_id where a.id = $1::uuid

-- name: agent_is_last_admin
-- Whether this agent is the tenant's only active admin. After agents_lock, in a statement of its own.
select a.is_active and r.name = 'admin' and r.tenant_id is null and not exists (
  select from agents other where other.role_id = a.role_id and other.is_active and other.id <> a.id)
from agents a join roles r on r.id = a.role_id
where a.id = $1::uuid

-- name: agent_update
-- $2 email, $3 name, $4 password's hash, $5 role, $6 can_broadcast, $7 is_active; what is NULL stays.
update agents set
  email = coalesce($2::text, email), name = coalesce($3::text, name),
  password_hash = coalesce($4::text, password_hash), role_id = coalesce($5::uuid, role_id),
  can_broadcast = coalesce($6::boolean, can_broadcast), is_active = coalesce($7::boolean, is_active),
  is_online = is_online and coalesce($7::boolean, is_active), updated_at = now()
where id = $1::uuid

-- name: agent_set_online
update agents set is_online = $2::boolean, updated_at = now() where id = $1::uuid and is_active

-- name: agent_conversations_release
-- As they are when an agent is deleted: others see them again.
update conversations set assigned_agent_id = null, updated_at = now() where assigned_agent_id = $1::uuid

-- name: agent_delete
-- Sessions and keys go with it, and its conversations are nobody's; what it made stays and keeps its id as created_by.
delete from agents where id = $1::uuid

-- name: agent_sessions_end
-- $2 the session that stays, or NULL.
delete from sessions where agent_id = $1::uuid and id is distinct from $2::uuid
