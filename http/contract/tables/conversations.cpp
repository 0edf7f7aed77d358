#include "http/contract/tables/conversations.hpp"

#include "http/contract/blank.hpp"
#include "http/contract/paging.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "http/contract/tables/contacts.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t conversation_tags_max = 50;
constexpr std::size_t note_characters_max = 1'000;

const std::vector<std::string> channels{"whatsapp", "instagram", "email", "messenger"};
const std::vector<std::string> statuses{"open", "pending", "resolved", "expired"};
const std::vector<std::string> statuses_by_hand{"open", "pending", "resolved"};

constexpr const char* status_doc =
    "pending: waits for somebody else than the agent. resolved: an agent says it is done. expired: "
    "nothing happened for as long as the rule of its channel says. Whoever writes opens it again.";
constexpr const char* agent_doc = "An active agent of the tenant; null: nobody.";
constexpr const char* tags_doc = "None of blanks alone; repeated ones count once.";

void require_tag(value_spec& item) {
  item.size_min = 1;
  item.size_max = tag_characters_max;
}

void tags_to_read(const conversation_tags& wanted, error_list& errors) {
  refuse_blank_tags(wanted.tags, errors);
}

void a_note_to_read(const conversation_transfer_to& wanted, error_list& errors) {
  refuse_blank("note", wanted.note.value_or(""), errors);
}

void one_way_to_name_an_agent(const conversations_query& wanted, error_list& errors) {
  if (wanted.assigned && wanted.assigned_agent_id)
    errors.add("assigned_agent_id",
               {"ambiguous", "Name the agent by assigned or by assigned_agent_id, not by both."});
}

void what_the_action_needs(const conversations_bulk& wanted, error_list& errors) {
  const auto need = [&](const char* field, bool is_there) {
    if (!is_there)
      errors.add(field, {"required", "The action " + wanted.action + " needs this field."});
  };
  if (wanted.action == "assign") need("agent_id", wanted.agent_id.has_value());
  if (wanted.action == "status") need("status", wanted.status.has_value());
  if (wanted.action.ends_with("_tags")) need("tags", wanted.tags.has_value());
  if (wanted.action == "add_tags" && wanted.tags) refuse_blank_tags(*wanted.tags, errors);
}

std::vector<shape_field> conversation_fields() {
  std::vector<shape_field> fields;
  fields.push_back(uuid_text("id"));
  fields.push_back(uuid_text("contact_id").doc("Who is written with."));
  fields.push_back(text("contact_name").optional().example("Budi Santoso"));
  fields.push_back(text("contact_phone_number").optional().doc("E.164.").example("+6281234567890"));
  fields.push_back(
      uuid_text("integration_account_id").doc("The integration account it is held through."));
  fields.push_back(text("account_name")
                       .optional()
                       .doc("That account's display name; absent when the account was deleted.")
                       .example("Toko Maju"));
  fields.push_back(enumeration("channel", channels));
  fields.push_back(enumeration("status", statuses).doc(status_doc));
  fields.push_back(uuid_text("assigned_agent_id").optional().doc("Absent: nobody has it."));
  fields.push_back(text("assigned_agent_name").optional().example("Siti"));
  fields.push_back(
      uuid_text("division_id")
          .optional()
          .doc("At first that of its account. While nobody has it, the division's agents see it."));
  fields.push_back(text("division_name").optional().example("Sales"));
  fields.push_back(texts("tags").example({"refund"}));
  fields.push_back(
      integer("unread_count").doc("What was received since somebody read it.").example(2));
  fields.push_back(text("last_message_type")
                       .optional()
                       .doc("Of the latest message that the contact or an agent wrote.")
                       .example("text"));
  fields.push_back(text("last_message_preview")
                       .optional()
                       .doc("The first 200 characters of its text; absent where it has none.")
                       .example("Halo, where is my order?"));
  fields.push_back(date_time("last_message_at").doc("Of the latest message, also of a broadcast."));
  fields.push_back(date_time("last_inbound_at")
                       .optional()
                       .doc("When the contact last wrote; absent: the contact never did."));
  fields.push_back(date_time("service_window_until")
                       .optional()
                       .doc("24 hours after last_inbound_at: until then Meta takes any message, "
                            "afterwards templates only. Mails have none."));
  fields.push_back(date_time("resolved_at").optional().doc("While it is resolved."));
  fields.push_back(date_time("created_at"));
  fields.push_back(date_time("updated_at"));
  return fields;
}

shape_ptr bulk_error_shape() {
  static const auto declared =
      make_shape("ConversationBulkError", "Why nothing was done.",
                 {integer("status").doc("As of the operation for one conversation.").example(404),
                  text("code").example("not_found"), text("detail")});
  return declared;
}

shape_ptr bulk_result_shape() {
  static const auto declared =
      make_shape("ConversationBulkResult", "What became of one conversation.",
                 {uuid_text("id"), boolean("ok"), object("error", bulk_error_shape()).optional()});
  return declared;
}

