-- Broadcast campaigns.

create table campaigns (
  id uuid primary key,             -- version 7 with the last 32 bits zero; see recipient_uuid
  tenant_id uuid not null references tenants,
  name text not null,
  template_id uuid not null references wa_templates,
  -- NULL: the channel's default when it is sent; also of a campaign that ended and whose account is gone.
  integration_account_id uuid references integration_accounts on delete set null,
  status text not null default 'draft'
    check (status in ('draft', 'scheduled', 'sending', 'completed', 'failed', 'cancelled')),
  scheduled_at timestamptz,
  -- Counters equal the recipients' rows at every commit. sent counts sent, delivered and read; delivered counts
  -- delivered and read; what is none of these, failed or cancelled is still pending.
  total_recipients int not null default 0,
  sent_count int not null default 0,
  delivered_count int not null default 0,
  read_count int not null default 0,
  failed_count int not null default 0,
  uncertain_count int not null default 0,
  cancelled_count int not null default 0,
  -- A claim is this cursor: recipients up to claimed_seq may have been handed to Meta. All up to settled_seq have an
  -- outcome or a hold, so after a crash only those between the two are uncertain.
  claimed_seq int not null default 0,
  settled_seq int not null default 0,
  pause_code text,
  pause_reason text,
  paused_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (settled_seq <= claimed_seq and claimed_seq <= total_recipients),
  check (sent_count + failed_count + cancelled_count + uncertain_count <= total_recipients),
  check (read_count <= delivered_count and delivered_count <= sent_count)
) with (fillfactor = 30);  -- counters change with every batch: room for HOT updates
create index campaigns_newest on campaigns (tenant_id, created_at desc, id desc);
create index campaigns_live on campaigns (id) where status in ('scheduled', 'sending');
create index campaigns_template on campaigns (template_id);
create index campaigns_account on campaigns (integration_account_id);
call isolate_tenant('campaigns');

-- status: 0 pending, 1 uncertain (handed to Meta, no answer), 2 sent, 3 delivered, 4 read, 5 failed, 6 cancelled,
-- 7 failed because nothing was heard of it (a late status may still correct it).
-- A cancelled campaign does not touch its unclaimed rows: status 0 beyond claimed_seq reads as cancelled.
-- No foreign keys: rows come and go with their campaign, and a check per row would double the cost of adding.
create table campaign_recipients (
  campaign_id uuid not null,
  tenant_id uuid not null,
  contact_id uuid not null,
  seq int not null,                -- 1, 2, 3, ... without gaps
  status smallint not null default 0,
  status_before smallint not null default 0,  -- lets one UPDATE return the old and the new status
  phone_number text not null,
  variables jsonb,
  external_id text,                -- Meta's message id
  error_code int,
  error_message text,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (campaign_id, seq),
  constraint campaign_recipients_phone_key unique (campaign_id, phone_number)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);  -- no index on what changes: HOT updates
call isolate_tenant('campaign_recipients');

-- Recipients outside the cursor's order: to be sent again (retry), or waiting for a word from Meta (uncertain).
create table campaign_holds (
  campaign_id uuid not null,
  tenant_id uuid not null,
  seq int not null,
  kind text not null check (kind in ('retry', 'uncertain')),
  claim_token bigint,              -- of the claim that gave a retry to the dispatcher; NULL: it waits
  attempt int not null default 0,
  due_at timestamptz not null,
  primary key (campaign_id, seq)
);
create index campaign_holds_due on campaign_holds (campaign_id, due_at);
call isolate_tenant('campaign_holds');

-- The id of a recipient: its campaign's id with version 8 and the sequence number in the last 32 bits.
-- The C++ twin is omnistream::recipient_id.
create function recipient_uuid(campaign_id uuid, seq int) returns uuid language sql immutable strict parallel safe
  as $$ select (overlay(left(campaign_id::text, 28) placing '8' from 15 for 1) || lpad(to_hex(seq), 8, '0'))::uuid $$;

-- The one rule of a recipient's status: what it becomes when `incoming` is heard while it is `current`. The rank only
-- rises; failed comes from what has not been delivered; silence (7) is corrected by any word from Meta.
create function recipient_status_after(current smallint, incoming smallint) returns smallint
  language sql immutable strict parallel safe as $$
  select case
    when incoming in (2, 3, 4) then
      case when current in (0, 1, 7) then incoming when current in (2, 3, 4) then greatest(current, incoming) else current end
    when incoming = 5 then case when current in (0, 1, 2, 7) then incoming else current end
    when incoming in (1, 6) then case when current = 0 then incoming else current end
    when incoming = 7 then case when current = 1 then incoming else current end
    else current end $$;

-- As the API names them; `cancelled` says whether an unclaimed row of a cancelled campaign is meant.
create function recipient_status_name(status smallint, cancelled boolean) returns text
  language sql immutable strict parallel safe as $$
  select case when status = 0 and cancelled then 'cancelled'
    else (array['pending', 'pending', 'sent', 'delivered', 'read', 'failed', 'cancelled', 'failed'])[status + 1] end $$;
