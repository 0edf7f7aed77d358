#include "http/contract/tables/integration_accounts.hpp"

#include <algorithm>

namespace omnistream::http::contract {
namespace {

constexpr std::size_t name_characters_max = 200;
constexpr std::size_t meta_id_digits_max = 64;
constexpr std::size_t pin_digits = 6;
constexpr double throughput_mps_max = 10'000;

const std::vector<std::string> channels{"whatsapp", "instagram", "email", "messenger"};

constexpr const char* throughput_doc =
    "Messages per second that Meta grants this number (80, up to 1,000 after an upgrade; 20 where "
    "the number is in the Business app as well). Absent: the server's default. 0: as fast as "
    "possible, which is for simulators, not for Meta.";
constexpr const char* key_doc =
    "Names the account inside its channel: the id of the page (Messenger) or of the Instagram "
    "account, the address (email). Required, except for WhatsApp, where it is "
    "wa-<phone_number_id>.";
constexpr const char* division_doc =
    "The division that works with the account, of GET /api/divisions; absent: none.";

shape_ptr opened(const shape_ptr& from) {
  auto changed = *from;
  changed.open = true;
  return std::make_shared<const shape>(std::move(changed));
}

/// A value whose name is not declared: one text, number or truth value, or null.
void read_single(json_reader& in, nlohmann::json& to, error_list& errors) {
  using kind = json_reader::kind;
  const auto what = in.peek();
  if (what == kind::string) {
    std::string text;
    codec<std::string>::read(
        in, {.type = value_type::string, .size_max = config_text_characters_max}, text, errors);
    to = std::move(text);
  } else if (what == kind::number || what == kind::boolean) {
    to = nlohmann::json::parse(in.skip(), nullptr, false);
    if (to.is_discarded()) errors.add({"out_of_range", "This number is too large."});
  } else {
    in.skip();
    errors.add({"wrong_type", "A config holds texts, numbers and truth values, nothing nested."});
  }
}

void read_declared(json_reader& in, const value_spec& spec, nlohmann::json& to,
                   error_list& errors) {
  if (spec.type == value_type::integer) {
    std::int64_t number = 0;
    codec<std::int64_t>::read(in, spec, number, errors);
    to = number;
  } else {
    std::string text;
    codec<std::string>::read(in, spec, text, errors);
    to = std::move(text);
  }
}

bool is_name(std::string_view name) {
  constexpr std::size_t characters_max = 64;
  return !name.empty() && name.size() <= characters_max &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

std::vector<shape_field> shown_fields() {
  std::vector<shape_field> fields;
  fields.push_back(uuid_text("id"));
  fields.push_back(enumeration("channel", channels));
  fields.push_back(text("account_key").doc(key_doc).example("wa-106540352242922"));
  fields.push_back(text("display_name").example("Toko Maju"));
  fields.push_back(boolean("is_active").doc("Nothing is sent through an account that is not."));
  fields.push_back(boolean("is_default").doc("Campaigns that name no account use it."));
  fields.push_back(uuid_text("division_id").optional().doc(division_doc));
  fields.push_back(object("config", account_config_shown_shape()));
  fields.push_back(integer("throughput_mps").optional().doc(throughput_doc));
  fields.push_back(text("pause_code")
                       .optional()
                       .doc("Set while nothing is sent because Meta refuses the account. A PATCH "
                            "with a token, a throughput or is_active lifts it."));
  fields.push_back(text("pause_reason").optional().doc("The same for a person."));
  fields.push_back(date_time("paused_at").optional());
  fields.push_back(text("webhook_url")
                       .optional()
                       .doc("Where Meta, or for email the mail server, is to post its webhooks.")
                       .example("https://chat.example.com/webhook"));
  fields.push_back(date_time("created_at"));
  fields.push_back(date_time("updated_at"));
  return fields;
}

}  // namespace

shape_ptr account_config_shown_shape() {
  static const auto declared =
      opened(make_shape("AccountConfigShown", "An account's config; secrets are masked.",
                        {text("phone_number_id").optional().example("106540352242922"),
                         text("waba_id").optional().example("102290129340398"),
                         text("access_token").optional().doc("A mask.").example("***ZDZD"),
                         text("pin").optional().doc("A mask.").example("***"),
                         integer("throughput_mps").optional()}));
  return declared;
}

bool account_config::has(const std::string& name) const {
  const auto found = values.find(name);
  return found != values.end() && !found->second.is_null();
}

std::string account_config::text(const std::string& name) const {
  const auto found = values.find(name);
  if (found == values.end() || !found->second.is_string()) return {};
  return found->second.get<std::string>();
}

shape_ptr account_config_shape() {
  static const auto declared = opened(make_shape(
      "AccountConfig",
      "WhatsApp takes the fields shown here and no others. Messenger needs the access_token of the "
      "page, Instagram also the page_id it belongs to. Email takes the mail server that answers go "
      "through: smtp_host, smtp_security (starttls, where absent; tls; none where "
      "email.smtp_allow_plain is set), smtp_port (absent: 587, or 465 with tls), smtp_user and "
      "smtp_password; besides from_name and reply_to. Other fields are kept as they are; "
      "what is called token, secret, password, api_key and the like is a secret. Secrets are "
      "stored encrypted and only ever shown masked; a mask that is sent back changes nothing. In a "
      "PATCH, what is absent stays, and null removes.",
      {text("phone_number_id")
           .optional()
           .size(1, meta_id_digits_max)
           .pattern(text_pattern::digits)
           .doc("Meta's id of the number. Required for WhatsApp, unless META_PHONE_NUMBER_ID is "
                "set and this is the server's first tenant.")
           .example("106540352242922"),
       text("waba_id")
           .optional()
           .size(1, meta_id_digits_max)
           .pattern(text_pattern::digits)
           .doc("Meta's id of the WhatsApp Business account; as above, META_WABA_ID.")
           .example("102290129340398"),
       text("access_token")
           .optional()
           .size(1, config_text_characters_max)
           .pattern(text_pattern::token)
           .secret()
           .doc("As above, META_ACCESS_TOKEN."),
       text("pin")
           .optional()
           .size(1, pin_digits)
           .secret()
           .doc("The six digits of the number's two-step verification. Without it the server makes "
                "one up when it registers the number."),
       integer("throughput_mps").optional().range(0, throughput_mps_max).doc(throughput_doc)}));
  return declared;
}

value_spec codec<account_config>::spec() {
  return {.type = value_type::object, .object = account_config_shape()};
}

void codec<account_config>::read(json_reader& in, const value_spec& spec, account_config& out,
                                 error_list& errors) {
  if (!expect(in, json_reader::kind::object, spec, errors)) return;
  std::string_view key;
  in.begin_object();
  while (in.next_member(key)) {
    const std::string name(key);
    const error_list::scope member(errors, std::string_view(name));
    if (in.peek() == json_reader::kind::null) {
      in.take_null();
      out.values[name] = nullptr;
      continue;
    }
    if (!is_name(name) || out.values.size() >= config_fields_max) {
      in.skip();
      errors.add({"unknown_field",
                  "A config has at most 50 fields, named by letters, digits and "
                  "underscores."});
      continue;
    }
    const auto* known = spec.object->find(name);
    if (known != nullptr)
      read_declared(in, known->value, out.values[name], errors);
    else
      read_single(in, out.values[name], errors);
  }
}

void codec<account_config>::write(const account_config& value, std::string& out) {
  out +=
      nlohmann::json(value.values).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

const table<accounts_query>& table_for(const accounts_query*) {
  static const table<accounts_query> fields("AccountsQuery", "",
                                            {field("channel", &accounts_query::channel)
                                                 .one_of(channels)
                                                 .doc("Only accounts of this channel.")});
  return fields;
}

const table<account_create>& table_for(const account_create*) {
  static const table<account_create> fields(
      "AccountCreate", "A new account.",
      {field("channel", &account_create::channel).one_of(channels),
       field("account_key", &account_create::account_key)
           .size(1, name_characters_max)
           .doc(key_doc)
           .example("wa-106540352242922"),
       field("display_name", &account_create::display_name)
           .size(1, name_characters_max)
           .example("Toko Maju"),
       field("is_active", &account_create::is_active).defaults_to(true),
       field("is_default", &account_create::is_default)
           .defaults_to(false)
           .doc("The first account of a channel is its default in any case."),
       field("division_id", &account_create::division_id).doc(division_doc),
       field("config", &account_create::config)
           .example({{"phone_number_id", "106540352242922"},
                     {"waba_id", "102290129340398"},
                     {"access_token", "EAAG..."},
                     {"throughput_mps", 80}})});
  return fields;
}

const table<account_change>& table_for(const account_change*) {
  static const table<account_change> fields(
      "AccountChange", "Changes of an account; what is absent stays.",
      {field("display_name", &account_change::display_name)
           .size(1, name_characters_max)
           .example("Toko Maju Jakarta"),
       field("is_active", &account_change::is_active)
           .doc("false: what is being sent through it waits."),
       field("is_default", &account_change::is_default)
           .doc("true only: a channel always has a default, so another account takes over.")
           .example(true),
       field("division_id", &account_change::division_id)
           .doc("The division that works with the account; null: none."),
       field("config", &account_change::config)
           .example({{"access_token", "EAAG..."}, {"throughput_mps", 1000}})});
  return fields;
}

shape_ptr account_shape() {
  static const auto declared =
      make_shape("IntegrationAccount", "An account that messages are sent from.", shown_fields());
  return declared;
}

shape_ptr account_health_shape() {
  static const auto entity =
      make_shape("HealthEntity", "One of those that must be in order for messages to be sent.",
                 {text("entity_type").example("PHONE_NUMBER"), text("id").optional(),
                  text("status").example("AVAILABLE"), texts("reasons").doc("In Meta's words.")});
  static const auto declared = make_shape(
      "AccountHealth", "What Meta says of a number right now.",
      {uuid_text("account_id"), text("phone_number_id"),
       enumeration("status", {"AVAILABLE", "LIMITED", "BLOCKED", "UNKNOWN"})
           .doc("Whether messages can be sent."),
       text("quality_rating").optional().doc("GREEN, YELLOW, RED or UNKNOWN.").example("GREEN"),
       text("throughput_level").optional().doc("STANDARD: 80 messages/s; HIGH: 1,000."),
       text("messaging_limit")
           .optional()
           .doc("How many people may be written to in 24 hours.")
           .example("TIER_10K"),
       text("display_phone_number").optional().example("+62 812-3456-7890"),
       text("verified_name").optional(), array("entities", entity), date_time("checked_at")});
  return declared;
}

}  // namespace omnistream::http::contract
