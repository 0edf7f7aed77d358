#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/contract/operation.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

namespace omnistream::http::contract::sample {

struct limits {
  int agents = 0;
  std::optional<double> share;
};
inline const table<limits>& table_for(const limits*) {
  static const table<limits> fields(
      "Limits", "How much of everything.",
      {field("agents", &limits::agents).range(1, 50).doc("Agents at once."),
       field("share", &limits::share).range(0, 1).doc("Of the whole.")});
  return fields;
}

struct thing_create {
  std::string name;
  std::string kind;
  std::optional<std::string> mail;
  std::optional<timestamp> at;
  std::optional<uuid> account_id;
  secret token;
  std::vector<std::string> phones;
  flat_map<flat_map<std::string>> variables;
  std::optional<limits> cap;
  nlohmann::json extra;
  bool active = true;
  std::int64_t size = 0;
  patch<std::string> note;
};
inline const table<thing_create>& table_for(const thing_create*) {
  using t = thing_create;
  static const auto fields =
      table<t>(
          "ThingCreate", "A new thing.",
          {field("name", &t::name).size(1, 80).doc("What people call it.").example("First"),
           field("kind", &t::kind).one_of({"small", "large"}).defaults_to("small").doc("Its kind."),
           field("mail", &t::mail).format(text_format::email).doc("Whom to tell."),
           field("at", &t::at).doc("When."),
           field("account_id", &t::account_id).doc("The account."),
           field("token", &t::token).optional().size(1, 500).doc("Kept encrypted."),
           field("phones", &t::phones)
               .optional()
               .size(0, 50'000)
               .each([](value_spec& item) { item.pattern = text_pattern::phone_number; })
               .doc("To whom."),
           field("variables", &t::variables)
               .optional()
               .size_max(50'000)
               .doc("Values per number.")
               .example({{"6281234567890", {{"1", "John"}}}}),
           field("cap", &t::cap).doc("Limits of its own."),
           field("extra", &t::extra).optional().doc("Anything."),
           field("active", &t::active).defaults_to(true).doc("Whether it works."),
           field("size", &t::size).optional().at_least(0).doc("Bytes."),
           field("note", &t::note).size_max(200).doc("A remark; null removes it.")})
          .at_least_one_of({"phones", "mail"});
  return fields;
}

struct thing_query {
  int page = 1;
  int per_page = 20;
  std::optional<std::string> kind;
  std::vector<std::string> tags;
};
inline const table<thing_query>& table_for(const thing_query*) {
  using t = thing_query;
  static const table<t> fields(
      "ThingQuery", "",
      {field("page", &t::page).at_least(1).defaults_to(1).doc("From 1."),
       field("per_page", &t::per_page).range(1, 100).defaults_to(20).doc("Per page."),
       field("kind", &t::kind).one_of({"small", "large"}).doc("Only these."),
       field("tags", &t::tags).optional().size_max(10).doc("With all of these.")});
  return fields;
}

template <class T>
shape_ptr shape_of() {
  return table_for(static_cast<const T*>(nullptr)).shape();
}

inline shape_ptr thing() {
  static const auto made = make_shape(
      "Thing", "A thing as it is kept.",
      {uuid_text("id").doc("Its id."), text("name").doc("Its name.").example("First"),
       enumeration("kind", {"small", "large"}).doc("Its kind."),
       date_time("at").optional().doc("When."),
       date_time("seen_at").nullable().doc("Last seen; null: never."),
       boolean("active").doc("Works."), integer("count").at_least(0).doc("How many."),
       number("share").range(0, 1).doc("Part."),
       object("cap", shape_of<limits>()).optional().doc("Limits."),
       object("parent", shape_of<limits>()).nullable().doc("Limits of the parent."),
       texts("tags").doc("Words."), any("extra").optional().doc("Anything."),
       free_object("settings").optional().doc("By name."),
       map_of("variables", {.type = value_type::string}).optional().doc("Texts by name.")});
  return made;
}

inline operation_table operations() {
  const auto message = make_shape("Message", "What happened.",
                                  {text("message").doc("For a person.").example("Done")});
  operation_table table;
  table.describe({"Things", "Things and what to do with them."});
  table.describe({"Webhooks", "What others send."});
  table.add({.id = "things_list",
             .method = "GET",
             .path = "/api/things",
             .tag = "Things",
             .summary = "List things",
             .query = shape_of<thing_query>(),
             .successes = {{.doc = "One page of things.", .body = page_of(thing())}}});
  table.add({.id = "things_create",
             .method = "POST",
             .path = "/api/things",
             .tag = "Things",
             .summary = "Make a thing",
             .description = "The template must be approved.",
             .permission = "things.manage",
             .body = shape_of<thing_create>(),
             .successes = {{.status = 201, .doc = "The thing was made.", .body = thing()}},
             .failures = {{409, "name_taken", "Another thing has this name."}},
             .body_bytes_max = 32 << 20,
             .is_heavy = true});
  table.add({.id = "things_get",
             .method = "GET",
             .path = "/api/things/{id}",
             .tag = "Things",
             .summary = "Get a thing",
             .successes = {{.doc = "The thing.", .body = thing()}}});
  table.add({.id = "things_send",
             .method = "POST",
             .path = "/api/things/{id}/parts/{kind}/send",
             .tag = "Things",
             .summary = "Send a part",
             .permission = "things.manage",
             .needs_broadcast = true,
             .path_parameters = {enumeration("kind", {"small", "large"}).doc("Which part.").spec()},
             .header_parameters = {idempotency_key_parameter()},
             .successes = {{.doc = "It goes.", .body = message}},
             .failures = {{409, "wrong_state", "It was sent before."}}});
  table.add({.id = "things_export",
             .method = "GET",
             .path = "/api/things/export",
             .tag = "Things",
             .summary = "Export all things",
             .successes = {{.doc = "A table.", .content_type = "text/csv"}}});
  table.add({.id = "things_import",
             .method = "POST",
             .path = "/api/things/import",
             .tag = "Things",
             .summary = "Import things",
             .successes = {{.doc = "All of them.", .body = thing(), .is_array = true}},
             .body_content_type = "text/csv"});
  table.add({.id = "webhook_receive",
             .method = "POST",
             .path = "/webhook",
             .tag = "Webhooks",
             .summary = "Receive an event",
             .access = authentication::webhook_signature,
             .successes = {{.doc = "Kept."}},
             .body_content_type = "application/json"});
  table.add({.id = "health",
             .method = "GET",
             .path = "/health",
             .tag = "Health",
             .summary = "Is the server alive?",
             .access = authentication::none,
             .successes = {{.doc = "It is.", .body = message}}});
  return table;
}

}  // namespace omnistream::http::contract::sample
