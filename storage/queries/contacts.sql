-- Contacts as the API shows them.

-- fragment: contact_json
json_strip_nulls(json_build_object(
  'id', c.id, 'phone_number', c.phone_number, 'whatsapp_user_id', c.whatsapp_user_id, 'name', c.name,
  'email', c.email, 'tags', c.tags,
  'identities', (
    select json_agg(json_build_object('channel', i.channel, 'external_id', i.external_id)
                    order by i.channel, i.external_id)
    from contact_identities i where i.contact_id = c.id),
  'opted_out', c.opted_out_at is not null, 'opted_out_at', rfc3339(c.opted_out_at),
  'created_at', rfc3339(c.created_at), 'updated_at', rfc3339(c.updated_at)))

-- fragment: contacts_page
select json_build_object(
  'data', (select coalesce(json_agg({{contact_json}} order by c.created_at desc, c.id desc), '[]') from page c),
  'total', total, 'page', $1::bigint, 'per_page', $2::bigint, 'total_pages', ceil(total::numeric / $2)::bigint)
from counted

-- name: contacts_list
-- $1 page, $2 per_page. Apart from contacts_search, so that the page comes from the index contacts_newest and the
-- total from an index alone.
with page as (
  select * from contacts order by created_at desc, id desc limit $2::bigint offset ($1::bigint - 1) * $2
), counted as (
  select count(*) as total from contacts
)
{{contacts_page}}

-- fragment: contacts_found
($3::text is null
    or strpos(lower(name), lower($3)) > 0 or strpos(lower(email), lower($3)) > 0
    or ($4::text <> '' and strpos(phone_number, $4) > 0))
  and ($5::text is null or tags @> array[$5])

-- name: contacts_search
-- $3 part of a name or an address, or NULL; $4 the digits of it that may be part of a number, or ''; $5 tag or NULL. All
-- contacts are looked at once, for the page and the total.
with found as materialized (
  select id, created_at from contacts where {{contacts_found}}
), page as (
  select c.* from (
    select id from found order by created_at desc, id desc limit $2::bigint offset ($1::bigint - 1) * $2) f
  join contacts c on c.id = f.id
), counted as (
  select count(*) as total from found
)
{{contacts_page}}

-- name: contact_get
select {{contact_json}} from contacts c where c.id = $1::uuid

-- name: contact_update
-- $2 name, $4 email are applied where their flag ($3, $5) is set; $6 tags, $7 number and $8 opted out where not NULL.
with changed as (
  update contacts set
    name = case when $3::boolean then $2 else name end,
    email = case when $5::boolean then $4 else email end,
    tags = coalesce($6::text[], tags),
    phone_number = coalesce($7, phone_number),
    opted_out_at = case when $8::boolean then coalesce(opted_out_at, now()) when not $8 then null else opted_out_at end,
    updated_at = now()
  where id = $1::uuid
  returning *
)
select {{contact_json}} from changed c

-- name: contact_conversations
-- $3 contact; those that $1 sees, or all where $2. A conversation may outlive its account. No row where there is no such
-- contact.
select coalesce((
  select json_agg(json_strip_nulls(json_build_object(
    'id', v.id, 'channel', v.channel, 'status', v.status, 'account_id', v.account_id, 'account_name', a.display_name,
    'last_message_at', rfc3339(v.last_message_at), 'created_at', rfc3339(v.created_at)))
    order by v.last_message_at desc, v.id desc)
  from conversations v left join integration_accounts a on a.id = v.account_id
  where v.contact_id = c.id and {{conversation_visible}}), '[]')
from contacts c where c.id = $3::uuid
