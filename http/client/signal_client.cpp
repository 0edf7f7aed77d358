#include "http/client/signal_client.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "http/client/graph_json.hpp"

namespace omnistream::http::client {
namespace {

using json = nlohmann::json;
using std::chrono::milliseconds;

client_options options_of(const config::settings& settings) {
  client_options options;
  options.connections_max = signal_client::at_once_max;
  options.connections_per_host_max = signal_client::at_once_max;
  options.requests_in_flight_max = signal_client::at_once_max;
  options.requests_queued_max = signal_client::waiting_max;
  options.connect_timeout = milliseconds(settings.meta_connect_timeout_ms);
  options.total_timeout = std::min<milliseconds>(milliseconds(settings.meta_request_timeout_ms),
                                                 signal_client::timeout_max);
  options.drain_timeout = milliseconds{0};
  options.ca_file = settings.meta_ca_file;
  return options;
}

}  // namespace

signal_client::signal_client(const config::settings& settings)
    : endpoint_{settings.meta_api_url, settings.meta_api_version, settings.meta_instagram_api_url},
      http_(options_of(settings)) {}

void signal_client::post(const actors::sending_account& account, const json& body, callback done) {
  http_request request;
  request.method = "POST";
  request.url = messages_url(endpoint_, account);
  request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  submit(std::move(request), account, std::move(done));
}

void signal_client::get_person(const actors::sending_account& account, const std::string& person,
                               callback done) {
  http_request request;
  request.url = person_url(endpoint_, account, person);
  submit(std::move(request), account, std::move(done));
}

void signal_client::submit(http_request request, const actors::sending_account& account,
                           callback done) {
  if (account.access_token != nullptr) request.headers = headers_.of(*account.access_token);
  if (request.url.empty() || request.headers == nullptr)
    return done(problems::invalid_field(
        "account", "invalid", "Its id or access token has characters that cannot be sent."));
  http_.submit(std::move(request), [done = std::move(done)](const http_response& response) {
    done(read_graph_json(response));
  });
}

}  // namespace omnistream::http::client
