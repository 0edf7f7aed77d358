#include "bench/graph_simulator/simulator.hpp"

#include <algorithm>
#include <cctype>

#include "bench/graph_simulator/account_endpoints.hpp"
#include "bench/graph_simulator/control_endpoints.hpp"
#include "bench/graph_simulator/login_endpoints.hpp"
#include "bench/graph_simulator/media_endpoints.hpp"
#include "bench/graph_simulator/message_endpoint.hpp"
#include "bench/graph_simulator/page_messages.hpp"
#include "bench/graph_simulator/person_profiles.hpp"
#include "bench/graph_simulator/template_endpoints.hpp"

namespace graph_simulator {
namespace {

constexpr std::size_t id_characters_max = 64;

// v23.0: a letter, one to three digits, a dot, one or two digits.
bool is_version(std::string_view text) {
  if (text.empty() || text.front() != 'v') return false;
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const auto major = text.substr(1, dot - 1);
  const auto minor = text.substr(dot + 1);
  const auto digits = [](std::string_view part) {
    return std::ranges::all_of(part, [](unsigned char c) { return std::isdigit(c); });
  };
  return !major.empty() && major.size() <= 3 && digits(major) && !minor.empty() &&
         minor.size() <= 2 && digits(minor);
}

// Any id is taken, except 0, which stands for an object that does not exist.
bool is_object_id(std::string_view id) {
  return !id.empty() && id.size() <= id_characters_max && id != "0" &&
         std::ranges::all_of(
             id, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

bool is_own_path(std::string_view path) {
  return path.starts_with("/_sim");
}

reply server_error_reply() {
  reply result;
  result.answer.status = 500;
  result.answer.content_type = "text/html; charset=utf-8";
  result.answer.body = "<!DOCTYPE html><html><body>Sorry, something went wrong.</body></html>";
  return result;
}

}  // namespace

simulator::simulator(simulator_options options, start_time start, webhook_sink& sink)
    : world_(std::move(options), start, sink) {
  add("POST", "/{version}/{node}/messages", post_message, needs::token, true);
  add("GET", "/{version}/{node}", get_node, needs::token);
  add("POST", "/{version}/{node}/media", upload_media, needs::token);
  add("POST", "/{version}/{node}/message_attachments", upload_attachment, needs::token);
  add("GET", "/{version}/{node}/bytes", get_media_bytes, needs::token);
  add("GET", "/{version}/{node}/phone_numbers", list_numbers, needs::token);
  add("POST", "/{version}/{node}/register", register_number, needs::token);
  add("POST", "/{version}/{node}/deregister", deregister_number, needs::token);
  add("GET", "/{version}/{node}/subscribed_apps", list_subscribed_apps, needs::token);
  add("POST", "/{version}/{node}/subscribed_apps", subscribe_app, needs::token);
  add("DELETE", "/{version}/{node}/subscribed_apps", unsubscribe_app, needs::token);
  add("GET", "/{version}/{node}/message_templates", list_templates, needs::token);
  add("POST", "/{version}/{node}/message_templates", create_template, needs::token);
  add("DELETE", "/{version}/{node}/message_templates", delete_template, needs::token);
  add("GET", "/{version}/{node}/accounts", list_pages, needs::token);
  add("GET", "/{version}/{node}/messenger_profile", get_messenger_profile, needs::token);
  add("POST", "/{version}/{node}/messenger_profile", set_messenger_profile, needs::token);
  add("DELETE", "/{version}/{node}/messenger_profile", delete_messenger_profile, needs::token);
  add("GET", "/{version}/oauth/access_token", exchange_token, needs::app);
  add("POST", "/oauth/access_token", exchange_instagram_code, needs::app);
  add("GET", "/access_token", extend_instagram_token, needs::app);
  add("GET", "/refresh_access_token", renew_instagram_token, needs::app);
  add("GET", "/_sim/stats", get_stats, needs::nothing);
  add("DELETE", "/_sim/stats", reset_stats, needs::nothing);
  add("GET", "/_sim/faults", list_faults, needs::nothing);
  add("POST", "/_sim/faults", add_fault, needs::nothing);
  add("DELETE", "/_sim/faults", clear_faults, needs::nothing);
  add("POST", "/_sim/inbound", post_inbound, needs::nothing);
  add("POST", "/_sim/messaging", post_messaging, needs::nothing);
  add("POST", "/_sim/media", add_media, needs::nothing);
  add("GET", "/_sim/messages", list_messages, needs::nothing);
  add("POST", "/_sim/accounts", bind_account, needs::nothing);
  add("POST", "/_sim/templates", set_template_status, needs::nothing);
  add("POST", "/_sim/logins", begin_login, needs::nothing);
  add("POST", "/_sim/health", set_health, needs::nothing);
}

void simulator::add(const char* method, const char* pattern, endpoint_function serve, needs what,
                    bool is_message) {
  router_.add(method, pattern, endpoints_.size());
  endpoints_.push_back({serve, what, is_message});
}

reply simulator::unknown(const request& http, bool is_method_wrong) {
  if (is_own_path(http.path))
    return json_reply(
        nlohmann::ordered_json{{"error", is_method_wrong ? "The path does not take this method."
                                                         : "There is no such path."}},
        is_method_wrong ? 405 : 404);
  const auto slash = http.path.rfind('/');
  return error_reply(
      world_, errors::unknown_object(http.method, std::string_view(http.path).substr(slash + 1)));
}

reply simulator::handle(request& http, instant now) {
  pass_time(now);
  auto match = router_.find(http.method, http.path);
  using kind = omnistream::http::server::router::match::kind;
  if (match.what != kind::found) return unknown(http, match.what == kind::no_method);
  const auto& target = endpoints_[match.operation];
  const bool is_graph = target.what != needs::nothing;
  if (is_graph && is_own_path(http.path)) return unknown(http, false);
  call what{http, now, {}, {}, {}, {}, {}};
  for (auto& [name, value] : match.parameters)
    (name == "node" ? what.node : what.version) = std::move(value);
  if (!http.query.empty()) {
    auto query = omnistream::http::server::parse_query(http.query);
    if (!query)
      return is_graph ? error_reply(world_, errors::invalid("The query string is malformed."))
                      : complaint_reply("The query string is malformed.");
    what.query = std::move(*query);
  }
  return is_graph ? serve_graph(target, what) : target.serve(world_, what);
}

reply simulator::refuse(const endpoint& target, const api_error& error) {
  return target.is_message ? refuse_message(world_, error, "0") : error_reply(world_, error);
}

reply simulator::serve_graph(const endpoint& target, call& what) {
  const bool needs_token = target.what == needs::token;
  if (needs_token && (!is_version(what.version) || !is_object_id(what.node)))
    return refuse(target, errors::unknown_object(what.http.method, what.node));
  if (!world_.faults.empty()) what.what_happens = world_.faults.decide(target.is_message);
  const auto& fate = what.what_happens;
  const auto delay_ms = world_.options.latency_ms + fate.latency_ms;
  const auto end = [&](reply result) {
    result.delay_ms = delay_ms;
    return result;
  };
  if (needs_token && !may_call(what)) return end(refuse(target, errors::invalid_token()));
  if (needs_token && !world_.logins.may_use(what.token, what.node) &&
      !may_ask_for_person(world_, what))
    return end(refuse(target, errors::unknown_object(what.http.method, what.node)));
  if (fate.what == fault_kind::expire_token) return end(refuse(target, errors::expired_token()));
  if (fate.what == fault_kind::http_500) {
    if (target.is_message) ++world_.counts.rejected[500];
    return end(server_error_reply());
  }
  if (!target.is_message && fate.what == fault_kind::error)
    return end(error_reply(world_, {fate.code, fate.subcode, "Asked for by a fault."}));
  if (!target.is_message && fate.what == fault_kind::reset_before) {
    reply reset;
    reset.abort = true;
    return end(std::move(reset));
  }
  auto result = target.serve(world_, what);
  if (fate.what == fault_kind::reset_after) result.abort = true;
  return end(std::move(result));
}

bool simulator::may_call(call& what) const {
  constexpr std::string_view scheme = "bearer ";
  const auto header = what.http.header("authorization");
  const bool is_bearer =
      header.size() > scheme.size() &&
      std::ranges::equal(header.substr(0, scheme.size()), scheme, {},
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (is_bearer) {
    what.token = header.substr(scheme.size());
  } else if (const auto* parameter = what.parameter("access_token")) {
    what.token = *parameter;
  }
  if (what.token.empty()) return false;
  return world_.options.token.empty() || what.token == world_.options.token ||
         world_.logins.find(what.token) != nullptr;
}

void simulator::pass_time(instant now) {
  tell_template_events(world_, world_.templates.review(now));
}

nlohmann::ordered_json simulator::stats() {
  return describe_stats(world_);
}

}  // namespace graph_simulator
