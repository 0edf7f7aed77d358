-- For every statement that changes recipients: tells whoever subscribed to campaign.recipient.*. Reads `changed`:
-- campaign_id, tenant_id, contact_id, seq, old and new status, phone_number, external_id, error_code, error_message.
-- Each step that was passed is an event of its own, so that their numbers equal the campaign's counters: who went from
-- sent to read was delivered as well.

-- fragment: recipient_events
wanted as (
  select distinct w.tenant_id, s.status, s.type
  from outgoing_webhooks w
  join (values (2, 'campaign.recipient.sent'), (3, 'campaign.recipient.delivered'), (4, 'campaign.recipient.read'),
               (5, 'campaign.recipient.failed')) as s(status, type) on webhook_wants(w.event_types, s.type)
  where w.status <> 'disabled' and w.tenant_id in (select tenant_id from changed)
), told as (
  insert into webhook_events (tenant_id, type, occurred_at, contact_id, body)
  select w.tenant_id, w.type, now(), c.contact_id, event_body(w.type, now(), json_strip_nulls(json_build_object(
    'campaign_id', c.campaign_id, 'recipient_id', recipient_uuid(c.campaign_id, c.seq), 'contact_id', c.contact_id,
    'phone_number', c.phone_number, 'status', recipient_status_name(w.status::smallint, false),
    'external_id', c.external_id, 'error_code', case when w.status = 5 then c.error_code end,
    'error_message', case when w.status = 5 then c.error_message end)))
  from changed c join wanted w on w.tenant_id = c.tenant_id
  where case when w.status = 5 then c.new in (5, 7) and c.old not in (5, 7)
             else c.new between w.status and 4 and c.old not between w.status and 4 end
  order by c.seq, w.status
)
