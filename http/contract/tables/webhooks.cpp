#include "http/contract/tables/webhooks.hpp"

namespace omnistream::http::contract {

const table<webhook_verification>& table_for(const webhook_verification*) {
  static const table<webhook_verification> fields(
      "WebhookVerification", "",
      {field("hub.mode", &webhook_verification::mode).size_max(32).example("subscribe"),
       field("hub.verify_token", &webhook_verification::verify_token)
           .size_max(512)
           .doc("META_VERIFY_TOKEN."),
       field("hub.challenge", &webhook_verification::challenge)
           .size_max(512)
           .example("1158201444")});
  return fields;
}

}  // namespace omnistream::http::contract
