#include "http/contract/tables/system.hpp"

namespace omnistream::http::contract {

shape_ptr health_shape() {
  static const auto declared =
      make_shape("Health", "The process lives.", {enumeration("status", {"ok"})});
  return declared;
}

shape_ptr ready_shape() {
  static const auto declared = make_shape(
      "Ready", "What the server needs to work.",
      {enumeration("status", {"ready", "not_ready"}), enumeration("database", {"ok", "away"}),
       enumeration("lease", {"held", "lost"})
           .doc("Whether this process is the one that sends for its database."),
       boolean("draining").doc("The server is shutting down.")});
  return declared;
}

shape_ptr document_shape() {
  static const auto declared = [] {
    auto any = *make_shape("OpenApiDocument", "An OpenAPI 3.1 document.",
                           {text("openapi").example("3.1.0")});
    any.open = true;
    return std::make_shared<const shape>(std::move(any));
  }();
  return declared;
}

}  // namespace omnistream::http::contract
