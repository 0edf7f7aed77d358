#include "actors/campaign/campaign_machine.hpp"

#include <array>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using enum campaign_status;
using event = campaign_event;
using effect = campaign_effect;

const timestamp now{std::chrono::hours{500'000}};
const pause account{"account_refused", "The token has expired."};
const pause by_template{template_refused, "The template is paused."};
const pause meta_says{"account_refused", "Meta says no."};

constexpr std::array statuses{draft, scheduled, sending, completed, failed, cancelled};
constexpr std::array events{event::edit,
                            event::remove,
                            event::add_recipients,
                            event::clear_recipients,
                            event::send,
                            event::cancel,
                            event::due,
                            event::progressed,
                            event::surroundings_changed,
                            event::stopped_by_meta};

bool is_final(campaign_status status) {
  return status == completed || status == failed || status == cancelled;
}

bool has(const campaign_decision& decision, effect wanted) {
  return std::find(decision.effects.begin(), decision.effects.end(), wanted) !=
         decision.effects.end();
}

bool same(const campaign_decision& a, const campaign_decision& b) {
  return a.status == b.status && a.paused == b.paused && a.effects == b.effects &&
         a.refused.has_value() == b.refused.has_value() &&
         (!a.refused ||
          (a.refused->code == b.refused->code && a.refused->detail == b.refused->detail));
}

bool same(const campaign_state& a, const campaign_state& b) {
  return a.status == b.status && a.scheduled_at == b.scheduled_at && a.total == b.total &&
         a.sent == b.sent && a.failed == b.failed && a.uncertain == b.uncertain &&
         a.cancelled == b.cancelled && a.paused == b.paused && a.cannot_send == b.cannot_send;
}

/// Every state that differs for the machine.
std::vector<campaign_state> all_states() {
  std::vector<campaign_state> list;
  const std::array<std::optional<timestamp>, 4> times{std::nullopt, now - std::chrono::hours{1},
                                                      now, now + std::chrono::hours{1}};
  const std::array<std::optional<pause>, 3> pauses{std::nullopt, account, by_template};
  struct numbers {
    int total, sent, failed, uncertain, cancelled;
  };
  constexpr std::array<numbers, 8> counters{{{0, 0, 0, 0, 0},
                                             {3, 0, 0, 0, 0},
                                             {3, 1, 1, 0, 0},
                                             {3, 3, 0, 0, 0},
                                             {3, 0, 3, 0, 0},
                                             {3, 2, 0, 1, 0},
                                             {3, 0, 2, 1, 0},
                                             {3, 1, 1, 0, 1}}};
  for (const auto status : statuses)
    for (const auto& at : times)
      for (const auto& paused : pauses)
        for (const auto& cannot : pauses)
          for (const auto& n : counters) {
            if (status == scheduled && !at) continue;  // never committed so
            if (paused && status != sending) continue;
            campaign_state state;
            state.status = status;
            state.scheduled_at = at;
            state.total = n.total;
            state.sent = n.sent;
            state.failed = n.failed;
            state.uncertain = n.uncertain;
            state.cancelled = n.cancelled;
            state.paused = paused;
            state.cannot_send = cannot;
            list.push_back(state);
          }
  return list;
}

std::string describe(const campaign_state& state, event what) {
  return std::string(to_string(state.status)) + " on " + std::string(to_string(what)) + ", total " +
         std::to_string(state.total) + ", sent " + std::to_string(state.sent) + ", uncertain " +
         std::to_string(state.uncertain) + (state.paused ? ", paused" : "") +
         (state.cannot_send ? ", cannot send" : "");
}

/// Calls `check(state, event, decision)` for all of them.
template <class Check>
void for_all(Check check) {
  for (const auto& state : all_states())
    for (const auto what : events) {
      SCOPED_TRACE(describe(state, what));
      check(state, what, decide(state, what, now, meta_says));
    }
}

TEST(CampaignMachine, IsPure) {
  for_all([](const campaign_state& state, event what, const campaign_decision& decision) {
    const auto before = state;
    EXPECT_TRUE(same(decision, decide(state, what, now, meta_says)));
    EXPECT_TRUE(same(before, state));
  });
}

TEST(CampaignMachine, NeverLeavesAFinalStatus) {
  for_all([](const campaign_state& state, event, const campaign_decision& decision) {
    if (!is_final(state.status)) return;
    EXPECT_FALSE(decision.status || decision.paused);
    EXPECT_TRUE(decision.effects.empty());
  });
}

TEST(CampaignMachine, ARefusalChangesNothing) {
  for_all([](const campaign_state& state, event, const campaign_decision& decision) {
    if (!decision.refused) return;
    EXPECT_EQ(decision.refused->status, 409);
    EXPECT_FALSE(decision.refused->code.empty());
    EXPECT_FALSE(decision.refused->detail.empty());
    EXPECT_FALSE(decision.status || decision.paused);
    EXPECT_TRUE(decision.effects.empty());
    EXPECT_TRUE(same(apply(state, decision), state));
  });
}

TEST(CampaignMachine, OnlyPeopleAreRefused) {
  for_all([](const campaign_state&, event what, const campaign_decision& decision) {
    EXPECT_FALSE(what >= event::due && decision.refused);
  });
}

TEST(CampaignMachine, TakesOnlyTheStepsOfTheContract) {
  const std::map<campaign_status, std::vector<campaign_status>> steps{
      {draft, {scheduled, sending, cancelled}},
      {scheduled, {sending, cancelled}},
      {sending, {completed, failed, cancelled}}};
  for_all([&](const campaign_state& state, event, const campaign_decision& decision) {
    if (!decision.status) return;
    const auto allowed = steps.at(state.status);
    EXPECT_NE(std::find(allowed.begin(), allowed.end(), *decision.status), allowed.end())
        << "to " << to_string(*decision.status);
  });
}

TEST(CampaignMachine, OnlyADraftIsChanged) {
  for_all([](const campaign_state& state, event what, const campaign_decision& decision) {
    if (what > event::clear_recipients) return;
    EXPECT_EQ(decision.refused.has_value(), state.status != draft);
    EXPECT_EQ(has(decision, effect::carry_out), state.status == draft);
  });
}

TEST(CampaignMachine, SendsADraftNowOrLater) {
  for_all([](const campaign_state& state, event what, const campaign_decision& decision) {
    if (what != event::send || state.status != draft) return;
    const bool ready = state.total > 0 && !state.cannot_send;
    EXPECT_EQ(decision.refused.has_value(), !ready);
    if (!ready) return;
    const bool later = state.scheduled_at && *state.scheduled_at > now;
    EXPECT_EQ(decision.status, later ? scheduled : sending);
    EXPECT_EQ(has(decision, effect::arm_schedule), later);
    EXPECT_EQ(has(decision, effect::answer_scheduled), later);
    EXPECT_EQ(has(decision, effect::supply), !later);
    EXPECT_EQ(has(decision, effect::answer_progress), !later);
  });
}

TEST(CampaignMachine, AnswersEverySendOnce) {
  for_all([](const campaign_state&, event what, const campaign_decision& decision) {
    const int answers = static_cast<int>(decision.refused.has_value()) +
                        static_cast<int>(has(decision, effect::answer_scheduled)) +
                        static_cast<int>(has(decision, effect::answer_progress));
    EXPECT_EQ(answers, what == event::send || decision.refused ? 1 : 0);
  });
}

TEST(CampaignMachine, CancelsWhatHasNotEnded) {
  for_all([](const campaign_state& state, event what, const campaign_decision& decision) {
    if (what != event::cancel) return;
    EXPECT_EQ(decision.refused.has_value(), is_final(state.status));
    EXPECT_EQ(decision.status == cancelled, !decision.refused);
  });
}

TEST(CampaignMachine, BeginsAScheduledCampaignWhenItsTimeHasCome) {
  for_all([](const campaign_state& state, event what, const campaign_decision& decision) {
    if (what != event::due || state.status != scheduled) return;
    if (*state.scheduled_at > now) {
      EXPECT_FALSE(decision.status);
      EXPECT_TRUE(has(decision, effect::arm_schedule));
      return;
    }
    EXPECT_EQ(decision.status, sending);
    EXPECT_EQ(has(decision, effect::supply), !state.cannot_send);
    EXPECT_EQ(apply(state, decision).paused, state.cannot_send);
  });
}

TEST(CampaignMachine, EndsExactlyWhenNothingIsOpen) {
  for_all([](const campaign_state& state, event what, const campaign_decision& decision) {
    if (what != event::progressed) return;
    const bool ends = state.status == sending && state.open() == 0 && state.uncertain == 0;
    EXPECT_EQ(decision.status.has_value(), ends);
    if (ends) {
      EXPECT_EQ(*decision.status, state.sent > 0 ? completed : failed);
    }
  });
}

TEST(CampaignMachine, SuppliesOnlyWhileSendingAndNotPaused) {
  for_all([](const campaign_state& state, event, const campaign_decision& decision) {
    const auto after = apply(state, decision);
    if (has(decision, effect::supply)) {
      EXPECT_EQ(after.status, sending);
      EXPECT_FALSE(after.paused);
      EXPECT_FALSE(state.cannot_send);
    }
    EXPECT_FALSE(after.paused && after.status != sending);
    if (!state.paused && after.paused && state.status == sending) {
      EXPECT_TRUE(has(decision, effect::withdraw));
    }
  });
}

TEST(CampaignMachine, FollowsItsSurroundings) {
  for_all([](const campaign_state& state, event what, const campaign_decision& decision) {
    if (what != event::surroundings_changed || state.status != sending) return;
    const auto after = apply(state, decision);
    if (state.cannot_send)
      EXPECT_EQ(after.paused, state.cannot_send);
    else if (state.paused == by_template)
      EXPECT_EQ(after.paused, by_template) << "only a person knows that the template is fine now";
    else
      EXPECT_FALSE(after.paused);
  });
}

TEST(CampaignMachine, MetaStopsWhatSends) {
  for_all([](const campaign_state& state, event what, const campaign_decision& decision) {
    if (what != event::stopped_by_meta) return;
    const bool stops = state.status == sending && !state.paused;
    EXPECT_EQ(decision.paused.has_value(), stops);
    EXPECT_TRUE(!stops || apply(state, decision).paused == meta_says);
  });
  campaign_state state;
  state.status = sending;
  EXPECT_FALSE(decide(state, event::stopped_by_meta, now).paused) << "without a reason";
}

TEST(CampaignMachine, SendingAgainResumes) {
  campaign_state state;
  state.status = sending;
  state.total = 3;
  state.paused = by_template;
  const auto resumed = decide(state, event::send, now);
  EXPECT_FALSE(apply(state, resumed).paused);
  EXPECT_TRUE(has(resumed, effect::supply));
  state.cannot_send = account;
  EXPECT_TRUE(decide(state, event::send, now).refused);
}

TEST(CampaignMachine, NamesStatusesAsTheApiDoes) {
  for (const auto status : statuses) EXPECT_EQ(parse_campaign_status(to_string(status)), status);
  EXPECT_EQ(to_string(draft), "draft");
  EXPECT_EQ(to_string(cancelled), "cancelled");
  EXPECT_FALSE(parse_campaign_status("paused"));
  for (const auto what : events) EXPECT_FALSE(to_string(what).empty());
}

}  // namespace
}  // namespace omnistream::actors
