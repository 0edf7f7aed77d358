#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/ingest/webhook_payload.hpp"

namespace omnistream::actors {

inline constexpr std::int64_t noon = 1'767'268'800;

inline timestamp at_second(std::int64_t seconds) {
  return timestamp{std::chrono::seconds{seconds}};
}

inline uuid some_campaign(std::uint8_t number = 1) {
  return uuid{{0x01, 0x90, 0xc5, 0xa0, 0, number, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0}};
}
inline std::string id_of(std::uint32_t seq) {
  return recipient_id(some_campaign(), seq).to_string();
}

/// A POST with one change.
inline std::string post(const std::string& field, const std::string& value) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"9001","changes":[{"value":)" +
         value + R"(,"field":")" + field + R"("}]}]})";
}

inline std::string messages_value(const std::string& rest) {
  return R"({"messaging_product":"whatsapp","metadata":{"display_phone_number":"6221500100",)"
         R"("phone_number_id":"77001"},)" +
         rest + "}";
}

inline std::string inbound(const std::string& message) {
  return post(
      "messages",
      messages_value(R"("contacts":[{"profile":{"name":"Dewi Lestari"},"wa_id":"62811000111"}],)"
                     R"("messages":[)" +
                     message + "]"));
}

inline nlohmann::json status(std::uint32_t seq, const std::string& name, std::int64_t at = noon) {
  return {{"id", "wamid.S" + std::to_string(seq)},
          {"status", name},
          {"timestamp", std::to_string(at)},
          {"recipient_id", "62811000111"},
          {"conversation", {{"id", "c0ffee"}, {"origin", {{"type", "marketing"}}}}},
          {"pricing",
           {{"billable", true},
            {"pricing_model", "PMP"},
            {"type", "regular"},
            {"category", "marketing"}}},
          {"biz_opaque_callback_data", id_of(seq)}};
}

inline std::string statuses(const std::vector<nlohmann::json>& list) {
  return post("messages", messages_value("\"statuses\":" + nlohmann::json(list).dump()));
}

}  // namespace omnistream::actors
