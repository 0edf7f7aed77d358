-- How many recipients of each block of 1,024 have which status: so that any page of the recipients with a status is found
-- by adding up a few thousand numbers and reading the blocks it lies in, without an index on a column that changes with
-- every message. Moved in the statements that move recipients, so they equal the rows at every commit.
create table campaign_blocks (
  campaign_id uuid not null,
  tenant_id uuid not null,
  block int not null,              -- of the sequence numbers 1024 * block + 1 to 1024 * block + 1024
  -- Rows with exactly this status as the API names it; who is in none of them is pending, or cancelled without having
  -- been touched.
  sent int not null default 0,
  delivered int not null default 0,
  read int not null default 0,
  failed int not null default 0,
  cancelled int not null default 0,
  primary key (campaign_id, block)
) with (fillfactor = 50);          -- every batch changes one or two: HOT updates
call isolate_tenant('campaign_blocks');

-- What was sent so far. As the engine: row level security binds the owner as well.
set local role omnistream_engine;
insert into campaign_blocks (campaign_id, tenant_id, block, sent, delivered, read, failed, cancelled)
select campaign_id, tenant_id, (seq - 1) >> 10,
  count(*) filter (where status = 2), count(*) filter (where status = 3), count(*) filter (where status = 4),
  count(*) filter (where status in (5, 7)), count(*) filter (where status = 6)
from campaign_recipients where status > 1 group by 1, 2, 3;
reset role;
