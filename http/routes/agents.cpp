#include "http/contract/tables/agents.hpp"

#include <algorithm>

#include "http/api/all_routes.hpp"
#include "http/api/password_work.hpp"
#include "http/api/route_table.hpp"
#include "http/api/tenants.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Agents";
constexpr const char* view = "agents.view";
constexpr const char* manage = "agents.manage";
constexpr const char* default_role = "agent";

const failure denied{403, "permission_denied", "It needs the permission `agents.manage`."};
const failure beyond_own{403, "beyond_own_permissions",
                         "The role, or the agent, has permissions the caller lacks."};
const failure email_taken{409, "email_taken", "Another agent has this email."};
const failure last_admin{409, "last_admin", "It is the tenant's last active admin."};
const failure own_agent{409, "own_agent", "It is the calling agent itself."};

/// The caller gets the outcome, and nobody's remembered rights outlive a change of the agent.
actors::reply_ptr reply_and_forget(const exchange_ptr& on, const uuid& agent) {
  return std::make_shared<actors::reply>([on, agent](result<actors::answer> what) {
    on->with().identities.forget_agent(agent);
    on->finish(std::move(what));
  });
}

template <class Job>
void change_agent(const exchange_ptr& on, const uuid& agent, Job job) {
  api::transact(on, storage::access::tenant(on->caller().tenant_id), std::move(job),
                reply_and_forget(on, agent));
}

actors::answer shown(storage::session& in, int status, const uuid& agent) {
  return {status, std::string(in.execute(sql::agent_get, agent).text(0, 0))};
}

// -- rules
// -----------------------------------------------------------------------------------------

/// Nobody hands out, or takes over, rights they do not have.
std::optional<problem> beyond(const api::identity& caller, std::string_view permissions) {
  while (!permissions.empty()) {
    const auto end = std::min(permissions.find(','), permissions.size());
    if (const auto one = permissions.substr(0, end); !caller.may(one))
      return problems::forbidden(beyond_own.code, "You lack the permission " + std::string(one) +
                                                      ", which the role or the agent has.");
    permissions.remove_prefix(std::min(end + 1, permissions.size()));
  }
  return std::nullopt;
}

problem denied_to(const api::identity& caller) {
  return problems::forbidden(denied.code, std::string("This needs the permission ") + manage +
                                              ", which the role " + caller.role +
                                              " does not have.");
}

/// The role that is named by id or by name.
result<uuid> find_role(storage::session& in, const api::identity& caller,
                       const std::optional<uuid>& id, const std::optional<std::string>& name) {
  const auto row = in.execute(sql::role_find, id, name);
  if (row.empty())
    return problems::invalid_field(id ? "role_id" : "role", "not_found",
                                   "There is no such role; GET /api/roles shows those there are.");
  if (auto why = beyond(caller, row.text(0, 1))) return *why;
  return row.id(0, 0);
}

/// 409 if nobody would be left to run the tenant. The lock must be held.
std::optional<problem> last_admin_refused(storage::session& in, const uuid& agent) {
  const auto row = in.execute(sql::agent_is_last_admin, agent);
  if (row.empty() || !row.boolean(0, 0)) return std::nullopt;
  return problems::conflict(last_admin.code,
                            "This is the last active admin; make another agent admin first.");
}

// -- reading
// ---------------------------------------------------------------------------------------

void list(const exchange_ptr& on) {
  const auto query = on->query<agents_query>();
  if (query)
    api::read(on, "agent", sql::agents_list, query->search, query->role, query->is_active,
              query->page, query->per_page);
}

void get(const exchange_ptr& on) {
  api::read(on, "agent", sql::agent_get, on->path_id());
}

// -- creating
// --------------------------------------------------------------------------------------

void store_agent(const exchange_ptr& on, const agent_create& wanted, const std::string& hash) {
  const auto id = uuid::v7(on->with().now());
  api::transact(on, [on, wanted, hash, id](storage::session& in) -> result<actors::answer> {
    const auto& caller = on->caller();
    auto name = wanted.role;
    if (!name && !wanted.role_id) name = default_role;
    const auto role = find_role(in, caller, wanted.role_id, name);
    if (!role) return role.error();
    try {
      in.execute(sql::agent_create, id, caller.tenant_id, wanted.email.text, wanted.name, hash,
                 *role, wanted.can_broadcast);
    } catch (const storage::database_error& why) {
      if (!api::is_email_conflict(why)) throw;
      return api::email_taken();
    }
    return shown(in, 201, id);
  });
}

