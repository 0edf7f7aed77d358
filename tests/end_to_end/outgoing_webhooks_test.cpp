// Outgoing webhooks, from a change to the subscriber's own server: whatever dies in between, every
// event arrives, in order.

#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include <gtest/gtest.h>

#include "tests/client/scripted_server.hpp"
#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using http::client::testing_support::connection;
using http::client::testing_support::scripted_server;
using nlohmann::json;

constexpr std::chrono::seconds arrival_limit{60};

/// A subscriber's server: keeps what it took, in the order in which it came.
class subscriber {
 public:
  struct taken {
    std::string id;
    json body;
  };

  std::string url() const { return server_.url("/hook"); }
  void answer_with(const std::string& status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  std::vector<taken> all() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  std::size_t refused() const { return refused_; }
  /// Events that came, batches opened; the first arrival of each delivery counts.
  std::vector<json> events() const {
    std::vector<json> list;
    std::set<std::string> known;
    for (const auto& one : all()) {
      if (!known.insert(one.id).second) continue;
      if (one.body["type"] != "events.batch")
        list.push_back(one.body);
      else
        for (const auto& event : one.body["data"]["events"]) list.push_back(event);
    }
    return list;
  }

 private:
  void play(connection& peer) {
    while (const auto request = peer.read_request()) {
      const auto id = request->find("webhook-id: ");
      taken one{request->substr(id + 12, 36),
                json::parse(request->substr(request->find("\r\n\r\n")))};
      std::string status;
      {
        const std::lock_guard lock(mutex_);
        status = status_;
        if (status == "200 OK") taken_.push_back(std::move(one));
      }
      if (status != "200 OK") ++refused_;
      if (!peer.answer("{}", status)) return;
    }
  }

  mutable std::mutex mutex_;
  std::string status_ = "200 OK";
  std::vector<taken> taken_;
  std::atomic<std::size_t> refused_ = 0;
  scripted_server server_{[this](connection& peer, int) { play(peer); }};
};

class OutgoingWebhooks : public testing::Test {
 protected:
  OutgoingWebhooks() {
    world_options with;
    with.simulator_flags = {"--mps", "unlimited", "--status-delay-ms", "20"};
    with.settings = {{"OMNISTREAM_OUTGOING_WEBHOOKS_ALLOW_HTTP", "true"},
                     {"OMNISTREAM_OUTGOING_WEBHOOKS_ALLOWED_NETWORKS", "127.0.0.0/8"}};
    around = std::make_unique<world>(with);
  }
  void SetUp() override {
    ASSERT_TRUE(around->server().start());
    owner = std::make_unique<tenant>(around->server(), "Toko Maju");
  }

  std::string subscribe(const json& types, const json& more = json::object()) {
    json body{{"url", hook.url()}, {"event_types", types}};
    body.update(more);
    return owner->must("POST", "/api/outgoing-webhooks", body)["id"];
  }
  std::string begin(int recipients, int mps) {
    owner->connect("101", mps);
    const auto campaign = owner->draft("order_update");
    owner->add(campaign, phone_numbers(0, recipients));
    owner->send(campaign);
    return campaign;
  }
  json webhook(const std::string& id) { return owner->must("GET", "/api/outgoing-webhooks/" + id); }
  std::size_t count(const std::string& type) const {
    std::size_t found = 0;
    for (const auto& event : hook.events()) found += event["type"] == type ? 1 : 0;
    return found;
  }
  /// The steps of each recipient in the order in which they were told.
  std::map<std::string, std::string> lives() const {
    std::map<std::string, std::string> told;
    for (const auto& event : hook.events())
      if (event["type"].get<std::string>().starts_with("campaign.recipient."))
        told[event["data"]["recipient_id"]] += event["data"]["status"].get<std::string>() + " ";
    return told;
  }
  void expect_whole_lives(int recipients) {
    const auto told = lives();
    EXPECT_EQ(static_cast<int>(told.size()), recipients);
    for (const auto& [who, life] : told) EXPECT_EQ(life, "sent delivered read ") << who;
  }

