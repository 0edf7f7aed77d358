#include "actors/conversation/conversation_actor.hpp"

#include <gtest/gtest.h>

#include "tests/actors/campaign_world.hpp"

namespace omnistream::test {
namespace {

using enum conversation_status;

const uuid tenant{{1}}, chat{{0x70}}, me{{0x11}}, another{{0x12}}, sales{{0x13}};

/// Conversations in memory. A change waits until the test lets it happen. On one thread.
class fake_conversation_store final : public conversation_store {
 public:
  struct row {
    uuid tenant_id;
    conversation_state state;
  };

  void change(conversation_change what, completion<changed_conversation> done) override {
    waiting.push_back({std::move(what), std::move(done)});
    most_waiting = std::max(most_waiting, waiting.size());
  }

  void take(message_to_take, completion<shown_message>) override {}
  void next(const uuid&, const uuid&, bool, timestamp, completion<outgoing_work> done) override {
    done(outgoing_work{});
  }
  void record(const uuid&, recorded_message, account_ptr, std::optional<pause>,
              completion<omnistream::done>) override {}

  /// Commits the oldest change, or fails it.
  void finish(const std::optional<problem>& fault = std::nullopt) {
    auto [what, done] = std::move(waiting.front());
    waiting.pop_front();
    done(fault ? result<changed_conversation>(*fault) : committed(what));
  }

  std::map<uuid, row> rows;
  std::deque<std::pair<conversation_change, completion<changed_conversation>>> waiting;
  std::size_t most_waiting = 0;
  std::vector<conversation_transfer> transfers;

 private:
  result<changed_conversation> committed(const conversation_change& what) {
    const auto found = rows.find(what.conversation_id);
    if (found == rows.end() || found->second.tenant_id != what.tenant_id)
      return problems::not_found("conversation");
    const auto decision = what.decide(found->second.state);
    if (decision.refused) return *decision.refused;
    if (decision.becomes) found->second.state = *decision.becomes;
    if (decision.transfer) transfers.push_back(*decision.transfer);
    const nlohmann::json shown{{"status", to_string(found->second.state.status)},
                               {"unread_count", found->second.state.unread_count}};
    return changed_conversation{shown.dump(), decision.transfer};
  }
};

/// Real registry and actors, fake store.
class ConversationActor : public stepped_system, public ::testing::Test {
 protected:
  ConversationActor() {
    store.rows[chat] = {tenant, {}};
    auto environment = std::make_shared<conversation_environment>();
    registry_environment with;
    with.now = clock();
    with.factories[entity_kind::conversation] =
        [environment](caf::actor_system& in, const registry_actor&, const uuid& id) {
          return entity_actor(in.spawn(conversation_actor, id, *environment));
        };
    registry = system.spawn(actors::registry, std::move(with));
    *environment = {&store, registry, {}, clock(), [] { return 0.0; }, {}};
    run();
  }
  ~ConversationActor() override {
    store.waiting.clear();
    kill(registry);
    run();
  }

  using answer_slot = campaign_world::answer_slot;
  answer_slot ask(command what, const uuid& id = chat, const uuid& as = tenant) {
    auto slot = std::make_shared<std::optional<result<answer>>>();
    auto to =
        std::make_shared<reply>([slot](result<answer> given) { slot->emplace(std::move(given)); });
    caf::anon_send(registry, entity_call{{entity_kind::conversation, id},
                                         as,
                                         std::make_shared<const command>(std::move(what)),
                                         std::move(to)});
    run();
    return slot;
  }
  answer_slot ask(conversation_wish wish, const uuid& id = chat, const uuid& as = tenant) {
    return ask(command{conversation_command{{me, false}, std::move(wish)}}, id, as);
  }
  void settle() {
    run();
    while (!store.waiting.empty()) {
      store.finish();
      run();
    }
  }
  conversation_state& state() { return store.rows.at(chat).state; }
  std::size_t living() {
    return dynamic_cast<registry_state::pointer>(caf::actor_cast<caf::abstract_actor*>(registry))
        ->state.entities.size();
  }

