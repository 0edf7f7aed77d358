#include "actors/webhook/delivery_lanes.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace omnistream::actors {
namespace {

using queue = lane_queue<int>;
const uuid alice{{1}}, bob{{2}}, carol{{3}};

std::vector<int> pop_all(queue& from) {
  std::vector<int> items;
  while (auto next = from.pop()) items.push_back(next->second);
  return items;
}

TEST(HostOf, IsHostAndPort) {
  EXPECT_EQ(host_of("https://Example.org/hook"), "example.org:443");
  EXPECT_EQ(host_of("http://example.org"), "example.org:80");
  EXPECT_EQ(host_of("https://example.org:8443?x=a:b@c"), "example.org:8443");
  EXPECT_EQ(host_of("https://user:word@example.org/"), "example.org:443");
  EXPECT_EQ(host_of("https://[2001:db8::1]/x"), "[2001:db8::1]:443");
  EXPECT_EQ(host_of("https://[2001:db8::1]:99/x"), "[2001:db8::1]:99");
}

TEST(LaneQueue, GivesNoMoreLanesThanThereAre) {
  queue lanes({3, 3, 0});
  for (int i = 1; i <= 5; ++i) lanes.push({alice, "a"}, i);
  EXPECT_EQ(pop_all(lanes), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(lanes.running(), 3);
  EXPECT_EQ(lanes.waiting(), 2);
  lanes.free({alice, "a"});
  EXPECT_EQ(pop_all(lanes), std::vector<int>{4});
}

TEST(LaneQueue, TakesTenantsInTurn) {
  queue lanes({100, 100, 0});
  for (int i = 1; i <= 3; ++i) lanes.push({alice, "a"}, i);
  lanes.push({bob, "b"}, 11);
  lanes.push({bob, "b"}, 12);
  lanes.push({carol, "c"}, 21);
  EXPECT_EQ(pop_all(lanes), (std::vector<int>{1, 11, 21, 2, 12, 3}));
}

TEST(LaneQueue, TakesATenantsHostsInTurn) {
  queue lanes({100, 100, 0});
  for (int i = 1; i <= 3; ++i) lanes.push({alice, "a"}, i);
  lanes.push({alice, "b"}, 11);
  EXPECT_EQ(pop_all(lanes), (std::vector<int>{1, 11, 2, 3}));
}

TEST(LaneQueue, AFullHostHoldsUpNobodyElse) {
  queue lanes({100, 2, 0});
  for (int i = 1; i <= 4; ++i) lanes.push({alice, "slow"}, i);
  lanes.push({alice, "fast"}, 11);
  lanes.push({bob, "slow"}, 21);
  lanes.push({bob, "fast"}, 22);
  EXPECT_EQ(pop_all(lanes), (std::vector<int>{1, 21, 11, 22}));
  lanes.free({alice, "slow"});
  EXPECT_EQ(pop_all(lanes), std::vector<int>{2});
  lanes.push({bob, "slow"}, 23);
  lanes.free({bob, "slow"});
  EXPECT_EQ(pop_all(lanes).size(), 1U);
  lanes.free({alice, "slow"});
  EXPECT_EQ(pop_all(lanes).size(), 1U);
  EXPECT_EQ(lanes.waiting(), 1);
}

/// Whoever has just had a lane of the host queues up behind who waits for one.
TEST(LaneQueue, ALaneOfAFullHostGoesToWhoWaitsLongest) {
  queue lanes({100, 1, 0});
  for (int i = 1; i <= 5; ++i) lanes.push({alice, "shared"}, i);
  EXPECT_EQ(pop_all(lanes), std::vector<int>{1});
  lanes.push({bob, "shared"}, 11);
  lanes.push({bob, "shared"}, 12);
  std::vector<int> order;
  uuid last = alice;
  while (lanes.running() > 0) {
    lanes.free({last, "shared"});
    if (const auto next = lanes.pop()) {
      order.push_back(next->second);
      last = next->first.tenant;
    }
  }
  EXPECT_EQ(order, (std::vector<int>{2, 11, 3, 12, 4, 5}));
}

TEST(LaneQueue, ATenantAloneLeavesSomeLanesFree) {
  queue lanes({16, 16, 4});
  for (int i = 0; i < 20; ++i) lanes.push({alice, "a"}, i);
  EXPECT_EQ(pop_all(lanes).size(), 12U);
  lanes.push({bob, "b"}, 100);
  EXPECT_EQ(pop_all(lanes), std::vector<int>{100}) << "at once, however slow the others are";
}

TEST(LaneQueue, ATenantHoldsHalfWhileOthersWait) {
  queue lanes({16, 4, 4});
  for (int i = 0; i < 20; ++i) lanes.push({alice, "a" + std::to_string(i)}, i);
  for (int i = 0; i < 8; ++i) lanes.push({bob, "b" + std::to_string(i)}, 100 + i);
  EXPECT_EQ(pop_all(lanes).size(), 16U);
  EXPECT_EQ(lanes.waiting(), 12) << "eight each";
  lanes.push({carol, "c"}, 200);
  lanes.free({bob, "b0"});
  EXPECT_EQ(pop_all(lanes), std::vector<int>{200});
}

/// Any mix of requests and ends: bounds hold, nothing is lost, no lane is idle for want of a look,
/// and each host's requests go in order.
RC_GTEST_PROP(LaneQueue, KeepsItsBoundsAndLosesNothing, ()) {
  const lane_bounds bounds{*rc::gen::inRange(1, 12), *rc::gen::inRange(1, 6),
                           *rc::gen::inRange(0, 4)};
  queue lanes(bounds);
  std::vector<lane_key> running;
  std::map<std::pair<uuid, std::string>, int> last;
  int pushed = 0, popped = 0;
  const auto pop = [&] {
    while (auto next = lanes.pop()) {
      ++popped;
      auto& before = last[{next->first.tenant, next->first.host}];
      RC_ASSERT(before < next->second);
      before = next->second;
      running.push_back(next->first);
      const auto same_host = std::count_if(running.begin(), running.end(), [&](const auto& each) {
        return each.host == next->first.host;
      });
      RC_ASSERT(same_host <= bounds.per_host);
      RC_ASSERT(static_cast<int>(running.size()) <= bounds.all);
    }
  };
  const auto free = [&](std::size_t which) {
    lanes.free(running[which]);
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
  };
  for (const int what : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100))) {
    if (what < 60)
      lanes.push({uuid{{static_cast<std::uint8_t>(what % 4)}}, "h" + std::to_string(what / 4 % 5)},
                 ++pushed);
    else if (!running.empty())
      free(static_cast<std::size_t>(what) % running.size());
    pop();
    RC_ASSERT(lanes.running() == static_cast<int>(running.size()));
    RC_ASSERT(lanes.waiting() == pushed - popped);
  }
  while (!running.empty()) {
    free(0);
    pop();
  }
  RC_ASSERT(popped == pushed);
  RC_ASSERT(lanes.forgotten());
}

