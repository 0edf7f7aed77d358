-- Roles: row level security shows the system's and the tenant's own.

-- fragment: role_json
json_build_object('id', r.id, 'name', r.name, 'description', r.description, 'permissions', r.permissions,
  'is_system', r.tenant_id is null, 'created_at', rfc3339(r.created_at), 'updated_at', rfc3339(r.updated_at))

-- name: roles_list
select coalesce(json_agg({{role_json}} order by r.tenant_id nulls first, r.id), '[]') from roles r

-- name: role_get
select {{role_json}} from roles r where r.id = $1::uuid

-- name: role_find
-- $1 id or NULL, $2 name or NULL. Of two roles with one name the system's counts.
select id, array_to_string(permissions, ',') from roles
where ($1::uuid is null or id = $1) and ($2::text is null or name = $2)
order by tenant_id nulls first limit 1

-- name: role_admin
select id from roles where tenant_id is null and name = 'admin'
