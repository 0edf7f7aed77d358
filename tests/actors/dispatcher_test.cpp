#include "actors/dispatch/dispatcher.hpp"

#include <map>

#include <gtest/gtest.h>

#include "actors/dispatch/dispatcher_pool.hpp"
#include "tests/actors/campaign_world.hpp"

namespace omnistream::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Keeps what it is given until the test answers.
class fake_sender final : public message_sender {
 public:
  void send(outbound_message message, std::function<void(send_result)> done) override {
    messages.push_back(std::move(message));
    open.push_back(std::move(done));
  }
  void answer(const send_result& result, std::size_t how_many = 1'000'000) {
    for (; how_many > 0 && !open.empty(); --how_many) {
      auto done = std::move(open.front());
      open.pop_front();
      done(result);
    }
  }
  std::vector<outbound_message> messages;
  std::deque<std::function<void(send_result)>> open;
};

struct reports {
  std::vector<outcomes> list;
};

registry_actor::behavior_type fake_registry(registry_actor::pointer,
                                            const std::shared_ptr<reports>& got) {
  return {[](const entity_call&) {},
          [](const wake&) {},
          [got](const outcomes& report) { got->list.push_back(report); },
          [](const alarm&) {},
          [](const idle&) {},
          [](tick) {},
          [](drain) { return true; }};
}

uuid campaign(std::uint8_t number) {
  return uuid({number});
}

class Dispatcher : public ::testing::Test {
 protected:
  Dispatcher() { pool = world.system.spawn(dispatcher_pool, environment(512), std::size_t{2}); }
  ~Dispatcher() override {
    sender.open.clear();
    world.kill(pool);
    world.kill(registry);
  }

  dispatcher_environment environment(std::size_t in_flight_max) {
    return {registry,           &sender,    world.clock(),
            [] { return 0.0; }, first_send, std::make_shared<send_budget>(in_flight_max)};
  }
  void make(std::size_t in_flight_max) {
    world.kill(pool);
    pool = world.system.spawn(dispatcher_pool, environment(in_flight_max), std::size_t{2});
  }
  void give(const uuid& to, int from_seq, int to_seq, int rate, const std::string& number = "1001",
            int low_water = 0, entity_kind kind = entity_kind::campaign) {
    auto account = std::make_shared<sending_account>();
    account->sender_id = number;
    if (number.find('@') != std::string::npos) account->channel = channel_kind::email;
    account->access_token = std::make_shared<const std::string>("token");
    account->messages_per_second = rate;
    auto items = std::make_shared<std::vector<send_item>>();
    for (int seq = from_seq; seq <= to_seq; ++seq)
      items->push_back({seq, 0, false, "+62812", std::to_string(to.bytes()[0])});
    caf::anon_send(pool, offer{{kind, to}, account, items, low_water});
    world.run();
  }
  void give_from_chat(const uuid& to, int seq) {
    give(to, seq, seq, 20, "1001", 0, entity_kind::conversation);
  }
  /// Lets time pass; everything sent is answered at once with `result`.
  void pass(milliseconds time, const std::optional<send_result>& result = accepted()) {
    for (; time.count() > 0; time -= milliseconds{2}) {
      world.advance(milliseconds{2});
      note();
      if (result) sender.answer(*result);
      world.run();
    }
  }
  void note() { sent_at.resize(sender.messages.size(), world.now); }
  /// The most messages in any second.
  std::size_t peak() const {
    std::size_t most = 0, first = 0;
    for (std::size_t last = 0; last < sent_at.size(); ++last) {
      while (sent_at[last] - sent_at[first] >= seconds{1}) ++first;
      most = std::max(most, last - first + 1);
    }
    return most;
  }
  std::map<int, int> outcome_counts(bool returned) const {
    std::map<int, int> counts;
    for (const auto& report : got->list)
      for (const auto& one : *report.list)
        if (one.returned == returned) ++counts[one.seq];
    return counts;
  }

  stepped_system world;
  rate_limiter::time_point first_send{};
  fake_sender sender;
  std::shared_ptr<reports> got = std::make_shared<reports>();
  registry_actor registry = world.system.spawn(fake_registry, got);
  dispatcher_pool_actor pool;
  std::vector<timestamp> sent_at;
};