/// A sender that keeps what it is given.
struct held_sender final : delivery_sender {
  void send(delivery_request request, std::function<void(delivery_result)> done) override {
    requests.push_back(std::move(request));
    open.push_back(std::move(done));
  }
  void answer() {
    auto done = std::move(open.front());
    open.pop_front();
    done({});
  }
  std::vector<delivery_request> requests;
  std::deque<std::function<void(delivery_result)>> open;
};

delivery_request request_to(const std::string& url) {
  delivery_request request;
  request.tenant_id = alice;
  request.url = url;
  return request;
}

TEST(DeliveryLanes, SendsWhatHasALaneAndStampsIt) {
  held_sender below;
  timestamp now{std::chrono::hours{500'000}};
  delivery_lanes lanes(below, [&now] { return now; }, {10, 1, 0});
  int answered = 0;
  for (int i = 0; i < 3; ++i)
    lanes.send(request_to("https://a/"), [&](delivery_result) { ++answered; });
  EXPECT_EQ(below.requests.size(), 1U);
  EXPECT_EQ(lanes.waiting(), 2);
  const auto first = now;
  now += std::chrono::seconds{10};
  below.answer();
  EXPECT_EQ(answered, 1);
  ASSERT_EQ(below.requests.size(), 2U);
  EXPECT_EQ(below.requests[0].at, first);
  EXPECT_EQ(below.requests[1].at, now) << "when it left, not when it came";
  below.answer();
  below.answer();
  EXPECT_EQ(answered, 3);
  EXPECT_EQ(lanes.running(), 0);
}

TEST(DeliveryLanes, ASenderThatAnswersAtOnceMakesNoRecursion) {
  struct : delivery_sender {
    void send(delivery_request, std::function<void(delivery_result)> done) override {
      deepest = std::max(deepest, ++depth);
      done({});
      --depth;
    }
    int depth = 0, deepest = 0;
  } below;
  delivery_lanes lanes(below, system_now, {1, 1, 0});
  int answered = 0;
  std::function<void(delivery_result)> again = [&](delivery_result) {
    if (++answered < 10'000) lanes.send(request_to("https://a/"), again);
  };
  lanes.send(request_to("https://a/"), again);
  EXPECT_EQ(answered, 10'000);
  EXPECT_LE(below.deepest, 2);
}

TEST(DeliveryLanes, GiveBackWhatStillWaits) {
  held_sender below;
  delivery_lanes lanes(below, system_now, {10, 1, 0});
  std::vector<std::string> ended;
  for (int i = 1; i <= 3; ++i) {
    auto request = request_to("https://a/" + std::to_string(i));
    request.delivery_id = uuid{{static_cast<std::uint8_t>(i)}};
    lanes.send(std::move(request), [&ended, i](const delivery_result& result) {
      ended.push_back(std::to_string(i) + (result.recalled ? " back" : ""));
    });
  }
  lanes.recall(uuid{{1}});
  EXPECT_TRUE(ended.empty()) << "it has left";
  lanes.recall(uuid{{2}});
  lanes.recall(uuid{{2}});
  lanes.recall(uuid{{9}});
  EXPECT_EQ(ended, std::vector<std::string>{"2 back"});
  EXPECT_EQ(lanes.waiting(), 1);
  below.answer();
  ASSERT_EQ(below.requests.size(), 2U);
  EXPECT_EQ(below.requests[1].url, "https://a/3");
  below.answer();
  EXPECT_EQ(ended, (std::vector<std::string>{"2 back", "1", "3"}));
  EXPECT_EQ(lanes.running(), 0);
}

TEST(DeliveryLanes, WhatIsUnderWayMayEndAfterThem) {
  held_sender below;
  int answered = 0;
  {
    delivery_lanes lanes(below, system_now, {1, 1, 0});
    lanes.send(request_to("https://a/"), [&](delivery_result) { ++answered; });
    lanes.send(request_to("https://a/"), [&](delivery_result) { ++answered; });
  }
  below.answer();
  EXPECT_EQ(answered, 1);
  EXPECT_TRUE(below.open.empty()) << "the second is not begun any more";
}

/// Answers on threads of its own.
class threaded_sender final : public delivery_sender {
 public:
  explicit threaded_sender(int threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~threaded_sender() override {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    wakes_.notify_all();
    for (auto& each : threads_) each.join();
  }
  void send(delivery_request, std::function<void(delivery_result)> done) override {
    most = std::max(most.load(), ++running);
    {
      const std::lock_guard lock(mutex_);
      open_.push_back(std::move(done));
    }
    wakes_.notify_one();
  }
  std::atomic<int> running{0}, most{0};

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      wakes_.wait(lock, [this] { return ends_ || !open_.empty(); });
      if (open_.empty()) return;
      auto done = std::move(open_.front());
      open_.pop_front();
      lock.unlock();
      --running;
      done({});
      lock.lock();
    }
  }
  std::mutex mutex_;
  std::condition_variable wakes_;
  std::deque<std::function<void(delivery_result)>> open_;
  std::vector<std::thread> threads_;
  bool ends_ = false;
};

TEST(DeliveryLanes, AnswersEveryRequestOnceFromManyThreads) {
  constexpr int per_thread = 2'000;
  threaded_sender below(3);
  delivery_lanes lanes(below, system_now, {8, 4, 1});
  std::atomic<int> answered{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&, t] {
      for (int i = 0; i < per_thread; ++i) {
        auto request = request_to("https://host" + std::to_string(i % 3) + "/");
        request.tenant_id = uuid{{static_cast<std::uint8_t>(t)}};
        lanes.send(std::move(request), [&](delivery_result) { ++answered; });
      }
    });
  for (auto& each : callers) each.join();
  for (int i = 0; i < 5'000 && answered < 4 * per_thread; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  EXPECT_EQ(answered, 4 * per_thread);
  EXPECT_LE(below.most, 8);
  EXPECT_EQ(lanes.waiting(), 0);
}

}  // namespace
}  // namespace omnistream::actors
