#include <array>

#include <gtest/gtest.h>

#include "actors/campaign/campaign_sending.hpp"
#include "actors/dispatch/meta_errors.hpp"

namespace omnistream::actors {
namespace {

using kind = recorded_outcome::kind;
using certainty = send_result::certainty;
using std::chrono::milliseconds;
using std::chrono::seconds;

const timestamp at{std::chrono::hours{500'000}};
const timestamp until = at + seconds{300};

send_outcome refused(int code, int attempt = 0, std::optional<std::int64_t> retry_after = {}) {
  send_outcome outcome;
  outcome.seq = 5;
  outcome.attempt = attempt;
  outcome.at = at;
  outcome.result.what = certainty::rejected;
  outcome.result.http_status = 400;
  outcome.result.error.code = code;
  outcome.result.error.message = "Said by Meta";
  outcome.result.retry_after_ms = retry_after;
  return outcome;
}

recorded_outcome record(const send_outcome& outcome, bool ended = false, bool others_sent = true) {
  return to_record(outcome, {ended, others_sent}, until, 0);
}

TEST(ToRecord, Accepted) {
  send_outcome outcome;
  outcome.seq = 7;
  outcome.retry = true;
  outcome.at = at;
  outcome.result.what = certainty::accepted;
  outcome.result.message_id = "wamid.1";
  for (const bool ended : {false, true}) {
    const auto made = record(outcome, ended);
    EXPECT_EQ(made.what, kind::sent);
    EXPECT_EQ(made.seq, 7);
    EXPECT_TRUE(made.was_retry);
    EXPECT_EQ(made.external_id, "wamid.1");
    EXPECT_EQ(made.at, at);
    EXPECT_EQ(made.error_code, 0);
    EXPECT_TRUE(made.error_message.empty());
  }
}

/// What was handed to Meta is never tried again by itself, whether the campaign goes on or not.
TEST(ToRecord, UncertainIsNeverRetried) {
  send_outcome outcome;
  outcome.at = at;
  outcome.result.what = certainty::uncertain;
  outcome.result.error.message = "timed out";
  for (const bool ended : {false, true}) {
    const auto made = record(outcome, ended);
    EXPECT_EQ(made.what, kind::uncertain);
    EXPECT_EQ(made.due_at, until);
    EXPECT_NE(made.error_message.find("timed out"), std::string::npos);
  }
}

TEST(ToRecord, NotSentAndReturnedCountAsNoTry) {
  send_outcome outcome;
  outcome.at = at;
  outcome.attempt = 3;
  for (const bool returned : {false, true}) {
    outcome.returned = returned;
    outcome.result.what = certainty::not_sent;
    auto made = record(outcome);
    EXPECT_EQ(made.what, kind::retry);
    EXPECT_EQ(made.attempt, 3);
    EXPECT_GT(made.due_at, at) << "at once would spin";
    EXPECT_LE(made.due_at, at + seconds{1});
    EXPECT_EQ(record(outcome, true).what, kind::cancelled);
  }
}

struct expectation {
  send_action action;
  int code;
  kind first;   ///< after the first try
  int attempt;  ///< tries recorded with it
  milliseconds wait;
  kind at_last;  ///< after very many
};

TEST(ToRecord, EveryActionOfARefusal) {
  const std::array<expectation, 8> table{{
      {send_action::slow_number, 130429, kind::retry, 0, seconds{1}, kind::retry},
      {send_action::slow_pair, 131056, kind::retry, 1, seconds{1}, kind::failed},
      {send_action::retry_recipient, -1, kind::retry, 1, seconds{1}, kind::failed},
      {send_action::retry_tomorrow, 131049, kind::retry, 1, std::chrono::hours{24}, kind::failed},
      {send_action::pause_account, 190, kind::retry, 0, milliseconds{0}, kind::retry},
      {send_action::pause_campaign, 132001, kind::retry, 0, milliseconds{0}, kind::retry},
      {send_action::fail_recipient, 131026, kind::failed, 1, milliseconds{0}, kind::failed},
      {send_action::opt_out, 131050, kind::failed, 1, milliseconds{0}, kind::failed},
  }};
  for (const auto& want : table) {
    SCOPED_TRACE(to_string(want.action));
    auto outcome = refused(want.code);
    if (want.action == send_action::retry_recipient) outcome.result.http_status = 500;
    ASSERT_EQ(classify(outcome.result), want.action);
    const auto made = record(outcome);
    EXPECT_EQ(made.what, want.first);
    EXPECT_EQ(made.attempt, want.attempt);
    EXPECT_EQ(made.error_code, want.code);
    EXPECT_EQ(made.error_message, error_text(outcome.result));
    EXPECT_EQ(made.opt_out, want.action == send_action::opt_out);
    EXPECT_TRUE(want.first != kind::retry || made.due_at - at == want.wait);
    auto again = outcome;
    again.attempt = 100;
    EXPECT_EQ(record(again).what, want.at_last);
    EXPECT_EQ(record(outcome, true).what, want.first == kind::retry ? kind::cancelled : want.first);
  }
}

TEST(ToRecord, WaitsAsLongAsMetaAsks) {
  EXPECT_EQ(record(refused(130429, 0, 7'000)).due_at - at, seconds{7});
}

TEST(ToRecord, PairWaitsGrow) {
  EXPECT_EQ(record(refused(131056, 0)).due_at - at, seconds{1});
  EXPECT_EQ(record(refused(131056, 1)).due_at - at, seconds{4});
  EXPECT_EQ(record(refused(131056, 2)).due_at - at, seconds{16});
}

/// The first one that does not fit blames the template and keeps the recipient; later ones are
/// their recipients' own.
TEST(ToRecord, AMismatchIsTheTemplatesWhenNobodyWasSent) {
  for (const int code : {132000, 132012}) {
    EXPECT_EQ(record(refused(code), false, false).what, kind::retry);
    EXPECT_EQ(record(refused(code), false, true).what, kind::failed);
  }
}

}  // namespace
}  // namespace omnistream::actors
