#include "http/contract/tables/divisions.hpp"

#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/agents.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Divisions";
constexpr const char* view = "divisions.view";
constexpr const char* manage = "divisions.manage";
constexpr int divisions_per_tenant_max = 200;

const failure name_taken{409, "name_taken", "Another division has this name."};
const failure too_many{409, "too_many_divisions",
                       "The tenant has 200 divisions already; delete one first."};

// -- reading
// ---------------------------------------------------------------------------------------

void list(const exchange_ptr& on) {
  api::read(on, "division", sql::divisions_list);
}

void get(const exchange_ptr& on) {
  api::read(on, "division", sql::division_get, on->path_id());
}

void list_agents(const exchange_ptr& on) {
  api::read(on, "division", sql::division_agents_list, on->path_id());
}

// -- making and changing
// ---------------------------------------------------------------------------

/// What a statement that names a division shows, or that the name is taken.
template <class... Values>
result<actors::answer> stored(storage::session& in, int status, const storage::statement& which,
                              const Values&... values) {
  try {
    const auto shown = in.execute(which, values...);
    if (shown.empty()) return problems::not_found("division");
    return actors::answer{status, std::string(shown.text(0, 0))};
  } catch (const storage::database_error& refused) {
    if (refused.constraint() != "divisions_name_key") throw;
    return problems::conflict(name_taken.code, name_taken.doc);
  }
}

void create(const exchange_ptr& on) {
  const auto wanted = on->body<division_create>();
  if (!wanted) return;
  const auto id = uuid::v7(on->with().now());
  api::transact(on, [wanted = *wanted, id](storage::session& in) -> result<actors::answer> {
    in.execute(sql::divisions_lock);
    if (in.execute(sql::divisions_count).integer(0, 0) >= divisions_per_tenant_max)
      return problems::conflict(too_many.code, too_many.doc);
    return stored(in, 201, sql::division_create, id, wanted.name,
                  wanted.description.value_or(std::nullopt));
  });
}

void change(const exchange_ptr& on) {
  const auto wanted = on->body<division_change>();
  if (!wanted) return;
  api::transact(on, [wanted = *wanted, id = on->path_id()](storage::session& in) {
    in.execute(sql::divisions_lock);
    return stored(in, 200, sql::division_update, id, wanted.name, wanted.description.has_value(),
                  wanted.description.value_or(std::nullopt));
  });
}

void remove(const exchange_ptr& on) {
  api::transact(on, [id = on->path_id()](storage::session& in) -> result<actors::answer> {
    in.execute(sql::divisions_lock);
    const auto gone = in.execute(sql::division_delete, id);
    if (gone.empty()) return problems::not_found("division");
    return actors::answer{200, std::string(gone.text(0, 0))};
  });
}

// -- who is in it
// ----------------------------------------------------------------------------------

/// 404 if there is no such division, 422 naming every agent there is not.
std::optional<problem> agents_refused(storage::session& in, const uuid& division,
                                      const std::vector<uuid>& agents) {
  if (!in.execute(sql::division_exists, division).boolean(0, 0))
    return problems::not_found("division");
  const auto unknown = in.execute(sql::division_agents_unknown, agents);
  if (unknown.empty()) return std::nullopt;
  error_list errors;
  const error_list::scope inside(errors, "agent_ids");
  for (int i = 0; i < unknown.size(); ++i) {
    const error_list::scope item(errors, static_cast<std::size_t>(unknown.integer(i, 0)));
    errors.add({"not_found", "There is no agent " + unknown.id(i, 1).to_string() + "."});
  }
  return problems::invalid(errors.take());
}

/// One of the two ways in which a division's agents change.
struct membership_change {
  const storage::statement& statement;
  std::string message;
  std::string counter;  ///< of the agents for whom it changed something
};

/// The caller gets the outcome, and streams of live events show what their agents may see now.
actors::reply_ptr reply_and_check_streams(const exchange_ptr& on) {
  return std::make_shared<actors::reply>([on](result<actors::answer> what) {
    on->with().engine.check_streams();
    on->finish(std::move(what));
  });
}

