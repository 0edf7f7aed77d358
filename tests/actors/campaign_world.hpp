#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/campaign/campaign_actor.hpp"
#include "actors/front/registry.hpp"
#include "tests/actors/fake_campaign_store.hpp"

namespace omnistream::test {

struct test_scheduler_config : caf::actor_system_config {
  test_scheduler_config() { set("scheduler.policy", caf::atom("testing")); }
};

/// An actor system whose messages and time move only when the test says so.
class stepped_system {
 public:
  stepped_system() : system(config), scheduler(coordinator()) {}

  void run() { scheduler.run(); }
  void advance(std::chrono::milliseconds by) {
    now += by;
    scheduler.advance_time(by);
    run();
  }
  wall_clock clock() {
    return [this] { return now; };
  }
  /// Ends an actor and lets it end: no actor may be left when the system dies.
  template <class Handle>
  void kill(Handle& which) {
    if (!which) return;
    caf::anon_send_exit(which, caf::exit_reason::user_shutdown);
    which = nullptr;
    run();
  }

  timestamp now{std::chrono::hours{500'000}};
  test_scheduler_config config;
  caf::actor_system system;
  caf::scheduler::test_coordinator& scheduler;

 private:
  caf::scheduler::test_coordinator& coordinator() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
};

/// What the fake dispatchers hold and do.
struct dispatcher_desk {
  std::map<uuid, std::deque<send_item>> waiting;  ///< offered, not handed to Meta
  std::function<void(const offer&)> on_offer;
  std::function<void(const send_item&)> on_return;
  bool holds_withdrawals = false;  ///< does not answer a withdrawal until released
  std::vector<withdraw> held;
  int offers = 0;
  registry_actor registry;

  void give_back(const uuid& campaign, bool asked, entity_kind kind = entity_kind::campaign) {
    auto list = std::make_shared<std::vector<send_outcome>>();
    for (const auto& item : std::exchange(waiting[campaign], {})) {
      if (on_return) on_return(item);
      send_outcome outcome;
      outcome.seq = item.seq;
      outcome.attempt = item.attempt;
      outcome.retry = item.retry;
      outcome.returned = true;
      list->push_back(outcome);
    }
    caf::anon_send(registry,
                   outcomes{{kind, campaign}, list, asked, static_cast<int>(list->size())});
  }
};

inline dispatcher_pool_actor::behavior_type fake_dispatchers(
    dispatcher_pool_actor::pointer, const std::shared_ptr<dispatcher_desk>& desk) {
  return {
      [desk](const offer& from) {
        ++desk->offers;
        if (desk->on_offer) desk->on_offer(from);
        for (const auto& item : *from.items) desk->waiting[from.from.id].push_back(item);
      },
      [desk](const withdraw& from) {
        if (desk->holds_withdrawals)
          desk->held.push_back(from);
        else
          desk->give_back(from.from.id, true, from.from.kind);
      },
      [](drain) {},
  };
}

/// One server with its campaigns: real registry and campaign actors, fake store and dispatchers. It
/// can crash and start again.
class campaign_world : public stepped_system {
 public:
  using campaign_data = fake_campaign_store::campaign;

  explicit campaign_world(campaign_options with = {}) : options(with) { start(); }
  ~campaign_world() { stop(); }

  void start() {
    desk = std::make_shared<dispatcher_desk>(*settings_of_desk);
    auto environment = std::make_shared<campaign_environment>();
    registry_environment with;
    with.now = clock();
    with.factories[entity_kind::campaign] = [environment](caf::actor_system& in,
                                                          const registry_actor&,
                                                          const uuid& id) -> entity_actor {
      return in.spawn(campaign_actor, id, *environment);
    };
    registry = system.spawn(actors::registry, std::move(with));
    desk->registry = registry;
    dispatchers = system.spawn(fake_dispatchers, desk);
    *environment = {&store, registry, dispatchers, clock(), [] { return 0.0; }, options};
    run();
  }

  /// All actors end on the spot; what the database has not done is not done.
  void stop() {
    store.drop_jobs();
    store.drop_completions();
    if (desk) {
      desk->registry = nullptr;
      desk->waiting.clear();
    }
    kill(registry);
    kill(dispatchers);
    store.drop_jobs();
    store.drop_completions();
    run();
  }

  campaign_data& add(const uuid& id, int recipients,
                     campaign_status status = campaign_status::draft) {
    auto& made = store.campaigns[id];
    made.tenant = tenant;
    made.state.status = status;
    made.rows.resize(static_cast<std::size_t>(recipients));
    auto account = std::make_shared<sending_account>();
    account->id = uuid({7});
    account->sender_id = "1001";
    account->access_token = std::make_shared<const std::string>("token");
    account->messages_per_second = 80;
    made.account = account;
    return made;
  }

  /// The answer to one call; nothing while it is not answered.
  using answer_slot = std::shared_ptr<std::optional<result<answer>>>;
  answer_slot call(const uuid& id, command what, std::optional<uuid> as = std::nullopt) {
    auto slot = std::make_shared<std::optional<result<answer>>>();
    auto to =
        std::make_shared<reply>([slot](result<answer> got) { slot->emplace(std::move(got)); });
    caf::anon_send(registry, entity_call{{entity_kind::campaign, id},
                                         as.value_or(tenant),
                                         std::make_shared<const command>(std::move(what)),
                                         std::move(to)});
    return slot;
  }
  answer_slot send(const uuid& id, std::chrono::milliseconds wait = std::chrono::seconds{5}) {
    return call(id, send_campaign{now + wait});
  }
  void wake_up(const uuid& id) { caf::anon_send(registry, wake{{entity_kind::campaign, id}}); }

  /// Lets everything happen that needs no time.
  void settle() {
    for (int i = 0; i < 10'000; ++i) {
      run();
      if (store.idle()) return;
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

  /// Meta's answer to the next waiting message.
  bool answer_next(const uuid& id, const send_result& result) {
    auto& waiting = desk->waiting[id];
    if (waiting.empty()) return false;
    const auto item = waiting.front();
    waiting.pop_front();
    report(id, item, result);
    return true;
  }
  /// Meta's answer to a message tried with the account as it is now, or as it was.
  void report(const uuid& id, const send_item& item, const send_result& result,
              account_ptr account = nullptr) {
    send_outcome outcome;
    outcome.seq = item.seq;
    outcome.attempt = item.attempt;
    outcome.retry = item.retry;
    outcome.phone_number = item.phone_number;
    outcome.result = result;
    outcome.account = account ? std::move(account) : data(id).account;
    outcome.at = now;
    caf::anon_send(registry, outcomes{{entity_kind::campaign, id},
                                      std::make_shared<std::vector<send_outcome>>(1, outcome),
                                      false,
                                      1});
  }
  /// Answers everything, until nothing is offered any more.
  void answer_all(const uuid& id, const send_result& result) {
    settle();
    while (answer_next(id, result)) settle();
  }

  campaign_data& data(const uuid& id) { return store.campaigns.at(id); }
  campaign_status status(const uuid& id) { return data(id).state.status; }
  int with_status(const uuid& id, int wanted) {
    const auto& rows = data(id).rows;
    return static_cast<int>(std::count_if(
        rows.begin(), rows.end(), [wanted](const auto& one) { return one.status == wanted; }));
  }

  uuid tenant{{1}};
  campaign_options options;
  fake_campaign_store store;
  std::shared_ptr<dispatcher_desk> settings_of_desk = std::make_shared<dispatcher_desk>();
  std::shared_ptr<dispatcher_desk> desk;
  registry_actor registry;
  dispatcher_pool_actor dispatchers;
};

inline send_result accepted() {
  send_result result;
  result.what = send_result::certainty::accepted;
  result.message_id = "wamid";
  return result;
}
inline send_result rejected(int code) {
  send_result result;
  result.what = send_result::certainty::rejected;
  result.http_status = 400;
  result.error.code = code;
  result.error.message = "Said by Meta";
  return result;
}
inline send_result uncertain() {
  send_result result;
  result.what = send_result::certainty::uncertain;
  result.error.message = "timed out";
  return result;
}
inline send_result not_sent() {
  send_result result;
  result.what = send_result::certainty::not_sent;
  result.error.message = "refused";
  return result;
}

inline int status_of(const campaign_world::answer_slot& slot) {
  if (!slot->has_value()) return 0;
  return (*slot)->ok() ? (*slot)->value().status : (*slot)->error().status;
}
inline nlohmann::json json_of(const campaign_world::answer_slot& slot) {
  return nlohmann::json::parse((*slot)->value().json);
}

}  // namespace omnistream::test