TEST_F(Dispatcher, NeverExceedsTheRateAndUsesIt) {
  for (const int rate : {20, 80, 1'000}) {
    sender.messages.clear();
    sent_at.clear();
    give(campaign(static_cast<std::uint8_t>(rate % 200)), 1, rate * 6, rate,
         "n" + std::to_string(rate));
    pass(seconds{5});
    EXPECT_LE(peak(), static_cast<std::size_t>(rate));
    EXPECT_GE(sender.messages.size(), static_cast<std::size_t>(rate * 5 * 0.98));
    make(512);
  }
}

TEST_F(Dispatcher, SendsNothingInTheSecondOfAPredecessor) {
  first_send = world.scheduler.clock().now() + seconds{1};
  make(512);
  give(campaign(1), 1, 100, 80);
  pass(milliseconds{990});
  EXPECT_EQ(sender.messages.size(), 0U);
  pass(milliseconds{100});
  EXPECT_GT(sender.messages.size(), 0U);
}

TEST_F(Dispatcher, ReportsEveryOutcomeOnce) {
  give(campaign(1), 1, 100, 0);
  pass(seconds{1});
  const auto counts = outcome_counts(false);
  EXPECT_EQ(counts.size(), 100U);
  for (const auto& [seq, times] : counts) EXPECT_EQ(times, 1) << seq;
  EXPECT_EQ(sender.messages[0].account->sender_id, "1001");
  EXPECT_EQ(*sender.messages[0].account->access_token, "token");
}

TEST_F(Dispatcher, ManyCampaignsShareANumberFairly) {
  give(campaign(1), 1, 1'000, 80);
  give(campaign(2), 1, 200, 80);
  const auto before = sender.messages.size();
  pass(seconds{3});
  std::map<std::string, int> turns;
  for (std::size_t i = before; i < sender.messages.size(); ++i) ++turns[sender.messages[i].body];
  EXPECT_LE(std::abs(turns["1"] - turns["2"]), 1);
}

TEST_F(Dispatcher, BoundsWhatIsInFlight) {
  make(10);
  give(campaign(1), 1, 100, 0);
  pass(seconds{1}, std::nullopt);
  EXPECT_EQ(sender.messages.size(), 8U) << "four fifths for a number alone";
  sender.answer(accepted(), 3);
  world.run();
  EXPECT_EQ(sender.messages.size(), 11U);
  pass(seconds{1});
  EXPECT_EQ(sender.messages.size(), 100U);
}

TEST_F(Dispatcher, ANumberWithoutAnswersLeavesRoomForAnother) {
  make(10);
  give(campaign(1), 1, 100, 0, "a");
  pass(seconds{1}, std::nullopt);
  give(campaign(2), 1, 100, 0, "b");
  pass(seconds{1}, std::nullopt);
  const auto of_b = [this] {
    return std::count_if(sender.messages.begin(), sender.messages.end(),
                         [](const auto& each) { return each.account->sender_id == "b"; });
  };
  EXPECT_EQ(of_b(), 1);
  // Room that another number gives back is found without a result of one's own.
  sender.answer(accepted(), 4);
  pass(milliseconds{10}, std::nullopt);
  EXPECT_GT(of_b(), 1);
}

TEST_F(Dispatcher, MailsTakeNothingOfTheRoomForMeta) {
  make(10);
  give(campaign(1), 1, 100, 80, "help@shop.example");
  pass(seconds{2}, std::nullopt);
  EXPECT_EQ(sender.messages.size(), 16U) << "no more wait for one mail server";
  give(campaign(2), 1, 100, 0, "b");
  pass(seconds{1}, std::nullopt);
  EXPECT_EQ(sender.messages.size(), 24U) << "as if there were no mails";
  pass(seconds{3});
  EXPECT_EQ(sender.messages.size(), 200U);
}

TEST_F(Dispatcher, AnUnlimitedNumberKeepsNoMoreOnTheWayThanItsLatencyNeeds) {
  make(10'000);
  give(campaign(1), 1, 5'000, 0);
  EXPECT_EQ(sender.messages.size(), 128U);
  for (int i = 0; i < 3; ++i) {
    world.advance(milliseconds{200});
    sender.answer(accepted());
    world.run();
  }
  EXPECT_GE(sender.open.size(), 500U) << "200 ms away, more must be on the way";
  EXPECT_LE(sender.open.size(), 1'001U);
}

/// How many left the queue, over all reports to one campaign.
TEST_F(Dispatcher, TellsOnceThatACampaignRunsLow) {
  give(campaign(1), 1, 20, 20, "1001", 10);
  const auto left = [this] {
    int sum = 0;
    for (const auto& report : got->list) sum += report.left_queue;
    return sum;
  };
  pass(milliseconds{300}, std::nullopt);
  EXPECT_EQ(left(), 0) << "more than ten are waiting";
  pass(milliseconds{200}, std::nullopt);
  EXPECT_EQ(got->list.size(), 1U);
  EXPECT_GE(left(), 10);
  EXPECT_LE(left(), 11);
  pass(milliseconds{300}, std::nullopt);
  EXPECT_EQ(got->list.size(), 1U) << "once is enough";
  give(campaign(1), 21, 21, 20, "1001", 10);
  pass(seconds{2});
  EXPECT_EQ(left(), 21) << "with the outcomes all is told";
}

TEST_F(Dispatcher, SendsForAPersonWhoWaitsBeforeABroadcast) {
  const uuid chat{{9}};
  give(campaign(1), 1, 200, 20);
  pass(seconds{2});
  const auto before = sender.messages.size();
  give_from_chat(chat, 7);
  pass(milliseconds{100});
  ASSERT_GT(sender.messages.size(), before);
  EXPECT_EQ(sender.messages[before].body, "9") << "the next that the limiter grants";
  const auto told = std::count_if(got->list.begin(), got->list.end(), [&](const outcomes& report) {
    return report.to == entity_address{entity_kind::conversation, chat};
  });
  EXPECT_EQ(told, 1) << "its outcome, and nothing of the queue";
  EXPECT_EQ(outcome_counts(false)[7], 2) << "the campaign's own 7, and the conversation's";
  pass(seconds{9});
  EXPECT_EQ(sender.messages.size(), 201U);
  EXPECT_LE(peak(), 20U) << "within the same rate";
}

TEST_F(Dispatcher, GivesAConversationItsMessageBackAtADrain) {
  give(campaign(1), 1, 100, 20);
  pass(milliseconds{100}, std::nullopt);
  give_from_chat(uuid({9}), 7);
  caf::anon_send(pool, drain{});
  give_from_chat(uuid({8}), 8);
  int returned = 0;
  for (const auto& report : got->list)
    if (report.to.kind == entity_kind::conversation)
      for (const auto& one : *report.list) returned += one.returned ? 1 : 0;
  EXPECT_EQ(returned, 2);
}

TEST_F(Dispatcher, WhatIsGivenBackHasLeftTheQueue) {
  give(campaign(1), 1, 100, 20);
  caf::anon_send(pool, withdraw{{entity_kind::campaign, campaign(1)}, "1001"});
  world.run();
  ASSERT_EQ(got->list.size(), 1U);
  EXPECT_EQ(got->list[0].left_queue, 100);
}

TEST_F(Dispatcher, RestsOnceForABurstOfRefusals) {
  give(campaign(1), 1, 1'000, 100);
  pass(milliseconds{200}, std::nullopt);
  const auto in_flight = sender.open.size();
  ASSERT_GT(in_flight, 5U);
  sender.answer(rejected(130429));
  world.run();
  const auto sent = sender.messages.size();
  pass(milliseconds{900});
  EXPECT_EQ(sender.messages.size(), sent) << "one second of rest";
  pass(milliseconds{200});
  EXPECT_GT(sender.messages.size(), sent) << "and not a second more for each of the burst";
  pass(seconds{2});
  EXPECT_LT(sender.messages.size(), sent + 200) << "slower than before";
}

TEST_F(Dispatcher, RestsAsLongAsMetaAsks) {
  give(campaign(1), 1, 1'000, 100);
  auto slow = rejected(130429);
  slow.retry_after_ms = 5'000;
  sender.answer(slow);
  world.run();
  const auto sent = sender.messages.size();
  pass(milliseconds{4'900});
  EXPECT_EQ(sender.messages.size(), sent);
  pass(milliseconds{300});
  EXPECT_GT(sender.messages.size(), sent);
}

TEST_F(Dispatcher, RestsLongerWhileMetaCannotBeReached) {
  give(campaign(1), 1, 1'000, 0);
  sender.answer(not_sent());
  make(1);
  give(campaign(1), 1, 100, 0);
  std::vector<std::size_t> at;
  for (int i = 0; i < 30; ++i) {
    pass(milliseconds{500}, not_sent());
    at.push_back(sender.messages.size());
  }
  EXPECT_LE(at.back() - at.front(), 5U) << "1, 2, 4, 8 seconds";
}

TEST_F(Dispatcher, GivesBackEverythingUnsentOnce) {
  give(campaign(1), 1, 100, 20);
  give(campaign(2), 1, 50, 20);
  pass(milliseconds{300}, std::nullopt);
  const auto sent_of_one = std::count_if(sender.messages.begin(), sender.messages.end(),
                                         [](const auto& each) { return each.body == "1"; });
  caf::anon_send(pool, withdraw{{entity_kind::campaign, campaign(1)}, "1001"});
  world.run();
  ASSERT_EQ(got->list.size(), 1U);
  EXPECT_TRUE(got->list[0].withdrawal);
  EXPECT_EQ(got->list[0].list->size(), 100U - static_cast<std::size_t>(sent_of_one));
  pass(seconds{10});
  auto returned = outcome_counts(true);
  EXPECT_EQ(returned.size(), got->list[0].list->size());
  std::map<int, int> of_one;
  for (const auto& report : got->list)
    if (report.to.id == campaign(1))
      for (const auto& each : *report.list) ++of_one[each.seq];
  EXPECT_EQ(of_one.size(), 100U) << "sent or given back, nobody lost";
  for (const auto& [seq, times] : of_one) EXPECT_EQ(times, 1) << seq;
  EXPECT_EQ(std::count_if(sender.messages.begin(), sender.messages.end(),
                          [](const auto& each) { return each.body == "2"; }),
            50);
}

TEST_F(Dispatcher, AnswersEveryWithdrawal) {
  caf::anon_send(pool, withdraw{{entity_kind::campaign, campaign(1)}, "1001"});
  give(campaign(2), 1, 1, 0);
  caf::anon_send(pool, withdraw{{entity_kind::campaign, campaign(1)}, "1001"});
  world.run();
  int answers = 0;
  for (const auto& report : got->list) answers += report.withdrawal ? 1 : 0;
  EXPECT_EQ(answers, 2);
}

TEST_F(Dispatcher, ADrainReturnsWhatIsUnsentAndWhatComesAfter) {
  give(campaign(1), 1, 100, 20);
  pass(milliseconds{200}, std::nullopt);
  const auto sent = sender.messages.size();
  caf::anon_send(pool, drain{});
  world.run();
  EXPECT_EQ(outcome_counts(true).size(), 100 - sent);
  give(campaign(1), 101, 110, 20);
  EXPECT_EQ(outcome_counts(true).size(), 110 - sent);
  pass(seconds{2});
  EXPECT_EQ(sender.messages.size(), sent);
  EXPECT_EQ(outcome_counts(false).size(), sent) << "what was in flight is reported";
}

TEST_F(Dispatcher, MoreNumbersThanAllowedGetTheirOffersBack) {
  give(campaign(1), 1, 5, 0, "a");
  give(campaign(2), 11, 15, 0, "b");
  give(campaign(3), 21, 25, 0, "c");
  EXPECT_EQ(sender.messages.size(), 10U);
  EXPECT_EQ(outcome_counts(true).size(), 5U);
}

TEST_F(Dispatcher, ANumberThatRestedForLongMakesRoomForAnother) {
  give(campaign(1), 1, 5, 0, "a");
  give(campaign(2), 11, 15, 0, "b");
  sender.answer(accepted());
  world.advance(dispatcher_idle);
  give(campaign(2), 16, 20, 0, "b");
  give(campaign(3), 21, 25, 0, "c");
  EXPECT_EQ(sender.messages.size(), 20U) << "a has made room for c";
  EXPECT_TRUE(outcome_counts(true).empty());
  give(campaign(1), 6, 10, 0, "a");
  EXPECT_EQ(outcome_counts(true).size(), 5U) << "b and c are at work";
}

TEST_F(Dispatcher, RestsWhenMetaSwallowsMessageAfterMessage) {
  give(campaign(1), 1, 1'000, 20);
  for (int answered = 0; answered < 9; ++answered) {
    pass(milliseconds{50}, std::nullopt);
    sender.answer(uncertain(), 1);
  }
  world.run();
  const auto before = sender.messages.size();
  pass(milliseconds{500}, std::nullopt);
  EXPECT_GT(sender.messages.size(), before) << "nine may be chance";
  sender.answer(uncertain(), 1);
  world.run();
  const auto resting = sender.messages.size();
  pass(milliseconds{900}, std::nullopt);
  EXPECT_EQ(sender.messages.size(), resting) << "ten in a row are not";
  pass(milliseconds{300});
  EXPECT_GT(sender.messages.size(), resting) << "it tries again";
}

TEST_F(Dispatcher, AnAccountsNewRateCountsAtOnce) {
  give(campaign(1), 1, 500, 20);
  pass(seconds{1});
  const auto slow = sender.messages.size();
  give(campaign(1), 501, 502, 200);
  pass(seconds{1});
  EXPECT_GT(sender.messages.size() - slow, 150U);
}

}  // namespace
}  // namespace omnistream::test
