-- Broadcasts as messages of the conversations of those who got them. No row is copied: each is its recipient's row.

-- The latest campaigns of an account, instead of all.
create index campaigns_latest on campaigns (integration_account_id, started_at desc);
drop index campaigns_account;

-- The campaign and the number that the id of a recipient is made of, see recipient_uuid; of any other id they are those
-- of no recipient.
create function campaign_of_recipient(recipient uuid) returns uuid language sql immutable parallel safe as $$
  select case when substr(recipient::text, 15, 1) = '8'
    then (overlay(left(recipient::text, 28) placing '7' from 15 for 1) || '00000000')::uuid end $$;
create function seq_of_recipient(recipient uuid) returns int language sql immutable parallel safe as $$
  select ('x' || right(recipient::text, 8))::bit(32)::int $$;

-- The body of a template, filled with a recipient's variables. What is not given stays as it stands there.
create function template_text(components jsonb, variables jsonb) returns text language sql immutable parallel safe as $$
  select string_agg(piece || coalesce(variables ->> name, '{{' || name || '}}', ''), '' order by place)
  from (select jsonb_path_query_first(components, '$[*] ? (@.type == "BODY").text') #>> '{}' as body) t
  cross join lateral unnest(
    regexp_split_to_array(body, '\{\{[^{}]*\}\}'),
    array(select found[1] from regexp_matches(body, '\{\{([^{}]*)\}\}', 'g') found))
    with ordinality as p(piece, name, place) $$;
