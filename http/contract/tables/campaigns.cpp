#include "http/contract/tables/campaigns.hpp"

#include "http/contract/paging.hpp"

namespace omnistream::http::contract {
namespace {

const std::vector<std::string> campaign_statuses{"draft",     "scheduled", "sending",
                                                 "completed", "failed",    "cancelled"};
const std::vector<std::string> recipient_statuses{"pending", "sent",   "delivered",
                                                  "read",    "failed", "cancelled"};

constexpr const char* schedule_doc =
    "When it is to be sent. Only POST /send acts on it: a time in the future schedules the "
    "campaign, a time that has "
    "passed or none sends it at once.";
constexpr const char* account_doc =
    "The WhatsApp account to send from; without one, the channel's default account at the time of "
    "sending.";
constexpr const char* variables_doc =
    "Variables by phone number: {\"+6281234567890\": {\"1\": \"Budi\", \"2\": \"#123\"}}. Keys of "
    "a recipient: `1`, `2` or `customer` for the body's placeholders by number or name; "
    "`header_1` for a text header; `header_media_url` (an https link) or `header_media_id` (Meta's "
    "id of an upload to the sending number; it goes first) for the image, video or document of a "
    "media header, else the template's header_media_url is taken; `header_filename` for a "
    "document's name; `button_0` for the first of all buttons: the end of its URL, the payload of "
    "a quick reply (else its text), a coupon code. Other keys are ignored. A recipient that lacks "
    "one fails with an error_message that names it when the campaign is sent; nobody else is "
    "touched.";

std::vector<shape_field> created_fields() {
  std::vector<shape_field> fields;
  fields.push_back(uuid_text("id"));
  fields.push_back(text("name").example("Promo November"));
  fields.push_back(uuid_text("template_id"));
  fields.push_back(enumeration("status", campaign_statuses));
  fields.push_back(date_time("scheduled_at").optional().doc(schedule_doc));
  fields.push_back(uuid_text("integration_account_id").optional().doc(account_doc));
  fields.push_back(integer("total_recipients"));
  fields.push_back(
      integer("sent_count").doc("Recipients whose status is sent, delivered or read."));
  fields.push_back(integer("delivered_count").doc("Recipients whose status is delivered or read."));
  fields.push_back(integer("read_count"));
  fields.push_back(integer("failed_count"));
  fields.push_back(integer("cancelled_count").optional());
  fields.push_back(integer("uncertain_count")
                       .optional()
                       .doc("Recipients handed to Meta of which nothing was heard yet. Never sent "
                            "again; a status from Meta tells, or they "
                            "fail after a time. They count as pending."));
  fields.push_back(text("pause_code")
                       .optional()
                       .doc("Set while a sending campaign waits for something to be put right: "
                            "account_refused, template_refused, "
                            "template_not_approved, account_inactive, ... POST /send resumes it."));
  fields.push_back(text("pause_reason").optional().doc("The same for a person."));
  fields.push_back(date_time("started_at").optional());
  fields.push_back(date_time("ended_at").optional());
  fields.push_back(uuid_text("created_by").doc("The agent who made it."));
  fields.push_back(date_time("created_at"));
  fields.push_back(date_time("updated_at"));
  return fields;
}

std::vector<shape_field> recipient_fields() {
  std::vector<shape_field> fields;
  fields.push_back(
      uuid_text("id").doc("Also what Meta's webhooks carry as biz_opaque_callback_data."));
  fields.push_back(uuid_text("campaign_id"));
  fields.push_back(uuid_text("contact_id"));
  fields.push_back(text("contact_name").optional());
  fields.push_back(text("phone_number").doc("E.164.").example("+6281234567890"));
  fields.push_back(map_of("variables", {.type = value_type::string}).example({{"1", "Budi"}}));
  fields.push_back(enumeration("status", recipient_statuses));
  fields.push_back(text("external_id").optional().doc("Meta's id of the message."));
  fields.push_back(text("error_message").optional());
  fields.push_back(integer("error_code").optional().doc("Meta's error code, if Meta refused."));
  fields.push_back(date_time("sent_at").optional());
  fields.push_back(date_time("delivered_at").optional());
  fields.push_back(date_time("read_at").optional());
  fields.push_back(date_time("created_at"));
  fields.push_back(uuid_text("conversation_id").optional());
  fields.push_back(
      text("mongo_message_id").optional().doc("Our id of the message; equals the recipient's id."));
  return fields;
}

}  // namespace

const table<campaign_create>& table_for(const campaign_create*) {
  static const table<campaign_create> fields(
      "CampaignCreate", "A new draft.",
      {field("name", &campaign_create::name)
           .size(1, 200)
           .doc("What people call it.")
           .example("Promo November"),
       field("template_id", &campaign_create::template_id)
           .doc("A template whose status is APPROVED."),
       field("scheduled_at", &campaign_create::scheduled_at).doc(schedule_doc),
       field("integration_account_id", &campaign_create::integration_account_id).doc(account_doc)});
  return fields;
}

const table<campaign_change>& table_for(const campaign_change*) {
  static const table<campaign_change> fields(
      "CampaignChange", "Changes of a draft; what is absent stays.",
      {field("name", &campaign_change::name).size(1, 200),
       field("template_id", &campaign_change::template_id)
           .doc("A template whose status is APPROVED."),
       field("scheduled_at", &campaign_change::scheduled_at).doc("null: not scheduled."),
       field("integration_account_id", &campaign_change::integration_account_id)
           .doc("null: the default account.")});
  return fields;
}

const table<campaigns_query>& table_for(const campaigns_query*) {
  static const table<campaigns_query> fields(
      "CampaignsQuery", "",
      {field("page", &campaigns_query::page).range(1, page_max).defaults_to(1),
       field("per_page", &campaigns_query::per_page).range(1, 100).defaults_to(20),
       field("status", &campaigns_query::status)
           .one_of(campaign_statuses)
           .doc("Only campaigns with this status.")});
  return fields;
}

const table<recipients_query>& table_for(const recipients_query*) {
  static const table<recipients_query> fields(
      "RecipientsQuery", "",
      {field("page", &recipients_query::page).range(1, page_max).defaults_to(1),
       field("per_page", &recipients_query::per_page).range(1, 200).defaults_to(50),
       field("status", &recipients_query::status)
           .one_of(recipient_statuses)
           .doc("Only recipients with this status.")});
  return fields;
}

const table<recipients_add>& table_for(const recipients_add*) {
  static const table<recipients_add> fields =
      table<recipients_add>(
          "RecipientsAdd",
          "Whom to add to a draft. At least one of contact_ids, tags and phone_numbers.",
          {field("contact_ids", &recipients_add::contact_ids)
               .size_max(recipients_per_call_max)
               .doc("Contacts by id."),
           field("tags", &recipients_add::tags)
               .size_max(1'000)
               .doc("All contacts that bear one of these tags."),
           field("phone_numbers", &recipients_add::phone_numbers)
               .size_max(recipients_per_call_max)
               .doc("Numbers in any usual form; without a country code the tenant's country is "
                    "taken. Unknown numbers "
                    "become contacts. Repeated ones are skipped.")
               .example({"+6281234567890"}),
           field("variables", &recipients_add::variables)
               .size_max(recipients_per_call_max)
               .doc(variables_doc)
               .example({{"+6281234567890", {{"1", "Budi"}, {"2", "#123"}}}})})
          .at_least_one_of({"contact_ids", "tags", "phone_numbers"});
  return fields;
}

shape_ptr campaign_created_shape() {
  static const auto declared =
      make_shape("CampaignCreated", "A campaign as it was made.", created_fields());
  return declared;
}

shape_ptr campaign_shape() {
  static const auto declared =
      extend(campaign_created_shape(), "Campaign", "A broadcast campaign.",
             {text("template_name").optional(), text("template_language").optional()});
  return declared;
}

shape_ptr recipient_shape() {
  static const auto declared =
      make_shape("Recipient", "One recipient of a campaign.", recipient_fields());
  return declared;
}

shape_ptr message_shape() {
  static const auto declared = make_shape("Message", "Says what was done.", {text("message")});
  return declared;
}

shape_ptr recipients_added_shape() {
  static const auto declared = extend(
      message_shape(), "RecipientsAdded", "How many were added.",
      {integer("added"),
       integer("skipped").doc(
           "Repeated numbers, numbers the campaign has already, ids that no contact has, contacts "
           "without a number and contacts who want no marketing.")});
  return declared;
}

shape_ptr recipients_cleared_shape() {
  static const auto declared =
      extend(message_shape(), "RecipientsCleared", "How many were removed.", {integer("deleted")});
  return declared;
}

shape_ptr campaign_sent_shape() {
  static const auto declared = extend(
      message_shape(), "CampaignSent", "Where the campaign stands when the call is answered.",
      {integer("total_recipients"), integer("sent"), integer("failed"),
       date_time("scheduled_at").optional().doc("Only if it was scheduled.")});
  return declared;
}

shape_ptr campaign_cancelled_shape() {
  static const auto declared =
      extend(message_shape(), "CampaignCancelled", "How many will not get the message.",
             {integer("cancelled_recipients")});
  return declared;
}

}  // namespace omnistream::http::contract
