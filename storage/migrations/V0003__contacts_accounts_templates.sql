-- People we write to, the accounts we write from, and what we may write.

create table contacts (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null,
  phone_number text,       -- E.164 with +; Meta's people may hide theirs, so it may be missing
  whatsapp_user_id text,   -- Meta's business-scoped user id
  name text,
  email text,
  tags text[] not null default '{}',
  opted_out_at timestamptz,  -- asked not to get marketing (131050, user_preferences)
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint contacts_phone_number_key unique (tenant_id, phone_number),
  constraint contacts_whatsapp_user_id_key unique (tenant_id, whatsapp_user_id)
);
create index contacts_newest on contacts (tenant_id, created_at desc, id desc);
create index contacts_tags on contacts using gin (tags);
call isolate_tenant('contacts');

create table integration_accounts (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null references tenants,
  channel text not null check (channel in ('whatsapp', 'instagram', 'email', 'messenger')),
  account_key text not null,        -- unique inside a channel: wa-<phone number id>
  display_name text not null,
  is_active boolean not null default true,
  is_default boolean not null default false,
  division_id uuid,
  config jsonb not null default '{}',   -- without secrets
  secrets jsonb not null default '{}',  -- each value sealed with AES-256-GCM
  phone_number_id text,             -- WhatsApp: Meta's id of the number
  waba_id text,                     -- WhatsApp: Meta's id of the business account
  throughput_mps int,               -- messages per second Meta grants this number; NULL: the setting's default
  pause_code text,                  -- why sending stopped (token, payment, spam); NULL: it has not
  pause_reason text,
  paused_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Over all tenants: a webhook names only the number, so a number belongs to one tenant.
  constraint integration_accounts_key unique (channel, account_key)
);
create unique index integration_accounts_default on integration_accounts (tenant_id, channel) where is_default;
create index integration_accounts_tenant on integration_accounts (tenant_id, created_at, id);
create index integration_accounts_phone on integration_accounts (phone_number_id);
call isolate_tenant('integration_accounts');

create table wa_templates (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null references tenants,
  waba_id text not null,
  meta_template_id text,
  name text not null,
  language text not null,
  category text not null,
  status text not null,            -- as Meta names it: APPROVED, PENDING, REJECTED, PAUSED, DISABLED, ...
  rejection_reason text,
  components jsonb not null,
  header_media_url text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint wa_templates_name_key unique (tenant_id, waba_id, name, language)
);
create index wa_templates_newest on wa_templates (tenant_id, created_at desc, id desc);
create index wa_templates_meta on wa_templates (waba_id, name, language);
call isolate_tenant('wa_templates');

create table conversations (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null,
  contact_id uuid not null,
  account_id uuid not null,
  channel text not null,
  status text not null default 'open',
  last_message_at timestamptz not null default now(),
  last_inbound_at timestamptz,     -- opens Meta's 24-hour service window
  created_at timestamptz not null default now(),
  constraint conversations_contact_account_key unique (contact_id, account_id)
);
call isolate_tenant('conversations');

-- What people wrote to us. A broadcast message is not copied here: it is its recipient's row.
create table messages (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null,
  conversation_id uuid not null references conversations on delete cascade,
  direction text not null check (direction in ('inbound', 'outbound')),
  external_id text not null,       -- Meta's id: a repeated webhook finds its message
  type text not null,
  content jsonb not null,          -- the message object as Meta sent it
  sent_at timestamptz not null,    -- Meta's time
  created_at timestamptz not null default now(),
  constraint messages_external_id_key unique (tenant_id, external_id)
);
create index messages_conversation on messages (conversation_id, sent_at);
call isolate_tenant('messages');
