-- When a message was handed to Meta, by our clock; of Messenger and Instagram, where receipts name a time. Its sent_at is
-- when it was written, which may be long before: what was read in between does not mean it.

alter table messages add column handed_at timestamptz;
