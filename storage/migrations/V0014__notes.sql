-- Notes: what agents tell each other in a conversation. The contact never sees them.

create table conversation_notes (
  id uuid primary key default uuid_v7(),
  tenant_id uuid not null,
  conversation_id uuid not null references conversations on delete cascade,
  author_id uuid not null,  -- no foreign key: a note outlives its author
  body text not null,
  mentions uuid[] not null default '{}',  -- agents, each once, in the order in which the author named them
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index conversation_notes_newest on conversation_notes (conversation_id, created_at desc, id desc);
call isolate_tenant('conversation_notes');

-- As the engine: row level security binds the owner as well.
set local role omnistream_engine;
update roles set permissions = array(select p from unnest(permissions || 'notes.manage'::text) p order by p),
  updated_at = now()
where tenant_id is null and name = 'admin';
reset role;

-- Who is mentioned, by the names agents have now; one who is no agent any more is left out.
create function note_mentions(mentions uuid[]) returns json language sql stable as $$
  select coalesce(json_agg(json_build_object('agent_id', a.id, 'name', a.name) order by m.place), '[]')
  from unnest(mentions) with ordinality m (id, place) join agents a on a.id = m.id $$;

-- -- what is told ------------------------------------------------------------------------------------------------------

create function tell_note() returns trigger language plpgsql as $$
declare n conversation_notes := coalesce(new, old);
begin
  perform tell(n.tenant_id, case tg_op when 'INSERT' then 'note.created' when 'UPDATE' then 'note.updated'
                                       else 'note.deleted' end,
    json_build_object(
      'id', n.id, 'conversation_id', n.conversation_id, 'author_id', n.author_id, 'body', n.body,
      'mentions', note_mentions(n.mentions), 'created_at', rfc3339(n.created_at),
      'updated_at', rfc3339(n.updated_at)));
  return null;
end $$;
create trigger tell_change after insert or update or delete on conversation_notes
  for each row execute function tell_note();
