#include "http/contract/tables/contacts.hpp"

#include <algorithm>

#include "http/api/all_routes.hpp"
#include "http/api/phone_numbers.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Contacts";
constexpr const char* view = "contacts.view";
constexpr const char* manage = "contacts.manage";

/// What of a search may be part of an E.164 number: its digits, without the 0 that people write in
/// front at home; empty if the search is no piece of a number.
std::string digits_of(std::string_view search) {
  std::string digits;
  for (const char c : search) {
    if (c >= '0' && c <= '9')
      digits += c;
    else if (std::string_view("+ -.()").find(c) == std::string_view::npos)
      return {};
  }
  if (digits.size() > 1 && digits.front() == '0') digits.erase(0, 1);
  return digits;
}

void list(const exchange_ptr& on) {
  const auto query = on->query<contacts_query>();
  if (!query) return;
  if (!query->search && !query->tag)
    return api::read(on, "contact", sql::contacts_list, query->page, query->per_page);
  api::read(on, "contact", sql::contacts_search, query->page, query->per_page, query->search,
            digits_of(query->search.value_or("")), query->tag);
}

void get(const exchange_ptr& on) {
  api::read(on, "contact", sql::contact_get, on->path_id());
}

void list_conversations(const exchange_ptr& on) {
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "contact", sql::contact_conversations, caller, sees_all, on->path_id());
}

result<actors::answer> update(storage::session& in, const uuid& id, const contact_change& wanted) {
  try {
    const auto changed =
        in.execute(sql::contact_update, id, wanted.name.value_or(std::nullopt),
                   wanted.name.has_value(), wanted.email.value_or(std::nullopt),
                   wanted.email.has_value(), wanted.tags, wanted.phone_number, wanted.opted_out);
    if (changed.empty()) return problems::not_found("contact");
    return actors::answer{200, std::string(changed.text(0, 0))};
  } catch (const storage::database_error& refused) {
    if (refused.constraint() != "contacts_phone_number_key") throw;
    return problems::conflict("phone_number_taken", "Another contact has the number " +
                                                        wanted.phone_number.value_or("") + ".");
  }
}

void change(const exchange_ptr& on) {
  auto wanted = on->body<contact_change>();
  if (!wanted) return;
  if (wanted->phone_number) {
    const auto& country = on->caller().country;
    const auto number = api::to_e164(*wanted->phone_number, country);
    if (!number)
      return on->fail(problems::invalid_field(
          "phone_number", "bad_phone_number",
          "\"" + *wanted->phone_number + "\" is no phone number, also not in the country " +
              country + "."));
    wanted->phone_number = number;
  }
  if (wanted->tags) {
    std::sort(wanted->tags->begin(), wanted->tags->end());
    wanted->tags->erase(std::unique(wanted->tags->begin(), wanted->tags->end()),
                        wanted->tags->end());
  }
  api::transact(on, [wanted = std::move(*wanted), id = on->path_id()](storage::session& in) {
    return update(in, id, wanted);
  });
}

}  // namespace

void contacts(api::route_table& routes) {
  routes.describe(
      {tag_name, "The people you write with. A broadcast and an inbound message create them."});
  routes.add({.id = "contacts_list",
              .method = "GET",
              .path = "/api/contacts",
              .tag = tag_name,
              .summary = "List contacts",
              .description = "Newest first.",
              .permission = view,
              .query = table_for(static_cast<const contacts_query*>(nullptr)).shape(),
              .successes = {{.doc = "One page of contacts.", .body = page_of(contact_shape())}}},
             list);
  routes.add({.id = "contacts_get",
              .method = "GET",
              .path = "/api/contacts/{id}",
              .tag = tag_name,
              .summary = "Get a contact by ID",
              .permission = view,
              .successes = {{.doc = "The contact.", .body = contact_shape()}}},
             get);
  routes.add({.id = "contacts_update",
              .method = "PATCH",
              .path = "/api/contacts/{id}",
              .tag = tag_name,
              .summary = "Update a contact",
              .permission = manage,
              .body = table_for(static_cast<const contact_change*>(nullptr)).shape(),
              .successes = {{.doc = "The changed contact.", .body = contact_shape()}},
              .failures = {{409, "phone_number_taken", "Another contact has this number."}}},
             change);
  routes.add(
      {.id = "contacts_conversations",
       .method = "GET",
       .path = "/api/contacts/{id}/conversations",
       .tag = tag_name,
       .summary = "List conversations for a contact",
       .description = "Those the caller sees: at most one per account, the latest message first.",
       .permission = view,
       .successes = {{.doc = "The contact's conversations.",
                      .body = contact_conversation_shape(),
                      .is_array = true}}},
      list_conversations);
}

}  // namespace omnistream::http::routes
