-- API keys of one agent. The key itself is never stored.

-- fragment: key_json
json_strip_nulls(json_build_object('id', k.id, 'name', k.name, 'prefix', k.key_prefix,
  'created_at', rfc3339(k.created_at), 'last_used_at', rfc3339(k.last_used_at), 'expires_at', rfc3339(k.expires_at)))

-- name: api_keys_list
-- $1 agent.
select coalesce(json_agg({{key_json}} order by k.created_at, k.id), '[]') from api_keys k where k.agent_id = $1::uuid

-- name: api_keys_lock
-- Makes calls that count an agent's keys wait for each other.
select id from agents where id = $1::uuid for no key update

-- name: api_keys_count
select count(*) from api_keys where agent_id = $1::uuid

-- name: api_key_create
-- $1 id, $2 tenant, $3 agent, $4 name, $5 hash, $6 prefix, $7 end or NULL.
with k as (
  insert into api_keys (id, tenant_id, agent_id, name, key_hash, key_prefix, expires_at)
  values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7::timestamptz)
  returning *
)
select {{key_json}} from k

-- name: api_key_delete
-- $2 the agent whose key it must be.
delete from api_keys where id = $1::uuid and agent_id = $2::uuid
