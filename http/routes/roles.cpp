#include "http/contract/tables/roles.hpp"

#include <nlohmann/json.hpp>

#include "http/api/all_routes.hpp"
#include "http/api/permissions.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Roles";
constexpr const char* view = "roles.view";

void list(const exchange_ptr& on) {
  api::read(on, "role", sql::roles_list);
}

void get(const exchange_ptr& on) {
  api::read(on, "role", sql::role_get, on->path_id());
}

void list_permissions(const exchange_ptr& on) {
  static const std::string text = [] {
    auto list = nlohmann::ordered_json::array();
    for (const auto& known : api::permissions())
      list.push_back({{"code", known.code}, {"description", known.description}});
    return list.dump();
  }();
  on->json(200, text);
}

}  // namespace

void roles(api::route_table& routes) {
  routes.describe({tag_name, "What kinds of agents there are and what each may do."});
  routes.add({.id = "roles_list",
              .method = "GET",
              .path = "/api/roles",
              .tag = tag_name,
              .summary = "List all roles with permissions",
              .description = "The built-in ones first: admin, supervisor, agent.",
              .permission = view,
              .successes = {{.doc = "All roles.", .body = role_shape(), .is_array = true}}},
             list);
  routes.add({.id = "roles_get",
              .method = "GET",
              .path = "/api/roles/{id}",
              .tag = tag_name,
              .summary = "Get a single role with permissions",
              .permission = view,
              .successes = {{.doc = "The role.", .body = role_shape()}}},
             get);
  routes.add({.id = "permissions_list",
              .method = "GET",
              .path = "/api/permissions",
              .tag = tag_name,
              .summary = "List all available permissions",
              .permission = view,
              .successes = {{.doc = "All permissions, by code.",
                             .body = permission_shape(),
                             .is_array = true}}},
             list_permissions);
}

}  // namespace omnistream::http::routes
