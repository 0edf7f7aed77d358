#include "bench/load/inbox_world.hpp"

#include <chrono>
#include <memory>

#include "bench/graph_simulator/webhook_batch.hpp"
#include "bench/load/campaigns.hpp"

namespace omnistream::load {
namespace {

constexpr const char* facebook_page = "600";
constexpr const char* instagram_account = "178414600";
constexpr const char* password = "load-password-1";
constexpr int quiet_divisions = 8;
constexpr std::size_t messages_per_webhook = 100;

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string email_of(const std::string& agent) {
  return agent + "@example.com";
}

/// Numbers of WhatsApp: one for each division that is written to there, and one for nobody's.
std::string number_of(const std::string& division) {
  return phone_number_id(division.empty() ? 1 : 0);
}

}  // namespace

inbox_world::inbox_world(test_bed& bed, std::int64_t conversations)
    : bed_(bed), first_at_s_(now_s() - conversations) {
  make_divisions();
  make_agents();
  make_accounts();
  agent_api_ = std::make_unique<api_client>(bed_.api().log_in(email_of("busy"), password));
}

void inbox_world::make_divisions() {
  std::vector<std::string> names{"sales", "support", "events"};
  for (int i = 0; i < quiet_divisions; ++i) names.push_back("quiet " + std::to_string(i));
  for (const auto& name : names)
    divisions_[name] = bed_.api().must("POST", "/api/divisions", {{"name", name}}).at("id");
}

void inbox_world::make_agents() {
  for (const char* name : {"busy", "calm"})
    agents_[name] = bed_.api()
                        .must("POST", "/api/agents",
                              {{"name", name}, {"email", email_of(name)}, {"password", password}})
                        .at("id");
  for (const auto& [name, id] : divisions_)
    if (name != "support")
      bed_.api().must("POST", "/api/divisions/" + id + "/agents",
                      {{"agent_ids", {agents_.at("busy")}}});
}

void inbox_world::make_accounts() {
  const auto connect = [this](nlohmann::json account, const std::string& division) {
    account["display_name"] = "Load " + division;
    account["config"]["access_token"] = access_token;
    if (!division.empty()) account["division_id"] = divisions_.at(division);
    bed_.api().must("POST", "/api/integration-accounts", account);
  };
  for (const char* division : {"sales", ""})
    connect({{"channel", "whatsapp"},
             {"config", {{"phone_number_id", number_of(division)}, {"waba_id", waba_id}}}},
            division);
  connect({{"channel", "messenger"}, {"account_key", facebook_page}}, "support");
  connect({{"channel", "instagram"},
           {"account_key", instagram_account},
           {"config", {{"page_id", facebook_page}}}},
          "events");
}

std::string inbox_world::phone_number(std::int64_t n) {
  return "+62812" + std::to_string(10'000'000 + n);
}

std::string inbox_world::written(const planned_conversation& one, std::int64_t n) const {
  const auto at = std::to_string(first_at_s_ + n);
  const auto id = std::to_string(n);
  if (one.channel == "whatsapp") {
    const auto person = phone_number(n).substr(1);
    return R"({"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":)"
           R"("15550123456","phone_number_id":")" +
           number_of(one.division) + R"("},"contacts":[{"profile":{"name":"Budi )" + id +
           R"("},"wa_id":")" + person + R"("}],"messages":[{"from":")" + person +
           R"(","id":"wamid.inbox.)" + id + R"(","timestamp":")" + at +
           R"(","type":"text","text":{"body":"When will my order )" + id +
           R"( come?"}}]},"field":"messages"})";
  }
  const char* account = one.channel == "messenger" ? facebook_page : instagram_account;
  return R"({"sender":{"id":"7)" + id + R"("},"recipient":{"id":")" + account +
         R"("},"timestamp":)" + at + R"(000,"message":{"mid":"m_inbox.)" + id +
         R"(","text":"When will my order )" + id + R"( come?"}})";
}

std::vector<http::client::http_request> inbox_world::webhooks(const inbox_plan& plan,
                                                              std::int64_t first,
                                                              std::int64_t count) const {
  struct target {
    const char* channel;
    const char* object;
    const char* id;
  };
  std::vector<http::client::http_request> all;
  for (const auto& [channel, object, id] :
       {target{"whatsapp", "whatsapp_business_account", waba_id},
        target{"messenger", "page", facebook_page},
        target{"instagram", "instagram", instagram_account}}) {
    graph_simulator::webhook_batch batch({});
    const auto finish = [&] {
      if (batch.size() == 0) return;
      auto body = batch.finish();
      const auto signature = graph_simulator::sign_webhook(body, app_secret);
      all.push_back(bed_.api().request("POST", "/webhook", std::move(body)));
      all.back().headers = http::client::header_list::make(
          {"Content-Type: application/json", "X-Hub-Signature-256: " + signature});
    };
    for (auto n = first; n < first + count; ++n) {
      const auto one = plan.at(n);
      if (one.channel != channel) continue;
      batch.add({.id = id, .json = written(one, n), .object = object});
      if (batch.size() == messages_per_webhook) finish();
    }
    finish();
  }
  return all;
}

std::string inbox_world::path(const list_filter& filter, const list_page& page) const {
  auto path = "/api/conversations?page=" + std::to_string(page.page) +
              "&per_page=" + std::to_string(page.per_page);
  const auto narrow = [&path](const char* by, const std::string& value) {
    if (!value.empty()) path += std::string("&") + by + "=" + value;
  };
  narrow("status", filter.status);
  narrow("channel", filter.channel);
  narrow("division_id", filter.division.empty() ? "" : divisions_.at(filter.division));
  narrow("tag", filter.tag);
  if (filter.agent == "nobody")
    narrow("assigned", "none");
  else if (filter.agent == "busy" && filter.as_agent)
    narrow("assigned", "me");
  else if (!filter.agent.empty())
    narrow("assigned_agent_id", agents_.at(filter.agent));
  return path;
}

}  // namespace omnistream::load
