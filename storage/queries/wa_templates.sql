-- WhatsApp templates as the API shows them, and how Meta's list gets in.

-- fragment: template_json
json_strip_nulls(json_build_object(
  'id', t.id, 'waba_id', t.waba_id, 'meta_template_id', t.meta_template_id, 'name', t.name, 'language', t.language,
  'category', t.category, 'status', t.status, 'rejection_reason', t.rejection_reason, 'components', t.components,
  'header_media_url', t.header_media_url,
  'created_at', rfc3339(t.created_at), 'updated_at', rfc3339(t.updated_at)))

-- fragment: templates_wanted
($1::text is null or status = $1) and ($2::text is null or category = $2) and ($3::text is null or waba_id = $3)

-- name: wa_templates_list
-- $1 status, $2 category, $3 waba, each or NULL; $4 page, $5 per_page.
with page as (
  select * from wa_templates where {{templates_wanted}}
  order by created_at desc, id desc limit $5::bigint offset ($4::bigint - 1) * $5
), counted as (
  select count(*) as total from wa_templates where {{templates_wanted}}
)
select json_build_object(
  'data', (select coalesce(json_agg({{template_json}} order by t.created_at desc, t.id desc), '[]') from page t),
  'total', total, 'page', $4::bigint, 'per_page', $5::bigint, 'total_pages', ceil(total::numeric / $5)::bigint)
from counted

-- name: wa_template_get
select {{template_json}} from wa_templates t where t.id = $1::uuid

-- name: wa_template_exists
-- One that is gone at Meta does not stand in the way of a new one with its name.
select exists (select from wa_templates where waba_id = $1 and name = $2 and language = $3 and status <> 'DELETED')

-- name: wa_template_store
-- A template that Meta has just taken. $1 waba, $2 Meta's id, $3 name, $4 language, $5 category, $6 status,
-- $7 components, $8 header media. A sync may have been faster, and what it stored is newer; one that was gone at Meta
-- is replaced.
with stored as (
  insert into wa_templates as t (tenant_id, waba_id, meta_template_id, name, language, category, status, components,
                                 header_media_url)
  values (current_tenant(), $1, $2, $3, $4, $5, $6, $7::jsonb, $8)
  on conflict on constraint wa_templates_name_key do update set
    meta_template_id = excluded.meta_template_id,
    category = case when t.status = 'DELETED' then excluded.category else t.category end,
    status = case when t.status = 'DELETED' then excluded.status else t.status end,
    rejection_reason = case when t.status = 'DELETED' then null else t.rejection_reason end,
    components = case when t.status = 'DELETED' then excluded.components else t.components end,
    header_media_url = case when t.status = 'DELETED' then excluded.header_media_url else t.header_media_url end,
    updated_at = now()
  returning *
)
select {{template_json}} from stored t

-- name: wa_templates_upsert
-- $1 waba, then per template: $2 Meta's id, $3 name, $4 language, $5 category, $6 status, $7 reason, $8 components,
-- $9 header media. Each name and language once. A header medium that is set stays. Answers the ids of those that are
-- new or changed. Always in the same order, so that two syncs at once wait for each other instead of locking up.
insert into wa_templates as t (tenant_id, waba_id, meta_template_id, name, language, category, status, rejection_reason,
                               components, header_media_url)
select current_tenant(), $1, i.meta_template_id, i.name, i.language, i.category, i.status, i.reason, i.components,
       i.header_media_url
from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::jsonb[], $9::text[])
  as i(meta_template_id, name, language, category, status, reason, components, header_media_url)
order by i.name, i.language
on conflict on constraint wa_templates_name_key do update set
  meta_template_id = excluded.meta_template_id, category = excluded.category, status = excluded.status,
  rejection_reason = excluded.rejection_reason, components = excluded.components,
  header_media_url = coalesce(t.header_media_url, excluded.header_media_url), updated_at = now()
where (t.meta_template_id, t.category, t.status, t.rejection_reason, t.components, t.header_media_url)
  is distinct from (excluded.meta_template_id, excluded.category, excluded.status, excluded.rejection_reason,
                    excluded.components, coalesce(t.header_media_url, excluded.header_media_url))
returning t.id

-- name: wa_templates_known
-- What was here before Meta was asked for its list of waba $1.
select id from wa_templates where waba_id = $1 and status <> 'DELETED'

-- name: wa_templates_gone
-- Those of $1 that are not in Meta's list, whose names are $2 and languages $3, are gone there. Answers their ids. Their
-- campaigns keep them, so they are marked and not removed; a sync that finds them again gives them Meta's status.
update wa_templates t set status = 'DELETED', rejection_reason = null, updated_at = now()
where t.id = any($1::uuid[]) and t.status <> 'DELETED'
  and not exists (select from unnest($2::text[], $3::text[]) as listed(name, language)
                  where listed.name = t.name and listed.language = t.language)
returning t.id

-- name: wa_templates_campaigns
-- Campaigns being sent with one of the templates $1.
select id from campaigns where status = 'sending' and template_id = any($1::uuid[])

-- name: wa_template_lock
-- Waits for whoever is making a campaign of it, and answers whether its header is an image, a video or a document.
select exists (
  select from jsonb_array_elements(components) part
  where upper(part ->> 'type') = 'HEADER' and upper(part ->> 'format') in ('IMAGE', 'VIDEO', 'DOCUMENT'))
from wa_templates where id = $1::uuid for update

-- name: wa_template_in_use
select exists (select from campaigns where template_id = $1::uuid)

-- name: wa_template_delete
delete from wa_templates where id = $1::uuid

-- name: wa_template_set_header_media
with changed as (
  update wa_templates set header_media_url = $2, updated_at = now() where id = $1::uuid returning *
)
select {{template_json}} from changed t
