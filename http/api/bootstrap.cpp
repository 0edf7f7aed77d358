#include "http/api/bootstrap.hpp"

#include <nlohmann/json.hpp>

#include "config/base/crypto.hpp"
#include "config/base/utf8.hpp"
#include "http/api/api_key.hpp"
#include "http/api/tenants.hpp"

namespace omnistream::http::api {
namespace {

std::string option_of(const std::string& field) {
  return field == "tenant_name" ? "--tenant" : "--" + field;
}

/// The field errors as sentences in the detail, under the names of the options.
problem in_options(problem why) {
  if (why.errors.empty()) return why;
  why.detail.clear();
  for (auto& one : why.errors) {
    one.field = option_of(one.field);
    why.detail += (why.detail.empty() ? "" : " ") + one.field + ": " + one.message;
  }
  return why;
}

result<contract::registration> read(const bootstrap_request& wanted) {
  for (const auto* text : {&wanted.tenant, &wanted.email, &wanted.password, &wanted.country})
    if (!is_utf8(*text)) return problems::bad_request("not_utf8", "The options must be in UTF-8.");
  const nlohmann::json body{{"tenant_name", wanted.tenant},
                            {"email", wanted.email},
                            {"password", wanted.password},
                            {"country", wanted.country}};
  auto read =
      table_for(static_cast<const contract::registration*>(nullptr)).parse_body(body.dump());
  if (read)
    if (auto why = country_refused(read->country)) return *why;
  return read;
}

}  // namespace

result<std::string> bootstrap(storage::pool& on, const bootstrap_request& wanted) {
  const auto valid = read(wanted);
  if (!valid) return in_options(valid.error());
  const auto tenant = tenant_of(*valid, crypto::hash_password(valid->password.text.reveal()));
  const new_api_key key{.id = uuid::v7(system_now()),
                        .tenant_id = tenant.tenant_id,
                        .agent_id = tenant.agent_id,
                        .name = "bootstrap",
                        .key = make_api_key(),
                        .expires_at = {}};
  return on.run(storage::access::engine(),
                [&tenant, &key](storage::session& in) -> result<std::string> {
                  if (auto why = create_tenant(in, tenant)) return *why;
                  store_api_key(in, key);
                  return nlohmann::json{{"tenant_id", tenant.tenant_id.to_string()},
                                        {"agent_id", tenant.agent_id.to_string()},
                                        {"api_key", key.key}}
                      .dump();
                });
}

}  // namespace omnistream::http::api
