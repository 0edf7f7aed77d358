#include "actors/dispatch/meta_errors.hpp"

#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using namespace std::chrono_literals;
using certainty = send_result::certainty;
using enum send_action;

send_result rejected(int http_status, int code, std::string message = "said",
                     std::string details = "") {
  send_result outcome;
  outcome.what = certainty::rejected;
  outcome.http_status = http_status;
  outcome.error = {code, 0, std::move(message), std::move(details)};
  return outcome;
}

struct expected_row {
  int code;
  send_action action;
  int subcode = 0;
};

/// Written down a second time by hand, so that a slip in the table shows.
const std::vector<expected_row> expected{
    {0, pause_account},
    {1, retry_recipient},
    {2, retry_recipient},
    {3, pause_account},
    {4, slow_number},
    {10, pause_account},
    {100, fail_recipient},
    {190, pause_account},
    {200, pause_account},
    {368, pause_account},
    {613, slow_number},
    {80007, slow_number},
    {130429, slow_number},
    {130472, fail_recipient},
    {130497, pause_account},
    {131000, retry_recipient},
    {131005, pause_account},
    {131008, fail_recipient},
    {131009, fail_recipient},
    {131016, slow_number},
    {131021, fail_recipient},
    {131026, fail_recipient},
    {131031, pause_account},
    {131037, pause_account},
    {131042, pause_account},
    {131045, pause_account},
    {131047, fail_recipient},
    {131048, pause_account},
    {131049, retry_tomorrow},
    {131050, opt_out},
    {131051, fail_recipient},
    {131052, fail_recipient},
    {131053, fail_recipient},
    {131056, slow_pair},
    {131057, slow_number},
    {132000, fail_recipient},
    {132001, pause_campaign},
    {132005, fail_recipient},
    {132007, fail_recipient},
    {132012, fail_recipient},
    {132015, pause_campaign},
    {132016, pause_campaign},
    {133004, slow_number},
    {133005, slow_number},
    {133010, pause_account},
    {135000, fail_recipient},
    {137000, fail_recipient},
    {17, slow_number},
    {32, slow_number},
    {341, slow_number},
    {80001, slow_number},
    {80002, slow_number},
    {80006, slow_number},
    {551, fail_recipient},
    {1200, retry_recipient},
    {1545041, fail_recipient},
    {10, fail_recipient, 2018065},
    {10, fail_recipient, 2018108},
    {10, fail_recipient, 2018278},
    {10, fail_recipient, 2534022},
    {100, fail_recipient, 2018001},
    {100, fail_recipient, 2534014},
    {200, fail_recipient, 1545041},
};

TEST(meta_errors, every_row_does_what_is_documented_whatever_the_http_status) {
  for (const auto& row : expected) {
    for (const int status : {400, 401, 429, 500, 503}) {
      auto outcome = rejected(status, row.code);
      outcome.error.subcode = row.subcode;
      EXPECT_EQ(classify(outcome), row.action) << row.code;
    }
    EXPECT_EQ(classify(graph_error{row.code, row.subcode, "said", ""}), row.action) << row.code;
  }
}

TEST(meta_errors, the_table_holds_exactly_the_expected_rows) {
  std::set<std::pair<int, int>> codes;
  for (const auto& rule : error_rules()) {
    EXPECT_TRUE(codes.insert({rule.code, rule.subcode}).second) << rule.code;
    EXPECT_EQ(find_error_rule(rule.code, rule.subcode), &rule);
    EXPECT_FALSE(rule.source.empty());
    ASSERT_FALSE(rule.sentence.empty());
    EXPECT_EQ(rule.sentence.back(), '.') << rule.code;
    EXPECT_LT(rule.sentence.size(), 160u) << rule.code;
  }
  for (const auto& row : expected)
    EXPECT_EQ(codes.erase({row.code, row.subcode}), 1u) << row.code << '/' << row.subcode;
  EXPECT_TRUE(codes.empty());
}