void change_agents(const exchange_ptr& on, const membership_change& how) {
  const auto wanted = on->body<division_agents>();
  if (!wanted) return;
  api::transact(
      on, storage::access::tenant(on->caller().tenant_id),
      [how, division = on->path_id(),
       agents = wanted->agent_ids](storage::session& in) -> result<actors::answer> {
        in.execute(sql::divisions_lock);
        if (auto why = agents_refused(in, division, agents)) return *why;
        const auto changed = in.execute(how.statement, division, agents).affected();
        const auto now_in = in.execute(sql::division_agents_list, division);
        return actors::answer{200, R"({"message":")" + how.message + R"(",")" + how.counter +
                                       "\":" + std::to_string(changed) + R"(,"agents":)" +
                                       std::string(now_in.text(0, 0)) + "}"};
      },
      reply_and_check_streams(on));
}

void add_agents(const exchange_ptr& on) {
  change_agents(on, {sql::division_agents_add, "The agents are in the division.", "added"});
}

void remove_agents(const exchange_ptr& on) {
  change_agents(on,
                {sql::division_agents_remove, "The agents are not in the division.", "removed"});
}

// -- declarations
// ----------------------------------------------------------------------------------

void add_reading(api::route_table& routes) {
  routes.add({.id = "divisions_list",
              .method = "GET",
              .path = "/api/divisions",
              .tag = tag_name,
              .summary = "List divisions",
              .description = "All of them, by name.",
              .permission = view,
              .successes = {{.doc = "The divisions.", .body = division_shape(), .is_array = true}}},
             list);
  routes.add({.id = "divisions_get",
              .method = "GET",
              .path = "/api/divisions/{id}",
              .tag = tag_name,
              .summary = "Get a division with agents",
              .permission = view,
              .successes = {{.doc = "The division, with its agents.",
                             .body = division_with_agents_shape()}}},
             get);
}

void add_changing(api::route_table& routes) {
  routes.add({.id = "divisions_create",
              .method = "POST",
              .path = "/api/divisions",
              .tag = tag_name,
              .summary = "Create a division",
              .description = "Nobody is in it at first. A tenant has at most 200.",
              .permission = manage,
              .body = table_for(static_cast<const division_create*>(nullptr)).shape(),
              .successes = {{.status = 201, .doc = "The division.", .body = division_shape()}},
              .failures = {name_taken, too_many}},
             create);
  routes.add({.id = "divisions_update",
              .method = "PATCH",
              .path = "/api/divisions/{id}",
              .tag = tag_name,
              .summary = "Update a division",
              .permission = manage,
              .body = table_for(static_cast<const division_change*>(nullptr)).shape(),
              .successes = {{.doc = "The changed division.", .body = division_shape()}},
              .failures = {name_taken}},
             change);
  routes.add({.id = "divisions_delete",
              .method = "DELETE",
              .path = "/api/divisions/{id}",
              .tag = tag_name,
              .summary = "Delete a division",
              .description = "Its agents stay, also in their other divisions. Integration accounts "
                             "that were bound to it go on and have no division, and so do its "
                             "conversations.",
              .permission = manage,
              .successes = {{.doc = "It is gone.", .body = division_deleted_shape()}}},
             remove);
}

void add_membership(api::route_table& routes) {
  routes.add({.id = "division_agents_list",
              .method = "GET",
              .path = "/api/divisions/{id}/agents",
              .tag = tag_name,
              .summary = "List agents in a division",
              .description = "All of them, by name.",
              .permission = view,
              .successes = {{.doc = "The agents.", .body = agent_shape(), .is_array = true}}},
             list_agents);
  routes.add({.id = "division_agents_add",
              .method = "POST",
              .path = "/api/divisions/{id}/agents",
              .tag = tag_name,
              .summary = "Assign agents to a division",
              .description = "Those who are in it already stay; nobody leaves another division. "
                             "Where an id is no agent's, nothing is changed.",
              .permission = manage,
              .body = table_for(static_cast<const division_agents*>(nullptr)).shape(),
              .successes = {{.doc = "Who is in it now.", .body = division_agents_added_shape()}}},
             add_agents);
  routes.add(
      {.id = "division_agents_remove",
       .method = "DELETE",
       .path = "/api/divisions/{id}/agents",
       .tag = tag_name,
       .summary = "Remove agents from a division",
       .description = "With a body, as POST. Those who are not in it do no harm; where an id is no "
                      "agent's, nothing is changed.",
       .permission = manage,
       .body = table_for(static_cast<const division_agents*>(nullptr)).shape(),
       .successes = {{.doc = "Who is in it now.", .body = division_agents_removed_shape()}}},
      remove_agents);
}

}  // namespace

void divisions(api::route_table& routes) {
  routes.describe({tag_name, "Groups of agents, and the accounts these work with."});
  add_reading(routes);
  add_changing(routes);
  add_membership(routes);
}

}  // namespace omnistream::http::routes