shape_ptr message_attachment_shape() {
  static const auto declared = make_shape(
      "MessageAttachment", "A file that a message carries.",
      {text("url")
           .doc("Where it can be had: see media_get.")
           .example("/api/media/019302ad-7f80-7192-a3b4-c5d6e7f80912?attachment=2"),
       text("filename").optional().example("invoice.pdf"),
       text("content_type").optional().doc("As its sender says.").example("application/pdf"),
       text("content_id")
           .optional()
           .doc("Of an image within a mail's HTML, which names it so: cid:logo.")
           .example("logo")});
  return declared;
}

}  // namespace

const table<conversations_query>& table_for(const conversations_query*) {
  static const table<conversations_query> fields =
      table<conversations_query>(
          "ConversationsQuery", "",
          {field("page", &conversations_query::page).range(1, page_max).defaults_to(1),
           field("per_page", &conversations_query::per_page).range(1, 100).defaults_to(20),
           field("status", &conversations_query::status).one_of(statuses),
           field("channel", &conversations_query::channel).one_of(channels),
           field("assigned", &conversations_query::assigned)
               .one_of({"me", "none"})
               .doc("Only those of the caller, or only those nobody has."),
           field("assigned_agent_id", &conversations_query::assigned_agent_id)
               .doc("Only those of this agent."),
           field("division_id", &conversations_query::division_id)
               .doc("Only those of this division, also those an agent has."),
           field("tag", &conversations_query::tag)
               .size(1, tag_characters_max)
               .doc("Only those that bear this tag."),
           field("contact_id", &conversations_query::contact_id)
               .doc("Only those with this contact.")})
          .checked_by(one_way_to_name_an_agent);
  return fields;
}

const table<messages_query>& table_for(const messages_query*) {
  static const table<messages_query> fields(
      "MessagesQuery", "",
      {field("page", &messages_query::page).range(1, page_max).defaults_to(1),
       field("per_page", &messages_query::per_page).range(1, 100).defaults_to(50),
       field("order", &messages_query::order)
           .one_of({"newest", "oldest"})
           .defaults_to("newest")
           .doc("Which come first, by the time at Meta.")});
  return fields;
}

const table<conversation_assign>& table_for(const conversation_assign*) {
  static const table<conversation_assign> fields(
      "ConversationAssign", "Who answers from now on.",
      {field("agent_id", &conversation_assign::agent_id).required().doc(agent_doc)});
  return fields;
}

const table<conversation_set_status>& table_for(const conversation_set_status*) {
  static const table<conversation_set_status> fields(
      "ConversationSetStatus", "The status from now on.",
      {field("status", &conversation_set_status::status)
           .one_of(statuses_by_hand)
           .doc(status_doc)
           .example("resolved")});
  return fields;
}

const table<conversation_tags>& table_for(const conversation_tags*) {
  static const table<conversation_tags> fields =
      table<conversation_tags>("ConversationTags", "All tags from now on.",
                               {field("tags", &conversation_tags::tags)
                                    .size_max(conversation_tags_max)
                                    .each(require_tag)
                                    .doc(tags_doc)
                                    .example({"refund"})})
          .checked_by(tags_to_read);
  return fields;
}

const table<conversation_transfer_to>& table_for(const conversation_transfer_to*) {
  static const table<conversation_transfer_to> fields =
      table<conversation_transfer_to>(
          "ConversationTransferTo", "Who answers from now on. At least one of the two ids.",
          {field("to_agent_id", &conversation_transfer_to::to_agent_id)
               .doc("An active agent of the tenant. Without one nobody has it."),
           field("to_division_id", &conversation_transfer_to::to_division_id)
               .doc("Without one it stays in its division."),
           field("note", &conversation_transfer_to::note)
               .size(1, note_characters_max)
               .doc("For whoever goes on with it; not blanks alone.")
               .example("Asks for a refund")})
          .at_least_one_of({"to_agent_id", "to_division_id"})
          .checked_by(a_note_to_read);
  return fields;
}

const table<conversation_typing>& table_for(const conversation_typing*) {
  static const table<conversation_typing> fields(
      "ConversationTyping", "What the caller does.",
      {field("is_typing", &conversation_typing::is_typing)
           .doc("false: it ended without a message.")
           .example(true)});
  return fields;
}

