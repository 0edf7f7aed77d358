#include "bench/graph_simulator/webhook_batch.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "bench/graph_simulator/errors.hpp"
#include "bench/graph_simulator/hashing.hpp"

namespace graph_simulator {
namespace {

constexpr char hex[] = "0123456789abcdef";

std::int64_t seconds(start_time start, instant at) {
  return std::chrono::duration_cast<std::chrono::seconds>(start + at).count();
}

std::int64_t milliseconds(start_time start, instant at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(start + at).count();
}

std::string conversation_id(const accepted_message& message) {
  const auto pair = hash_text(message.recipient, hash_text(message.number->phone_number_id));
  std::string id;
  for (std::uint64_t word = 0; word < 2; ++word) {
    auto bits = draw(pair, word, hash_text(message.category));
    for (int i = 0; i < 16; ++i, bits >>= 4) id += hex[bits & 15];
  }
  return id;
}

}  // namespace

void append_json_string(std::string& to, std::string_view text) {
  const bool plain = std::ranges::all_of(
      text, [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '/'; });
  if (plain) {
    to += '"';
    to += text;
    to += '"';
    return;
  }
  to += nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

void webhook_batch::begin_change(std::string_view object, std::string_view id, instant at) {
  const bool is_new_entry = size_ == 0 || id != id_;
  if (size_ == 0) {
    object_ = object;
    body_ = R"({"object":")";
    body_ += object;
    body_ += R"(","entry":[)";
  } else {
    body_ += is_new_entry ? "]}," : ",";
  }
  if (is_new_entry) {
    body_ += R"({"id":)";
    append_json_string(body_, id);
    if (object == whatsapp_object) {
      body_ += R"(,"changes":[)";
    } else {
      body_ += R"(,"time":)" + std::to_string(milliseconds(start_, at)) + R"(,"messaging":[)";
    }
    id_ = id;
  }
  ++size_;
}

void webhook_batch::add(const webhook_change& change) {
  begin_change(change.object, change.id, change.due);
  body_ += change.json;
}

void webhook_batch::add(const due_status& status) {
  const auto& message = *status.message;
  begin_change(whatsapp_object, message.number->waba_id, status.at);
  body_ += R"({"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":)";
  append_json_string(body_, message.number->display_digits);
  body_ += R"(,"phone_number_id":)";
  append_json_string(body_, message.number->phone_number_id);
  body_ += R"(},"statuses":[{"id":")";
  body_ += make_wamid(message.recipient, message.nonce, message.index);
  body_ += R"(","status":")";
  body_ += to_string(status.status);
  body_ += R"(","timestamp":")";
  body_ += std::to_string(seconds(start_, status.at));
  body_ += message.recipient_is_user_id ? R"(","recipient_user_id":)" : R"(","recipient_id":)";
  append_json_string(body_, message.recipient);
  if (!message.callback.empty()) {
    body_ += R"(,"biz_opaque_callback_data":)";
    append_json_string(body_, message.callback);
  }
  if (status.status == message_status::failed) {
    add_errors(status);
  } else if (status.status != message_status::read) {
    add_pricing(status);
  }
  body_ += R"(}]},"field":"messages"})";
}

void webhook_batch::add_pricing(const due_status& status) {
  const auto& message = *status.message;
  body_ += R"(,"conversation":{"id":")";
  body_ += conversation_id(message);
  if (status.status == message_status::sent) {
    body_ += R"(","expiration_timestamp":")";
    body_ += std::to_string(seconds(start_, message.accepted_at + std::chrono::hours{24}));
  }
  body_ += R"(","origin":{"type":")";
  body_ += message.category;
  const bool is_free = message.category == "service";
  body_ +=
      is_free
          ? R"("}},"pricing":{"billable":false,"pricing_model":"PMP","type":"free_customer_service")"
          : R"("}},"pricing":{"billable":true,"pricing_model":"PMP","type":"regular")";
  body_ += R"(,"category":")";
  body_ += message.category;
  body_ += R"("})";
}

void webhook_batch::add_errors(const due_status& status) {
  std::string title;
  append_json_string(title, title_of(status.error_code));
  body_ +=
      R"(,"errors":[{"code":)" + std::to_string(status.error_code) + R"(,"title":)" + title +
      R"(,"message":)" + title + R"(,"error_data":{"details":)" + title +
      R"(},"href":"https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"}])";
}

std::string webhook_batch::finish() {
  body_ += "]}]}";
  size_ = 0;
  id_.clear();
  const auto capacity = body_.size() + body_.size() / 8;
  std::string finished = std::move(body_);
  body_ = {};
  body_.reserve(capacity);
  return finished;
}

std::string sign_webhook(std::string_view body, std::string_view app_secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), app_secret.data(), static_cast<int>(app_secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &length);
  std::string signature = "sha256=";
  for (unsigned int i = 0; i < length; ++i) {
    signature += hex[digest[i] >> 4];
    signature += hex[digest[i] & 15];
  }
  return signature;
}

}  // namespace graph_simulator
