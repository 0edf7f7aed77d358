// Whatever dies in the middle of a campaign: nobody gets the message twice, nobody is lost, and the
// counters are the rows.

#include <csignal>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr unsigned seed = 20'240'229;
constexpr std::chrono::seconds end_limit{150};
constexpr int connections_max = 64;  ///< to Meta
constexpr const char* uncertain_timeout_s = "15";

class Crash : public testing::Test {
 protected:
  static world_options options(const std::vector<std::string>& more = {}) {
    world_options with;
    with.simulator_flags = {"--mps", "unlimited", "--latency-ms", "10", "--status-delay-ms", "50"};
    with.simulator_flags.insert(with.simulator_flags.end(), more.begin(), more.end());
    with.settings = {{"OMNISTREAM_CAMPAIGNS_UNCERTAIN_TIMEOUT_S", uncertain_timeout_s},
                     {"OMNISTREAM_META_CONNECTIONS_MAX", std::to_string(connections_max)}};
    return with;
  }

  /// A world with a campaign that is being sent.
  void begin(int recipients, int mps, const world_options& with = options()) {
    around = std::make_unique<world>(with);
    ASSERT_TRUE(around->server().start());
    owner = std::make_unique<tenant>(around->server(), "Toko Maju");
    account = owner->connect("101", mps);
    campaign = owner->draft("order_update");
    owner->add(campaign, phone_numbers(0, recipients));
    owner->send(campaign);
    total = recipients;
  }

  /// Until Meta has accepted so many messages; a campaign that ends before fails the test.
  void await_accepted(int count) {
    bool over = false;
    ASSERT_TRUE(eventually(
        [&] {
          over = owner->campaign(campaign)["status"] != "sending";
          return over || around->simulator().stats()["accepted"] >= count;
        },
        end_limit));
    ASSERT_FALSE(over) << "the campaign ended early: " << owner->campaign(campaign);
  }

  int accepted() { return around->simulator().stats()["accepted"]; }
  milliseconds random_pause(int longest_ms) {
    return milliseconds{std::uniform_int_distribution<int>(0, longest_ms)(random)};
  }

  /// Lets it end and holds the outcome against the simulator's books.
  void expect_all_accounted_for() {
    const auto end = owner->await_rest(campaign, around->simulator(), end_limit);
    EXPECT_EQ(end["status"], "completed") << end;
    EXPECT_EQ(end["uncertain_count"], 0) << end;
    const auto rows = owner->recipients(campaign);
    EXPECT_EQ(static_cast<int>(rows.all.size()), total);
    expect_counters_equal(end, rows);
    expect_final(rows);
    const auto stats = around->simulator().stats();
    RecordProperty("accepted", stats["accepted"].get<int>());
    RecordProperty("failed", end["failed_count"].get<int>());
    EXPECT_EQ(stats["duplicates"], 0) << stats;
    EXPECT_EQ(stats["webhooks"]["dropped"], 0) << stats;
    // Meta tells the outcome of all that it accepted, so each of these must be known as sent; of
    // those that never reached Meta nothing is heard.
    EXPECT_EQ(end["sent_count"], stats["accepted"]) << end << stats;
    EXPECT_EQ(end["sent_count"].get<int>() + end["failed_count"].get<int>(), total);
  }

  static void expect_final(const recipient_list& rows) {
    static const std::set<std::string> final_statuses{"sent", "delivered", "read", "failed"};
    std::set<std::string> numbers;
    for (const auto& one : rows.all) {
      numbers.insert(one["phone_number"].get<std::string>());
      EXPECT_TRUE(final_statuses.contains(one["status"].get<std::string>())) << one;
      // The only way to fail here is to have been uncertain for too long; that is said.
      if (one["status"] == "failed") {
        EXPECT_NE(one.value("error_message", ""), "") << one;
      }
    }
    EXPECT_EQ(numbers.size(), rows.all.size());
  }

  std::unique_ptr<world> around;
  std::unique_ptr<tenant> owner;
  std::string account, campaign;
  int total = 0;
  std::mt19937 random{seed};
};

TEST_F(Crash, OfTheServerAgainAndAgainLosesAndRepeatsNobody) {
  constexpr int recipients = 20'000;
  constexpr int kills_wanted = 22;
  constexpr int mps = 300;  // slow, so that all kills hit it also on a slow machine
  begin(recipients, mps);
  int kills = 0;
  for (int i = 0; i < kills_wanted; ++i) {
    ASSERT_NO_FATAL_FAILURE(await_accepted(accepted() + 1 + static_cast<int>(random() % 250)));
    std::this_thread::sleep_for(random_pause(10));  // not a wait: the moment is to be random
    const bool sending = owner->campaign(campaign)["status"] == "sending";
    around->server().kill_now();
    kills += sending ? 1 : 0;
    ASSERT_TRUE(around->server().start());
  }
  EXPECT_GE(kills, 20) << "the campaign ended too early for the test to mean anything";
  owner->must("PATCH", "/api/integration-accounts/" + account,
              {{"config", {{"throughput_mps", 0}}}});
  expect_all_accounted_for();
  // A crash leaves no more in doubt than was claimed: half a second of work.
  EXPECT_LE(owner->campaign(campaign)["failed_count"], kills_wanted * mps / 2);
  EXPECT_EQ(around->server().stop(), 0);
}

