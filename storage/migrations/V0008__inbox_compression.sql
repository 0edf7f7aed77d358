-- Payloads live for milliseconds and are long: LZ4 takes a fifth of the time of PostgreSQL's own compression. A server
-- that was built without it keeps what it has.
do $$
begin
  alter table webhook_inbox alter column payload set compression lz4;
exception when feature_not_supported or invalid_parameter_value then
  raise notice 'This PostgreSQL has no LZ4; payloads of webhooks are compressed with pglz.';
end $$;
