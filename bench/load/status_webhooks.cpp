#include "bench/load/status_webhooks.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "bench/graph_simulator/webhook_batch.hpp"
#include "bench/load/campaigns.hpp"
#include "bench/load/test_bed.hpp"

namespace omnistream::load {
namespace {

constexpr int page_size = 200;
/// So many messages are sent between one person's sent and delivered, delivered and read.
constexpr std::size_t life_step = 1'000;

std::string change_of(const known_message& message, const char* status,
                      const std::string& timestamp) {
  std::string json =
      R"({"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550123456",)"
      R"("phone_number_id":")" +
      phone_number_id(0) + R"("},"statuses":[{"id":")" + message.wamid + R"(","status":")" +
      status + R"(","timestamp":")" + timestamp + R"(","recipient_id":")" + message.wa_id +
      R"(","biz_opaque_callback_data":")" + message.recipient_id + '"';
  if (status != std::string_view("read"))
    json +=
        R"(,"conversation":{"id":"9a3fbc6d0a4b4f1c8d7e6f5a4b3c2d1e","origin":{"type":"utility"}},)"
        R"("pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"utility"})";
  return json + R"(}]},"field":"messages"})";
}

}  // namespace

std::vector<known_message> read_messages(api_client& api, const std::string& campaign) {
  std::vector<known_message> all;
  for (int page = 1, pages = 1; page <= pages; ++page) {
    const auto got = api.must("GET", "/api/campaigns/" + campaign +
                                         "/recipients?per_page=" + std::to_string(page_size) +
                                         "&page=" + std::to_string(page));
    pages = got.value("total_pages", 0);
    for (const auto& one : got.at("data")) {
      const auto number = one.value("phone_number", "");
      all.push_back({one.value("id", ""), one.value("external_id", ""),
                     number.substr(std::min<std::size_t>(1, number.size()))});
      if (all.back().wamid.empty())
        throw std::runtime_error("a recipient that was sent to has no external_id: " + one.dump());
    }
  }
  return all;
}

std::vector<planned_status> life_of(std::size_t first, std::size_t count) {
  std::vector<planned_status> all;
  all.reserve(count * 3);
  const auto step = std::min(life_step, std::max<std::size_t>(count / 4, 1));
  for (std::size_t at = 0; at < count + 2 * step; ++at) {
    if (at < count) all.push_back({first + at, "sent"});
    if (at >= step && at - step < count) all.push_back({first + at - step, "delivered"});
    if (at >= 2 * step) all.push_back({first + at - 2 * step, "read"});
  }
  return all;
}

std::vector<signed_webhook> make_webhooks(const std::vector<known_message>& messages,
                                          const std::vector<planned_status>& statuses,
                                          std::size_t batch) {
  const auto timestamp = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                            std::chrono::system_clock::now().time_since_epoch())
                                            .count());
  graph_simulator::webhook_batch body({});
  std::vector<signed_webhook> all;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    const auto& one = statuses[i];
    body.add({.id = waba_id, .json = change_of(messages.at(one.message), one.status, timestamp)});
    if (body.size() < batch && i + 1 < statuses.size()) continue;
    const auto count = body.size();
    auto text = body.finish();
    const auto signature = graph_simulator::sign_webhook(text, app_secret);
    all.push_back({std::move(text),
                   http::client::header_list::make(
                       {"Content-Type: application/json", "X-Hub-Signature-256: " + signature}),
                   count});
  }
  return all;
}

}  // namespace omnistream::load
