#include "http/contract/tables/webhook_events.hpp"

#include <algorithm>

namespace omnistream::http::contract {
namespace {

using json = nlohmann::ordered_json;

constexpr const char* happened_at = "2026-11-20T02:10:00.000Z";
constexpr const char* campaign_id = "019302a4-5b10-7c3e-8f21-4d6a00000000";
constexpr const char* template_id = "019302a0-11d2-7a55-9c04-5f6e7d8c9b0a";
constexpr const char* account_id = "0193029f-4a01-7b60-8d11-2c3b4a596877";
constexpr const char* agent_id = "0193029e-0c1d-7e2f-8a3b-4c5d6e7f8091";
constexpr const char* contact_id = "019302a2-93f4-7d15-b6a7-c8d9e0f1a2b3";
constexpr const char* division_id = "019302aa-1b2c-7d3e-8f40-5a6b7c8d9e0f";
constexpr const char* conversation_id = "019302a6-2e40-7f19-a8b7-c6d5e4f3a2b1";
constexpr const char* merged_contact_id = "019302a5-7d21-7b8c-9d0e-1f2a3b4c5d6e";
constexpr const char* merged_conversation_id = "019302a8-0f32-7c4d-8e5f-60718293a4b5";

/// `base` with other values, or with further members.
json with(json base, const json& changes) {
  base.update(changes);
  return base;
}

// -- one example of each kind of thing

json campaign(const char* status, const json& changes = json::object()) {
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

json begun(const char* status, const json& changes = json::object()) {
  return campaign(status, with({{"started_at", "2026-11-20T02:05:00.000Z"}}, changes));
}

json recipient(const char* status, const json& changes = json::object()) {
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

json agent(const json& changes = json::object()) {
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

json division(const json& changes = json::object()) {
  return with({{"id", division_id},
               {"name", "Sales"},
               {"description", "Answers before the order"},
               {"agent_ids", {agent_id}},
               {"created_at", "2026-11-20T01:00:00.000Z"},
               {"updated_at", happened_at}},
              changes);
}

json conversation(const json& changes = json::object()) {
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

json message_template(const char* status, const json& changes = json::object()) {
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

json integration(const json& changes = json::object()) {
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

// -- the table, by group

using events = std::vector<webhook_event>;

events of_campaigns() {
  return {
      {"campaign.created", "A draft was made.", campaign("draft", {{"total_recipients", 0}})},
      {"campaign.updated",
       "A draft's name, template, account or time was changed. Recipients that come and go are "
       "not told.",
       campaign("draft")},
      {"campaign.deleted", "A draft was deleted.", campaign("draft")},
      {"campaign.scheduled", "It will be sent at scheduled_at.",
       campaign("scheduled", {{"scheduled_at", "2026-11-21T02:00:00.000Z"}})},
      {"campaign.started", "It is being sent.", begun("sending")},
      {"campaign.paused", "Sending waits for something to be put right; pause_reason says what.",
       begun("sending", {{"sent_count", 480},
                         {"pause_code", "account_refused"},
                         {"pause_reason", "Meta refuses the account's access token."}})},
      {"campaign.resumed", "A paused campaign goes on.", begun("sending", {{"sent_count", 480}})},
      {"campaign.completed",
       "Everybody was sent to, or failed. The counts of delivered and read go on rising.",
       begun("completed", {{"sent_count", 11'988},
                           {"delivered_count", 9'120},
                           {"read_count", 2'304},
                           {"failed_count", 12},
                           {"ended_at", happened_at}})},
      {"campaign.failed", "It ended and nobody was sent to.",
       begun("failed", {{"failed_count", 12'000}, {"ended_at", happened_at}})},
      {"campaign.cancelled", "Somebody ended it; who was not sent to yet will not be.",
       begun("cancelled",
             {{"sent_count", 480}, {"cancelled_count", 11'520}, {"ended_at", happened_at}})},
  };
}

events of_recipients() {
  return {
      {"campaign.recipient.sent", "Meta took the message.", recipient("sent")},
      {"campaign.recipient.delivered",
       "It reached the phone. Who is next heard of as read is told as delivered too.",
       recipient("delivered")},
      {"campaign.recipient.read", "It was read.", recipient("read")},
      {"campaign.recipient.failed",
       "It was not sent, or not delivered. A word of Meta that comes late may still correct it.",
       recipient("failed", {{"error_code", 131026}, {"error_message", "Message undeliverable"}})},
  };
}

json sent_message(const char* status, const json& changes = json::object()) {
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

json scheduled_message(const char* status, const json& changes = json::object()) {
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

events of_scheduled_messages() {
  return {
      {"message.schedule.created", "An agent wrote a message that is sent later.",
       scheduled_message("scheduled")},
      {"message.schedule.sent", "Its time came. What becomes of the message is told as its own.",
       scheduled_message("sent", {{"message_id", "019302a6-3f52-7b1c-8d9e-6f5a4b3c2d1e"}})},
      {"message.schedule.failed", "Its time came, and it could not be sent.",
       scheduled_message(
           "failed", {{"error_code", "service_window_closed"},
                      {"error_message", "The contact did not write within the last 24 hours."}})},
      {"message.schedule.cancelled", "An agent cancelled it.",
       scheduled_message("cancelled", {{"cancelled_by", agent_id}})},
  };
}

events of_messages() {
  const json taken{{"external_id", "wamid.HBgNNjI4MTIzNDU2Nzg5MBUCABEYEjE"}};
  const json delivered = with(taken, {{"delivered_at", happened_at}});
  return {
      {"message.queued", "An agent wrote it; it waits to be sent.", sent_message("pending")},
      {"message.sent", "Meta took a message of an agent.", sent_message("sent", taken)},
      {"message.delivered", "It reached the contact's phone.",
       sent_message("delivered", delivered)},
      {"message.read", "The contact read it.",
       sent_message("read", with(delivered, {{"read_at", happened_at}}))},
      {"message.failed", "It did not reach the contact, and is not sent again.",
       sent_message("failed", with(taken, {{"error_code", 131026},
                                           {"error_message", "Message undeliverable"}}))},
  };
}

json received_message(const json& changes = json::object()) {
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

events of_people() {
  return {
      {"message.received", "Somebody wrote to us.", received_message()},
      {"message.edited", "Somebody changed what they wrote.",
       received_message(of_instagram(
           {{"sender", {{"id", "5512345678901234"}}},
            {"message",
             {{"mid", "aWdfZAG1faXRlbToxOklHTWVzc2FnZA"}, {"text", "Halo, one more thing"}}}}))},
      {"message.deleted", "Somebody took back what they wrote; its content is gone here as well.",
       with(received_message(of_instagram(json::object())), {{"type", "deleted"}})},
      {"contact.created", "A contact was added: by a person, by a call, or because it wrote.",
       new_contact()},
      {"contact.updated", "A contact was changed, or asked not to get marketing.", contact()},
      {"contact.merged",
       "Two contacts turned out to be one person, as when WhatsApp tells the number of somebody "
       "who hid it. It has all that both had; merged is the one that is no more.",
       with(contact(), {{"merged",
                         {{"id", merged_contact_id},
                          {"whatsapp_user_id", "ID.13491208655302741918"},
                          {"name", "Budi"},
                          {"tags", json::array()},
                          {"opted_out", false},
                          {"created_at", "2026-11-20T01:30:00.000Z"},
                          {"updated_at", "2026-11-20T01:30:00.000Z"}}}})},
  };
}

events of_conversations() {
  auto fresh = conversation({{"tags", json::array()}});
  fresh.erase("assigned_agent_id");
  return {
      {"conversation.created",
       "Somebody wrote to an account for the first time, or an agent took up a conversation that a "
       "broadcast had opened; the broadcast itself is told by its recipient.",
       fresh},
      {"conversation.updated",
       "Its status, agent, division, tags or contact were changed. Told of every change, also of "
       "those that have an event of their own, and not for every message.",
       conversation({{"status", "pending"}})},
      {"conversation.assigned", "It was given to another agent, or to nobody.", conversation()},
      {"conversation.transferred",
       "Somebody handed it to an agent or a division; transfer says who, and to whom.",
       conversation({{"transfer",
                      {{"id", "019302ab-3c4d-7e5f-9061-728394a5b6c7"},
                       {"from_agent_id", "0193029e-1d2e-7f30-9b4c-5d6e7f809102"},
                       {"to_agent_id", agent_id},
                       {"to_division_id", division_id},
                       {"note", "Asks for a refund"},
                       {"transferred_by", "0193029e-1d2e-7f30-9b4c-5d6e7f809102"},
                       {"created_at", happened_at}}}})},
      {"conversation.resolved", "An agent says it is done.",
       conversation({{"status", "resolved"}, {"resolved_at", happened_at}})},
      {"conversation.expired",
       "Nothing happened in it for as long as the rule of its channel says.",
       conversation({{"status", "expired"}})},
      {"conversation.reopened",
       "It was resolved or expired, and is open again: somebody wrote, or an agent opened it.",
       conversation()},
      {"conversation.merged",
       "Its contact and another one turned out to be one person. It has all messages, notes and "
       "transfers of both conversations; merged is the one that is no more.",
       conversation({{"merged", conversation({{"id", merged_conversation_id},
                                              {"contact_id", merged_contact_id}})}})},
  };
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

events of_notes() {
  return {
      {"note.created", "An agent left a note in a conversation.", note()},
      {"note.updated", "A note was changed.", note()},
      {"note.deleted", "A note was deleted.", note()},
  };
}

events of_agents() {
  return {
      {"agent.created", "An agent was added.", agent()},
      {"agent.updated", "An agent's name, email, role or rights were changed.", agent()},
      {"agent.deleted", "An agent was removed.", agent({{"is_active", false}})},
      {"agent.status_changed", "An agent went online or offline.", agent({{"status", "online"}})},
  };
}

events of_divisions() {
  return {
      {"division.created", "A division was made.", division({{"agent_ids", json::array()}})},
      {"division.updated", "Its name or description was changed, or agents came or went.",
       division()},
      {"division.deleted", "A division was deleted; agent_ids are those who were in it.",
       division()},
  };
}

events of_templates() {
  return {
      {"template.created", "A template was made here, or found at Meta.",
       message_template("PENDING")},
      {"template.updated", "Its category, components or header medium changed.",
       message_template("APPROVED",
                        {{"header_media_url", "https://cdn.toko-maju.example/promo.jpg"}})},
      {"template.status_changed", "Meta decided on it, or no longer has it.",
       message_template("REJECTED", {{"rejection_reason", "INVALID_FORMAT"}})},
      {"template.deleted", "It was deleted here.", message_template("APPROVED")},
  };
}

events of_integrations() {
  return {
      {"integration.created", "An account was connected.", integration()},
      {"integration.updated", "An account was changed: its name, config, token or default.",
       integration()},
      {"integration.deleted", "An account was disconnected.", integration({{"is_default", false}})},
      {"integration.paused", "Meta refuses the account; what is sent through it waits.",
       integration({{"pause_code", "account_refused"},
                    {"pause_reason", "Meta refuses the account's access token."},
                    {"paused_at", happened_at}})},
      {"integration.resumed", "The account may be used again.", integration()},
  };
}

events of_webhooks() {
  constexpr const char* webhook_id = "019302a8-70c1-7b2e-9d4f-1a2b3c4d5e6f";
  return {
      {"webhook.disabled",
       "A subscription was switched off, by a person, by its endpoint (410) or after days of "
       "nothing but failure. Told to the others.",
       {{"id", webhook_id},
        {"url", "https://toko-maju.example/hooks"},
        {"disabled_reason", "failing"},
        {"disabled_at", happened_at},
        {"failing_since", "2026-11-15T02:10:00.000Z"}}},
      {"webhook.test",
       "Somebody asked for a test. Sent to the subscription that is tested, whatever it names.",
       {{"webhook_id", webhook_id}, {"message", "This is a test."}}},
  };
}

}  // namespace

const std::vector<webhook_event>& webhook_events() {
  static const auto all = [] {
    events list;
    for (auto* group : {of_campaigns, of_recipients, of_messages, of_scheduled_messages, of_people,
                        of_conversations, of_notes, of_agents, of_divisions, of_templates,
                        of_integrations, of_webhooks})
      for (auto& one : group()) list.push_back(std::move(one));
    return list;
  }();
  return all;
}

const std::vector<std::string>& webhook_event_selectors() {
  static const auto all = [] {
    std::vector<std::string> list{"*"};
    for (const auto& one : webhook_events()) {
      auto wildcard = one.type.substr(0, one.type.rfind('.')) + ".*";
      if (std::find(list.begin(), list.end(), wildcard) == list.end())
        list.push_back(std::move(wildcard));
    }
    for (const auto& one : webhook_events()) list.push_back(one.type);
    return list;
  }();
  return all;
}

nlohmann::ordered_json example_body(const webhook_event& of) {
  return {{"type", of.type}, {"timestamp", happened_at}, {"data", of.data}};
}

}  // namespace omnistream::http::contract
