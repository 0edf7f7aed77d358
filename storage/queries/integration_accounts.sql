-- Accounts as the API shows them. `config` holds masks where `secrets` holds the sealed values, so no answer needs a
-- secret.

-- fragment: account_json
json_strip_nulls(json_build_object(
  'id', a.id, 'channel', a.channel, 'account_key', a.account_key, 'display_name', a.display_name,
  'is_active', a.is_active, 'is_default', a.is_default, 'division_id', a.division_id,
  'config', a.config || jsonb_strip_nulls(jsonb_build_object(
    'phone_number_id', a.phone_number_id, 'waba_id', a.waba_id, 'throughput_mps', a.throughput_mps)),
  'throughput_mps', a.throughput_mps,
  'pause_code', a.pause_code, 'pause_reason', a.pause_reason, 'paused_at', rfc3339(a.paused_at),
  'webhook_url', $1 || '/webhook' || case when a.channel = 'whatsapp' then '' else '/' || a.channel end,
  'created_at', rfc3339(a.created_at), 'updated_at', rfc3339(a.updated_at)))

-- name: integration_accounts_list
-- $1 our own URL, here as in every statement that shows accounts; $2 channel or NULL.
select coalesce(json_agg({{account_json}} order by a.created_at, a.id), '[]')
from integration_accounts a where $2::text is null or a.channel = $2

-- name: integration_account_get
select {{account_json}} from integration_accounts a where a.id = $2::uuid

-- name: integration_accounts_lock
-- Changes of a tenant's accounts wait for each other here, so that each channel has exactly one default.
select id from tenants where id = current_tenant() for no key update

-- name: integration_accounts_count
select count(*) from integration_accounts

-- name: integration_account_key_taken
-- Over all tenants, as the engine: a number belongs to one tenant.
select exists (select from integration_accounts where channel = $1 and account_key = $2)

-- name: integration_account_by_key
-- The tenant's own.
select id from integration_accounts where channel = $1 and account_key = $2

-- name: integration_account_owner
-- As the engine: whether an account is tenant $3's; its id and its sealed PIN.
select tenant_id = $3::uuid, id, coalesce(secrets ->> 'pin', '') from integration_accounts
where channel = $1 and account_key = $2

-- name: tenant_is_first
-- As the engine: whether this is the tenant that was made first, the owner of the server.
select not exists (
  select from tenants other join tenants own on own.id = $1::uuid
  where (other.created_at, other.id) < (own.created_at, own.id))

-- name: integration_account_create
-- $2 id, $3 channel, $4 key, $5 name, $6 active, $7 default, $8 division, $9 config, $10 secrets, $11 phone number id,
-- $12 waba, $13 throughput. No row when the key is taken. The first account of a channel becomes its default.
with created as (
  insert into integration_accounts (id, tenant_id, channel, account_key, display_name, is_active, is_default,
                                    division_id, config, secrets, phone_number_id, waba_id, throughput_mps)
  values ($2::uuid, current_tenant(), $3, $4, $5, $6::boolean,
          $7::boolean or not exists (select from integration_accounts where channel = $3 and is_default),
          $8::uuid, $9::jsonb, $10::jsonb, $11, $12, $13::int)
  on conflict on constraint integration_accounts_key do nothing
  returning *
)
select {{account_json}} from created a

-- name: integration_account_for_update
select channel, config, secrets, phone_number_id, waba_id, throughput_mps, is_default, account_key
from integration_accounts where id = $1::uuid for update

-- name: integration_account_update
-- $2 id, $3 name, $4 active or NULL to keep; $6 division where the flag $5 is set; $7 config, $8 secrets, $9 waba,
-- $10 throughput; $11 lifts the pause.
with changed as (
  update integration_accounts set
    display_name = coalesce($3, display_name), is_active = coalesce($4::boolean, is_active),
    division_id = case when $5::boolean then $6::uuid else division_id end,
    config = $7::jsonb, secrets = $8::jsonb, waba_id = $9, throughput_mps = $10::int,
    pause_code = case when $11::boolean then null else pause_code end,
    pause_reason = case when $11 then null else pause_reason end,
    paused_at = case when $11 then null else paused_at end,
    updated_at = now()
  where id = $2::uuid
  returning *
)
select {{account_json}} from changed a

-- name: integration_account_clear_default
-- $1 channel, $2 the account that is about to be its default.
update integration_accounts set is_default = false, updated_at = now()
where channel = $1 and is_default and id <> $2::uuid

-- name: integration_account_make_default
update integration_accounts set is_default = true, updated_at = now() where id = $1::uuid and not is_default

-- name: integration_account_in_use
-- Campaigns that are scheduled or being sent through account $1; where it is the default ($2), also those that name
-- none.
select count(*) from campaigns
where status in ('scheduled', 'sending')
  and (integration_account_id = $1::uuid or ($2::boolean and integration_account_id is null))

-- name: integration_account_delete
delete from integration_accounts where id = $1::uuid

-- name: integration_account_promote
-- When the default of channel $1 is gone: the oldest active account, else the oldest.
update integration_accounts set is_default = true, updated_at = now()
where id = (select id from integration_accounts where channel = $1 order by is_active desc, created_at, id limit 1)

-- name: integration_account_access
-- What calls of Meta need. $1 account, or NULL: the default for WhatsApp.
select id, channel, coalesce(phone_number_id, ''), coalesce(waba_id, ''), coalesce(secrets ->> 'access_token', '')
from integration_accounts
where id = $1::uuid or ($1 is null and channel = 'whatsapp' and is_default)
