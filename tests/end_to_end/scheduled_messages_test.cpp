// Messages whose time comes while the server is down, or dies.

#include <thread>

#include <gtest/gtest.h>

#include "config/base/time.hpp"
#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* person = "6281299000001";

class ScheduledMessages : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(around.server().start());
    owner.emplace(around.server(), "Toko Maju");
    owner->connect("101");
    const auto heard = around.simulator().call(
        "POST", "/_sim/inbound", {{"phone_number_id", "101"}, {"from", person}, {"text", "Halo"}});
    ASSERT_EQ(heard.status, 200) << heard.body;
    ASSERT_TRUE(eventually([&] {
      const auto list = owner->must("GET", "/api/conversations")["data"];
      if (!list.empty()) chat = list[0]["id"];
      return !list.empty();
    }));
  }
  void schedule(milliseconds from_now, int how_many) {
    for (int i = 0; i < how_many; ++i)
      owner->must("POST", "/api/conversations/" + chat + "/schedule",
                  {{"send_at", format_rfc3339(system_now() + from_now)},
                   {"message", {{"type", "text"}, {"text", {{"body", std::to_string(i)}}}}}});
  }
  json scheduled() {
    return owner->must("GET", "/api/conversations/" + chat + "/scheduled?per_page=100")["data"];
  }
  json message(const std::string& id) {
    const auto list =
        owner->must("GET", "/api/conversations/" + chat + "/messages?per_page=100")["data"];
    for (const auto& one : list)
      if (one["id"] == id) return one;
    return json::object();
  }
  /// It went out, or is said to be uncertain and Meta never got it.
  bool is_accounted_for(const std::string& id) {
    const auto shown = message(id);
    if (shown.value("status", "pending") != "pending") return true;
    return shown.value("error_message", "").starts_with("Uncertain") && accepted(id) == 0;
  }
  bool all_sent() {
    for (const auto& one : scheduled())
      if (one["status"] != "sent") return false;
    return true;
  }
  /// How often Meta accepted a message.
  std::size_t accepted(const std::string& id) {
    return around.simulator()
        .call("GET", "/_sim/messages?callback=" + id)
        .json()["messages"]
        .size();
  }

  world around;
  std::optional<tenant> owner;
  std::string chat;
};

TEST_F(ScheduledMessages, ComeDueWhileTheServerIsDown) {
  schedule(milliseconds{1'500}, 3);
  around.server().kill_now();
  std::this_thread::sleep_for(milliseconds{2'000});
  ASSERT_TRUE(around.server().start());
  ASSERT_TRUE(eventually([&] { return all_sent(); })) << scheduled();
  for (const auto& one : scheduled())
    EXPECT_TRUE(eventually([&] { return accepted(one["message_id"]) == 1; })) << one;
}

/// Killed again and again while they come due: each is taken once. The one that was with Meta at a
/// kill is uncertain, and not sent again.
TEST_F(ScheduledMessages, AreTakenOnceWhenTheServerDiesAmongThem) {
  for (int i = 0; i < 12; ++i) schedule(milliseconds{1'500 + 250 * i}, 1);
  for (int kills = 0; kills < 2; ++kills) {
    // Not a wait: longer than a start holds messages back, so that the second kill falls among
    // them.
    std::this_thread::sleep_for(milliseconds{1'400});
    around.server().kill_now();
    ASSERT_TRUE(around.server().start());
  }
  ASSERT_TRUE(eventually([&] { return all_sent(); })) << scheduled();
  EXPECT_EQ(owner->must("GET", "/api/conversations/" + chat + "/messages")["total"], 13);
  std::size_t arrived = 0;
  for (const auto& one : scheduled()) {
    EXPECT_TRUE(eventually([&] { return is_accounted_for(one["message_id"]); }))
        << one << message(one["message_id"]);
    EXPECT_LE(accepted(one["message_id"]), 1U) << one;
    arrived += accepted(one["message_id"]);
  }
  EXPECT_GE(arrived, 10U) << "a kill leaves at most one of which nobody knows";
}

}  // namespace
}  // namespace omnistream::test
