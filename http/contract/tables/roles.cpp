#include "http/contract/tables/roles.hpp"

namespace omnistream::http::contract {

shape_ptr role_shape() {
  static const auto declared =
      make_shape("Role", "What a kind of agent may do.",
                 {uuid_text("id"), text("name").example("supervisor"), text("description"),
                  texts("permissions").example({"campaigns.manage", "campaigns.view"}),
                  boolean("is_system").doc("Built in: the same for every tenant, not changeable."),
                  date_time("created_at"), date_time("updated_at")});
  return declared;
}

shape_ptr permission_shape() {
  static const auto declared =
      make_shape("Permission", "One right that a role can give.",
                 {text("code").example("campaigns.manage"),
                  text("description").example("Draft, send and cancel campaigns.")});
  return declared;
}

}  // namespace omnistream::http::contract
