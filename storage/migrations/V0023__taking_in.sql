-- Taking in, whatever the order: what comes before the message that it is about, and what could not be applied.

alter table messages add column edited_at timestamptz;  -- Meta's time of its author's last change

-- Changes of messages that are not known yet. Meta posts again for seven days: older ones are removed.
create table early_message_changes (
  tenant_id uuid not null,
  account_id uuid not null references integration_accounts on delete cascade,
  external_id text not null,               -- the message
  person text not null,                    -- who changed it: nobody else's change counts
  changed_at timestamptz not null,         -- Meta's time
  path text[],                             -- where in its content the value stands; both NULL: it was taken back
  value jsonb,
  created_at timestamptz not null default now(),
  primary key (account_id, external_id, person),
  check ((path is null) = (value is null))
);
create index early_message_changes_age on early_message_changes using brin (created_at);
call isolate_tenant('early_message_changes');

-- What people got and read, where Meta does not tell it of each message: all that was sent to them up to then (by_time),
-- or up to the message that is named. Kept as long, for messages of ours that we come to know of later.
create table channel_receipts (
  tenant_id uuid not null,
  account_id uuid not null references integration_accounts on delete cascade,
  person text not null,
  status smallint not null check (status in (3, 4)),
  at timestamptz not null,
  by_time boolean not null,
  external_id text not null default '',    -- '': it names none
  created_at timestamptz not null default now(),
  primary key (account_id, person, at, status, external_id)
);
create index channel_receipts_age on channel_receipts using brin (created_at);
call isolate_tenant('channel_receipts');

alter table webhook_inbox
  add column parts text[],                 -- of what was set aside: which of its parts; NULL: all of it
  add column retry_at timestamptz;         -- when it is tried again; NULL: at the next start
create index webhook_inbox_retry on webhook_inbox (retry_at) where retry_at is not null;
