#pragma once

#include <gtest/gtest.h>

#include "actors/webhook/event_body.hpp"
#include "actors/webhook/webhook_actor.hpp"
#include "tests/actors/campaign_world.hpp"
#include "tests/actors/fake_webhook_store.hpp"

namespace omnistream::test {

/// Takes requests and keeps them until the test answers.
class fake_delivery_sender final : public delivery_sender {
 public:
  struct open_request {
    delivery_request request;
    std::function<void(delivery_result)> done;
  };

  void send(delivery_request request, std::function<void(delivery_result)> done) override {
    all.push_back(request);
    open.push_back({std::move(request), std::move(done)});
    open_most = std::max(open_most, open.size());
  }

  void recall(const uuid& id) override {
    const auto found = std::find_if(open.begin(), open.end(), [&id](const auto& each) {
      return each.request.delivery_id == id;
    });
    if (!waits_for_lane || found == open.end()) return;
    delivery_result recalled;
    recalled.recalled = true;
    answer(recalled, static_cast<std::size_t>(found - open.begin()));
  }

  void answer(delivery_result result, std::size_t which = 0) {
    auto taken = std::move(open[which]);
    open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
    taken.done(std::move(result));
  }

  bool waits_for_lane = false;  ///< nothing has left
  std::deque<open_request> open;
  std::vector<delivery_request> all;
  std::size_t open_most = 0;
};

inline delivery_result answered(int status) {
  delivery_result result;
  result.status = status;
  result.duration = std::chrono::milliseconds{12};
  result.excerpt = "said " + std::to_string(status);
  return result;
}
inline delivery_result answered(int status, std::chrono::seconds retry_after) {
  auto result = answered(status);
  result.retry_after = retry_after;
  return result;
}
inline delivery_result no_answer() {
  delivery_result result;
  result.error = "Nobody answers.";
  return result;
}

/// The numbers of the events in a body, in order.
inline std::vector<int> numbers_in(const std::string& body) {
  const auto json = nlohmann::json::parse(body);
  std::vector<int> numbers;
  if (json["type"] == "events.batch") {
    for (const auto& event : json["data"]["events"])
      if (event["data"].contains("n")) numbers.push_back(event["data"]["n"]);
  } else if (json["data"].contains("n")) {
    numbers.push_back(json["data"]["n"]);
  }
  return numbers;
}

/// Bounds that a test reaches soon.
inline webhook_options small_bounds() {
  webhook_options options;
  options.record_linger = std::chrono::milliseconds{20};
  options.unrecorded_max = 32;
  options.window_events = 32;
  return options;
}

/// One server with its subscriptions: real registry and actors, fake store and subscribers. It can
/// crash and start again.
class webhook_world : public stepped_system {
 public:
  explicit webhook_world(webhook_options with = small_bounds()) : options(with) {
    store.now = clock();
    start();
  }
  ~webhook_world() { stop(); }

  void start() {
    auto environment = std::make_shared<webhook_environment>();
    registry_environment with;
    with.now = clock();
    with.factories[entity_kind::webhook] = [this, environment](caf::actor_system& in,
                                                               const registry_actor&,
                                                               const uuid& id) -> entity_actor {
      ++spawned;
      return in.spawn(webhook_actor, id, *environment);
    };
    registry = system.spawn(actors::registry, std::move(with));
    *environment = {&store, &sender, registry, clock(), [this] { return jitter; }, options, budget};
    run();
  }

  /// All actors end on the spot; what the database has not done is not done.
  void stop() {
    store.drop_jobs();
    store.drop_completions();
    sender.open.clear();
    kill(registry);
    store.drop_jobs();
    store.drop_completions();
    sender.open.clear();
    run();
  }

  fake_webhook_store::webhook& add(const uuid& id) {
    auto& made = store.webhooks[id];
    made.tenant = tenant;
    return made;
  }

  /// Commits an event; `place` 0: behind the last.
  void commit(const uuid& id, int number, std::int64_t place = 0, std::size_t bytes = 0) {
    auto& outbox = data(id).outbox;
    if (place == 0) place = ++last_place;
    last_place = std::max(last_place, place);
    const auto json =
        "{\"n\":" + std::to_string(number) + ",\"fill\":\"" + std::string(bytes, 'x') + "\"}";
    outbox[place] = {place, "thing.happened", now,
                     std::make_shared<const std::string>(event_body("thing.happened", now, json)),
                     contact_of(number)};
  }
  void tell(const uuid& id, int number) {
    commit(id, number);
    wake_up(id);
  }
  void wake_up(const uuid& id) { caf::anon_send(registry, wake{{entity_kind::webhook, id}}); }

