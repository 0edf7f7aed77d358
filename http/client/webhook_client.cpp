#include "http/client/webhook_client.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "config/base/utf8.hpp"
#include "http/client/outbound_rules.hpp"
#include "http/client/retry_after.hpp"
#include "http/client/webhook_signature.hpp"

namespace omnistream::http::client {
namespace {

using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

constexpr milliseconds connect_timeout_max{5'000};
constexpr std::size_t error_bytes_max = 300;

/// Headers and body. More than is kept, as a connection whose answer was read to its end can be
/// used again.
constexpr std::size_t answer_bytes_max = 64 * 1'024;

/// The first bytes, without the half of a character.
std::string_view beginning(std::string_view text, std::size_t bytes_max) {
  constexpr std::size_t character_bytes_max = 4;
  if (text.size() <= bytes_max) return text;
  auto end = bytes_max;
  while (bytes_max - end < character_bytes_max - 1 &&
         (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end);
}

std::string sentence(std::string_view text) {
  auto made = storable_text(beginning(text, error_bytes_max));
  if (!made.ends_with('.')) made += '.';
  return made;
}

actors::delivery_result result_of(const http_response& response, milliseconds duration) {
  actors::delivery_result result;
  result.duration = duration;
  if (response.what != http_response::outcome::answered) {
    result.error = sentence(response.error);
    return result;
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(system_now());
  result.status = response.status;
  result.excerpt = storable_text(beginning(response.body, webhook_client::excerpt_bytes_max));
  result.retry_after = retry_after(response, now.time_since_epoch().count());
  return result;
}

/// Null if a secret is none.
std::shared_ptr<const header_list> headers_of(const actors::delivery_request& request) {
  const auto id = request.delivery_id.to_string();
  const auto signatures = sign_webhook(request.secrets, id, request.at, *request.body);
  if (!signatures) return nullptr;
  return header_list::make({"Content-Type: application/json", "webhook-id: " + id,
                            "webhook-timestamp: " + webhook_timestamp(request.at),
                            "webhook-signature: " + *signatures});
}

}  // namespace

client_options webhook_client_options(const config::settings& settings) {
  client_options options;
  options.connections_max =
      static_cast<std::size_t>(settings.outgoing_webhooks_requests_in_flight_max);
  // The engine's lanes bound a host. Nothing waits inside the client, where its time would run.
  options.connections_per_host_max = options.connections_max;
  options.requests_in_flight_max = options.connections_max;
  options.total_timeout = milliseconds(settings.outgoing_webhooks_request_timeout_ms);
  options.connect_timeout = std::min(options.total_timeout, connect_timeout_max);
  // The engine's drain has waited for what is in flight, as long as it may; the client adds no
  // time.
  options.drain_timeout = milliseconds{0};
  // A subscription sends its next delivery when one is answered.
  options.gather = std::chrono::microseconds{0};
  options.response_bytes_max = answer_bytes_max;
  options.cut_large_answers = true;
  options.user_agent = "OmniStream-Webhooks/1.0";
  const auto rules = outbound_rules_of(settings);
  options.https_only = !rules.allow_http;
  options.may_connect = [rules](const sockaddr& address) { return rules.allows(address); };
  return options;
}

void webhook_client::send(actors::delivery_request request,
                          std::function<void(actors::delivery_result)> done) {
  http_request outgoing;
  outgoing.method = "POST";
  outgoing.headers = headers_of(request);
  outgoing.repeatable = true;
  const bool usable = outgoing.headers != nullptr;
  // Also what cannot be sent is answered on the client's thread, never within this call.
  if (usable) {
    outgoing.url = std::move(request.url);
    outgoing.large_body = *request.body;
    outgoing.body_owner = std::move(request.body);
  }
  http_.submit(std::move(outgoing), [done = std::move(done), usable,
                                     began = steady::now()](const http_response& response) {
    auto result =
        result_of(response, std::chrono::duration_cast<milliseconds>(steady::now() - began));
    if (!usable) result.error = "The webhook's secret cannot sign: it is not whsec_ and base64.";
    done(std::move(result));
  });
}

}  // namespace omnistream::http::client
