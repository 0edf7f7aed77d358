// Deliveries of one subscription that are under way beside each other.

#include "tests/actors/webhook_actor_world.hpp"

namespace omnistream::test {
namespace {

using enum webhook_status;
using state = delivery::status;
using numbers = std::vector<int>;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A subscriber that has answered quickly for a while. Events 1 to 10 are behind it; each event is
/// about a contact of its own unless the test says otherwise.
class WebhookBeside : public WebhookActor {
 protected:
  WebhookBeside() {
    world.contact_of = [this](int number) { return contact(number); };
    for (int i = 1; i <= 10; ++i) world.tell(hook, i);
    world.settle();
    world.pass(seconds{1});  // all is recorded
    EXPECT_EQ(world.got, up_to(10));
    world.got.clear();
    by_hand();
  }
  std::optional<uuid> contact(int number) const {
    const auto named = contacts.find(number);
    if (named == contacts.end()) return uuid{{0x70, static_cast<std::uint8_t>(number)}};
    if (named->second == nobody) return std::nullopt;
    return uuid{{0x71, static_cast<std::uint8_t>(named->second)}};
  }
  void tell(int first, int last) {
    for (int i = first; i <= last; ++i) world.commit(hook, i);
    world.wake_up(hook);
    world.settle();
  }
  void answer(int number, delivery_result result) {
    const auto open = world.open();
    const auto found = std::find(open.begin(), open.end(), number);
    ASSERT_NE(found, open.end()) << number << " is not under way";
    world.answer_next(std::move(result), static_cast<std::size_t>(found - open.begin()));
    world.settle();
  }
  void take_all() {
    world.subscriber = [](const delivery_request&) { return answered(200); };
    world.settle();
  }