void create(const exchange_ptr& on) {
  auto wanted = on->body<agent_create>();
  if (!wanted) return;
  const auto password = wanted->password.text;
  api::hash_password(on->with(), password,
                     [on, wanted = std::move(*wanted)](result<std::string> hash) {
                       if (!hash) return on->fail(hash.error());
                       store_agent(on, wanted, *hash);
                     });
}

// -- changing
// --------------------------------------------------------------------------------------

/// What has to be true of the agent before a change; the last-admin rule needs the lock.
std::optional<problem> change_refused(storage::session& in, const api::identity& caller,
                                      const uuid& agent) {
  in.execute(sql::agents_lock);
  const auto row = in.execute(sql::agent_permissions, agent);
  if (row.empty()) return problems::not_found("agent");
  return agent == caller.agent_id ? std::nullopt : beyond(caller, row.text(0, 0));
}

result<actors::answer> apply_change(storage::session& in, const api::identity& caller,
                                    const uuid& agent, const agent_change& wanted,
                                    const std::optional<std::string>& hash) {
  if (auto why = change_refused(in, caller, agent)) return *why;
  std::optional<uuid> role;
  if (wanted.role || wanted.role_id) {
    const auto found = find_role(in, caller, wanted.role_id, wanted.role);
    if (!found) return found.error();
    role = *found;
  }
  const bool stays_admin = !role || *role == in.execute(sql::role_admin).id(0, 0);
  const bool deactivated = wanted.is_active == false;
  if (deactivated || !stays_admin)
    if (auto why = last_admin_refused(in, agent)) return *why;
  const auto email = wanted.email ? std::optional(wanted.email->text) : std::nullopt;
  try {
    in.execute(sql::agent_update, agent, email, wanted.name, hash, role, wanted.can_broadcast,
               wanted.is_active);
  } catch (const storage::database_error& why) {
    if (!api::is_email_conflict(why)) throw;
    return api::email_taken();
  }
  if (deactivated) {
    in.execute(sql::agent_sessions_end, agent, std::nullopt);
    in.execute(sql::agent_conversations_release, agent);
  } else if (hash) {
    in.execute(sql::agent_sessions_end, agent,
               agent == caller.agent_id ? caller.session_id : std::nullopt);
  }
  return shown(in, 200, agent);
}

void store_change(const exchange_ptr& on, const agent_change& wanted,
                  const std::optional<std::string>& hash) {
  const auto agent = on->path_id();
  change_agent(on, agent, [on, agent, wanted, hash](storage::session& in) {
    return apply_change(in, on->caller(), agent, wanted, hash);
  });
}

void change(const exchange_ptr& on) {
  auto wanted = on->body<agent_change>();
  if (!wanted) return;
  const auto& caller = on->caller();
  const bool about_rights =
      wanted->role || wanted->role_id || wanted->can_broadcast || wanted->is_active;
  if (!caller.may(manage) && (about_rights || on->path_id() != caller.agent_id))
    return on->fail(denied_to(caller));
  if (!wanted->password) return store_change(on, *wanted, std::nullopt);
  const auto password = wanted->password->text;
  api::hash_password(on->with(), password,
                     [on, wanted = std::move(*wanted)](result<std::string> hash) {
                       if (!hash) return on->fail(hash.error());
                       store_change(on, wanted, *hash);
                     });
}

void change_status(const exchange_ptr& on) {
  const auto wanted = on->body<agent_status_change>();
  if (!wanted) return;
  const auto agent = on->path_id();
  if (agent != on->caller().agent_id && !on->caller().may(manage))
    return on->fail(denied_to(on->caller()));
  change_agent(
      on, agent,
      [agent, online = wanted->status == "online"](storage::session& in) -> result<actors::answer> {
        if (in.execute(sql::agent_permissions, agent).empty()) return problems::not_found("agent");
        if (in.execute(sql::agent_set_online, agent, online).affected() == 0 && online)
          return problems::conflict("agent_inactive", "The agent is switched off.");
        return shown(in, 200, agent);
      });
}

