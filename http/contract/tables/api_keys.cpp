#include "http/contract/tables/api_keys.hpp"

namespace omnistream::http::contract {

const table<api_key_create>& table_for(const api_key_create*) {
  static const table<api_key_create> fields(
      "ApiKeyCreate", "A new API key of the calling agent.",
      {field("name", &api_key_create::name)
           .size(1, 200)
           .doc("What it is for, so that it can be told from others.")
           .example("Shop backend"),
       field("expires_at", &api_key_create::expires_at)
           .doc("When it stops working, in the future; without it, when it is revoked.")
           .example("2099-01-01T00:00:00Z")});
  return fields;
}

shape_ptr api_key_shape() {
  static const auto declared = make_shape(
      "ApiKey", "An API key; it acts with its agent's permissions.",
      {uuid_text("id"), text("name").example("Shop backend"),
       text("prefix").doc("What the key begins with.").example("osk_1a2B3c4D"),
       date_time("created_at"),
       date_time("last_used_at").optional().doc("Exact to a minute; absent: never used."),
       date_time("expires_at").optional()});
  return declared;
}

shape_ptr api_key_created_shape() {
  static const auto declared =
      extend(api_key_shape(), "ApiKeyCreated", "A new API key.",
             {text("key")
                  .doc("For the X-API-Key header. Shown this once: only its hash is kept.")
                  .example("osk_1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R9s0T1u2")});
  return declared;
}

}  // namespace omnistream::http::contract
