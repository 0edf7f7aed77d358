#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "actors/conversation/conversation_actor.hpp"
#include "tests/actors/campaign_world.hpp"
#include "tests/actors/fake_jobs.hpp"

namespace omnistream::test {

/// One conversation's messages in memory, by the rules of the SQL store.
class fake_message_queue final : public conversation_store, public fake_jobs {
 public:
  /// Statuses as the database numbers them.
  enum status : int { pending = 0, unknown = 1, sent = 2, failed = 5, given_up = 7 };
  struct message {
    status is = pending;
    bool waits = true;  ///< it stands in the queue
    std::optional<uuid> claim;
    timestamp due{};
    int attempt = 0;
    bool repeatable = false;
  };

  void change(conversation_change, completion<changed_conversation>) override {}
  void take(message_to_take what, completion<shown_message> done) override {
    enqueue<shown_message>("take", std::move(done), [this, what]() -> result<shown_message> {
      messages.emplace_back().due = what.at;
      return shown_message{"{}", false};
    });
  }
  void next(const uuid&, const uuid& token, bool fresh, timestamp now,
            completion<outgoing_work> done) override {
    enqueue<outgoing_work>("next", std::move(done), [=, this]() -> result<outgoing_work> {
      if (look_refused) return *look_refused;
      return look(token, fresh, now);
    });
  }
  void record(const uuid&, recorded_message what, account_ptr, std::optional<pause> refused,
              completion<omnistream::done> done) override {
    enqueue<omnistream::done>("record", std::move(done), [=, this]() -> result<omnistream::done> {
      note(what);
      if (refused) account_ready = false;
      return omnistream::done{};
    });
  }

  std::vector<message> messages;  ///< number n stands at n - 1
  bool account_ready = true;
  std::optional<problem> look_refused;  ///< what every look for messages is answered
  std::chrono::seconds uncertain_timeout{300};

 private:
  result<outgoing_work> look(const uuid& token, bool fresh, timestamp now) {
    std::optional<timestamp> due;
    for (auto& one : messages) {
      if (!one.waits) continue;
      if (fresh && one.claim && *one.claim != token) {
        one.is = one.is == pending ? unknown : one.is;
        one.claim.reset();
        one.due = now + uncertain_timeout;
      }
      if (one.is == unknown && one.due <= now) {
        one.is = given_up;
        one.waits = false;
      }
      if (one.waits && one.is == unknown) due = std::min(due.value_or(one.due), one.due);
    }
    const auto head = std::find_if(messages.begin(), messages.end(),
                                   [](const auto& one) { return one.waits && one.is != unknown; });
    if (head == messages.end()) return outgoing_work{std::nullopt, due};
    const bool mine = head->claim == token;
    if (!account_ready && !mine) return outgoing_work{std::nullopt, due};
    if (head->claim && !mine) return problems::conflict("not_ours", "Another claimed it.");
    if (!mine && head->due > now)
      return outgoing_work{std::nullopt, std::min(due.value_or(head->due), head->due)};
    head->claim = token;
    const int number = static_cast<int>(head - messages.begin()) + 1;
    auto account = std::make_shared<sending_account>();
    account->sender_id = "1001";
    return outgoing_work{claimed_message{number, head->attempt, "message " + std::to_string(number),
                                         account, head->repeatable},
                         std::nullopt};
  }
  void note(const recorded_message& what) {
    using kind = recorded_message::kind;
    auto& one = messages.at(static_cast<std::size_t>(what.number) - 1);
    if (!one.waits) return;
    one.claim.reset();
    if (what.what == kind::retry || what.what == kind::uncertain) {
      one.due = what.due_at;
      one.attempt = what.attempt;
      if (what.what == kind::uncertain) one.is = unknown;
      return;
    }
    one.is = what.what == kind::sent ? sent : failed;
    one.waits = false;
  }
};

/// One server with one conversation: real registry and actor, fake store and dispatchers. It can
/// crash and start again.
class sending_world : public stepped_system {
 public:
  sending_world() { start(); }
  ~sending_world() { stop(); }

