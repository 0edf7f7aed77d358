#include <random>
#include <set>

#include "tests/actors/webhook_actor_world.hpp"

namespace omnistream::test {
namespace {

using state = delivery::status;
using fault = fake_webhook_store::fault;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Hours of a subscription's life drawn by lot: commits (late ones too), answers of all kinds, a
/// store that fails and finishes in any order, commands, crashes.
class simulation {
 public:
  explicit simulation(unsigned seed) : random_(seed) {
    auto& of = world_.add(hook);
    of.batch_max = pick({1, 1, 5, 40});
    of.batch_wait = milliseconds{pick({0, 100})};
    world_.contact_of = [contacts = pick({0, 1, 3, 20}),
                         nobody = pick({2, 10, 1'000})](int number) -> std::optional<uuid> {
      if (contacts == 0 || number % nobody == 0) return std::nullopt;
      return uuid{{0x70, static_cast<std::uint8_t>(number % contacts)}};
    };
    world_.store.faults = [this](const std::string&) {
      if (healed_ || !one_in(15)) return fault::none;
      return one_in(2) ? fault::away : fault::in_doubt;
    };
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      check();
    }
    heal();
  }

  void expect_everything_arrived() {
    std::set<int> arrived(world_.got.begin(), world_.got.end());
    for (const auto& each : world_.data(hook).log)
      if (each.state == state::failed)
        for (const int number : numbers_in(*each.body)) arrived.insert(number);
    for (int number = 1; number <= committed_; ++number)
      EXPECT_TRUE(arrived.contains(number)) << number << " was lost";
    EXPECT_TRUE(world_.data(hook).outbox.empty());
    for (const auto& each : world_.data(hook).log) EXPECT_NE(each.state, state::pending);
  }

  /// Of one contact, and of nobody among all; not those that were committed late or refused so
  /// often that others may pass.
  void expect_order() {
    std::set<int> seen, loose = late_;
    for (const auto& each : world_.sender.all)
      if (world_.attempts[each.delivery_id] > refusals_before_probe)
        for (const int number : numbers_in(*each.body)) loose.insert(number);
    int last = 0;
    std::map<std::optional<uuid>, int> last_of;
    for (const int number : world_.got) {
      if (!seen.insert(number).second || loose.contains(number)) continue;
      const auto contact = world_.contact_of(number);
      EXPECT_LT(contact ? std::max(last_of[contact], last_of[std::nullopt]) : last, number);
      last_of[contact] = number;
      last = std::max(last, number);
    }
  }

  void expect_the_same_events_for_the_same_id() {
    std::map<uuid, std::vector<int>> numbers;
    for (const auto& each : world_.sender.all) {
      const auto known = numbers.emplace(each.delivery_id, numbers_in(*each.body)).first;
      EXPECT_EQ(known->second, numbers_in(*each.body));
    }
  }

 private:
  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool one_in(int bound) { return below(bound) == 0; }
  int pick(std::vector<int> from) {
    return from[static_cast<std::size_t>(below(static_cast<int>(from.size())))];
  }

  void commit() {
    std::int64_t place = world_.last_place + 1 + below(3);
    if (one_in(10) && world_.last_place > 5) {
      place = world_.last_place - 1 - below(4);
      if (places_.contains(place)) return;
      late_.insert(committed_ + 1);
    }
    places_.insert(place);
    world_.commit(hook, ++committed_, place, one_in(50) ? 30'000 : 0);
    if (!one_in(5)) world_.wake_up(hook);
  }

  delivery_result some_answer() {
    if (dead_) return one_in(2) ? no_answer() : answered(pick({500, 503, 422}));
    if (one_in(30)) return answered(pick({500, 422, 429, 502, 301}));
    if (one_in(60)) return answered(503, seconds{below(100)});
    return answered(pick({200, 204}));
  }

  void answer() {
    const int open = static_cast<int>(world_.sender.open.size());
    if (open == 0) return;
    auto result = some_answer();
    result.duration = milliseconds{pick({0, 12, 12, 300, 12'000})};
    world_.answer_next(std::move(result), static_cast<std::size_t>(below(open)));
  }

  void database() {
    auto& store = world_.store;
    if (store.jobs() != 0 && one_in(2))
      store.run_job(static_cast<std::size_t>(below(static_cast<int>(store.jobs()))));
    else if (store.completions() != 0)
      store.complete(static_cast<std::size_t>(below(static_cast<int>(store.completions()))));
  }

  void command() {
    webhook_edit changes;
    changes.is_active = !one_in(3);
    if (one_in(2)) changes.batch_max = pick({1, 5});
    if (one_in(4)) changes.url = "https://example.org/hook" + std::to_string(below(2));
    switch (below(3)) {
      case 0:
        world_.call(hook, edit_webhook{changes});
        break;
      case 1:
        world_.call(hook, redeliver_failed{world_.now - hours{100}});
        break;
      default:
        world_.call(hook, test_webhook{});
    }
  }

  void step() {
    const int what = below(1'000);
    if (what < 150) commit();
    if (what >= 150 && what < 450) answer();
    if (what >= 450 && what < 900) database();
    if (what >= 900 && what < 970) world_.advance(milliseconds{1 + below(200)});
    if (what >= 970 && what < 980) world_.advance(seconds{below(1'000)});
    if (what >= 980 && what < 990) command();
    if (what >= 990 && what < 994) dead_ = !dead_;
    if (what >= 994 && what < 996) restart();
    if (what == 997) world_.sender.waits_for_lane = !world_.sender.waits_for_lane;
    if (what == 996) world_.advance(hours{below(10)});
    world_.run();
  }

  void restart() {
    world_.stop();
    world_.start();
    world_.wake_up(hook);
  }

  void check() {
    std::set<std::optional<uuid>> contacts;
    int ordinary = 0;
    for (const auto& each : world_.sender.open) {
      const auto numbers = numbers_in(*each.request.body);
      if (numbers.empty()) continue;  // a test
      ++ordinary;
      contacts.insert(numbers.size() == 1 ? world_.contact_of(numbers[0]) : std::nullopt);
    }
    EXPECT_LE(ordinary, together_max);
    EXPECT_EQ(static_cast<int>(contacts.size()), ordinary) << "one at a time of each contact";
    EXPECT_TRUE(ordinary <= 1 || !contacts.contains(std::nullopt)) << "and of nobody alone";
    EXPECT_LE(world_.store.ordered_most, static_cast<std::size_t>(together_max));
    EXPECT_LE(world_.store.recorded_most, 33U);
  }

  void heal() {
    healed_ = true;
    world_.sender.waits_for_lane = false;
    world_.subscriber = [](const delivery_request&) { return answered(200); };
    world_.settle();
    webhook_edit enable;
    enable.is_active = true;
    for (int i = 0; i < 3; ++i) {
      world_.call(hook, edit_webhook{enable});
      world_.pass(seconds{2});
    }
    world_.pass(hours{30}, minutes{1});
    world_.wake_up(hook);
    world_.settle();
    world_.pass(seconds{2});
  }

  std::mt19937 random_;
  webhook_world world_;
  std::set<std::int64_t> places_;
  std::set<int> late_;
  int committed_ = 0;
  bool dead_ = false;
  bool healed_ = false;
};

class WebhookSimulation : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Seeds, WebhookSimulation, testing::Range(1U, 301U));

TEST_P(WebhookSimulation, EveryEventArrivesInOrderOrIsGivenUpInTheLog) {
  simulation life(GetParam());
  life.run(4'000);
  life.expect_everything_arrived();
  life.expect_order();
  life.expect_the_same_events_for_the_same_id();
}

}  // namespace
}  // namespace omnistream::test
