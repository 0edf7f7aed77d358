// Campaigns whose time comes: while the server runs, while it is down, after it died.

#include <thread>

#include <gtest/gtest.h>

#include "config/base/time.hpp"
#include "tests/end_to_end/flow_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// For a machine under load; a campaign whose time was forgotten does not start at all.
constexpr std::chrono::seconds late_max{15};

std::string at(timestamp when) {
  return format_rfc3339(when);
}

timestamp time_in(const json& object, const char* name) {
  return parse_rfc3339(object.at(name).get<std::string>()).value();
}

class ScheduledCampaigns : public Flow {};

TEST_F(ScheduledCampaigns, StartOnTime) {
  owner->connect(fresh_number());
  std::vector<std::string> campaigns;
  for (int i = 0; i < 3; ++i) {
    campaigns.push_back(owner->draft(
        "order_update", {{"scheduled_at", at(system_now() + milliseconds{2'500 + i * 300})}}));
    owner->add(campaigns.back(), phone_numbers(30 + i, 1));
    owner->send(campaigns.back());
  }
  for (const auto& one : campaigns) {
    const auto end = owner->await_end(one);
    EXPECT_EQ(end["status"], "completed");
    const auto late = time_in(end, "started_at") - time_in(end, "scheduled_at");
    EXPECT_GE(late.count(), 0) << end;
    EXPECT_LT(late, late_max) << end;
  }
}

TEST_F(ScheduledCampaigns, WaitForTheirTime) {
  owner->connect(fresh_number());
  const auto campaign =
      owner->draft("order_update", {{"scheduled_at", at(system_now() + std::chrono::hours{24})}});
  owner->add(campaign, phone_numbers(39, 1));
  const auto said = owner->send(campaign);
  EXPECT_TRUE(said.contains("scheduled_at")) << said;
  EXPECT_EQ(owner->campaign(campaign)["status"], "scheduled");
}

TEST(CampaignsScheduledWhileDown, StartAtOnceWhenTheirTimeHasPassed) {
  world around;
  ASSERT_TRUE(around.server().start());
  tenant owner(around.server(), "Toko Maju");
  owner.connect("101");
  const auto due = system_now() + milliseconds{4'000};
  const auto past = owner.draft("order_update", {{"scheduled_at", at(due)}});
  const auto later =
      owner.draft("order_update", {{"scheduled_at", at(system_now() + std::chrono::hours{24})}});
  for (const auto& one : {past, later}) {
    owner.add(one, phone_numbers(40, 3));
    owner.send(one);
  }
  EXPECT_EQ(around.server().stop(), 0);
  std::this_thread::sleep_until(due + milliseconds{10});
  ASSERT_TRUE(around.server().start());
  const auto end = owner.await_end(past);
  EXPECT_EQ(end["status"], "completed");
  EXPECT_GE(time_in(end, "started_at"), due);
  EXPECT_EQ(owner.campaign(later)["status"], "scheduled");
  EXPECT_EQ(around.simulator().stats()["accepted"], 3);
}

TEST(CampaignsScheduledWhileDown, AreNotDelayedByAKill) {
  world around;
  ASSERT_TRUE(around.server().start());
  tenant owner(around.server(), "Toko Maju");
  owner.connect("101");
  const auto due = system_now() + milliseconds{6'000};
  std::vector<std::string> campaigns;
  for (int i = 0; i < 4; ++i) {
    campaigns.push_back(
        owner.draft("order_update", {{"scheduled_at", at(due + i * milliseconds{1'000})}}));
    owner.add(campaigns.back(), phone_numbers(50 + i, 1));
    owner.send(campaigns.back());
  }
  around.server().kill_now();
  std::this_thread::sleep_until(due + milliseconds{10});
  ASSERT_TRUE(around.server().start());
  const auto ready = system_now();
  for (const auto& one : campaigns) {
    const auto end = owner.await_end(one);
    EXPECT_EQ(end["status"], "completed");
    const auto started = time_in(end, "started_at");
    EXPECT_GE(started, time_in(end, "scheduled_at"));
    const auto wanted = std::max(ready, time_in(end, "scheduled_at"));
    EXPECT_LT(started - wanted, late_max) << end;
  }
  EXPECT_EQ(around.simulator().stats()["accepted"], 4);
}

}  // namespace
}  // namespace omnistream::test
