#include "actors/conversation/conversation_machine.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace omnistream::actors {
namespace {

using enum conversation_status;
using how = tag_conversation::how;
using testing::ElementsAre;
using texts = std::vector<std::string>;

const timestamp now{std::chrono::hours{500'000}};
const timestamp before = now - std::chrono::hours{5};
const uuid me{{1}}, another{{2}}, sales{{3}}, care{{4}};
constexpr std::array statuses{open, pending, resolved, expired};

conversation_state in(conversation_status status) {
  conversation_state state;
  state.in_inbox = true;
  state.status = status;
  if (status == resolved) state.resolved_at = before;
  return state;
}

conversation_decision decided(const conversation_state& state, conversation_wish wish) {
  return decide(state, {{me, false}, std::move(wish)}, now);
}

/// `refused:<code>`, `same`, or `changed`.
std::string outcome(const conversation_decision& decision) {
  if (decision.refused) return "refused:" + decision.refused->code;
  return decision.becomes ? "changed" : "same";
}

conversation_state changed(const conversation_state& state, conversation_wish wish) {
  const auto decision = decided(state, std::move(wish));
  EXPECT_EQ(outcome(decision), "changed");
  return decision.becomes.value_or(state);
}

TEST(ConversationMachine, KnowsWhatEveryStatusMayBecome) {
  struct {
    conversation_status from, to;
    const char* outcome;
  } constexpr table[]{
      {open, open, "same"},
      {open, pending, "changed"},
      {open, resolved, "changed"},
      {pending, open, "changed"},
      {pending, pending, "same"},
      {pending, resolved, "changed"},
      {resolved, open, "changed"},
      {resolved, pending, "refused:conversation_ended"},
      {resolved, resolved, "same"},
      {expired, open, "changed"},
      {expired, pending, "refused:conversation_ended"},
      {expired, resolved, "changed"},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(std::string(to_string(row.from)) + " to " + std::string(to_string(row.to)));
    const auto decision = decided(in(row.from), set_conversation_status{row.to});
    ASSERT_EQ(outcome(decision), row.outcome);
    if (decision.becomes) {
      EXPECT_EQ(decision.becomes->status, row.to);
    }
  }
  for (const auto status : statuses)
    EXPECT_EQ(outcome(decided(in(status), set_conversation_status{expired})), "refused:invalid");
}

TEST(ConversationMachine, KnowsSinceWhenItIsResolved) {
  EXPECT_EQ(changed(in(open), set_conversation_status{resolved}).resolved_at, now);
  EXPECT_EQ(changed(in(expired), set_conversation_status{resolved}).resolved_at, now);
  EXPECT_FALSE(changed(in(resolved), set_conversation_status{open}).resolved_at);
}

TEST(ConversationMachine, GivesOnlyWhatHasNotEnded) {
  for (const auto status : statuses) {
    const bool ended = status == resolved || status == expired;
    const auto* expected = ended ? "refused:conversation_ended" : "changed";
    SCOPED_TRACE(to_string(status));
    EXPECT_EQ(outcome(decided(in(status), assign_conversation{another})), expected);
    EXPECT_EQ(outcome(decided(in(status), take_over_conversation{})), expected);
    EXPECT_EQ(outcome(decided(in(status), transfer_conversation{another, sales, {}})), expected);
    auto of_mine = in(status);
    of_mine.assigned_agent_id = me;
    EXPECT_EQ(outcome(decided(of_mine, assign_conversation{})), "changed") << "always let go";
  }
}

TEST(ConversationMachine, AssignsAndTakesOver) {
  auto state = in(pending);
  state.division_id = sales;
  state = changed(state, assign_conversation{another});
  EXPECT_EQ(state.assigned_agent_id, another);
  EXPECT_EQ(state.division_id, sales);
  EXPECT_EQ(state.status, pending);
  EXPECT_EQ(outcome(decided(state, assign_conversation{another})), "same");
  state = changed(state, take_over_conversation{});
  EXPECT_EQ(state.assigned_agent_id, me);
  EXPECT_EQ(outcome(decided(state, take_over_conversation{})), "same");
  EXPECT_FALSE(changed(state, assign_conversation{}).assigned_agent_id);
}

TEST(ConversationMachine, TransfersToAnAgentADivisionOrBoth) {
  struct {
    std::optional<uuid> to_agent, to_division, agent, division;
  } const table[]{
      {another, {}, another, sales}, {{}, care, {}, care},   {another, care, another, care},
      {me, care, me, care},          {{}, sales, {}, sales},
  };
  auto state = in(open);
  state.assigned_agent_id = me;
  state.division_id = sales;
  for (const auto& row : table) {
    const auto decision = decided(state, transfer_conversation{row.to_agent, row.to_division, "x"});
    ASSERT_EQ(outcome(decision), "changed");
    EXPECT_EQ(decision.becomes->assigned_agent_id, row.agent);
    EXPECT_EQ(decision.becomes->division_id, row.division);
    ASSERT_TRUE(decision.transfer);
    EXPECT_EQ(decision.transfer->from_agent_id, me);
    EXPECT_EQ(decision.transfer->to_agent_id, row.to_agent);
    EXPECT_EQ(decision.transfer->to_division_id, row.to_division);
    EXPECT_EQ(decision.transfer->note, "x");
    EXPECT_EQ(decision.transfer->transferred_by, me);
  }
  EXPECT_EQ(outcome(decided(state, transfer_conversation{me, {}, {}})), "refused:already_there");
  EXPECT_EQ(outcome(decided(state, transfer_conversation{me, sales, {}})), "refused:already_there");
  EXPECT_EQ(outcome(decided(state, transfer_conversation{})), "refused:invalid");
}

TEST(ConversationMachine, IsRead) {
  auto state = in(resolved);
  state.unread_count = 3;
  state = changed(state, read_conversation{});
  EXPECT_EQ(state.unread_count, 0);
  EXPECT_EQ(outcome(decided(state, read_conversation{})), "same");
}

TEST(ConversationMachine, BearsTags) {
  auto state = changed(in(open), tag_conversation{how::set, {"b", "a", "b"}});
  EXPECT_THAT(state.tags, ElementsAre("a", "b"));
  EXPECT_EQ(outcome(decided(state, tag_conversation{how::set, {"b", "a"}})), "same");
  EXPECT_EQ(outcome(decided(state, tag_conversation{how::add, {"b"}})), "same");
  EXPECT_EQ(outcome(decided(state, tag_conversation{how::remove, {"c"}})), "same");
  EXPECT_THAT(changed(state, tag_conversation{how::add, {"c", "a"}}).tags,
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(changed(state, tag_conversation{how::remove, {"a", "z"}}).tags, ElementsAre("b"));
  EXPECT_THAT(changed(state, tag_conversation{how::set, {}}).tags, testing::IsEmpty());
}

TEST(ConversationMachine, BearsAtMostSoManyTags) {
  texts many;
  for (std::size_t i = 0; i < conversation_tags_max; ++i) many.push_back(std::to_string(i));
  const auto full = changed(in(open), tag_conversation{how::set, many});
  EXPECT_EQ(full.tags.size(), conversation_tags_max);
  EXPECT_EQ(outcome(decided(full, tag_conversation{how::add, {"x"}})), "refused:too_many_tags");
  EXPECT_EQ(outcome(decided(full, tag_conversation{how::add, {"7"}})), "same");
  EXPECT_EQ(outcome(decided(full, tag_conversation{how::remove, {"7"}})), "changed");
}

TEST(ConversationMachine, ComesIntoTheInboxByWhatAnAgentChanges) {
  const conversation_state of_a_broadcast;
  EXPECT_TRUE(changed(of_a_broadcast, assign_conversation{me}).in_inbox);
  EXPECT_TRUE(changed(of_a_broadcast, tag_conversation{how::add, {"a"}}).in_inbox);
  EXPECT_EQ(outcome(decided(of_a_broadcast, read_conversation{})), "same");
  EXPECT_EQ(outcome(decided(of_a_broadcast, assign_conversation{})), "same");
}

TEST(ConversationMachine, NamesWhoMustExist) {
  const auto of = [](conversation_wish wish) { return targets_of({{me, false}, std::move(wish)}); };
  EXPECT_EQ(of(assign_conversation{another}).agent_id, another);
  EXPECT_EQ(of(transfer_conversation{another, sales, {}}).division_id, sales);
  EXPECT_EQ(of(transfer_conversation{another, sales, {}}).agent_id, another);
  EXPECT_FALSE(of(take_over_conversation{}).agent_id) << "the caller exists";
  EXPECT_FALSE(of(read_conversation{}).agent_id);
}

TEST(ConversationMachine, NamesStatusesAsTheApiDoes) {
  for (const auto status : statuses)
    EXPECT_EQ(parse_conversation_status(to_string(status)), status);
  EXPECT_FALSE(parse_conversation_status("closed"));
}

conversation_wish any_wish() {
  const auto agent = *rc::gen::element<std::optional<uuid>>(std::nullopt, me, another);
  const auto division = *rc::gen::element<std::optional<uuid>>(std::nullopt, sales, care);
  const auto tags = *rc::gen::container<texts>(rc::gen::element<std::string>("a", "b", "c"));
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return assign_conversation{agent};
    case 1:
      return set_conversation_status{*rc::gen::elementOf(statuses)};
    case 2:
      return read_conversation{};
    case 3:
      return tag_conversation{*rc::gen::element(how::set, how::add, how::remove), tags};
    case 4:
      return take_over_conversation{};
    default:
      return transfer_conversation{agent, division, std::nullopt};
  }
}

/// Whatever is asked in whatever order, with people writing in between.
RC_GTEST_PROP(ConversationMachine, NeverLeavesWhatMayBe, ()) {
  conversation_state state;
  const int steps = *rc::gen::inRange(0, 40);
  for (int i = 0; i < steps; ++i) {
    if (*rc::gen::inRange(0, 4) == 0) {  // as the database does it
      state.in_inbox = true;
      state.status = open;
      state.resolved_at.reset();
      ++state.unread_count;
    }
    const auto wish = any_wish();
    const auto decision = decided(state, wish);
    RC_ASSERT(outcome(decided(state, wish)) == outcome(decision));
    RC_ASSERT(!(decision.refused && decision.becomes));
    RC_ASSERT(!decision.transfer || decision.becomes);
    if (!decision.becomes) continue;
    RC_ASSERT(*decision.becomes != state);
    state = *decision.becomes;
    RC_ASSERT(state.in_inbox);
    RC_ASSERT((state.status == resolved) == state.resolved_at.has_value());
    RC_ASSERT(std::is_sorted(state.tags.begin(), state.tags.end()));
    RC_ASSERT(std::adjacent_find(state.tags.begin(), state.tags.end()) == state.tags.end());
    RC_ASSERT(state.unread_count >= 0);
    if (!std::holds_alternative<transfer_conversation>(wish))
      RC_ASSERT(outcome(decided(state, wish)) == "same");
  }
}

}  // namespace
}  // namespace omnistream::actors