  using answer_slot = campaign_world::answer_slot;
  answer_slot call(const uuid& id, command what, std::optional<uuid> as = std::nullopt) {
    auto slot = std::make_shared<std::optional<result<answer>>>();
    auto to =
        std::make_shared<reply>([slot](result<answer> given) { slot->emplace(std::move(given)); });
    caf::anon_send(registry, entity_call{{entity_kind::webhook, id},
                                         as.value_or(tenant),
                                         std::make_shared<const command>(std::move(what)),
                                         std::move(to)});
    return slot;
  }

  /// Lets everything happen that needs no time; subscribers answer if `subscriber` is set.
  void settle() {
    for (int i = 0; i < 200'000; ++i) {
      run();
      if (store.idle() && (!subscriber || sender.open.empty())) return;
      if (subscriber && !sender.open.empty()) answer_next(subscriber(sender.open[0].request));
      store.finish_all();
    }
    throw std::runtime_error("the actors never come to rest");
  }
  void pass(std::chrono::milliseconds time,
            std::chrono::milliseconds step = std::chrono::milliseconds{100}) {
    for (; time.count() > 0; time -= step) {
      advance(std::min(step, time));
      settle();
    }
  }
  /// The subscriber's answer to an open request, the oldest unless told otherwise.
  void answer_next(delivery_result result, std::size_t which = 0) {
    const auto& request = sender.open.at(which).request;
    ++attempts[request.delivery_id];
    if (result.delivered())
      for (const int number : numbers_in(*request.body)) got.push_back(number);
    sender.answer(std::move(result), which);
  }
  void answer_with(delivery_result result) {
    settle();
    ASSERT_EQ(sender.open.size(), 1U);
    answer_next(std::move(result));
    settle();
  }
  /// What is open at the subscriber, as it left.
  std::vector<int> open() const {
    std::vector<int> numbers;
    for (const auto& each : sender.open)
      for (const int number : numbers_in(*each.request.body)) numbers.push_back(number);
    return numbers;
  }
  /// What was asked of subscribers so far, by the events' numbers.
  std::vector<int> asked() const {
    std::vector<int> numbers;
    for (const auto& each : sender.all)
      for (const int number : numbers_in(*each.body)) numbers.push_back(number);
    return numbers;
  }

  fake_webhook_store::webhook& data(const uuid& id) { return store.webhooks.at(id); }
  std::map<entity_address, registry_state::living>& entities() {
    return dynamic_cast<registry_state::pointer>(caf::actor_cast<caf::abstract_actor*>(registry))
        ->state.entities;
  }

  uuid tenant{{1}};
  webhook_options options;
  std::shared_ptr<event_budget> budget = std::make_shared<event_budget>(64 * 1024 * 1024);
  double jitter = 0;
  fake_webhook_store store;
  fake_delivery_sender sender;
  std::function<delivery_result(const delivery_request&)> subscriber;
  /// Whom an event is about.
  std::function<std::optional<uuid>(int)> contact_of = [](int) { return std::nullopt; };
  std::vector<int> got;          ///< numbers of the events that were taken, in order
  std::map<uuid, int> attempts;  ///< by delivery id
  std::int64_t last_place = 0;
  int spawned = 0;
  registry_actor registry;
};

inline const uuid hook{{0x60}};

/// A subscription whose subscriber takes everything, unless told otherwise.
class WebhookActor : public ::testing::Test {
 protected:
  WebhookActor() {
    world.add(hook);
    world.subscriber = [](const delivery_request&) { return answered(200); };
  }
  void by_hand() { world.subscriber = nullptr; }
  void fail(const std::string& operation, int times, fake_webhook_store::fault how) {
    world.store.faults = [this, operation, times, how,
                          failed = 0](const std::string& what) mutable {
      if (what != operation || failed == times) return fake_webhook_store::fault::none;
      ++failed;
      ++faults_met;
      return how;
    };
  }
  webhook_status status() { return world.data(hook).state.status; }
  const delivery& row(std::size_t which) { return world.data(hook).log.at(which); }

  webhook_world world;
  int faults_met = 0;
};

inline std::vector<int> up_to(int last) {
  std::vector<int> numbers;
  for (int i = 1; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

}  // namespace omnistream::test
