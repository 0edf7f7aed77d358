-- Divisions: which agents work together, and on which accounts.

create table divisions (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null references tenants,
  name text not null,
  description text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint divisions_of_tenant unique (tenant_id, id)  -- for foreign keys that name the tenant
);
create unique index divisions_name_key on divisions (tenant_id, lower(name));
call isolate_tenant('divisions');

create table division_agents (
  division_id uuid not null references divisions on delete cascade,
  agent_id uuid not null references agents on delete cascade,
  tenant_id uuid not null,
  primary key (division_id, agent_id)
);
create index division_agents_agent on division_agents (agent_id);
call isolate_tenant('division_agents');

-- As the engine: row level security binds the owner as well.
set local role omnistream_engine;
update roles set permissions = array(select p from unnest(permissions || '{divisions.manage,divisions.view}'::text[]) p order by p),
  updated_at = now()
where tenant_id is null and name in ('admin', 'supervisor');
-- Until now any id was taken.
update integration_accounts set division_id = null where division_id is not null;
reset role;

-- With the tenant, as foreign keys look past row level security.
alter table integration_accounts add constraint integration_accounts_division_fkey
  foreign key (tenant_id, division_id) references divisions (tenant_id, id) on delete set null (division_id);

-- -- what is told ------------------------------------------------------------------------------------------------------

create function division_event_data(d divisions) returns json language sql stable as $$
  select json_strip_nulls(json_build_object(
    'id', d.id, 'name', d.name, 'description', d.description,
    'agent_ids', array(select m.agent_id from division_agents m where m.division_id = d.id order by m.agent_id),
    'created_at', rfc3339(d.created_at), 'updated_at', rfc3339(d.updated_at))) $$;

create function tell_division() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    perform tell(old.tenant_id, 'division.deleted', division_event_data(old));
    return old;
  end if;
  perform tell(new.tenant_id, case tg_op when 'INSERT' then 'division.created' else 'division.updated' end,
               division_event_data(new));
  return null;
end $$;
create trigger tell_change after insert or update on divisions for each row execute function tell_division();
-- Before: afterwards nobody is in it any more.
create trigger tell_removed before delete on divisions for each row execute function tell_division();

-- Who comes or goes changes the division, so that this is told as well: once per statement. One that is being deleted
-- with its agents is not there any more.
create function touch_divisions() returns trigger language plpgsql as $$
begin
  update divisions set updated_at = now() where id in (select division_id from changed);
  return null;
end $$;
create trigger touch_added after insert on division_agents referencing new table as changed
  for each statement execute function touch_divisions();
create trigger touch_removed after delete on division_agents referencing old table as changed
  for each statement execute function touch_divisions();