  static constexpr int nobody = 0;
  std::map<int, int> contacts;  ///< by event
};

TEST_F(WebhookBeside, AsManyAsMayBeAreUnderWay) {
  tell(11, 30);
  EXPECT_EQ(world.open(), (numbers{11, 12, 13, 14, 15, 16, 17, 18}));
  answer(14, answered(200));
  EXPECT_EQ(world.open(), (numbers{11, 12, 13, 15, 16, 17, 18, 19}));
  take_all();
  EXPECT_EQ(world.got.size(), 20U);
  EXPECT_EQ(world.sender.open_most, 8U);
}

TEST_F(WebhookBeside, OneMoreWithEveryQuickAnswer) {
  world.stop();
  world.start();
  tell(11, 30);
  EXPECT_EQ(world.open().size(), 1U);
  for (std::size_t together = 2; together <= 8; ++together) {
    world.answer_next(answered(200));
    world.settle();
    EXPECT_EQ(world.open().size(), together);
  }
}

TEST_F(WebhookBeside, WhoAnswersSlowlyGetsOneAtATime) {
  tell(11, 30);
  auto slow = answered(200);
  slow.duration = milliseconds{1'001};
  world.advance(slow.duration);
  answer(11, slow);
  EXPECT_EQ(world.open().size(), 7U);
  for (int i = 12; i <= 18; ++i) answer(i, slow);
  EXPECT_EQ(world.open(), numbers{19});
}

TEST_F(WebhookBeside, OfOneContactOneAtATimeAndWhatComesAfterWaits) {
  contacts = {{11, 1}, {13, 1}};
  tell(11, 14);
  EXPECT_EQ(world.open(), (numbers{11, 12}));
  answer(12, answered(200));
  EXPECT_EQ(world.open(), numbers{11});
  answer(11, answered(200));
  EXPECT_EQ(world.open(), (numbers{13, 14}));
}

TEST_F(WebhookBeside, OneAboutNobodyComesAfterAllBeforeItAndBeforeAllAfterIt) {
  contacts = {{13, nobody}};
  tell(11, 15);
  EXPECT_EQ(world.open(), (numbers{11, 12}));
  answer(11, answered(200));
  EXPECT_EQ(world.open(), numbers{12});
  answer(12, answered(200));
  EXPECT_EQ(world.open(), numbers{13});
  answer(13, answered(200));
  EXPECT_EQ(world.open(), (numbers{14, 15}));
}

TEST_F(WebhookBeside, BatchesGoOneByOne) {
  webhook_edit changes;
  changes.batch_max = 2;
  world.call(hook, edit_webhook{changes});
  world.settle();
  world.data(hook).batch_max = 2;
  tell(11, 18);
  EXPECT_EQ(world.open(), (numbers{11, 12}));
  EXPECT_EQ(world.sender.open.size(), 1U);
}

TEST_F(WebhookBeside, AFailureHoldsUpAllThatHaveNotLeft) {
  tell(11, 30);
  answer(13, answered(500));
  EXPECT_EQ(status(), retrying);
  for (const int number : {11, 12, 14, 15, 16, 17, 18}) answer(number, answered(200));
  EXPECT_TRUE(world.open().empty());
  EXPECT_EQ(status(), retrying) << "what left beside it says nothing of it";
  world.pass(seconds{4});
  EXPECT_TRUE(world.open().empty());
  world.advance(seconds{1});
  world.settle();
  EXPECT_EQ(world.open(), numbers{13});
  answer(13, answered(200));
  EXPECT_EQ(status(), active);
  EXPECT_EQ(world.open(), (numbers{19, 20})) << "it begins with care again";
  take_all();
  EXPECT_EQ(world.got.size(), 20U);
}

TEST_F(WebhookBeside, SeveralThatFailAreTriedAgainOneByOne) {
  tell(11, 20);
  for (const int number : {12, 11, 15}) answer(number, answered(500));
  for (const int number : {13, 14, 16, 17, 18}) answer(number, answered(200));
  world.advance(seconds{5});
  world.settle();
  EXPECT_EQ(world.open(), numbers{12}) << "the first that failed";
  answer(12, answered(200));
  EXPECT_EQ(world.open(), numbers{11});
  answer(11, answered(500));
  EXPECT_EQ(status(), retrying);
  world.pass(minutes{5} + seconds{1}, seconds{1});
  EXPECT_EQ(world.open(), numbers{11});
  answer(11, answered(200));
  EXPECT_EQ(world.open(), numbers{15});
  take_all();
  world.pass(seconds{1});
  EXPECT_EQ(world.got, (numbers{13, 14, 16, 17, 18, 12, 11, 15, 19, 20}));
  for (const auto& each : world.data(hook).log) EXPECT_EQ(each.state, state::delivered);
}

TEST_F(WebhookBeside, ABusySubscriberIsSlowedDownOnceByAllThatLeftTogether) {
  tell(11, 30);
  world.advance(seconds{1});
  for (int i = 11; i <= 18; ++i) answer(i, answered(429));
  world.pass(seconds{5}, seconds{1});
  EXPECT_EQ(world.open(), numbers{11});
  take_all();
  world.pass(minutes{1}, seconds{1});
  EXPECT_EQ(world.got.size(), 20U) << "a gap of a second, not of one doubled eight times";
}

TEST_F(WebhookBeside, OneThatSaysItIsGoneIsGoneForAll) {
  tell(11, 30);
  answer(12, answered(500));
  answer(15, answered(410));
  EXPECT_EQ(status(), disabled);
  answer(11, answered(200));
  world.pass(seconds{1});
  EXPECT_EQ(status(), disabled);
  EXPECT_EQ(row(12).state, state::delivered) << "it was under way";
}

TEST_F(WebhookBeside, WhatIsSentAgainAsideHasItsTurnAmongMany) {
  auto& log = world.data(hook).log;
  for (auto& each : log) each.state = state::failed;
  tell(11, 40);
  const auto slot = world.call(hook, redeliver{log.front().id});
  for (int i = 11; i <= 18; ++i) answer(i, answered(200));
  EXPECT_EQ(status_of(slot), 202);
  const auto before = world.sender.all.size();
  take_all();
  const auto again = std::find_if(world.sender.all.begin(), world.sender.all.end(),
                                  [&, n = 0](const auto& each) mutable {
                                    return n++ >= 10 && each.delivery_id == log.front().id;
                                  });
  ASSERT_NE(again, world.sender.all.end());
  EXPECT_LT(again - world.sender.all.begin(), static_cast<std::ptrdiff_t>(before) + 9);
  EXPECT_EQ(world.got.size(), 31U);
}

TEST_F(WebhookBeside, WhatWaitsForALaneIsTakenBackAndKeepsItsOrder) {
  world.sender.waits_for_lane = true;
  contacts = {{11, 1}, {19, 1}, {20, nobody}};
  tell(11, 25);
  EXPECT_EQ(world.open().size(), 8U);
  webhook_edit changes;
  changes.url = "https://new.example.org/";
  world.call(hook, edit_webhook{changes});
  world.settle();
  for (const auto& each : world.sender.open) EXPECT_EQ(each.request.url, *changes.url);
  EXPECT_EQ(world.open().front(), 11);
  world.sender.waits_for_lane = false;
  take_all();
  const auto place = [this](int number) {
    return std::find(world.got.begin(), world.got.end(), number) - world.got.begin();
  };
  EXPECT_EQ(world.got.size(), 15U);
  EXPECT_LT(place(11), place(19));
  EXPECT_EQ(place(20), 9);
  for (const auto& each : world.data(hook).log) EXPECT_EQ(each.attempts, 1);
}

TEST_F(WebhookBeside, WhatWaitsForALaneDoesNotGoAfterAFailure) {
  tell(11, 30);
  world.sender.waits_for_lane = true;  // all but the first
  answer(11, answered(429, seconds{60}));
  EXPECT_TRUE(world.open().empty());
  world.pass(seconds{59});
  EXPECT_TRUE(world.open().empty());
  world.sender.waits_for_lane = false;
  take_all();
  world.pass(seconds{30});
  EXPECT_EQ(world.got.size(), 20U);
  for (const auto& each : world.data(hook).log)
    EXPECT_EQ(each.attempts, each.id == delivery_id_of(hook, 11, 11, 1) ? 2 : 1);
}

TEST_F(WebhookBeside, CallersDoNotWaitForABacklog) {
  tell(11, 60);
  world.answer_next(answered(200));
  world.run();
  webhook_edit disable;
  disable.is_active = false;
  const auto slot = world.call(hook, edit_webhook{disable});
  world.run();
  for (std::size_t left = 7; left > 0; --left) {  // while it is being recorded
    world.answer_next(answered(200));
    world.run();
    EXPECT_EQ(world.open().size(), left) << "nothing leaves meanwhile";
  }
  world.settle();
  EXPECT_EQ(status_of(slot), 200);
  EXPECT_EQ(status(), disabled);
}

TEST_F(WebhookBeside, ANewEndpointIsGotToKnowAnew) {
  tell(11, 40);
  webhook_edit changes;
  changes.url = "https://new.example.org/";
  world.call(hook, edit_webhook{changes});
  world.settle();
  for (int i = 11; i <= 18; ++i) answer(i, answered(200));
  EXPECT_EQ(world.open(), numbers{19});
}

TEST_F(WebhookBeside, WhereMemoryIsScarceOneAtATime) {
  world.budget = std::make_shared<event_budget>(1);
  world.stop();
  world.start();
  world.subscriber = [](const delivery_request&) { return answered(200); };
  tell(11, 20);
  by_hand();
  tell(21, 30);
  EXPECT_EQ(world.open(), numbers{21});
}

/// What one has answered may be judged later, as what the database says has to be loaded first.
TEST_F(WebhookBeside, CountsFromWhenItWasAnswered) {
  tell(11, 30);
  answer(11, answered(429));
  for (int i = 13; i <= 18; ++i) answer(i, answered(200));
  webhook_edit changes;
  changes.batch_wait_ms = 1;
  world.call(hook, edit_webhook{changes});
  world.run();
  auto busy = answered(429);
  busy.duration = milliseconds{500};
  world.advance(milliseconds{100});
  world.answer_next(busy);  // 12
  world.run();
  world.advance(seconds{30});
  world.settle();
  EXPECT_EQ(world.open(), numbers{11});
  answer(11, answered(200));
  EXPECT_EQ(world.open(), numbers{12}) << "a gap of one second, and a success after it";
}

TEST_F(WebhookBeside, NoMoreIsUnrecordedThanMayBeLost) {
  tell(11, 60);
  for (int i = 11; i <= 60; ++i) {
    ASSERT_FALSE(world.sender.open.empty());
    world.answer_next(answered(200));
    world.run();  // the database does nothing meanwhile
    if (world.sender.open.empty()) break;
  }
  EXPECT_EQ(world.got.size(), 32U);
  take_all();
  EXPECT_EQ(world.got.size(), 50U);
}

TEST_F(WebhookBeside, ACrashRepeatsWhatWasNotRecordedUnderTheSameIds) {
  contacts = {{11, 1}, {15, 1}};
  tell(11, 20);
  world.answer_next(answered(200), 1);
  world.run();
  world.stop();
  world.start();
  world.wake_up(hook);
  take_all();
  world.settle();
  std::set<int> arrived(world.got.begin(), world.got.end());
  EXPECT_EQ(arrived.size(), 10U);
  std::map<int, uuid> ids;
  for (const auto& each : world.sender.all)
    for (const int number : numbers_in(*each.body))
      EXPECT_EQ(ids.emplace(number, each.delivery_id).first->second, each.delivery_id);
}

TEST_F(WebhookBeside, TheEndOfTheServerWaitsForAllThatAreUnderWay) {
  tell(11, 30);
  caf::anon_send(world.registry, drain{});
  world.run();
  for (int i = 11; i <= 18; ++i) {
    EXPECT_FALSE(world.entities().empty());
    answer(i, answered(200));
  }
  EXPECT_TRUE(world.open().empty());
  EXPECT_EQ(world.data(hook).outbox.size(), 12U);
}

}  // namespace
}  // namespace omnistream::test
