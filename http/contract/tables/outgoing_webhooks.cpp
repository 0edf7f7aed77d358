#include "http/contract/tables/outgoing_webhooks.hpp"

#include "http/contract/paging.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "http/contract/tables/webhook_events.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t url_characters_max = 2'048;
constexpr std::size_t description_characters_max = 500;
constexpr std::size_t event_types_max = 100;
constexpr std::size_t secret_characters_max = 100;  // whsec_ and the base64 of 64 bytes
constexpr int batch_events_max = 1'000;
constexpr int batch_wait_ms_max = 60'000;
constexpr int previous_valid_default_s = 86'400;
constexpr int previous_valid_max_s = 604'800;

const std::vector<std::string> webhook_statuses{"active", "retrying", "disabled"};
const std::vector<std::string> delivery_statuses{"pending", "delivered", "failed"};

constexpr const char* url_doc =
    "Where events are posted to. https only, and no address inside a private network, unless the "
    "server's settings allow it. Redirects are not followed.";
constexpr const char* event_types_doc =
    "What is told: event types of GET /api/outgoing-webhooks/events, a group of them such as "
    "`contact.*`, or `*` for everything. `campaign.*` does not stand for `campaign.recipient.*`.";
constexpr const char* batch_max_doc =
    "Events in one request. With more than 1 every request is a batch, also of a single event: "
    "`{\"type\": \"events.batch\", \"timestamp\": ..., \"data\": {\"events\": [{\"id\", "
    "\"type\", \"timestamp\", \"data\"}, ...]}}`. After a restart an event may come again in other "
    "company: its id tells. For campaign.recipient.* of large campaigns.";
constexpr const char* batch_wait_doc =
    "How long a batch waits for more after its first event, unless it is full before.";
constexpr const char* secret_doc =
    "What requests are signed with: `whsec_` and the base64 of 24 to 64 bytes. Without it the "
    "server makes one.";
constexpr const char* secret_shown_doc =
    "What requests are signed with, by Standard Webhooks 1.0. Shown this once.";
constexpr const char* secret_example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

void one_of_the_events(value_spec& item) {
  item.allowed = webhook_event_selectors();
}

std::vector<shape_field> webhook_fields() {
  std::vector<shape_field> fields;
  fields.push_back(uuid_text("id"));
  fields.push_back(text("url").doc(url_doc).example("https://toko-maju.example/hooks"));
  fields.push_back(text("description").optional().example("Our order system"));
  fields.push_back(
      texts("event_types").doc(event_types_doc).example({"campaign.*", "message.received"}));
  fields.push_back(boolean("is_active").doc("Whether it is not disabled."));
  fields.push_back(
      enumeration("status", webhook_statuses)
          .doc("retrying: the first delivery in order failed and is tried again; what came after "
               "it waits. disabled: nothing is sent, and what happens is not kept for it."));
  fields.push_back(
      text("disabled_reason")
          .optional()
          .doc("by_hand; gone: the endpoint answered 410; failing: nothing but failure for 5 days.")
          .example("failing"));
  fields.push_back(date_time("disabled_at").optional());
  fields.push_back(date_time("failing_since")
                       .optional()
                       .doc("Of the first failure after the last delivery that succeeded."));
  fields.push_back(integer("batch_max").doc(batch_max_doc).example(1));
  fields.push_back(integer("batch_wait_ms").doc(batch_wait_doc));
  fields.push_back(date_time("previous_secret_until")
                       .optional()
                       .doc("Until then the secret before the last rotation signs as well."));
  fields.push_back(uuid_text("created_by").doc("The agent who made it."));
  fields.push_back(date_time("created_at"));
  fields.push_back(date_time("updated_at"));
  return fields;
}

std::vector<shape_field> delivery_fields() {
  std::vector<shape_field> fields;
  fields.push_back(
      uuid_text("id").doc("Also its header webhook-id: the same at every attempt, so that the "
                          "receiver can tell what it has already."));
  fields.push_back(uuid_text("webhook_id"));
  fields.push_back(text("type").doc("The event's, or events.batch.").example("campaign.started"));
  fields.push_back(integer("event_count").doc("Events in it.").example(1));
  fields.push_back(
      enumeration("status", delivery_statuses)
          .doc("pending: tried in vain, and to be tried again. failed: given up after 10 attempts, "
               "unless somebody asks for it again."));
  fields.push_back(integer("attempts").doc("So far; from 0 again when somebody asked for it."));
  fields.push_back(integer("response_code")
                       .optional()
                       .doc("HTTP status of the last answer; absent: there was none.")
                       .example(500));
  fields.push_back(integer("duration_ms").optional().doc("Of the last attempt."));
  fields.push_back(
      text("response_excerpt").optional().doc("The first bytes of the last answer's body."));
  fields.push_back(text("error").optional().doc("Why there was no answer."));
  fields.push_back(date_time("next_attempt_at").optional().doc("While it is pending."));
  fields.push_back(date_time("last_attempt_at").optional());
  fields.push_back(date_time("delivered_at").optional());
  fields.push_back(date_time("created_at").doc("When its first attempt had ended."));
  fields.push_back(
      text("body")
          .optional()
          .doc("What is signed and sent, as text. A list leaves out bodies of more than 16 KiB; "
               "GET of the delivery has them.")
          .example(R"({"type":"campaign.started","timestamp":"2026-11-20T02:10:00Z","data":{}})"));
  return fields;
}

}  // namespace

