-- Functions every later migration and statement builds on, and the lease of the engine.

-- The tenant of this transaction, or NULL, which equals nothing: an unset tenant sees no row.
create function current_tenant() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('omnistream.tenant', true), '')::uuid $$;

-- Times as the API shows them: RFC 3339, UTC, milliseconds.
create function rfc3339(at timestamptz) returns text language sql stable strict parallel safe
  as $$ select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- RFC 9562 version 7: 48 bits of milliseconds, then random.
create function uuid_v7() returns uuid language sql volatile parallel safe
  as $$ select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
          placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
          from 1 for 6), 52, 1), 53, 1), 'hex')::uuid $$;

-- Row level security of a tenant table, the same for all of them: the HTTP path (omnistream_api) sees and writes the
-- rows of its transaction's tenant, the engine sees all. FORCE: the owner of the tables is bound as well.
create procedure isolate_tenant(target regclass) language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy tenant_rows on %s to omnistream_api
                    using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', target);
  execute format('create policy engine_rows on %s to omnistream_engine using (true) with check (true)', target);
  execute format('grant select, insert, update, delete on %s to omnistream_api, omnistream_engine', target);
end $$;

-- One serving process per database. Its epoch rises with every start; a claim names the epoch it was made under, so a
-- process that lost its lease can claim nothing more.
create table engine_lease (
  id int primary key default 1 check (id = 1),
  epoch bigint not null default 0,
  acquired_at timestamptz,
  owner text
);
insert into engine_lease default values;
grant select, update on engine_lease to omnistream_engine;