void remove(const exchange_ptr& on) {
  const auto agent = on->path_id();
  if (agent == on->caller().agent_id)
    return on->fail(problems::conflict(own_agent.code,
                                       "Nobody can remove their own agent; another admin can."));
  change_agent(on, agent, [on, agent](storage::session& in) -> result<actors::answer> {
    if (auto why = change_refused(in, on->caller(), agent)) return *why;
    if (auto why = last_admin_refused(in, agent)) return *why;
    in.execute(sql::agent_delete, agent);
    return actors::answer{200, R"({"message":"The agent is removed."})"};
  });
}

// -- declarations
// ----------------------------------------------------------------------------------

void add_reading(api::route_table& routes) {
  routes.add({.id = "agents_list",
              .method = "GET",
              .path = "/api/agents",
              .tag = tag_name,
              .summary = "List all agents",
              .description = "Oldest first.",
              .permission = view,
              .query = table_for(static_cast<const agents_query*>(nullptr)).shape(),
              .successes = {{.doc = "One page of agents.", .body = page_of(agent_shape())}}},
             list);
  routes.add({.id = "agents_get",
              .method = "GET",
              .path = "/api/agents/{id}",
              .tag = tag_name,
              .summary = "Get an agent by ID",
              .permission = view,
              .successes = {{.doc = "The agent.", .body = agent_shape()}}},
             get);
}

void add_managing(api::route_table& routes) {
  routes.add({.id = "agents_create",
              .method = "POST",
              .path = "/api/agents",
              .tag = tag_name,
              .summary = "Create a new agent",
              .permission = manage,
              .body = table_for(static_cast<const agent_create*>(nullptr)).shape(),
              .successes = {{.status = 201, .doc = "The agent.", .body = agent_shape()}},
              .failures = {email_taken, beyond_own},
              .body_example = nlohmann::json{{"email", "siti@toko-maju.example"},
                                             {"name", "Siti"},
                                             {"password", "correct horse battery"},
                                             {"role", "supervisor"}}},
             create);
  routes.add(
      {.id = "agents_delete",
       .method = "DELETE",
       .path = "/api/agents/{id}",
       .tag = tag_name,
       .summary = "Delete an agent",
       .description = "With sessions and API keys; what the agent made stays, and the agent's "
                      "conversations are unassigned. Nobody can delete themselves, nor the "
                      "last active admin.",
       .permission = manage,
       .successes = {{.doc = "It is gone.", .body = message_shape()}},
       .failures = {own_agent, last_admin, beyond_own}},
      remove);
}

void add_changing(api::route_table& routes) {
  routes.add({.id = "agents_update",
              .method = "PATCH",
              .path = "/api/agents/{id}",
              .tag = tag_name,
              .summary = "Update an agent",
              .description =
                  "Agents may change their own name, email and password; everything else needs "
                  "the permission agents.manage. A new password ends the agent's other sessions, "
                  "deactivating ends all of them and unassigns the agent's conversations. The last "
                  "active admin stays one.",
              .body = table_for(static_cast<const agent_change*>(nullptr)).shape(),
              .successes = {{.doc = "The changed agent.", .body = agent_shape()}},
              .failures = {denied, beyond_own, email_taken, last_admin},
              .body_example = nlohmann::json{{"name", "Siti Rahayu"}, {"role", "admin"}}},
             change);
  routes.add({.id = "agents_status",
              .method = "PATCH",
              .path = "/api/agents/{id}/status",
              .tag = tag_name,
              .summary = "Toggle agent online/offline status",
              .description = "One's own, or anybody's with the permission agents.manage.",
              .body = table_for(static_cast<const agent_status_change*>(nullptr)).shape(),
              .successes = {{.doc = "The changed agent.", .body = agent_shape()}},
              .failures = {denied, {409, "agent_inactive", "The agent is switched off."}}},
             change_status);
}

}  // namespace

void agents(api::route_table& routes) {
  routes.describe({tag_name, "The people of a tenant, who log in and answer."});
  add_reading(routes);
  add_managing(routes);
  add_changing(routes);
}

}  // namespace omnistream::http::routes
