-- What Meta posted, committed before it is answered and deleted in the transaction that applies it.
create table webhook_inbox (
  id bigint generated always as identity primary key,
  received_at timestamptz not null default now(),
  source text not null,
  payload text not null,
  attempts int not null default 0,
  failed_at timestamptz,   -- set when it could not be applied: kept for a person, not tried again by itself
  error text
);
create index webhook_inbox_waiting on webhook_inbox (id) where failed_at is null;
alter table webhook_inbox enable row level security;
alter table webhook_inbox force row level security;
create policy engine_rows on webhook_inbox to omnistream_engine using (true) with check (true);
grant select, insert, update, delete on webhook_inbox to omnistream_engine;