const table<webhook_create>& table_for(const webhook_create*) {
  static const table<webhook_create> fields("OutgoingWebhookCreate", "A new subscription.",
                                            {field("url", &webhook_create::url)
                                                 .size(1, url_characters_max)
                                                 .format(text_format::uri)
                                                 .doc(url_doc)
                                                 .example("https://toko-maju.example/hooks"),
                                             field("event_types", &webhook_create::event_types)
                                                 .size(1, event_types_max)
                                                 .each(one_of_the_events)
                                                 .doc(event_types_doc)
                                                 .example({"campaign.*", "message.received"}),
                                             field("description", &webhook_create::description)
                                                 .size_max(description_characters_max)
                                                 .doc("What it is for, for people.")
                                                 .example("Our order system"),
                                             field("is_active", &webhook_create::is_active)
                                                 .defaults_to(true)
                                                 .doc("false: made disabled, to be enabled later."),
                                             field("batch_max", &webhook_create::batch_max)
                                                 .range(1, batch_events_max)
                                                 .defaults_to(1)
                                                 .doc(batch_max_doc),
                                             field("batch_wait_ms", &webhook_create::batch_wait_ms)
                                                 .range(0, batch_wait_ms_max)
                                                 .defaults_to(0)
                                                 .doc(batch_wait_doc),
                                             field("secret", &webhook_create::given_secret)
                                                 .size(1, secret_characters_max)
                                                 .doc(secret_doc)});
  return fields;
}

const table<webhook_change>& table_for(const webhook_change*) {
  static const table<webhook_change> fields(
      "OutgoingWebhookChange", "Changes of a subscription; what is absent stays.",
      {field("url", &webhook_change::url)
           .size(1, url_characters_max)
           .format(text_format::uri)
           .doc("Also what was tried in vain goes there from now on.")
           .example("https://toko-maju.example/hooks"),
       field("event_types", &webhook_change::event_types)
           .size(1, event_types_max)
           .each(one_of_the_events)
           .doc(event_types_doc)
           .example({"campaign.*", "message.received"}),
       field("description", &webhook_change::description)
           .size_max(description_characters_max)
           .doc("null: none.")
           .example("Our order system"),
       field("is_active", &webhook_change::is_active)
           .doc("true enables it again, and what waits is tried at once; false disables it.")
           .example(true),
       field("batch_max", &webhook_change::batch_max)
           .range(1, batch_events_max)
           .doc(batch_max_doc)
           .example(100),
       field("batch_wait_ms", &webhook_change::batch_wait_ms)
           .range(0, batch_wait_ms_max)
           .doc(batch_wait_doc)
           .example(1'000)});
  return fields;
}

const table<webhook_rotate>& table_for(const webhook_rotate*) {
  static const table<webhook_rotate> fields(
      "OutgoingWebhookRotate", "A new secret for a subscription.",
      {field("secret", &webhook_rotate::given_secret)
           .size(1, secret_characters_max)
           .doc(secret_doc),
       field("previous_valid_s", &webhook_rotate::previous_valid_s)
           .range(0, previous_valid_max_s)
           .defaults_to(previous_valid_default_s)
           .doc("How many seconds the present secret signs as well, so that a receiver that knows "
                "either takes the request. 0: not at all.")});
  return fields;
}

const table<webhook_redeliver>& table_for(const webhook_redeliver*) {
  static const table<webhook_redeliver> fields("OutgoingWebhookRedeliver",
                                               "What is to be sent again.",
                                               {field("since", &webhook_redeliver::since)
                                                    .doc("Deliveries that failed then or later.")
                                                    .example("2026-11-20T00:00:00Z")});
  return fields;
}

const table<deliveries_query>& table_for(const deliveries_query*) {
  static const table<deliveries_query> fields(
      "DeliveriesQuery", "",
      {field("page", &deliveries_query::page).range(1, page_max).defaults_to(1),
       field("per_page", &deliveries_query::per_page).range(1, 100).defaults_to(20),
       field("status", &deliveries_query::status)
           .one_of(delivery_statuses)
           .doc("Only deliveries with this status.")});
  return fields;
}

shape_ptr outgoing_webhook_shape() {
  static const auto declared =
      make_shape("OutgoingWebhook", "A subscription to events.", webhook_fields());
  return declared;
}

shape_ptr outgoing_webhook_created_shape() {
  static const auto declared =
      extend(outgoing_webhook_shape(), "OutgoingWebhookCreated", "A new subscription.",
             {text("secret").doc(secret_shown_doc).example(secret_example)});
  return declared;
}

shape_ptr webhook_secret_shape() {
  static const auto declared = make_shape(
      "OutgoingWebhookSecret", "The new secret.",
      {text("secret").doc(secret_shown_doc).example(secret_example),
       date_time("previous_secret_until")
           .optional()
           .doc("Until then the one before signs as well; absent: it does not any more.")});
  return declared;
}

shape_ptr delivery_shape() {
  static const auto declared =
      make_shape("WebhookDelivery", "One request to a subscriber.", delivery_fields());
  return declared;
}

shape_ptr redelivered_shape() {
  static const auto declared = extend(message_shape(), "OutgoingWebhookRedelivered",
                                      "How many will be sent again.", {integer("redelivered")});
  return declared;
}

shape_ptr event_type_shape() {
  static const auto declared = make_shape(
      "WebhookEventType", "Something that can be told.",
      {text("type").example("campaign.started"), text("description").example("It is being sent."),
       free_object("example").doc("The body of a request that tells of it alone.")});
  return declared;
}

}  // namespace omnistream::http::contract