TEST_F(Crash, WhileUncertainNamesWhoIsUncertain) {
  auto with = options();
  with.simulator_flags = {"--mps", "unlimited", "--latency-ms", "1000", "--status-delay-ms", "1"};
  with.settings["OMNISTREAM_CAMPAIGNS_UNCERTAIN_TIMEOUT_S"] = "3600";
  with.settings.erase("OMNISTREAM_META_CONNECTIONS_MAX");  // few would take half a minute
  begin(2'000, 0, with);
  // Calls are on their way, unanswered: the connections are reset with the server's death, so that
  // the outcome of some is known to Meta alone.
  ASSERT_NO_FATAL_FAILURE(await_accepted(1));
  around->server().kill_now();
  ASSERT_TRUE(around->server().start());
  const auto now = owner->await(campaign, [](const json& c) {
    return c["sent_count"].get<int>() + c["failed_count"].get<int>() +
               c["uncertain_count"].get<int>() ==
           c["total_recipients"].get<int>();
  });
  int named = 0;
  for (const auto& one : owner->recipients(campaign).with_status("pending")) {
    EXPECT_NE(one.value("error_message", "").find("Uncertain"), std::string::npos) << one;
    ++named;
  }
  EXPECT_LE(named, now["uncertain_count"].get<int>());
  EXPECT_EQ(around->simulator().stats()["duplicates"], 0);
}

/// Kills the postmaster: at SIGKILL its children notice by themselves, SIGQUIT is its own crash.
void kill_database(server_program& server, int number) {
  std::optional<pid_t> victim;
  ASSERT_TRUE(eventually([&] { return (victim = server.postmaster()).has_value(); }));
  ASSERT_EQ(kill(*victim, number), 0);
  // Until there is a new one: children of the killed one may answer a moment longer.
  ASSERT_TRUE(eventually([&] {
    const auto successor = server.postmaster();
    return successor.has_value() && successor != victim;
  }));
}

TEST_F(Crash, OfTheDatabaseLosesAndRepeatsNobody) {
  constexpr int recipients = 8'000;
  begin(recipients, 1'000);
  for (int i = 0; i < 6; ++i) {
    ASSERT_NO_FATAL_FAILURE(await_accepted(accepted() + 1 + static_cast<int>(random() % 900)));
    kill_database(around->server(), i % 2 == 0 ? SIGKILL : SIGQUIT);
    ASSERT_TRUE(around->server().await_ready()) << "kill " << i;
    EXPECT_TRUE(around->server().running());
  }
  expect_all_accounted_for();
  // The server lived and remembered: nobody is written off.
  EXPECT_EQ(owner->campaign(campaign)["failed_count"], 0);
  EXPECT_EQ(around->server().stop(), 0);
}

TEST_F(Crash, OfTheConnectionToMetaLosesAndRepeatsNobody) {
  constexpr int recipients = 10'000;
  auto with = options();
  around = std::make_unique<world>(with);
  ASSERT_TRUE(around->server().start());
  owner = std::make_unique<tenant>(around->server(), "Toko Maju");
  owner->connect("101", 2'000);
  campaign = owner->draft("order_update");
  owner->add(campaign, phone_numbers(0, total = recipients));
  around->simulator().fault({{"kind", "reset_after"}, {"share", 0.02}});
  around->simulator().fault({{"kind", "reset_before"}, {"share", 0.005}});
  owner->send(campaign);
  ASSERT_NO_FATAL_FAILURE(await_accepted(recipients / 2));
  around->server().kill_now();
  ASSERT_TRUE(around->server().start());
  expect_all_accounted_for();
  EXPECT_GT(around->simulator().stats()["resets"]["after"], 0);
  EXPECT_EQ(around->server().stop(), 0);
}

TEST_F(Crash, RightAfterACancellationSendsNoMore) {
  auto with = options();
  with.settings["OMNISTREAM_CAMPAIGNS_UNCERTAIN_TIMEOUT_S"] = "3";
  begin(3'000, 300, with);
  ASSERT_NO_FATAL_FAILURE(await_accepted(100));
  owner->must("POST", "/api/campaigns/" + campaign + "/cancel");
  around->server().kill_now();
  const int before = accepted();
  ASSERT_TRUE(around->server().start());
  owner->await(campaign, [](const json& now) {
    return now["uncertain_count"] == 0 && now["sent_count"].get<int>() +
                                                  now["failed_count"].get<int>() +
                                                  now["cancelled_count"].get<int>() ==
                                              now["total_recipients"];
  });
  // Statuses of what was sent still come.
  const auto end = owner->await_rest(campaign, around->simulator(), end_limit);
  EXPECT_EQ(end["status"], "cancelled");
  // What was on the wire when the server died may have arrived a moment later.
  EXPECT_LE(accepted(), before + connections_max);
  EXPECT_EQ(end["sent_count"], accepted());
  expect_counters_equal(end, owner->recipients(campaign));
  EXPECT_EQ(around->simulator().stats()["duplicates"], 0);
}

TEST_F(Crash, IsNoneWhenTheServerIsToldToStop) {
  constexpr int recipients = 6'000;
  begin(recipients, 1'000);
  for (int i = 0; i < 4; ++i) {
    ASSERT_NO_FATAL_FAILURE(await_accepted(accepted() + 1 + static_cast<int>(random() % 1'000)));
    const auto uncertain_before = owner->campaign(campaign)["uncertain_count"];
    EXPECT_EQ(uncertain_before, 0);
    EXPECT_EQ(around->server().stop(), 0);
    ASSERT_TRUE(around->server().start());
    EXPECT_EQ(owner->campaign(campaign)["uncertain_count"], 0) << "after stop " << i;
  }
  const auto end = owner->await_rest(campaign, around->simulator(), end_limit);
  EXPECT_EQ(end["status"], "completed");
  EXPECT_EQ(end["sent_count"], recipients);
  EXPECT_EQ(end["failed_count"], 0);
  expect_counters_equal(end, owner->recipients(campaign));
  EXPECT_EQ(around->simulator().stats()["duplicates"], 0);
  EXPECT_EQ(around->simulator().stats()["accepted"], recipients);
}

}  // namespace
}  // namespace omnistream::test
