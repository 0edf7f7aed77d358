#include "bench/load/api_client.hpp"

#include <future>
#include <stdexcept>

#include "bench/load/interruption.hpp"

namespace omnistream::load {
namespace {

using http::client::client_options;
using http::client::http_response;

/// Adding 50,000 recipients takes a while on a busy machine.
constexpr std::chrono::seconds answer_limit{120};
constexpr std::chrono::milliseconds look_interval{50};

client_options options() {
  client_options wanted;
  wanted.total_timeout = answer_limit;
  wanted.drain_timeout = std::chrono::milliseconds{500};
  wanted.user_agent = "omnistream-load";
  return wanted;
}

std::shared_ptr<const http::client::header_list> headers(const std::string& api_key) {
  using http::client::header_list;
  constexpr const char* json = "Content-Type: application/json";
  if (api_key.empty()) return header_list::make({json});
  // Nothing of ours waits inside a call for a campaign to end.
  return header_list::make({json, "X-API-Key: " + api_key, "Prefer: wait=0"});
}

}  // namespace

api_client::api_client(std::string origin, const std::string& api_key)
    : api_client(std::move(origin), headers(api_key)) {}

api_client::api_client(std::string origin, std::shared_ptr<const http::client::header_list> headers)
    : origin_(std::move(origin)),
      headers_(std::move(headers)),
      client_(std::make_unique<http::client::curl_client>(options())) {}

api_client api_client::log_in(const std::string& email, const std::string& password) {
  const auto said = must("POST", "/api/auth/login", {{"email", email}, {"password", password}});
  return {origin_,
          http::client::header_list::make({"Content-Type: application/json",
                                           "Authorization: Bearer " + said.value("token", "")})};
}

http::client::http_request api_client::request(std::string method, const std::string& path,
                                               std::string body) const {
  http::client::http_request made;
  made.method = std::move(method);
  made.url = origin_ + path;
  made.headers = headers_;
  made.body = std::move(body);
  return made;
}

api_reply api_client::call(const std::string& method, const std::string& path, std::string body) {
  auto promise = std::make_shared<std::promise<api_reply>>();
  auto answer = promise->get_future();
  client_->submit(request(method, path, std::move(body)), [promise](const http_response& got) {
    promise->set_value({got.status, std::string(got.body), std::string(got.error)});
  });
  while (answer.wait_for(look_interval) != std::future_status::ready)
    if (is_interrupted()) throw interrupted();
  return answer.get();
}

nlohmann::json api_client::must(const std::string& method, const std::string& path,
                                const nlohmann::json& body) {
  return must_text(method, path, body.is_null() ? std::string() : body.dump());
}

nlohmann::json api_client::must_text(const std::string& method, const std::string& path,
                                     std::string body) {
  const auto got = call(method, path, std::move(body));
  if (!got.ok())
    throw std::runtime_error(
        method + " " + path +
        " failed: " + (got.status == 0 ? got.error : std::to_string(got.status) + " " + got.body));
  auto told = nlohmann::json::parse(got.body, nullptr, false);
  if (told.is_discarded()) throw std::runtime_error(method + " " + path + " answered no JSON");
  return told;
}

}  // namespace omnistream::load