TEST(meta_errors, a_subcode_without_a_row_goes_by_its_code) {
  EXPECT_EQ(find_error_rule(190, 463), find_error_rule(190));
  EXPECT_EQ(find_error_rule(230, 1545041), find_error_rule(200, 1545041));
}

/// Mail servers have codes of their own.
TEST(meta_errors, a_sender_that_decides_itself_is_believed_and_quoted) {
  auto outcome = rejected(0, 190, "550 5.1.1 No such user here");
  outcome.action = fail_recipient;
  EXPECT_EQ(classify(outcome), fail_recipient);
  EXPECT_EQ(error_text(outcome), "550 5.1.1 No such user here");
}

TEST(meta_errors, unknown_codes_go_by_http_status) {
  EXPECT_EQ(find_error_rule(999'999), nullptr);
  EXPECT_EQ(find_error_rule(-1), nullptr);
  for (const int code : {999'999, -1}) {
    EXPECT_EQ(classify(rejected(500, code)), retry_recipient);
    EXPECT_EQ(classify(rejected(503, code)), retry_recipient);
    EXPECT_EQ(classify(rejected(429, code)), slow_number);
    EXPECT_EQ(classify(rejected(401, code)), pause_account);
    EXPECT_EQ(classify(rejected(400, code)), fail_recipient);
    EXPECT_EQ(classify(rejected(404, code)), fail_recipient);
    EXPECT_EQ(classify(graph_error{code, 0, "said", ""}), fail_recipient);
  }
}

TEST(meta_errors, no_error_object_is_not_metas_code_0) {
  EXPECT_EQ(classify(rejected(429, 0, "")), slow_number);
  EXPECT_EQ(classify(rejected(400, 0, "")), fail_recipient);
  EXPECT_EQ(classify(rejected(400, 0, "AuthException")), pause_account);
  EXPECT_EQ(classify(graph_error{}), fail_recipient);
}

TEST(meta_errors, permissions_are_one_range) {
  for (const int code : {200, 201, 250, 299})
    EXPECT_EQ(classify(rejected(403, code)), pause_account) << code;
  EXPECT_EQ(find_error_rule(300), nullptr);
}

TEST(meta_errors, what_was_not_sent_is_sent_again_and_what_is_uncertain_never) {
  send_result outcome;
  outcome.what = certainty::not_sent;
  EXPECT_EQ(classify(outcome), retry_recipient);
  outcome.what = certainty::uncertain;
  outcome.http_status = 500;
  outcome.error.code = 130429;
  EXPECT_EQ(classify(outcome), fail_recipient);
  outcome.what = certainty::accepted;
  EXPECT_EQ(classify(outcome), fail_recipient);
}

TEST(meta_errors, mismatched_variables_pause_a_campaign_only_when_all_fail) {
  EXPECT_TRUE(pauses_campaign_when_all_fail(132000));
  EXPECT_TRUE(pauses_campaign_when_all_fail(132012));
  EXPECT_FALSE(pauses_campaign_when_all_fail(131026));
}

TEST(meta_errors, text_has_sentence_details_and_code) {
  EXPECT_EQ(error_text(graph_error{131047, 0, "Re-engagement message", "Too late"}),
            "More than 24 hours have passed since the person's last message; only a template can "
            "be sent. "
            "Too late. (Meta error 131047)");
  EXPECT_EQ(error_text(graph_error{999'999, 0, "Strange things!", ""}),
            "Meta refused the message. Strange things! (Meta error 999999)");
  EXPECT_EQ(error_text(graph_error{}), "Meta reported a failure without naming a reason.");
  EXPECT_EQ(error_text(rejected(418, 0, "")),
            "Meta refused the message without naming a reason. (HTTP status 418)");
}

TEST(meta_errors, text_of_outcomes_without_an_answer) {
  send_result outcome;
  outcome.error.message = "Connection refused";
  outcome.what = certainty::not_sent;
  EXPECT_EQ(error_text(outcome),
            "Meta could not be reached; the message was not sent. Connection refused.");
  outcome.what = certainty::uncertain;
  EXPECT_EQ(error_text(outcome),
            "Meta's answer did not arrive, so it is not known whether the message was sent. "
            "Connection refused.");
  outcome.what = certainty::accepted;
  EXPECT_EQ(error_text(outcome), "");
}

TEST(meta_errors, text_is_bounded_and_cut_between_characters) {
  for (std::size_t pad = 0; pad < 4; ++pad) {
    std::string long_details(pad, 'x');
    for (int i = 0; i < 400; ++i) long_details += "\xf0\x9f\x98\x80";
    const auto text = error_text(graph_error{131026, 0, "", long_details});
    EXPECT_LE(text.size(), error_text_bytes_max);
    EXPECT_TRUE(text.ends_with("\xf0\x9f\x98\x80 (Meta error 131026)")) << text;
    send_result outcome;
    outcome.what = certainty::not_sent;
    outcome.error.message = long_details;
    EXPECT_LE(error_text(outcome).size(), error_text_bytes_max);
  }
}

TEST(meta_errors, pair_waits_four_to_the_x_and_gives_up) {
  const std::vector<std::chrono::seconds> waits{1s, 4s, 16s, 64s, 256s, 1'024s};
  for (std::size_t i = 0; i < waits.size(); ++i)
    EXPECT_EQ(pair_delay(static_cast<int>(i) + 1, 0), waits[i]);
  EXPECT_EQ(pair_delay(pair_tries_max + 1, 0), std::nullopt);
  EXPECT_EQ(pair_delay(0, 0), 1s);
}

TEST(meta_errors, recipient_waits_double_and_give_up) {
  const std::vector<std::chrono::seconds> waits{1s, 2s, 4s, 8s, 16s};
  for (std::size_t i = 0; i < waits.size(); ++i)
    EXPECT_EQ(recipient_delay(static_cast<int>(i) + 1, 0), waits[i]);
  EXPECT_EQ(recipient_delay(recipient_tries_max + 1, 0), std::nullopt);
}

TEST(meta_errors, number_waits_double_to_a_minute_and_obeys_retry_after) {
  EXPECT_EQ(number_delay(1, {}, 0), 1s);
  EXPECT_EQ(number_delay(2, {}, 0), 2s);
  EXPECT_EQ(number_delay(6, {}, 0), 32s);
  for (const int failures : {7, 8, 100, 2'000'000'000})
    EXPECT_EQ(number_delay(failures, {}, 0.9), 60s);
  EXPECT_EQ(number_delay(-5, {}, 0), 1s);
  EXPECT_EQ(number_delay(9, 2'500, 0.9), 2'500ms);
  EXPECT_EQ(number_delay(1, 0, 0), 1s);
  EXPECT_EQ(number_delay(1, -7, 0), 1s);
  EXPECT_EQ(number_delay(1, std::int64_t{1} << 60, 0), 24h);
}

TEST(meta_errors, jitter_only_lengthens_and_by_a_fifth_at_most) {
  for (double jitter = 0; jitter < 1; jitter += 0.05) {
    EXPECT_GE(*pair_delay(3, jitter), 16s);
    EXPECT_LE(*pair_delay(3, jitter), 19'200ms);
    EXPECT_GE(*recipient_delay(3, jitter), 4s);
    EXPECT_LE(*recipient_delay(3, jitter), 4'800ms);
    EXPECT_LE(number_delay(6, {}, jitter), 38'400ms);
  }
  EXPECT_LE(*pair_delay(1, 100), 1'200ms);
  EXPECT_GE(*pair_delay(1, -100), 1s);
}

TEST(meta_errors, actions_have_names) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(opt_out); ++i)
    names.insert(to_string(static_cast<send_action>(i)));
  EXPECT_EQ(names.size(), 8u);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace omnistream::actors
