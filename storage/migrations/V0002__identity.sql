-- Tenants, their people and how these prove who they are.

create table tenants (
  id uuid primary key default uuid_v7(),
  name text not null,
  country char(2) not null default 'ID',  -- ISO 3166-1: how phone numbers without a country code are read
  created_at timestamptz not null default now()
);
alter table tenants enable row level security;
alter table tenants force row level security;
create policy own_tenant on tenants to omnistream_api using (id = current_tenant()) with check (id = current_tenant());
create policy engine_rows on tenants to omnistream_engine using (true) with check (true);
grant select, update on tenants to omnistream_api;
grant select, insert, update on tenants to omnistream_engine;

-- System roles have no tenant and are seen by all; custom roles belong to one.
create table roles (
  id uuid primary key default uuid_v7(),
  tenant_id uuid references tenants,
  name text not null,
  description text not null default '',
  permissions text[] not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique nulls not distinct (tenant_id, name)
);
insert into roles (id, name, description, permissions) values
  ('00000000-0000-7000-8000-000000000001', 'admin', 'Everything, including people, accounts and settings.',
   '{agents.manage,agents.view,campaigns.manage,campaigns.view,contacts.manage,contacts.view,developer.access,integrations.manage,integrations.view,roles.manage,roles.view,settings.manage,templates.manage,templates.view}'),
  ('00000000-0000-7000-8000-000000000002', 'supervisor', 'Runs campaigns and the team; cannot change people, accounts or settings.',
   '{agents.view,campaigns.manage,campaigns.view,contacts.manage,contacts.view,developer.access,integrations.view,templates.manage,templates.view}'),
  ('00000000-0000-7000-8000-000000000003', 'agent', 'Answers people.',
   '{agents.view,contacts.manage,contacts.view,templates.view}');
alter table roles enable row level security;
alter table roles force row level security;
create policy system_and_own on roles for select to omnistream_api using (tenant_id is null or tenant_id = current_tenant());
create policy own_rows on roles to omnistream_api using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
create policy engine_rows on roles to omnistream_engine using (true) with check (true);
grant select, insert, update, delete on roles to omnistream_api, omnistream_engine;

create table agents (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null references tenants,
  email text not null check (email = lower(email)),
  name text not null,
  password_hash text not null,  -- Argon2id
  role_id uuid not null references roles,
  can_broadcast boolean not null default false,
  is_online boolean not null default false,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint agents_email_key unique (email)  -- login names no tenant, so an address belongs to one agent
);
create index agents_tenant on agents (tenant_id, created_at, id);
call isolate_tenant('agents');

create table sessions (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null references tenants,
  agent_id uuid not null references agents on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_agent on sessions (agent_id);
create index sessions_expiry on sessions (expires_at);
call isolate_tenant('sessions');

create table api_keys (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null references tenants,
  agent_id uuid not null references agents on delete cascade,
  name text not null,
  key_hash text not null unique,  -- SHA-256: keys are 256 random bits, so nothing slower is needed
  key_prefix text not null,       -- what a person recognises a key by
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at timestamptz
);
create index api_keys_agent on api_keys (agent_id, created_at);
call isolate_tenant('api_keys');
