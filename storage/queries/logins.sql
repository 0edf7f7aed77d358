-- Logins at Meta, with which people connect accounts.

-- name: login_states_forget
delete from login_states_used where expires_at < now()

-- name: login_state_use
-- $1 nonce, $2 when the state ends. No row when it was used before.
insert into login_states_used (tenant_id, nonce, expires_at) values (current_tenant(), $1, $2::timestamptz)
on conflict do nothing
returning nonce

-- name: messenger_logins_forget
delete from messenger_logins where expires_at < now()

-- name: messenger_login_keep
-- $1 agent, $2 sealed token, $3 seconds that it is kept. The agent's next login takes its place.
insert into messenger_logins (tenant_id, agent_id, user_token, expires_at)
values (current_tenant(), $1::uuid, $2, now() + $3::int * interval '1 second')
on conflict (tenant_id, agent_id) do update set user_token = excluded.user_token, expires_at = excluded.expires_at
returning rfc3339(expires_at)

-- name: messenger_login_of
select user_token from messenger_logins where agent_id = $1::uuid and expires_at > now()

-- name: messenger_accounts_by_page
-- $1 ids of pages: those that the tenant has connected.
select account_key, id, is_active from integration_accounts where channel = 'messenger' and account_key = any($1::text[])

-- name: messenger_account
-- $1 account, or NULL: the default one. For calls about its page.
select id, account_key, coalesce(secrets ->> 'access_token', '') from integration_accounts
where channel = 'messenger' and (id = $1::uuid or ($1 is null and is_default))

-- name: messenger_account_of_page
select id, coalesce(secrets ->> 'access_token', '') from integration_accounts
where channel = 'messenger' and account_key = $1

-- name: instagram_tokens_ending
-- As the engine: accounts that were connected by a login at Instagram, whose token ends within $1 days, 100 after account
-- $2. The times are compared as texts, for callers may write into a config what they like.
select id, secrets ->> 'access_token' from integration_accounts
where channel = 'instagram' and is_active and not config ? 'page_id' and secrets ? 'access_token'
  and config ->> 'access_expires_at' collate "C" between rfc3339(now()) and rfc3339(now() + $1::int * interval '1 day')
  and id > $2::uuid
order by id limit 100

-- name: instagram_token_renew
-- As the engine. $1 account, $2 the sealed token that was renewed, unless it was replaced meanwhile; $3 the new one,
-- $4 its mask, $5 its end.
update integration_accounts set
  secrets = secrets || jsonb_build_object('access_token', $3::text),
  config = config || jsonb_build_object('access_token', $4::text, 'access_expires_at', $5::text),
  updated_at = now()
where id = $1::uuid and secrets ->> 'access_token' = $2