  fake_conversation_store store;
  registry_actor registry;
};

std::string code_of(const campaign_world::answer_slot& slot) {
  return slot->has_value() && !(*slot)->ok() ? (*slot)->error().code : "";
}

TEST_F(ConversationActor, CarriesACommandOutAndShowsTheConversation) {
  const auto slot = ask(set_conversation_status{pending});
  EXPECT_FALSE(slot->has_value()) << "committed before it is answered";
  settle();
  EXPECT_EQ(status_of(slot), 200);
  EXPECT_EQ(json_of(slot)["status"], "pending");
  EXPECT_EQ(state().status, pending);
}

TEST_F(ConversationActor, AnswersATransferAsItsOwnOperationSays) {
  state().assigned_agent_id = me;
  const auto slot = ask(transfer_conversation{another, sales, "see note"});
  settle();
  EXPECT_EQ(json_of(slot), (nlohmann::json{{"message", "The conversation is transferred."},
                                           {"conversation_id", chat.to_string()},
                                           {"from_agent_id", me.to_string()},
                                           {"to_agent_id", another.to_string()},
                                           {"to_division_id", sales.to_string()}}));
  ASSERT_EQ(store.transfers.size(), 1U);
  EXPECT_EQ(store.transfers[0].note, "see note");
}

TEST_F(ConversationActor, TakesOneCommandAtATimeInTheirOrder) {
  const auto resolving = ask(set_conversation_status{resolved});
  const auto assigning = ask(assign_conversation{another});
  const auto opening = ask(set_conversation_status{open});
  settle();
  EXPECT_EQ(store.most_waiting, 1U);
  EXPECT_EQ(status_of(resolving), 200);
  EXPECT_EQ(code_of(assigning), "conversation_ended");
  EXPECT_EQ(status_of(opening), 200);
  EXPECT_EQ(state().status, open);
}

TEST_F(ConversationActor, HoldsUpNoOtherConversation) {
  const uuid second{{0x71}};
  store.rows[second] = {tenant, {}};
  ask(read_conversation{});
  ask(read_conversation{}, second);
  EXPECT_EQ(store.waiting.size(), 2U);
  settle();
}

/// People write past the actor, in batches: whatever it did before, the row is the truth.
TEST_F(ConversationActor, DecidesOnWhatTheDatabaseHas) {
  ask(set_conversation_status{resolved});
  const auto next = ask(assign_conversation{me});
  store.finish();
  state().status = open;  // somebody wrote
  state().resolved_at.reset();
  settle();
  EXPECT_EQ(status_of(next), 200);
  EXPECT_EQ(state().assigned_agent_id, me);
}

TEST_F(ConversationActor, ARefusedOrFailedCommandStandsInNobodysWay) {
  const auto failing = ask(set_conversation_status{pending});
  const auto next = ask(read_conversation{});
  store.finish(problems::unavailable("database_away", "The database is away."));
  settle();
  EXPECT_EQ(code_of(failing), "database_away");
  EXPECT_EQ(status_of(next), 200);
  EXPECT_EQ(state().status, open);
}

TEST_F(ConversationActor, AnotherTenantFindsNothing) {
  const auto slot = ask(set_conversation_status{resolved}, chat, uuid({2}));
  settle();
  EXPECT_EQ(status_of(slot), 404);
  EXPECT_EQ(state().status, open);
}

TEST_F(ConversationActor, KnowsNoCommandsOfOthers) {
  const auto slot = ask(command{webhook_command{remove_webhook{}}});
  settle();
  EXPECT_EQ(status_of(slot), 404);
  EXPECT_EQ(living(), 0U);
}

TEST_F(ConversationActor, LeavesWhenNobodyWaits) {
  EXPECT_EQ(living(), 0U);
  ask(read_conversation{});
  ask(read_conversation{});
  EXPECT_EQ(living(), 1U);
  store.finish();
  run();
  EXPECT_EQ(living(), 1U) << "another command waits";
  settle();
  EXPECT_EQ(living(), 0U);
  const auto again = ask(read_conversation{});
  settle();
  EXPECT_EQ(status_of(again), 200);
}

TEST_F(ConversationActor, TakesNoMemoryForManyThatWereTouched) {
  for (std::uint8_t i = 0; i < 200; ++i) ask(read_conversation{}, uuid({0x72, i}));
  settle();
  EXPECT_EQ(living(), 0U) << "also of those there are not";
}

TEST_F(ConversationActor, IsWokenForNothing) {
  caf::anon_send(registry, wake{{entity_kind::conversation, chat}});
  settle();
  EXPECT_EQ(living(), 0U);
}

TEST_F(ConversationActor, DrainsWithWhatIsUnderWay) {
  const auto under_way = ask(set_conversation_status{pending});
  const auto waiting = ask(set_conversation_status{resolved});
  caf::anon_send(registry, drain{});
  run();
  EXPECT_EQ(code_of(waiting), "shutting_down");
  EXPECT_FALSE(under_way->has_value());
  settle();
  EXPECT_EQ(status_of(under_way), 200);
  EXPECT_EQ(state().status, pending);
  EXPECT_EQ(living(), 0U);
}

}  // namespace
}  // namespace omnistream::test
