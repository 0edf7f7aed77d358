#include "http/client/s3_client.hpp"

#include <chrono>
#include <utility>

#include "config/base/crypto.hpp"
#include "config/base/log.hpp"

namespace omnistream::http::client {
namespace {

constexpr std::size_t answer_bytes_max = 64 * 1'024;  ///< headers, and what it says of an error

client_options options_of(const config::settings& settings) {
  client_options options;
  options.connections_max = s3_client::at_once_max;
  options.connections_per_host_max = s3_client::at_once_max;
  options.requests_in_flight_max = s3_client::at_once_max;
  options.requests_queued_max = s3_client::waiting_max;
  options.total_timeout = std::chrono::milliseconds(settings.media_s3_timeout_ms);
  options.connect_timeout = std::min(options.total_timeout, options.connect_timeout);
  options.drain_timeout = std::chrono::milliseconds{0};
  options.gather = std::chrono::microseconds{0};
  options.response_bytes_max = answer_bytes_max;
  options.ca_file = settings.media_s3_ca_file;
  options.signer = request_signer{settings.media_s3_region, "s3", settings.media_s3_access_key,
                                  settings.media_s3_secret_key};
  return options;
}

std::string bucket_url_of(const config::settings& settings) {
  auto url = settings.media_s3_endpoint + '/' + settings.media_s3_bucket + '/';
  if (!settings.media_s3_prefix.empty()) url += settings.media_s3_prefix + '/';
  return url;
}

/// The code of an error, `NoSuchKey`, as it stands in the XML of its answer.
std::string code_in(std::string_view body) {
  constexpr std::string_view begin = "<Code>";
  constexpr std::size_t code_bytes_max = 64;
  const auto at = body.find(begin);
  if (at == std::string_view::npos) return "";
  const auto rest = body.substr(at + begin.size(), code_bytes_max);
  return std::string(rest.substr(0, rest.find('<')));
}

bool answered(const http_response& response, int status) {
  return response.what == http_response::outcome::answered && response.status == status;
}

void log_failure(const char* what, const http_response& response) {
  const auto why =
      response.what == http_response::outcome::answered
          ? "HTTP status " + std::to_string(response.status) + ' ' + code_in(response.body)
          : std::string(response.error);
  log::error("media", "the S3 server failed", {{"at", what}, {"reason", why}});
}

s3_put outcome_of(const http_response& response) {
  if (answered(response, 200)) return s3_put::stored;
  log_failure("put", response);
  const bool refused = response.what == http_response::outcome::answered && response.status < 500;
  return refused || response.what == http_response::outcome::not_sent ? s3_put::refused
                                                                      : s3_put::uncertain;
}

result<std::string> bytes_of(const http_response& response, std::uint64_t first,
                             std::uint64_t count) {
  const bool whole = answered(response, 200) && first == 0;
  if ((whole || answered(response, 206)) && response.body.size() == count)
    return std::move(*response.body_buffer);
  log_failure("get", response);
  const bool missing =
      answered(response, 404) || answered(response, 416) || whole || answered(response, 206);
  return missing && code_in(response.body) != "NoSuchBucket" ? problems::not_found("object")
                                                             : media_store_unavailable();
}

/// A server that says why it does not obey may obey for another object: one that is locked, or
/// whose prefix the key may not write to.
s3_removal removal_of(const http_response& response) {
  if (answered(response, 204) || answered(response, 200)) return s3_removal::gone;
  const bool no_bucket = code_in(response.body) == "NoSuchBucket";
  if (answered(response, 404) && !no_bucket) return s3_removal::gone;
  const bool refused = answered(response, 403) || answered(response, 409);
  return refused ? s3_removal::refused : s3_removal::failed;
}

}  // namespace

std::unique_ptr<s3_client> s3_client::of(const config::settings& settings) {
  if (settings.media_s3_endpoint.empty()) return nullptr;
  return std::make_unique<s3_client>(settings);
}

s3_client::s3_client(const config::settings& settings)
    : bucket_url_(bucket_url_of(settings)), http_(options_of(settings)) {}

std::string s3_client::url_of(const std::string& key) const {
  return bucket_url_ + key;
}

void s3_client::put(s3_object what, std::function<void(s3_put)> done) {
  http_request request;
  request.method = "PUT";
  request.url = url_of(what.key);
  request.headers = header_list::make_signed(
      {"Content-Type: " + what.content_type, "x-amz-content-sha256: " + what.sha256});
  if (request.headers == nullptr) return done(s3_put::refused);
  request.large_body = what.bytes;
  request.body_owner = std::move(what.owner);
  http_.submit(std::move(request),
               [done = std::move(done)](const http_response& got) { done(outcome_of(got)); });
}

void s3_client::get(const std::string& key, std::uint64_t first, std::uint64_t count,
                    std::function<void(result<std::string>)> done) {
  http_request request;
  request.url = url_of(key);
  request.headers = header_list::make_signed(
      {"Range: bytes=" + std::to_string(first) + '-' + std::to_string(first + count - 1),
       "x-amz-content-sha256: " + crypto::sha256_hex("")});
  request.response_bytes_max = count + answer_bytes_max;
  http_.submit(std::move(request),
               [first, count, done = std::move(done)](const http_response& got) {
                 done(bytes_of(got, first, count));
               });
}

void s3_client::remove(const std::string& key, std::function<void(s3_removal)> done) {
  http_request request;
  request.method = "DELETE";
  request.repeatable = true;
  request.url = url_of(key);
  request.headers = header_list::make_signed({"x-amz-content-sha256: " + crypto::sha256_hex("")});
  http_.submit(std::move(request), [done = std::move(done)](const http_response& got) {
    const auto outcome = removal_of(got);
    if (outcome != s3_removal::gone) log_failure("delete", got);
    done(outcome);
  });
}

problem media_store_unavailable() {
  return problems::unavailable("media_store_unavailable",
                               "The S3 server that keeps media cannot be had now; try again.", 5);
}

}  // namespace omnistream::http::client
