#include "http/contract/tables/webhook_events.hpp"

#include <algorithm>

#include "http/contract/tables/webhook_event_examples.hpp"

namespace omnistream::http::contract {
namespace {

using namespace examples;
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