  std::unique_ptr<world> around;
  std::unique_ptr<tenant> owner;
  subscriber hook;
};

TEST_F(OutgoingWebhooks, TellACampaignAndItsRecipientsInOrder) {
  constexpr int recipients = 200;
  subscribe({"campaign.*", "campaign.recipient.*"});
  const auto campaign = begin(recipients, 0);
  owner->await_rest(campaign, around->simulator(), arrival_limit);
  ASSERT_TRUE(
      eventually([&] { return count("campaign.recipient.read") == recipients; }, arrival_limit));
  expect_whole_lives(recipients);
  EXPECT_EQ(count("campaign.created"), 1U);
  EXPECT_EQ(count("campaign.started"), 1U);
  ASSERT_TRUE(eventually([&] { return count("campaign.completed") == 1; }, arrival_limit));
  EXPECT_EQ(hook.events().front()["type"], "campaign.created");
}

TEST_F(OutgoingWebhooks, BatchesCarryTheSameEvents) {
  constexpr int recipients = 500;
  subscribe({"campaign.recipient.*"}, {{"batch_max", 100}, {"batch_wait_ms", 200}});
  const auto campaign = begin(recipients, 0);
  owner->await_rest(campaign, around->simulator(), arrival_limit);
  ASSERT_TRUE(
      eventually([&] { return count("campaign.recipient.read") == recipients; }, arrival_limit));
  expect_whole_lives(recipients);
  EXPECT_LT(hook.all().size(), 3U * recipients / 5);
}

/// An event is committed with its change, and leaves the outbox only when its delivery is recorded:
/// a crash repeats deliveries under their ids and loses none.
TEST_F(OutgoingWebhooks, OfAServerThatIsKilledAgainAndAgainAllArrive) {
  constexpr int kills = 8;
  constexpr int recipients = 2'000;
  around->server().stop();
  around->server().settings()["OMNISTREAM_CAMPAIGNS_UNCERTAIN_TIMEOUT_S"] = "10";
  ASSERT_TRUE(around->server().start());
  subscribe({"campaign.recipient.*"});
  const auto campaign = begin(recipients, 300);
  for (int i = 0; i < kills; ++i) {
    const auto enough = count("campaign.recipient.sent") + 50;
    ASSERT_TRUE(
        eventually([&] { return count("campaign.recipient.sent") >= enough; }, arrival_limit));
    ASSERT_EQ(owner->campaign(campaign)["status"], "sending") << "it ended too early";
    around->server().kill_now();
    ASSERT_TRUE(around->server().start());
  }
  const auto end = owner->await_rest(campaign, around->simulator(), std::chrono::seconds{120});
  const auto sent = end["sent_count"].get<std::size_t>();
  const auto failed = end["failed_count"].get<std::size_t>();
  ASSERT_TRUE(eventually(
      [&] {
        return count("campaign.recipient.read") >= sent &&
               count("campaign.recipient.failed") >= failed;
      },
      arrival_limit));
  std::map<std::string, std::size_t> same;
  for (const auto& [who, life] : lives()) ++same[life];
  EXPECT_EQ(same["sent delivered read "] + same["failed sent delivered read "], sent);
  EXPECT_EQ(same["failed "], failed);
  EXPECT_EQ(lives().size(), static_cast<std::size_t>(recipients));
}

/// While the subscriber is down nothing is lost, and it gets its turn as soon as a person says so.
TEST_F(OutgoingWebhooks, WaitForASubscriberThatIsDown) {
  const auto id = subscribe({"agent.*"});
  const auto agent = [&](int n) {
    owner->must("POST", "/api/agents",
                {{"email", "agent" + std::to_string(n) + "@example.com"},
                 {"name", "Agent"},
                 {"password", "at least ten characters"},
                 {"role", "agent"}});
  };
  hook.answer_with("503 Service Unavailable");
  for (int n = 0; n < 5; ++n) agent(n);
  ASSERT_TRUE(eventually([&] { return webhook(id)["status"] == "retrying"; }, arrival_limit));
  around->server().kill_now();
  ASSERT_TRUE(around->server().start());
  hook.answer_with("200 OK");
  owner->must("PATCH", "/api/outgoing-webhooks/" + id, {{"is_active", false}});
  owner->must("PATCH", "/api/outgoing-webhooks/" + id, {{"is_active", true}});
  ASSERT_TRUE(eventually([&] { return hook.events().size() == 5; }, arrival_limit));
  const auto events = hook.events();
  for (int n = 0; n < 5; ++n)
    EXPECT_EQ(events[static_cast<std::size_t>(n)]["data"]["email"],
              "agent" + std::to_string(n) + "@example.com");
  ASSERT_TRUE(eventually([&] { return webhook(id)["status"] == "active"; }, arrival_limit));
}

/// A clean end leaves nothing to be repeated.
TEST_F(OutgoingWebhooks, OfACleanEndAreDeliveredOnce) {
  constexpr int recipients = 400;
  subscribe({"campaign.recipient.*"});
  const auto campaign = begin(recipients, 200);
  ASSERT_TRUE(eventually([&] { return count("campaign.recipient.sent") >= 100; }, arrival_limit));
  EXPECT_EQ(around->server().stop(), 0);
  ASSERT_TRUE(around->server().start());
  owner->await_rest(campaign, around->simulator(), arrival_limit);
  ASSERT_TRUE(
      eventually([&] { return count("campaign.recipient.read") == recipients; }, arrival_limit));
  expect_whole_lives(recipients);
  std::set<std::string> ids;
  for (const auto& one : hook.all()) EXPECT_TRUE(ids.insert(one.id).second) << one.id;
}

TEST_F(OutgoingWebhooks, AreNotPostedIntoOurOwnNetworkUnlessASettingSaysSo) {
  around->server().stop();
  around->server().settings().erase("OMNISTREAM_OUTGOING_WEBHOOKS_ALLOWED_NETWORKS");
  ASSERT_TRUE(around->server().start());
  const auto refused =
      owner->call("POST", "/api/outgoing-webhooks", {{"url", hook.url()}, {"event_types", {"*"}}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.json()["errors"][0]["field"], "url");
}

/// A name may point elsewhere after it was saved: the address is looked at again when it is
/// dialled.
TEST_F(OutgoingWebhooks, AreNotDialledWhereTheyMustNotGo) {
  const auto id = subscribe({"agent.*"});
  around->server().stop();
  around->server().settings().erase("OMNISTREAM_OUTGOING_WEBHOOKS_ALLOWED_NETWORKS");
  ASSERT_TRUE(around->server().start());
  const auto tested = owner->must("POST", "/api/outgoing-webhooks/" + id + "/test");
  EXPECT_EQ(tested["status"], "failed");
  EXPECT_FALSE(tested.contains("response_code"));
  EXPECT_NE(tested["error"].get<std::string>().find("address"), std::string::npos) << tested;
  EXPECT_TRUE(hook.all().empty());
}

}  // namespace
}  // namespace omnistream::test
