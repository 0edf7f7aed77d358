#include "http/client/graph_client.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "http/client/graph_reply.hpp"

namespace omnistream::http::client {
namespace {

constexpr std::size_t id_characters_max = 64;
/// In the body of what is no message to a page's person, as a reaction. As a member's name: within
/// a text its quotes would be escaped.
constexpr std::string_view action_member = "\"sender_action\":";

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

/// The page that an Instagram account belongs to; nothing where it was connected without one, and
/// for all other accounts.
std::optional<std::string> page_of(const actors::sending_account& account) {
  if (account.channel != actors::channel_kind::instagram) return std::nullopt;
  const auto config = nlohmann::json::parse(account.config_json, nullptr, false);
  const auto page = config.is_object() ? config.find("page_id") : config.end();
  if (!config.is_object() || page == config.end() || !page->is_string()) return std::nullopt;
  return page->get<std::string>();
}

/// As Meta would answer to it: whoever handles this pauses the account until a person mends it.
actors::send_result unusable_account() {
  actors::send_result result;
  result.what = actors::send_result::certainty::rejected;
  result.http_status = 401;
  result.error.message =
      "The phone number id or the access token has characters that cannot be sent.";
  return result;
}

}  // namespace

std::string graph_url(const graph_endpoint& endpoint, std::string_view path) {
  std::string url;
  url.reserve(endpoint.api_url.size() + endpoint.version.size() + path.size() + 2);
  url += endpoint.api_url;
  url += '/';
  url += endpoint.version;
  url += '/';
  url += path;
  return url;
}

bool is_graph_id(std::string_view id) {
  return !id.empty() && id.size() <= id_characters_max && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
}

std::string person_url(const graph_endpoint& endpoint, const actors::sending_account& account,
                       std::string_view person) {
  if (!is_graph_id(person)) return {};
  if (account.channel == actors::channel_kind::messenger)
    return graph_url(endpoint, std::string(person) + "?fields=first_name,last_name");
  const auto path = std::string(person) + "?fields=name,username";
  return page_of(account) ? graph_url(endpoint, path)
                          : graph_url({endpoint.instagram_api_url, endpoint.version, {}}, path);
}

std::string messages_url(const graph_endpoint& endpoint, const actors::sending_account& account) {
  const auto page = page_of(account);
  const auto& node = page ? *page : account.sender_id;
  if (!is_graph_id(node)) return {};
  if (account.channel != actors::channel_kind::instagram || page)
    return graph_url(endpoint, node + "/messages");
  return graph_url({endpoint.instagram_api_url, endpoint.version, {}}, node + "/messages");
}

std::shared_ptr<const header_list> graph_headers::of(const std::string& access_token) {
  const std::lock_guard lock(mutex_);
  if (const auto found = by_token_.find(access_token); found != by_token_.end())
    return found->second;
  if (!is_token(access_token)) return nullptr;
  if (by_token_.size() >= tokens_max) by_token_.clear();
  const auto made =
      header_list::make({"Authorization: Bearer " + access_token, "Content-Type: application/json",
                         "Accept: application/json"});
  by_token_.emplace(access_token, made);
  return made;
}

void graph_client::send(actors::outbound_message message,
                        std::function<void(actors::send_result)> done) {
  const auto& account = *message.account;
  http_request request;
  request.url = messages_url(endpoint_, account);
  if (!request.url.empty() && account.access_token != nullptr)
    request.headers = headers_.of(*account.access_token);
  request.method = "POST";
  const bool is_message = message.body.find(action_member) == std::string::npos;
  request.body = std::move(message.body);
  // Also what cannot be sent is answered on the client's thread, never within this call.
  if (request.headers == nullptr) request.url.clear();
  http_.submit(std::move(request), [done = std::move(done), usable = request.headers != nullptr,
                                    is_message](const http_response& response) {
    if (usable)
      done(read_send_reply(response, is_message));
    else
      done(unusable_account());
  });
}

}  // namespace omnistream::http::client
