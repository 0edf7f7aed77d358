-- Chat expiration: the rules of each channel, and what they end.

-- fragment: rule_defaults
(values ('whatsapp', 1440), ('instagram', 1440), ('messenger', 1440), ('email', 10080))
  as d(channel, expire_after_minutes)

-- fragment: rule_json
json_strip_nulls(json_build_object(
  'channel', d.channel, 'is_enabled', coalesce(r.is_enabled, false),
  'expire_after_minutes', coalesce(r.expire_after_minutes, d.expire_after_minutes),
  'updated_by', r.updated_by, 'updated_at', rfc3339(r.updated_at)))

-- fragment: rules_in_force
select tenant_id, channel, now() - make_interval(mins => expire_after_minutes) as idle_since
from chat_expiration_rules where is_enabled

-- fragment: has_expired
v.tenant_id = r.tenant_id and v.channel = r.channel and v.in_inbox and v.status in ('open', 'pending')
and v.last_message_at <= r.idle_since and v.updated_at <= r.idle_since

-- fragment: not_held
for no key update skip locked

-- fragment: end_those_due
update conversations set status = 'expired', updated_at = now() where id = any(array(select id from due)) returning 1

-- name: chat_expiration_list
-- Every channel has a rule; until somebody sets it, one that is off.
select json_agg({{rule_json}} order by d.channel)
from {{rule_defaults}} left join chat_expiration_rules r on r.channel = d.channel

-- name: chat_expiration_upsert
-- $1 channel, $2 whether it is in force, $3 minutes, $4 by whom.
with r as (
  insert into chat_expiration_rules (tenant_id, channel, is_enabled, expire_after_minutes, updated_by)
  values (current_tenant(), $1, $2::boolean, $3::int, $4::uuid)
  on conflict (tenant_id, channel) do update set
    is_enabled = excluded.is_enabled, expire_after_minutes = excluded.expire_after_minutes,
    updated_by = excluded.updated_by, updated_at = now()
  returning *
)
select {{rule_json}} from r join {{rule_defaults}} on d.channel = r.channel

-- name: conversations_expire_due
-- Ends what has expired, of all tenants, at most $1 of them; answers how many. The rules take turns by chance, so that
-- nobody's few wait for another's many. What somebody else is changing is left for the next time: a conversation that is
-- written to or answered is not idle.
with rules as materialized (
  select * from ({{rules_in_force}}) r order by random()
), due as materialized (
  select f.id from rules r cross join lateral (
    select v.id from conversations v where {{has_expired}} order by v.last_message_at limit $1::int {{not_held}}) f
  limit $1
), ended as (
  {{end_those_due}}
)
select count(*) from ended

-- name: conversations_expire_seen
-- The same for a caller: $1 agent, $2 whether the caller sees all, $3 at most how many.
with rules as materialized (
  {{rules_in_force}}
), due as materialized (
  select f.id from rules r cross join lateral (
    select v.id from conversations v
    where {{has_expired}} and {{conversation_visible}} order by v.last_message_at limit $3::int {{not_held}}) f
  limit $3
), ended as (
  {{end_those_due}}
)
select json_build_object('message', 'What was idle for too long has expired.', 'expired', count(*),
                         'more', count(*) = $3)
from ended
