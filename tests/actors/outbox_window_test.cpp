#include "actors/webhook/outbox_window.hpp"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace omnistream::actors {
namespace {

using std::chrono::milliseconds;

const timestamp now{std::chrono::hours{500'000}};

outbox_event event(std::int64_t id, std::size_t bytes = 10) {
  return {id, "thing.happened", now, std::make_shared<const std::string>(bytes, 'x')};
}
outbox_page page(std::initializer_list<std::int64_t> ids, bool more = false) {
  outbox_page made;
  for (const auto id : ids) made.events.push_back(event(id));
  made.more = more;
  return made;
}
std::vector<std::int64_t> ids_of(const std::vector<outbox_event>& events) {
  std::vector<std::int64_t> ids;
  for (const auto& each : events) ids.push_back(each.id);
  return ids;
}
using ids = std::vector<std::int64_t>;

TEST(OutboxWindow, TakesWhatIsNewInOrder) {
  outbox_window window;
  ASSERT_TRUE(window.wants_read(false));
  EXPECT_EQ(window.begin_read(), 32);
  EXPECT_FALSE(window.wants_read(true)) << "one read at a time";
  window.end_read(page({3, 5}), now);
  EXPECT_EQ(ids_of(window.take_next()), ids{3});
  window.look();
  EXPECT_EQ(window.begin_read(), 33) << "what is on its way is read again";
  window.end_read(page({2, 3, 4, 5}), now);
  EXPECT_EQ(ids_of(window.take_next()), ids{2}) << "committed late";
  EXPECT_EQ(ids_of(window.take_next()), ids{4});
  EXPECT_EQ(ids_of(window.take_next()), ids{5});
  EXPECT_TRUE(window.exhausted());
}

TEST(OutboxWindow, AReadThatBeganBeforeARecordIsNotMistaken) {
  outbox_window window;
  window.begin_read();
  window.end_read(page({1}), now);
  window.take_next();
  window.look();
  window.begin_read();
  window.recorded({1});
  window.end_read(page({1, 2}), now);
  EXPECT_EQ(window.held(), 1U);
  EXPECT_EQ(ids_of(window.take_next()), ids{2});
}

TEST(OutboxWindow, ASignalDuringAReadIsNotLost) {
  outbox_window window;
  window.begin_read();
  window.look();
  window.end_read({}, now);
  EXPECT_FALSE(window.exhausted());
  EXPECT_TRUE(window.wants_read(false));
  window.begin_read();
  window.read_failed();
  EXPECT_TRUE(window.wants_read(false));
}

TEST(OutboxWindow, DoesNotReadInVain) {
  outbox_window window;
  window.begin_read();
  window.end_read(page({1, 2}, true), now);
  EXPECT_TRUE(window.wants_read(false)) << "others wait and there is room";
  window.begin_read();
  window.end_read(page({1, 2}, true), now);
  EXPECT_FALSE(window.wants_read(true)) << "it ends at its bytes";
  window.take_next();
  window.recorded({1});
  EXPECT_TRUE(window.wants_read(true));
}

TEST(OutboxWindow, ABatchWaitsForCompany) {
  outbox_window window;
  window.set_batch_max(3);
  const milliseconds wait{100};
  window.begin_read();
  window.end_read(page({1}), now);
  EXPECT_FALSE(window.ready(now, wait));
  EXPECT_EQ(window.ready_at(wait), now + wait);
  EXPECT_TRUE(window.ready(now + wait, wait));
  window.look();
  window.begin_read();
  window.end_read(page({1, 2, 3, 4}), now + milliseconds{10});
  EXPECT_TRUE(window.ready(now, wait)) << "full";
  EXPECT_EQ(ids_of(window.take_next()), (ids{1, 2, 3}));
  EXPECT_FALSE(window.ready(now, wait));
  EXPECT_EQ(window.ready_at(wait), now + milliseconds{110}) << "since it is known";
}

TEST(OutboxWindow, ABatchDoesNotWaitForWhatHasNoRoom) {
  outbox_window window;
  window.set_batch_max(100);
  window.begin_read();
  window.end_read(page({1, 2}, true), now);
  EXPECT_FALSE(window.ready(now, milliseconds{100})) << "more is read first";
  window.begin_read();
  EXPECT_FALSE(window.ready(now, milliseconds{100}));
  window.end_read(page({1, 2}, true), now);
  EXPECT_TRUE(window.ready(now, milliseconds{100}));
}

TEST(OutboxWindow, ForgetsOnlyWhatIsHeld) {
  outbox_window window;
  window.begin_read();
  window.end_read(page({1, 2}), now);
  window.take_next();
  window.drop();
  EXPECT_EQ(window.held_bytes(), 0U);
  ASSERT_TRUE(window.wants_read(false));
  window.begin_read();
  window.end_read(page({1, 2}), now);
  EXPECT_EQ(ids_of(window.take_next()), ids{2});
}

/// Any mix of commits (late ones too), reads, sends and records: every event is sent once, and
/// memory is bounded.
RC_GTEST_PROP(OutboxWindow, SendsEveryEventOnceWithinItsBounds, ()) {
  outbox_window window;
  const int batch_max = *rc::gen::element(1, 1, 3, 50);
  window.set_batch_max(batch_max);
  std::map<std::int64_t, outbox_event> outbox;
  std::optional<outbox_page> reading;
  std::deque<ids> unrecorded;
  std::map<std::int64_t, int> sent;
  std::int64_t last = 0;
  const auto read = [&] {
    if (!window.wants_read(true)) return;
    const auto at_most = static_cast<std::size_t>(window.begin_read());
    reading.emplace();
    std::size_t bytes = 0;
    for (const auto& [id, each] : outbox) {
      bytes += each.body->size();
      reading->more = reading->events.size() == at_most ||
                      (bytes > webhook_store::outbox_bytes_max && !reading->events.empty());
      if (reading->more) break;
      reading->events.push_back(each);
    }
  };
  const auto end_read = [&] {
    if (!reading) return;
    window.end_read(std::move(*reading), now);
    reading.reset();
  };
  const auto send = [&] {
    if (!window.ready(now, milliseconds{0})) return;
    unrecorded.push_back(ids_of(window.take_next()));
    for (const auto id : unrecorded.back()) ++sent[id];
  };
  const auto record = [&] {
    if (unrecorded.empty()) return;
    for (const auto id : unrecorded.front()) outbox.erase(id);
    window.recorded(unrecorded.front());
    unrecorded.pop_front();
  };
  for (const int what : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 12))) {
    if (what < 4) {
      const auto id = what == 0 && last > 3 ? last - 3 : ++last;
      const bool fresh = !sent.contains(id) && !outbox.contains(id);
      if (fresh) outbox[id] = event(id, what == 3 ? 100'000 : 10);
      window.look();
    } else if (what < 6) {
      read();
    } else if (what < 8) {
      end_read();
    } else if (what < 10) {
      send();
    } else {
      record();
    }
    RC_ASSERT(window.held() <= static_cast<std::size_t>(std::max(32, batch_max)));
    RC_ASSERT(window.held_bytes() <= webhook_store::outbox_bytes_max + 100'000U);
  }
  for (int i = 0; i < 10'000 && !(outbox.empty() && window.exhausted()); ++i)
    end_read(), read(), end_read(), send(), record();
  RC_ASSERT(outbox.empty());
  for (const auto& [id, times] : sent) RC_ASSERT(times == 1);
}

}  // namespace
}  // namespace omnistream::actors
