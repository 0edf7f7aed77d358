#include "http/contract/tables/webhook_event_examples.hpp"

namespace omnistream::http::contract::examples {

json with(json base, const json& changes) {
  base.update(changes);
  return base;
}

json campaign(const char* status, const json& changes) {
  return with({{"id", campaign_id},
               {"name", "Promo November"},
               {"status", status},
               {"template_id", template_id},
               {"integration_account_id", account_id},
               {"total_recipients", 12'000},
               {"sent_count", 0},
               {"delivered_count", 0},
               {"read_count", 0},
               {"failed_count", 0},
               {"cancelled_count", 0},
               {"uncertain_count", 0},
               {"created_by", agent_id},
               {"created_at", "2026-11-20T02:00:00.000Z"},
               {"updated_at", happened_at}},
              changes);
}

json begun(const char* status, const json& changes) {
  return campaign(status, with({{"started_at", "2026-11-20T02:05:00.000Z"}}, changes));
}

json recipient(const char* status, const json& changes) {
  return with({{"campaign_id", campaign_id},
               {"recipient_id", "019302a4-5b10-8c3e-8f21-4d6a00000001"},
               {"contact_id", contact_id},
               {"phone_number", "+6281234567890"},
               {"status", status},
               {"external_id", "wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABEYEjA"}},
              changes);
}

json contact() {
  return {{"id", contact_id},
          {"phone_number", "+6281234567890"},
          {"whatsapp_user_id", "ID.13491208655302741918"},
          {"name", "Budi"},
          {"email", "budi@mail.example"},
          {"tags", {"vip"}},
          {"opted_out", true},
          {"opted_out_at", happened_at},
          {"created_at", "2026-11-20T01:00:00.000Z"},
          {"updated_at", happened_at}};
}

json new_contact() {
  auto fresh = contact();
  for (const auto* later : {"email", "opted_out_at"}) fresh.erase(later);
  return with(fresh, {{"tags", json::array()}, {"opted_out", false}});
}

json agent(const json& changes) {
  return with({{"id", agent_id},
               {"email", "siti@toko-maju.example"},
               {"name", "Siti"},
               {"role", "supervisor"},
               {"can_broadcast", true},
               {"status", "offline"},
               {"is_active", true},
               {"created_at", "2026-11-20T01:00:00.000Z"},
               {"updated_at", happened_at}},
              changes);
}

json division(const json& changes) {
  return with({{"id", division_id},
               {"name", "Sales"},
               {"description", "Answers before the order"},
               {"agent_ids", {agent_id}},
               {"created_at", "2026-11-20T01:00:00.000Z"},
               {"updated_at", happened_at}},
              changes);
}

json conversation(const json& changes) {
  return with({{"id", conversation_id},
               {"contact_id", contact_id},
               {"integration_account_id", account_id},
               {"channel", "whatsapp"},
               {"status", "open"},
               {"assigned_agent_id", agent_id},
               {"division_id", division_id},
               {"tags", {"refund"}},
               {"last_message_at", happened_at},
               {"last_inbound_at", happened_at},
               {"created_at", happened_at},
               {"updated_at", happened_at}},
              changes);
}

json message_template(const char* status, const json& changes) {
  return with({{"id", template_id},
               {"waba_id", "102290129340398"},
               {"meta_template_id", "1407680676729941"},
               {"name", "order_update"},
               {"language", "id"},
               {"category", "UTILITY"},
               {"status", status},
               {"components", json::array({{{"type", "BODY"}, {"text", "Halo {{1}}, {{2}}."}}})},
               {"created_at", "2026-11-20T01:00:00.000Z"},
               {"updated_at", happened_at}},
              changes);
}

json integration(const json& changes) {
  return with({{"id", account_id},
               {"channel", "whatsapp"},
               {"account_key", "wa-106540352242922"},
               {"display_name", "Toko Maju"},
               {"is_active", true},
               {"is_default", true},
               {"created_at", "2026-11-20T01:00:00.000Z"},
               {"updated_at", happened_at}},
              changes);
}

json sent_message(const char* status, const json& changes) {
  return with({{"id", "019302a6-3f52-7b1c-8d9e-6f5a4b3c2d1e"},
               {"conversation_id", conversation_id},
               {"contact_id", contact_id},
               {"integration_account_id", account_id},
               {"channel", "whatsapp"},
               {"type", "text"},
               {"status", status},
               {"sent_by", agent_id},
               {"sent_at", happened_at}},
              changes);
}

json scheduled_message(const char* status, const json& changes) {
  return with({{"id", "019302b0-6a85-7e4f-8c1d-3b2a19087f6e"},
               {"conversation_id", conversation_id},
               {"type", "text"},
               {"status", status},
               {"send_at", "2026-11-21T01:00:00.000Z"},
               {"created_by", agent_id},
               {"created_at", happened_at},
               {"updated_at", happened_at}},
              changes);
}

json received_message(const json& changes) {
  return with({{"id", "019302a6-2e41-7a0b-9c8d-7e6f5a4b3c2d"},
               {"conversation_id", conversation_id},
               {"contact_id", contact_id},
               {"integration_account_id", account_id},
               {"channel", "whatsapp"},
               {"external_id", "wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABIYFjN"},
               {"type", "text"},
               {"content",
                {{"from", "6281234567890"},
                 {"id", "wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABIYFjN"},
                 {"timestamp", "1795140600"},
                 {"type", "text"},
                 {"text", {{"body", "Halo"}}}}},
               {"sent_at", happened_at}},
              changes);
}

json of_instagram(const json& element) {
  return {{"channel", "instagram"},
          {"external_id", "aWdfZAG1faXRlbToxOklHTWVzc2FnZA"},
          {"content", element}};
}

json note() {
  return {{"id", "019302ac-5d6e-7f70-8192-a3b4c5d6e7f8"},
          {"conversation_id", conversation_id},
          {"author_id", agent_id},
          {"body", "Has paid already, see order 7."},
          {"mentions", json::array({{{"agent_id", agent_id}, {"name", "Siti"}}})},
          {"created_at", "2026-11-20T02:00:00.000Z"},
          {"updated_at", happened_at}};
}

}  // namespace omnistream::http::contract::examples
