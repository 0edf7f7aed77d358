-- For every statement that changes recipients: moves the counts of their blocks. Reads `changed`: campaign_id, tenant_id,
-- seq, old and new status.

-- fragment: block_moves
blocks as (
  insert into campaign_blocks as b (campaign_id, tenant_id, block, sent, delivered, read, failed, cancelled)
  select campaign_id, tenant_id, (seq - 1) >> 10,
    sum((new = 2)::int - (old = 2)::int), sum((new = 3)::int - (old = 3)::int), sum((new = 4)::int - (old = 4)::int),
    sum((new in (5, 7))::int - (old in (5, 7))::int), sum((new = 6)::int - (old = 6)::int)
  from changed where old <> new and (old > 1 or new > 1)
  group by 1, 2, 3
  on conflict (campaign_id, block) do update set
    sent = b.sent + excluded.sent, delivered = b.delivered + excluded.delivered, read = b.read + excluded.read,
    failed = b.failed + excluded.failed, cancelled = b.cancelled + excluded.cancelled
)
