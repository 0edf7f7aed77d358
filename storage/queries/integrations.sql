-- A channel as the API shows it: its default account.

-- fragment: integration_json
json_strip_nulls(json_build_object(
  'id', a.id, 'channel', a.channel, 'is_active', a.is_active, 'division_id', a.division_id,
  'config', a.config || jsonb_strip_nulls(jsonb_build_object(
    'phone_number_id', a.phone_number_id, 'waba_id', a.waba_id, 'throughput_mps', a.throughput_mps)),
  'created_at', rfc3339(a.created_at), 'updated_at', rfc3339(a.updated_at)))

-- name: integrations_list
select coalesce(json_agg({{integration_json}} order by a.channel), '[]') from integration_accounts a where a.is_default

-- name: integration_get
-- $1 channel. One that is not connected has an empty config.
select coalesce(
  (select {{integration_json}} from integration_accounts a where a.channel = $1 and a.is_default),
  json_build_object('channel', $1, 'is_active', false, 'config', json_build_object()))

-- name: integration_account_of_channel
select id from integration_accounts where channel = $1 and is_default
