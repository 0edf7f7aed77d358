#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace graph_simulator::testing {

/// A valid `order_update` message; tests change it to make it wrong.
inline nlohmann::json order_update(const std::string& to = "6281234567890",
                                   const std::string& callback = {}) {
  auto body = nlohmann::json::parse(R"({
    "messaging_product": "whatsapp", "recipient_type": "individual", "type": "template",
    "template": {"name": "order_update", "language": {"code": "id"}, "components": [
      {"type": "body", "parameters": [{"type": "text", "text": "Budi"}, {"type": "text", "text": "ORD-1"}]}]}})");
  body["to"] = to;
  if (!callback.empty()) body["biz_opaque_callback_data"] = callback;
  return body;
}

/// A valid `promo_image` message: image header, body with one, URL button with one.
inline nlohmann::json promo_image(const std::string& to = "6281234567890") {
  auto body = nlohmann::json::parse(R"({
    "messaging_product": "whatsapp", "recipient_type": "individual", "type": "template",
    "template": {"name": "promo_image", "language": {"code": "id"}, "components": [
      {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://example.com/a.jpg"}}]},
      {"type": "body", "parameters": [{"type": "text", "text": "Budi"}]},
      {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "abc"}]}]}})");
  body["to"] = to;
  return body;
}

inline nlohmann::json text_message(const std::string& to = "6281234567890") {
  return {{"messaging_product", "whatsapp"},
          {"to", to},
          {"type", "text"},
          {"text", {{"body", "Halo"}}}};
}

}  // namespace graph_simulator::testing
