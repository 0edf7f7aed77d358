-- Which message one that was received answers. It is looked up when that is shown, as it may come later; so there is no
-- index here.

alter table messages add column answered text;  -- of what is received: the channel's id of the message it answers

-- Of mails from before it is not known. As the engine: row level security binds the owner as well.
set local role omnistream_engine;
update messages set answered = coalesce(content #>> '{context,id}', content #>> '{message,reply_to,mid}')
where direction = 'inbound' and coalesce(content #>> '{context,id}', content #>> '{message,reply_to,mid}') is not null;
reset role;
