#include "actors/webhook/webhook_machine.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/webhook/webhook_store.hpp"

namespace omnistream::actors {
namespace {

using enum webhook_status;
using kind = attempt_kind;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const timestamp now{hours{500'000}};
constexpr std::array statuses{active, retrying, disabled};
constexpr std::array kinds{kind::head, kind::beside, kind::probe, kind::aside};
constexpr std::array codes{0,   100, 200, 204, 299, 300, 301, 400, 404,
                           408, 410, 425, 429, 500, 502, 503, 504, 599};

delivery_result answered(int status, std::optional<seconds> retry_after = std::nullopt) {
  delivery_result result;
  result.status = status;
  result.retry_after = retry_after;
  return result;
}

webhook_state in(webhook_status status, std::optional<timestamp> failing_since = std::nullopt) {
  return {status, failing_since, status == disabled ? "by_hand" : ""};
}

bool leads(kind what) {
  return what == kind::head || what == kind::probe;
}

/// Calls `check(state, kind, attempts, code, verdict)` for all of them.
template <class Check>
void for_all(Check check) {
  for (const auto status : statuses)
    for (const auto& since :
         {std::optional<timestamp>{}, std::optional{now - hours{1}}, std::optional{now - days{5}}})
      for (const auto what : kinds)
        for (int attempts = 1; attempts <= attempts_max + 1; ++attempts)
          for (const int code : codes) {
            SCOPED_TRACE(std::string(to_string(status)) + ", attempt " + std::to_string(attempts) +
                         ", kind " + std::to_string(static_cast<int>(what)) + ", answer " +
                         std::to_string(code));
            const auto state = in(status, since);
            check(state, what, attempts, code,
                  judge(state, what, attempts, answered(code), now, 0));
          }
}

TEST(WebhookMachine, OnlyA2xxIsASuccess) {
  for_all([](const webhook_state&, kind, int, int code, const webhook_verdict& verdict) {
    EXPECT_EQ(verdict.delivered, code >= 200 && code < 300);
  });
}

TEST(WebhookMachine, ADeliveryHasEndedOrHasANextAttempt) {
  for_all([](const webhook_state&, kind, int attempts, int, const webhook_verdict& verdict) {
    EXPECT_EQ(static_cast<int>(verdict.delivered) + static_cast<int>(verdict.given_up) +
                  static_cast<int>(verdict.next_attempt_at.has_value()),
              1);
    EXPECT_EQ(verdict.given_up, !verdict.delivered && attempts >= attempts_max);
  });
}

TEST(WebhookMachine, NoAttemptEnablesWhatIsDisabled) {
  for_all([](const webhook_state& state, kind, int, int, const webhook_verdict& verdict) {
    if (state.status != disabled) return;
    EXPECT_EQ(verdict.state, state);
    EXPECT_FALSE(verdict.probe);
  });
}

TEST(WebhookMachine, GoneDisablesAtOnce) {
  for_all([](const webhook_state& state, kind, int, int code, const webhook_verdict& verdict) {
    if (code != 410 || state.status == disabled) return;
    EXPECT_EQ(verdict.state.status, disabled);
    EXPECT_EQ(verdict.state.disabled_reason, "gone");
  });
}

TEST(WebhookMachine, ASuccessInOrderMakesItActive) {
  for_all([](const webhook_state& state, kind what, int, int, const webhook_verdict& verdict) {
    if (!verdict.delivered || !leads(what) || state.status == disabled) return;
    EXPECT_EQ(verdict.state, webhook_state{});
  });
}

TEST(WebhookMachine, AFailureInOrderIsRetriedOrDisables) {
  for_all([](const webhook_state& state, kind what, int attempts, int code,
             const webhook_verdict& verdict) {
    if (verdict.delivered || !leads(what) || state.status == disabled || code == 410) return;
    EXPECT_EQ(verdict.state.failing_since, state.failing_since.value_or(now));
    const bool for_days = now - *verdict.state.failing_since >= days{5} && attempts > 1;
    EXPECT_EQ(verdict.state.status, for_days ? disabled : retrying);
    EXPECT_EQ(verdict.state.disabled_reason, for_days ? "failing" : "");
  });
}

TEST(WebhookMachine, DeliveriesBesideTheHeadOrOutOfOrderLeaveTheStatus) {
  for_all([](const webhook_state& state, kind what, int, int code, const webhook_verdict& verdict) {
    if (leads(what) || code == 410) return;
    EXPECT_EQ(verdict.state.status, state.status);
    if (!verdict.delivered) {
      EXPECT_EQ(verdict.state, state);
    }
  });
  for (const auto what : {kind::beside, kind::aside}) {
    const auto after = judge(in(retrying, now - days{4}), what, 1, answered(200), now, 0);
    EXPECT_EQ(after.state.failing_since, now) << "it did something else than fail";
  }
}

TEST(WebhookMachine, ProbesOnlyBehindAHeadThatIsRefusedAgainAndAgain) {
  for_all([](const webhook_state& state, kind what, int attempts, int code,
             const webhook_verdict& verdict) {
    const bool expected = what == kind::head && attempts > 3 && attempts < attempts_max &&
                          is_refusal(code) && state.status != disabled &&
                          verdict.state.status == retrying;
    EXPECT_EQ(verdict.probe, expected);
    EXPECT_EQ(verdict.head_aside, what == kind::probe && verdict.delivered);
  });
  for (const int code : {0, 408, 410, 425, 429, 502, 503, 504}) EXPECT_FALSE(is_refusal(code));
  for (const int code : {301, 400, 401, 404, 413, 422, 500, 501}) EXPECT_TRUE(is_refusal(code));
}

TEST(WebhookMachine, KeepsTheSchedule) {
  const std::array<seconds, 9> waits{seconds{5}, minutes{5}, minutes{30}, hours{2}, hours{5},
                                     hours{10},  hours{14},  hours{20},   hours{24}};
  for (int attempts = 1; attempts <= 9; ++attempts) {
    const auto wait = waits[static_cast<std::size_t>(attempts) - 1];
    EXPECT_EQ(retry_wait(attempts, 0), wait);
    EXPECT_EQ(retry_wait(attempts, 1), wait * 6 / 5);
    const auto verdict = judge({}, kind::head, attempts, answered(500), now, 0.5);
    EXPECT_EQ(verdict.next_attempt_at, now + milliseconds{wait} * 11 / 10);
  }
  EXPECT_EQ(retry_wait(10, 0), std::nullopt);
}

TEST(WebhookMachine, RetryAfterPutsTheNextAttemptOffButNotForEver) {
  const auto next = [](seconds asked) {
    return *judge({}, kind::head, 2, answered(503, asked), now, 0).next_attempt_at - now;
  };
  EXPECT_EQ(next(seconds{-5}), minutes{5});
  EXPECT_EQ(next(minutes{1}), minutes{5});
  EXPECT_EQ(next(hours{1}), hours{1});
  EXPECT_EQ(next(days{300}), hours{24});
}

RC_GTEST_PROP(WebhookMachine, WaitsAreWithinTheScheduleAndItsJitter, ()) {
  const int attempts = *rc::gen::inRange(1, attempts_max);
  const double jitter = *rc::gen::inRange(0, 1'000) / 1'000.0;
  const auto wait = *retry_wait(attempts, jitter);
  const auto least = retry_waits[static_cast<std::size_t>(attempts) - 1];
  RC_ASSERT(wait >= least);
  RC_ASSERT(wait <= least * 6 / 5);
}

TEST(WebhookMachine, NotesWhatTheLogShows) {
  delivery what;
  what.attempts = 1;
  auto result = answered(500);
  result.duration = milliseconds{1'500};
  result.excerpt = "oops";
  note_attempt(what, result, judge({}, kind::head, 1, result, now, 0), now);
  EXPECT_EQ(what.state, delivery::status::pending);
  EXPECT_EQ(what.next_attempt_at, now + seconds{5});
  EXPECT_EQ(what.last_attempt_at, now - milliseconds{1'500});
  EXPECT_EQ(what.response_code, 500);
  EXPECT_EQ(what.duration_ms, 1'500);
  EXPECT_EQ(what.excerpt, "oops");
  note_attempt(what, answered(204), judge({}, kind::head, 2, answered(204), now, 0), now);
  EXPECT_EQ(what.state, delivery::status::delivered);
  EXPECT_EQ(what.next_attempt_at, std::nullopt);
  EXPECT_EQ(what.excerpt, "");
  note_attempt(what, answered(404), judge({}, kind::head, 10, answered(404), now, 0), now);
  EXPECT_EQ(what.state, delivery::status::failed);
}

TEST(WebhookPace, GrowsWhenTheSubscriberIsBusyAndShrinksAgain) {
  webhook_pace pace;
  for (const int gap : {1, 2, 4, 8, 16, 32, 60, 60}) {
    pace = pace_after(pace, answered(429), now);
    EXPECT_EQ(pace.gap, seconds{gap});
    EXPECT_EQ(pace.not_before, now + seconds{gap});
  }
  EXPECT_EQ(pace_after(pace, answered(500), now).gap, seconds{60}) << "says nothing of its speed";
  for (const int gap : {30'000, 15'000, 7'500, 3'750, 1'875, 0, 0}) {
    pace = pace_after(pace, answered(200), now);
    EXPECT_EQ(pace.gap, milliseconds{gap});
    EXPECT_EQ(pace.not_before, now + milliseconds{gap});
  }
}

TEST(WebhookPace, LetsOneMoreBeUnderWayWithEachQuickAnswer) {
  webhook_pace pace;
  for (const int together : {2, 3, 4, 5, 6, 7, 8, 8}) {
    pace = pace_after(pace, answered(200), now);
    EXPECT_EQ(pace.together, together);
  }
  auto slow = answered(200);
  slow.duration = quick_answer;
  EXPECT_EQ(pace_after(pace, slow, now).together, together_max);
  slow.duration += milliseconds{1};
  EXPECT_EQ(pace_after(pace, slow, now).together, 1);
  EXPECT_EQ(pace_after(pace, answered(503), now).together, 1);
  EXPECT_EQ(pace_after(pace, answered(429), now).together, 1);
}

TEST(WebhookPace, KeepsToOneWhileThereIsAGap) {
  webhook_pace pace;
  for (int i = 0; i < 3; ++i) pace = pace_after(pace, answered(429), now);
  for (const int together : {1, 1, 2, 3}) {  // gaps of 2 s, 1 s, none
    pace = pace_after(pace, answered(200), now);
    EXPECT_EQ(pace.together, together);
  }
}

TEST(WebhookPace, IsCarefulForAWhileWithWhoWasSlow) {
  webhook_pace pace;
  auto slow = answered(200);
  slow.duration = seconds{14};
  pace = pace_after(pace, slow, now);
  EXPECT_EQ(pace_after(pace, answered(200), now + seconds{55}).together, 1);
  EXPECT_EQ(pace_after(pace, answered(200), now + seconds{56}).together, 2);
}

TEST(WebhookPace, SlowsDownForWhoIsBusyThoughSomethingElseFailedFirst) {
  const auto slowed = pace_after({}, answered(500), now);
  EXPECT_EQ(slowed.gap, seconds{0});
  auto left_before = answered(429);
  left_before.duration = milliseconds{20};
  const auto busy = pace_after(slowed, left_before, now);
  EXPECT_EQ(busy.gap, gap_min);
  EXPECT_EQ(pace_after(busy, left_before, now).gap, gap_min);
}

TEST(WebhookPace, LearnsNothingFromWhatLeftBeforeItWasSlowedDown) {
  webhook_pace pace;
  for (int i = 0; i < together_max; ++i) pace = pace_after(pace, answered(200), now);
  const auto slowed = pace_after(pace, answered(429), now);
  for (const int code : {429, 200, 503}) {
    auto left_before = answered(code);
    left_before.duration = milliseconds{20};
    EXPECT_EQ(pace_after(slowed, left_before, now + milliseconds{10}), slowed);
  }
  auto asks = answered(503, seconds{30});
  asks.duration = milliseconds{20};
  EXPECT_EQ(pace_after(slowed, asks, now).not_before, now + seconds{30}) << "it is obeyed";
  auto left_after = answered(429);
  left_after.duration = milliseconds{20};
  EXPECT_EQ(pace_after(slowed, left_after, now + milliseconds{20}).gap, 2 * slowed.gap);
}

TEST(WebhookPace, IsFoundAgainInTheLog) {
  EXPECT_EQ(gap_as_left(429, 1), seconds{1});
  EXPECT_EQ(gap_as_left(504, 4), seconds{8});
  EXPECT_EQ(gap_as_left(502, 10), seconds{60});
  EXPECT_EQ(gap_as_left(500, 4), seconds{0});
}

RC_GTEST_PROP(WebhookPace, IsBoundedWhateverIsAnswered, ()) {
  webhook_pace pace;
  const auto answers = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 600));
  for (const int code : answers) {
    const auto asked = *rc::gen::inRange(-10, 1'000'000);
    pace = pace_after(pace, answered(code, seconds{asked}), now);
    RC_ASSERT(pace.gap == seconds{0} || (pace.gap >= gap_min && pace.gap <= gap_max));
    RC_ASSERT(pace.not_before >= now);
    RC_ASSERT(pace.not_before <= now + asked_wait_max);
    if (code >= 200 && code < 300) RC_ASSERT(pace.not_before == now + pace.gap);
  }
}

TEST(WebhookMachine, NamesStatusesAsTheApiDoes) {
  for (const auto status : statuses) EXPECT_EQ(parse_webhook_status(to_string(status)), status);
  EXPECT_EQ(to_string(retrying), "retrying");
  EXPECT_FALSE(parse_webhook_status("paused"));
}

}  // namespace
}  // namespace omnistream::actors
