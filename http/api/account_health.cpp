#include <chrono>

#include <nlohmann/json.hpp>

#include "actors/json_member.hpp"
#include "http/api/account_connection.hpp"
#include "http/api/meta_access.hpp"

namespace omnistream::http::api {
namespace {

using actors::reply_ptr;
using actors::text_of;
using nlohmann::json;

json entity_of(const json& from) {
  json entity{{"entity_type", text_of(from, "entity_type")},
              {"status", text_of(from, "can_send_message")},
              {"reasons", json::array()}};
  if (const auto id = text_of(from, "id"); !id.empty()) entity["id"] = id;
  const auto errors = from.find("errors");
  if (errors == from.end() || !errors->is_array()) return entity;
  for (const auto& error : *errors)
    if (error.is_object()) {
      auto said = text_of(error, "error_description");
      if (const auto advice = text_of(error, "possible_solution"); !advice.empty())
        said += (said.empty() ? "" : " ") + advice;
      entity["reasons"].push_back(std::move(said));
    }
  return entity;
}

std::string health_json(const meta_access& of, const json& said, timestamp now) {
  json health{{"account_id", of.account->to_string()},
              {"phone_number_id", of.phone_number_id},
              {"status", "UNKNOWN"},
              {"entities", json::array()},
              {"checked_at", format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(now))}};
  const auto put = [&health](const char* name, const std::string& value) {
    if (!value.empty()) health[name] = value;
  };
  put("quality_rating", text_of(said, "quality_rating"));
  put("messaging_limit", text_of(said, "messaging_limit_tier"));
  put("display_phone_number", text_of(said, "display_phone_number"));
  put("verified_name", text_of(said, "verified_name"));
  if (const auto found = said.find("throughput"); found != said.end() && found->is_object())
    put("throughput_level", text_of(*found, "level"));
  const auto status = said.find("health_status");
  if (status == said.end() || !status->is_object()) return health.dump();
  const auto can_send = text_of(*status, "can_send_message");
  if (can_send == "AVAILABLE" || can_send == "LIMITED" || can_send == "BLOCKED")
    health["status"] = can_send;
  if (const auto entities = status->find("entities");
      entities != status->end() && entities->is_array())
    for (const auto& one : *entities)
      if (one.is_object()) health["entities"].push_back(entity_of(one));
  return health.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

void account_health(services& with, const uuid& tenant, const uuid& account, reply_ptr answer) {
  with.engine.query(
      [&with, tenant, account](const reply_ptr& counted) {
        with.pool.submit(
            storage::access::tenant(tenant),
            [&with, account](storage::session& in) -> result<meta_access> {
              auto found = find_account_access(in, with.encryption_key, account);
              if (!found) return found.error();
              if (!*found) return problems::not_found("account");
              return std::move(**found);
            },
            [&with, counted](result<meta_access> access) {
              if (!access) return (*counted)(access.error());
              const auto& of = *access;
              with.graph.get_phone_number(
                  of.phone_number_id, of.access_token,
                  [&with, counted, of](const result<json>& said) {
                    if (!said) return (*counted)(said.error());
                    (*counted)(actors::answer{200, health_json(of, *said, with.now())});
                  });
            });
      },
      std::move(answer));
}

}  // namespace omnistream::http::api
