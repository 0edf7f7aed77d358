-- Adding recipients: contacts are made for unknown numbers, duplicates are skipped, sequence numbers have no gaps.

-- name: recipients_hold_contacts
-- Before contacts are looked for: until the end of the transaction none becomes part of another.
select pg_advisory_xact_lock_shared(contacts_lock(current_tenant()))

-- name: recipients_contacts_by_number
-- $1 numbers. Makes the contacts that are missing; in order, so that two calls with the same numbers do not block each
-- other.
insert into contacts (tenant_id, phone_number)
select current_tenant(), number from unnest($1::text[]) as n(number) order by number
on conflict on constraint contacts_phone_number_key do nothing

-- name: recipients_add_numbers
-- $1 campaign, $2 numbers (distinct), $3 variables as JSON text or NULL, by position. The campaign's row is locked
-- by campaign_lock_draft, so numbering is safe. Who opted out is left out. Answers how many rows were added.
with wanted as (
  select number, variables, ordinality
  from unnest($2::text[], $3::text[]) with ordinality as w(number, variables, ordinality)
), fresh as (
  select p.id as contact_id, w.number, w.variables, row_number() over (order by w.ordinality) as position
  from wanted w
  -- One look into an index per number, whatever the statistics say: a join of tables that grow with every call may be
  -- planned for the size they had. The tenant is row level security's.
  cross join lateral (
    select id from contacts p where p.phone_number = w.number and p.opted_out_at is null limit 1) p
  where (select r.seq from campaign_recipients r where r.campaign_id = $1::uuid and r.phone_number = w.number limit 1)
    is null
), added as (
  insert into campaign_recipients (campaign_id, tenant_id, contact_id, seq, phone_number, variables)
  select c.id, c.tenant_id, f.contact_id, c.total_recipients + f.position, f.number, f.variables::jsonb
  from fresh f, campaigns c where c.id = $1::uuid
  returning 1
)
update campaigns set total_recipients = total_recipients + (select count(*) from added), updated_at = now()
where id = $1::uuid
returning (select count(*) from added)

-- name: recipients_contacts_selected
-- The numbers of contacts named by id ($1) or bearing one of the tags ($2). Opted-out people are left out. Apart, so that
-- ids are looked up and all contacts are read for tags only.
select id, phone_number, opted_out_at is not null from contacts where id = any($1::uuid[])
union
select id, phone_number, opted_out_at is not null from contacts
where cardinality($2::text[]) > 0 and tags && $2::text[]
order by 1

-- name: campaign_lock_draft
-- Locks the campaign for this transaction; says whether it is a draft.
select total_recipients, status = 'draft' from campaigns where id = $1::uuid for no key update
