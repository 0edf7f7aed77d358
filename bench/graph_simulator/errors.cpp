#include "bench/graph_simulator/errors.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "bench/graph_simulator/hashing.hpp"

namespace graph_simulator {
namespace {

struct known_error {
  int code;
  int http_status;
  std::string_view title;
};

// Sorted by code. Titles and statuses follow Meta's public table of error codes.
constexpr std::array known_errors{
    known_error{0, 401, "AuthException"},
    known_error{1, 500, "API Unknown"},
    known_error{2, 503, "API Service"},
    known_error{3, 500, "API Method"},
    known_error{4, 400, "API Too Many Calls"},
    known_error{10, 403, "Permission Denied"},
    known_error{33, 400, "Parameter value is not valid"},
    known_error{100, 400, "Invalid parameter"},
    known_error{190, 401, "Access token has expired"},
    known_error{200, 403, "API Permission"},
    known_error{368, 403, "Temporarily blocked for policies violations"},
    known_error{613, 400, "Calls to this api have exceeded the rate limit."},
    known_error{80007, 400, "Rate limit issues"},
    known_error{130429, 429, "Rate limit hit"},
    known_error{130472, 400, "User's number is part of an experiment"},
    known_error{130497, 403, "Business account is restricted from messaging users in this country"},
    known_error{131000, 500, "Something went wrong"},
    known_error{131005, 403, "Access denied"},
    known_error{131008, 400, "Required parameter is missing"},
    known_error{131009, 400, "Parameter value is not valid"},
    known_error{131016, 503, "Service unavailable"},
    known_error{131021, 400, "Recipient cannot be sender"},
    known_error{131026, 400, "Message undeliverable"},
    known_error{131030, 400, "Recipient phone number not in allowed list"},
    known_error{131031, 403, "Business Account locked"},
    known_error{131042, 400, "Business eligibility payment issue"},
    known_error{131045, 500, "Incorrect certificate"},
    known_error{131047, 400, "Re-engagement message"},
    known_error{131048, 400, "Spam rate limit hit"},
    known_error{131049, 400,
                "This message was not delivered to maintain healthy ecosystem engagement."},
    known_error{131050, 400, "User has stopped receiving marketing messages from this business"},
    known_error{131051, 400, "Unsupported message type"},
    known_error{131052, 400, "Media download error"},
    known_error{131053, 400, "Media upload error"},
    known_error{131056, 400, "(Business Account, Consumer Account) pair rate limit hit"},
    known_error{131057, 500, "Account in maintenance mode"},
    known_error{132000, 400, "Number of parameters does not match the expected number of params"},
    known_error{132001, 404, "Template name does not exist in the translation"},
    known_error{132005, 400, "Translated text too long"},
    known_error{132007, 400, "Template format character policy violated"},
    known_error{132012, 400, "Parameter format does not match format in the created template"},
    known_error{132015, 400, "Template is paused"},
    known_error{132016, 400, "Template is disabled"},
    known_error{132018, 400, "There is an issue with the parameters in your template"},
    known_error{132068, 400, "Flow is in blocked state"},
    known_error{132069, 400, "Flow is in throttled state"},
    known_error{133000, 500, "Incomplete deregistration"},
    known_error{133004, 503, "Server temporarily unavailable"},
    known_error{133005, 400, "Two step verification PIN mismatch"},
    known_error{133006, 400, "Phone number re-verification needed"},
    known_error{133008, 400, "Too many two step verification PIN guesses"},
    known_error{133010, 400, "Phone number not registered"},
    known_error{133016, 400, "Account register or deregister rate limit exceeded"},
    known_error{135000, 400, "Generic user error"},
    known_error{137000, 400, "Identity key hash mismatch"},
};

const known_error* find_error(int code) {
  const auto at = std::ranges::lower_bound(known_errors, code, {}, &known_error::code);
  return at != known_errors.end() && at->code == code ? &*at : nullptr;
}

constexpr bool is_rate_error(int code) {
  return code == 130429 || code == 80007 || code == 613 || code == 4;
}

std::string trace_id(std::uint64_t trace) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  std::string id = "A";
  for (std::uint64_t word = 0; word < 2; ++word) {
    std::uint64_t bits = draw(trace, word, 0);
    for (int i = 0; i < 10; ++i, bits >>= 6) id += alphabet[bits & 63];
  }
  return id;
}

}  // namespace

