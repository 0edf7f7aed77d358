-- PostgreSQL inlines a SQL function that is declared STRICT only if its body is strict as well, which CASE and ARRAY
-- never are. These stand in the statements that move recipients, several times to a row: called instead of inlined they
-- were half of what a message costs the database. None is ever given a NULL.

create or replace function recipient_status_after(current smallint, incoming smallint) returns smallint
  language sql immutable parallel safe as $$
  select case
    when incoming in (2, 3, 4) then
      case when current in (0, 1, 7) then incoming when current in (2, 3, 4) then greatest(current, incoming) else current end
    when incoming = 5 then case when current in (0, 1, 2, 7) then incoming else current end
    when incoming in (1, 6) then case when current = 0 then incoming else current end
    when incoming = 7 then case when current = 1 then incoming else current end
    else current end $$;

create or replace function recipient_status_name(status smallint, cancelled boolean) returns text
  language sql immutable parallel safe as $$
  select case when status = 0 and cancelled then 'cancelled'
    else (array['pending', 'pending', 'sent', 'delivered', 'read', 'failed', 'cancelled', 'failed'])[status + 1] end $$;

create or replace function webhook_wants(wanted text[], type text) returns boolean language sql immutable parallel safe
  as $$ select wanted && array[type, regexp_replace(type, '[^.]+$', '*'), '*'] $$;
