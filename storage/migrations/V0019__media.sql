-- Media that were uploaded. The bytes stand in files, which are written before the row and named by tenant and id.

create table media (
  id uuid primary key,
  tenant_id uuid not null,
  filename text,
  content_type text not null,
  size_bytes bigint not null check (size_bytes > 0),
  sha256 text not null,
  uploaded_by uuid not null,  -- no foreign key: a medium outlives its agent
  created_at timestamptz not null default now()
);
call isolate_tenant('media');