int http_status_of(int code) {
  const auto* known = find_error(code);
  return known ? known->http_status : 400;
}

std::string_view title_of(int code) {
  const auto* known = find_error(code);
  return known ? known->title : "Unknown error";
}

omnistream::http::server::response render(const api_error& error, std::uint64_t trace,
                                          std::string_view business_id) {
  nlohmann::ordered_json content;
  content["message"] = error.message.empty() ? "(#" + std::to_string(error.code) + ") " +
                                                   std::string(title_of(error.code))
                                             : error.message;
  content["type"] = "OAuthException";
  content["code"] = error.code;
  if (error.subcode != 0) content["error_subcode"] = error.subcode;
  if (!error.details.empty())
    content["error_data"] = {{"messaging_product", "whatsapp"}, {"details", error.details}};
  content["fbtrace_id"] = trace_id(trace);
  omnistream::http::server::response answer;
  answer.status = http_status_of(error.code);
  // Details may quote what the client sent; what is not UTF-8 in it is replaced.
  answer.body = nlohmann::ordered_json{{"error", std::move(content)}}.dump(
      -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (is_rate_error(error.code)) {
    const nlohmann::ordered_json usage = {{std::string(business_id),
                                           {{{"type", "messages"},
                                             {"call_count", 100},
                                             {"total_cputime", 25},
                                             {"total_time", 25},
                                             {"estimated_time_to_regain_access", 0}}}}};
    answer.headers.emplace_back("Retry-After", "1");
    answer.headers.emplace_back("X-Business-Use-Case-Usage", usage.dump());
  }
  return answer;
}

namespace errors {

api_error unknown_object(std::string_view method, std::string_view object) {
  std::string verb(method);
  std::ranges::transform(verb, verb.begin(), [](unsigned char c) { return std::tolower(c); });
  return {
      100, 33, "",
      "Unsupported " + verb + " request. Object with ID '" + std::string(object) +
          "' does not exist, cannot be loaded due to missing permissions, or does not support this "
          "operation. Please read the Graph API documentation at "
          "https://developers.facebook.com/docs/graph-api"};
}

api_error required(std::string_view parameter) {
  return {100, 0, "", "(#100) The parameter " + std::string(parameter) + " is required."};
}

api_error wrong_type(std::string_view parameter, std::string_view expected) {
  return {100, 0, "",
          "(#100) Param " + std::string(parameter) + " must be " + std::string(expected) + "."};
}

api_error unexpected_key(std::string_view key, std::string_view parent) {
  return {100, 0,
          "Unexpected key \"" + std::string(key) + "\" on param \"" + std::string(parent) + "\"."};
}

api_error invalid(std::string details) {
  return {100, 0, std::move(details)};
}
api_error missing(std::string details) {
  return {131008, 0, std::move(details)};
}
api_error bad_value(std::string details) {
  return {131009, 0, std::move(details)};
}
api_error format_mismatch(std::string details) {
  return {132012, 0, std::move(details)};
}

api_error parameter_count(std::string_view component, std::size_t given, std::size_t expected) {
  return {132000, 0,
          std::string(component) + ": number of localizable_params (" + std::to_string(given) +
              ") does not match the expected number of params (" + std::to_string(expected) + ")"};
}

api_error invalid_token() {
  return {190, 0, "", "Invalid OAuth access token - Cannot parse access token"};
}

api_error expired_token() {
  return {190, 463, "",
          "Error validating access token: Session has expired. The current time is after its end."};
}

}  // namespace errors
}  // namespace graph_simulator
