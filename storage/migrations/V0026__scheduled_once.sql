-- The same message is not scheduled twice for the same idempotency key.

alter table scheduled_messages
  add column idempotency_key text,  -- of the caller's choice
  add column request_hash bytea;    -- SHA-256 of what came with the key
create unique index scheduled_messages_idempotency_key on scheduled_messages (tenant_id, idempotency_key)
  where idempotency_key is not null;