const table<conversations_bulk>& table_for(const conversations_bulk*) {
  static const table<conversations_bulk> fields =
      table<conversations_bulk>(
          "ConversationsBulk", "One action on many conversations.",
          {field("ids", &conversations_bulk::ids)
               .size(1, conversations_bulk_max)
               .doc("Of conversations; repeated ones count once."),
           field("action", &conversations_bulk::action)
               .one_of({"assign", "status", "read", "add_tags", "remove_tags", "takeover"})
               .doc("assign needs agent_id, status needs status, the tag actions need tags.")
               .example("assign"),
           field("agent_id", &conversations_bulk::agent_id).doc(agent_doc),
           field("status", &conversations_bulk::status).one_of(statuses_by_hand).doc(status_doc),
           field("tags", &conversations_bulk::tags)
               .size(1, conversation_tags_max)
               .each(require_tag)
               .doc("To be added to, or removed from, those that each has.")
               .example({"refund"})})
          .checked_by(what_the_action_needs);
  return fields;
}

shape_ptr conversation_shape() {
  static const auto declared =
      make_shape("Conversation", "What is written with one contact through one account.",
                 conversation_fields());
  return declared;
}

shape_ptr conversation_message_shape() {
  static const auto declared = make_shape(
      "ConversationMessage", "A message.",
      {uuid_text("id"),
       uuid_text("conversation_id"),
       uuid_text("campaign_id")
           .optional()
           .doc("The campaign that it is a broadcast of: its id is the recipient's then. Absent: "
                "no broadcast."),
       enumeration("direction", {"inbound", "outbound"})
           .doc("inbound: the contact wrote it; outbound: an agent did, or a campaign."),
       text("type").doc("As the channel names it.").example("text"),
       text("text")
           .optional()
           .doc("What a person reads in it: its text, a caption, the title of a button; in lists "
                "the "
                "first 8,192 characters.")
           .example("Halo"),
       text("media_url")
           .optional()
           .doc("Where its image, video, sound or document can be had: see media_get.")
           .example("/api/media/019302ad-7f80-7192-a3b4-c5d6e7f80912"),
       array("attachments", message_attachment_shape())
           .optional()
           .doc("What can be had of a mail's attachments, inline images among them, or of what "
                "came by Messenger and Instagram; at most 500."),
       free_object("content").doc(
           "The whole message as the channel sent it, or as it takes it; of a "
           "template also what the contact reads: rendered.body. In lists, instead of one above "
           "64 KiB: {\"omitted_bytes\": its size}; the message itself has it."),
       text("external_id")
           .optional()
           .doc("The channel's id of it. Absent until the channel took it.")
           .example("wamid.HBgNNjI4MTIzNDU2Nzg5MBU"),
       enumeration("status", {"pending", "sent", "delivered", "read", "failed"})
           .optional()
           .doc("Of an outbound one. Its rank only rises."),
       integer("error_code").optional().doc("The channel's.").example(131026),
       text("error_message")
           .optional()
           .doc("Why it failed, or, while it is pending, why it waits or why nobody knows whether "
                "it was sent. Of a mail that was sent: who of those with a copy did not get it.")
           .example("Message undeliverable"),
       uuid_text("sent_by").optional().doc("The agent who wrote it, or made the campaign."),
       text("sent_by_name").optional().doc("As it is now.").example("Siti"),
       uuid_text("reply_to")
           .optional()
           .doc("The message it answers. Absent of an inbound one: it answers none of this "
                "conversation, or one that is not known yet. Of mails those are known that were "
                "sent from here."),
       boolean("verified")
           .optional()
           .doc("Of a mail that came in: whether DKIM or SPF speak for its sender's domain."),
       date_time("edited_at")
           .optional()
           .doc("When its author last changed it, or took it back; the channel's time."),
       date_time("sent_at").doc("The channel's time; of an outbound one when it was taken here."),
       date_time("delivered_at").optional(),
       date_time("read_at").optional(),
       date_time("created_at").doc("When it was stored here.")});
  return declared;
}

shape_ptr conversation_transferred_shape() {
  static const auto declared =
      extend(message_shape(), "ConversationTransferred", "Where the conversation is now.",
             {uuid_text("conversation_id"), uuid_text("from_agent_id").optional(),
              uuid_text("to_agent_id").optional(), uuid_text("to_division_id").optional()});
  return declared;
}

shape_ptr transfer_shape() {
  static const auto declared =
      make_shape("ConversationTransfer", "One transfer of a conversation.",
                 {uuid_text("id"), uuid_text("conversation_id"),
                  uuid_text("from_agent_id").optional().doc("Absent: nobody had it."),
                  uuid_text("to_agent_id").optional(), uuid_text("to_division_id").optional(),
                  text("note").optional().example("Asks for a refund"), uuid_text("transferred_by"),
                  text("from_agent_name").optional().doc("Names as they are now."),
                  text("to_agent_name").optional(), text("to_division_name").optional(),
                  text("transferred_by_name").optional(), date_time("created_at")});
  return declared;
}

shape_ptr conversations_bulk_shape() {
  static const auto declared =
      make_shape("ConversationsBulkDone", "What became of each, in the order of ids.",
                 {integer("succeeded").doc("For how many it was done.").example(1),
                  integer("failed"), array("results", bulk_result_shape())});
  return declared;
}

}  // namespace omnistream::http::contract
