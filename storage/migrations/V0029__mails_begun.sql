-- A mail that was claimed and not begun to be written when the server stopped is sent after its start: nobody got it.

alter table outgoing_messages
  add column begun boolean not null default false;  -- of a mail that is claimed: it is being written, or was

-- What is claimed now may have been begun. As the engine: row level security binds the owner as well.
set local role omnistream_engine;
update outgoing_messages set begun = true where claim_token is not null;
reset role;