  void start() {
    desk = std::make_shared<dispatcher_desk>();
    auto environment = std::make_shared<conversation_environment>();
    registry_environment with;
    with.now = clock();
    with.factories[entity_kind::conversation] = [environment](caf::actor_system& in,
                                                              const registry_actor&,
                                                              const uuid& id) -> entity_actor {
      return in.spawn(conversation_actor, id, *environment);
    };
    registry = system.spawn(actors::registry, std::move(with));
    desk->registry = registry;
    dispatchers = system.spawn(fake_dispatchers, desk);
    conversation_options options;
    if (holds_at_start) options.hold = start_hold::from(now);
    *environment = {&store, registry, dispatchers, clock(), [] { return 0.0; }, options};
    run();
  }
  /// All actors end on the spot; what the database has not done is not done.
  void stop() {
    store.drop_jobs();
    store.drop_completions();
    if (desk) desk->registry = nullptr;
    kill(registry);
    kill(dispatchers);
    store.drop_jobs();
    store.drop_completions();
    run();
  }
  /// As the server does it at its start.
  void resume() {
    start();
    if (std::any_of(store.messages.begin(), store.messages.end(),
                    [](const auto& one) { return one.waits; }))
      wake_up();
  }
  void wake_up(bool more_only = false) {
    caf::anon_send(registry, wake{{entity_kind::conversation, chat}, more_only});
  }

  campaign_world::answer_slot send() {
    auto slot = std::make_shared<std::optional<result<actors::answer>>>();
    auto to = std::make_shared<reply>(
        [slot](result<actors::answer> got) { slot->emplace(std::move(got)); });
    caf::anon_send(registry,
                   entity_call{{entity_kind::conversation, chat},
                               tenant,
                               std::make_shared<const command>(send_message{
                                   {"text", {{"body", "Hi"}}, std::nullopt, std::nullopt}, {}}),
                               std::move(to)});
    return slot;
  }
  void settle() {
    for (int i = 0; i < 10'000; ++i) {
      run();
      if (store.idle()) return;
      store.finish_all();
    }
    throw std::runtime_error("the actors never come to rest");
  }
  void pass(std::chrono::milliseconds time) {
    for (; time.count() > 0; time -= std::chrono::milliseconds{100}) {
      advance(std::chrono::milliseconds{100});
      settle();
    }
  }

  std::deque<send_item>& offered() { return desk->waiting[chat]; }
  /// Meta's answer to the message that is with it.
  bool answer(const send_result& result, bool returned = false) {
    if (offered().empty()) return false;
    const auto item = offered().front();
    offered().pop_front();
    if (!returned) went_out.push_back(item.seq);
    using enum send_result::certainty;
    if (!returned && (result.what == accepted || result.what == uncertain)) ++got_it[item.seq];
    report(item.seq, item.attempt, result, returned);
    return true;
  }
  /// The dispatcher tells what became of a message.
  void report(int number, int attempt, const send_result& result, bool returned = false) {
    send_outcome outcome;
    outcome.seq = number;
    outcome.attempt = attempt;
    outcome.returned = returned;
    outcome.result = result;
    outcome.account = std::make_shared<sending_account>();
    outcome.at = now;
    caf::anon_send(registry, outcomes{{entity_kind::conversation, chat},
                                      std::make_shared<std::vector<send_outcome>>(1, outcome),
                                      false,
                                      0});
  }
  void answer_all(const send_result& result) {
    settle();
    while (answer(result)) settle();
  }
  std::size_t living() {
    return dynamic_cast<registry_state::pointer>(caf::actor_cast<caf::abstract_actor*>(registry))
        ->state.entities.size();
  }
  std::vector<int> statuses() const {
    std::vector<int> list;
    for (const auto& one : store.messages) list.push_back(one.is);
    return list;
  }

  const uuid tenant{{1}}, chat{{0x70}};
  fake_message_queue store;
  std::shared_ptr<dispatcher_desk> desk;
  registry_actor registry;
  dispatcher_pool_actor dispatchers;
  bool holds_at_start = false;  ///< as the server does in its first second
  std::vector<int> went_out;    ///< what Meta was given, in order
  std::map<int, int> got_it;    ///< how often Meta took it, or may have
};

}  // namespace omnistream::test
