-- Divisions as the API shows them.

-- fragment: division_members
'id', d.id, 'name', d.name, 'description', d.description,
'agent_count', (select count(*) from division_agents m where m.division_id = d.id),
'created_at', rfc3339(d.created_at), 'updated_at', rfc3339(d.updated_at)

-- fragment: division_json
json_strip_nulls(json_build_object({{division_members}}))

-- fragment: agents_in_division
coalesce((
  select json_agg(json_build_object({{agent_members}}) order by lower(a.name), a.id)
  from division_agents m join agents a on a.id = m.agent_id join roles r on r.id = a.role_id
  where m.division_id = d.id), '[]')

-- name: divisions_list
select coalesce(json_agg({{division_json}} order by lower(d.name)), '[]') from divisions d

-- name: division_get
-- With its agents.
select json_strip_nulls(json_build_object({{division_members}}, 'agents', {{agents_in_division}}))
from divisions d where d.id = $1::uuid

-- name: division_agents_list
-- No row where there is no such division.
select {{agents_in_division}} from divisions d where d.id = $1::uuid

-- name: division_exists
select exists (select from divisions where id = $1::uuid)

-- name: divisions_lock
-- Changes of a tenant's divisions, agents and accounts wait for each other here.
select id from tenants where id = current_tenant() for no key update

-- name: divisions_count
select count(*) from divisions

-- name: division_create
-- $1 id, $2 name, $3 description or NULL.
with created as (
  insert into divisions (id, tenant_id, name, description) values ($1::uuid, current_tenant(), $2, $3) returning *
)
select {{division_json}} from created d

-- name: division_update
-- $2 name or NULL to keep; $4 description where the flag $3 is set.
with changed as (
  update divisions set
    name = coalesce($2, name), description = case when $3::boolean then $4 else description end, updated_at = now()
  where id = $1::uuid
  returning *
)
select {{division_json}} from changed d

-- name: division_delete
-- Its agents stay; its accounts stay and have no division. How many of both there were, as the API answers it.
delete from divisions d where d.id = $1::uuid
returning json_build_object(
  'message', 'The division is deleted.',
  'removed_agents', (select count(*) from division_agents m where m.division_id = d.id),
  'unbound_accounts', (select count(*) from integration_accounts a where a.division_id = d.id))

-- name: division_agents_unknown
-- Those of the ids $1 that no agent has: their places in the list, from 0, and themselves.
select given.place - 1, given.id from unnest($1::uuid[]) with ordinality given (id, place)
where not exists (select from agents a where a.id = given.id)
order by given.place

-- name: division_agents_add
-- $1 division, $2 ids of agents. Who is in it already stays.
insert into division_agents (division_id, agent_id, tenant_id)
select $1::uuid, a.id, a.tenant_id from agents a where a.id = any($2::uuid[])
on conflict do nothing

-- name: division_agents_remove
-- $1 division, $2 ids of agents.
delete from division_agents where division_id = $1::uuid and agent_id = any($2::uuid[])
