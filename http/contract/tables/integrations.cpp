#include "http/contract/tables/integrations.hpp"

namespace omnistream::http::contract {
namespace {

const std::vector<std::string> channels{"email", "instagram", "messenger", "whatsapp"};

constexpr const char* config_doc =
    "Is merged: what is absent stays, null removes, a mask that is sent back changes nothing. A "
    "channel that is connected by this call is named by page_id (Messenger), instagram_id "
    "(Instagram) or address (email); what else it needs says POST /api/integration-accounts.";

}  // namespace

const table<integration_set>& table_for(const integration_set*) {
  static const table<integration_set> fields(
      "IntegrationSet", "A channel's integration from now on.",
      {field("is_active", &integration_set::is_active)
           .doc("Absent: as it is; a new one is active."),
       field("config", &integration_set::config)
           .doc(config_doc)
           .example({{"phone_number_id", "106540352242922"},
                     {"waba_id", "102290129340398"},
                     {"access_token", "EAAG..."}}),
       field("division_id", &integration_set::division_id)
           .doc("The division that works with it; null: none.")});
  return fields;
}

shape_ptr integration_shape() {
  static const auto declared = make_shape(
      "Integration", "A channel, as its default account has it.",
      {uuid_text("id").optional().doc("Of the account; absent where the channel is not connected."),
       enumeration("channel", channels), boolean("is_active"), uuid_text("division_id").optional(),
       object("config", account_config_shown_shape()), date_time("created_at").optional(),
       date_time("updated_at").optional()});
  return declared;
}

std::string key_field_of(const std::string& channel) {
  if (channel == "messenger") return "page_id";
  if (channel == "instagram") return "instagram_id";
  return channel == "email" ? "address" : "";
}

}  // namespace omnistream::http::contract
