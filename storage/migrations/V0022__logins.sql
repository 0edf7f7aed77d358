-- Logins at Meta, with which people connect accounts.

-- The states of logins that came back: none is taken twice. Each is of a login that ends soon, so few are kept.
create table login_states_used (
  tenant_id uuid not null references tenants,
  nonce text not null,
  expires_at timestamptz not null,  -- of the state itself; afterwards it is refused as too old
  primary key (tenant_id, nonce)
);
call isolate_tenant('login_states_used');

-- Whom Meta knows an agent as, until the agent has chosen the pages to be connected.
create table messenger_logins (
  tenant_id uuid not null references tenants,
  agent_id uuid not null references agents on delete cascade,
  user_token text not null,         -- sealed with AES-256-GCM
  expires_at timestamptz not null,
  primary key (tenant_id, agent_id)
);
create index messenger_logins_agent on messenger_logins (agent_id);
call isolate_tenant('messenger_logins');
