-- Media that people sent, kept once they were fetched from Meta, under the id of their message; and a row before its
-- file, so that what a crash left half-written is known.

alter table media
  alter column uploaded_by drop not null,  -- NULL: received
  add column is_stored boolean not null default true;
alter table media alter column is_stored set default false;
create index media_unfinished on media (id) where not is_stored;
create index media_room on media (tenant_id) include (size_bytes);  -- how much a tenant keeps

-- Uploads that were handed to Meta, with its id of them, which it keeps for 30 days.
create table media_handovers (
  media_id uuid not null references media on delete cascade,
  sender_id text not null,  -- the phone number that it was handed to
  tenant_id uuid not null,
  external_id text not null,
  expires_at timestamptz not null,
  primary key (media_id, sender_id)
);
call isolate_tenant('media_handovers');
