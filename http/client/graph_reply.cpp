#include "http/client/graph_reply.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

#include <nlohmann/json.hpp>

#include "actors/json_text.hpp"
#include "http/client/retry_after.hpp"

namespace omnistream::http::client {
namespace {

using actors::graph_error;
using actors::json_cursor;
using actors::send_result;
using certainty = send_result::certainty;

constexpr std::int64_t wait_seconds_max = 7 * 24 * 3'600;

template <class T>
std::optional<T> number_of(std::string_view digits) {
  T value = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

int take_int(json_cursor& cursor) {
  auto text = cursor.take_value();
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  return number_of<int>(text).value_or(0);
}

graph_error take_error(json_cursor& cursor) {
  graph_error error;
  std::string_view key;
  while (cursor.next_member(key)) {
    if (key == "code") {
      error.code = take_int(cursor);
    } else if (key == "error_subcode") {
      error.subcode = take_int(cursor);
    } else if (key == "message") {
      cursor.take_string(error.message);
    } else if (key == "error_data" && cursor.enter_object()) {
      while (cursor.next_member(key)) {
        if (key == "details")
          cursor.take_string(error.details);
        else
          cursor.take_value();
      }
    } else {
      cursor.take_value();
    }
  }
  if (error.message.empty()) error.message = "Meta gave no message.";
  return error;
}

/// `messages[0].id` of WhatsApp, `message_id` of Messenger and Instagram: empty for what is no
/// message there, as a reaction, which is answered with whom it went to. Nothing: neither is told.
std::optional<std::string> read_message_id(std::string_view json) {
  std::string id;
  bool names_recipient = false;
  json_cursor cursor(json);
  std::string_view key;
  if (!cursor.enter_object()) return std::nullopt;
  while (cursor.next_member(key)) {
    if (key == "message_id" && id.empty()) {
      cursor.take_string(id);
      continue;
    }
    names_recipient = names_recipient || key == "recipient_id";
    if (key != "messages" || !cursor.enter_array()) {
      cursor.take_value();
      continue;
    }
    while (cursor.next_element()) {
      if (!cursor.enter_object()) {
        cursor.take_value();
        continue;
      }
      while (cursor.next_member(key)) {
        if (key == "id" && id.empty())
          cursor.take_string(id);
        else
          cursor.take_value();
      }
    }
  }
  if (!cursor.finished() || (id.empty() && !names_recipient)) return std::nullopt;
  return id;
}

/// `{"<business id>": [{"estimated_time_to_regain_access": <minutes>, ...}]}`
std::int64_t usage_seconds(std::string_view value) {
  json_cursor cursor(value);
  std::string_view key;
  std::int64_t minutes = 0;
  if (!cursor.enter_object()) return 0;
  while (cursor.next_member(key)) {
    if (!cursor.enter_array()) {
      cursor.take_value();
      continue;
    }
    while (cursor.next_element()) {
      if (!cursor.enter_object()) {
        cursor.take_value();
        continue;
      }
      while (cursor.next_member(key)) {
        if (key == "estimated_time_to_regain_access")
          minutes = std::max<std::int64_t>(minutes, take_int(cursor));
        else
          cursor.take_value();
      }
    }
  }
  return cursor.finished() ? minutes * 60 : 0;
}

send_result unanswered(const http_response& response) {
  send_result result;
  result.what = response.what == http_response::outcome::not_sent ? certainty::not_sent
                                                                  : certainty::uncertain;
  result.http_status = response.status;
  result.error.message = response.error;
  return result;
}

}  // namespace

std::optional<graph_error> read_graph_error(std::string_view json) {
  std::optional<graph_error> error;
  json_cursor cursor(json);
  std::string_view key;
  if (!cursor.enter_object()) return error;
  while (cursor.next_member(key)) {
    if (key == "error" && cursor.enter_object())
      error = take_error(cursor);
    else
      cursor.take_value();
  }
  return cursor.finished() ? error : std::nullopt;
}

std::optional<std::int64_t> retry_after_ms(const http_response& response, std::int64_t now_s) {
  std::int64_t seconds = retry_after(response, now_s).value_or(std::chrono::seconds{0}).count();
  if (const auto value = response.header("X-Business-Use-Case-Usage"))
    seconds = std::max(seconds, usage_seconds(*value));
  if (seconds <= 0) return std::nullopt;
  return std::min(seconds, wait_seconds_max) * 1'000;
}

send_result read_send_reply(const http_response& response, bool is_message) {
  if (response.what != http_response::outcome::answered) return unanswered(response);
  send_result result;
  result.http_status = response.status;
  if (response.status >= 200 && response.status < 300) {
    if (auto id = read_message_id(response.body); id && !(is_message && id->empty())) {
      result.message_id = std::move(*id);
      result.what = certainty::accepted;
      return result;
    }
  }
  result.retry_after_ms = retry_after_ms(response, static_cast<std::int64_t>(std::time(nullptr)));
  auto error = read_graph_error(response.body);
  const bool refused = response.status >= 300 && response.status < 500;
  result.what = error || refused ? certainty::rejected : certainty::uncertain;
  if (error)
    result.error = std::move(*error);
  else if (!refused)
    result.error.message =
        "HTTP status " + std::to_string(response.status) + " without a message id or an error.";
  return result;
}

}  // namespace omnistream::http::client
