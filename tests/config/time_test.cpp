#include "config/base/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace omnistream {
namespace {

using namespace std::chrono;

timestamp at(std::string_view text) {
  const auto parsed = parse_rfc3339(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(timestamp{});
}

TEST(Time, PrintsFractionsOnlyWhenThereAreAny) {
  const timestamp second{sys_days{year{2026} / 1 / 2} + hours{3} + minutes{4} + seconds{5}};
  EXPECT_EQ(format_rfc3339(second), "2026-01-02T03:04:05Z");
  EXPECT_EQ(format_rfc3339(second + milliseconds{678}), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(format_rfc3339(second + milliseconds{7}), "2026-01-02T03:04:05.007Z");
  EXPECT_EQ(format_rfc3339(second + microseconds{1}), "2026-01-02T03:04:05.000001Z");
}

TEST(Time, PrintsTimesBeforeTheEpoch) {
  EXPECT_EQ(format_rfc3339(timestamp{microseconds{-1}}), "1969-12-31T23:59:59.999999Z");
}

TEST(Time, ReadsEveryFormOfTheStandard) {
  const auto expected = at("2026-01-02T03:04:05Z");
  for (const char* text :
       {"2026-01-02t03:04:05z", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05.000Z",
        "2026-01-02T10:04:05+07:00", "2026-01-01T21:34:05-05:30", "2026-01-02T03:04:05-00:00"})
    EXPECT_EQ(at(text), expected) << text;
  EXPECT_EQ(at("2026-01-02T03:04:05.1Z"), expected + milliseconds{100});
  EXPECT_EQ(at("2026-01-02T03:04:05.123456789Z"), expected + microseconds{123456});
}

TEST(Time, KnowsTheCalendar) {
  EXPECT_TRUE(parse_rfc3339("2024-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-00-10T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-13-10T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-04-31T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-04-00T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-01-02T24:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-01-02T00:60:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-01-02T00:00:61Z"));
  EXPECT_FALSE(parse_rfc3339("2026-01-02T00:00:00+24:00"));
  EXPECT_FALSE(parse_rfc3339("2026-01-02T00:00:00+07:60"));
  EXPECT_EQ(at("2016-12-31T23:59:60Z"), at("2017-01-01T00:00:00Z"));
}

TEST(Time, StaysWithinTheYearsThatCanBePrintedAndStored) {
  EXPECT_EQ(format_rfc3339(at("0001-01-01T00:00:00Z")), "0001-01-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(at("9999-12-31T23:59:59.999999Z")), "9999-12-31T23:59:59.999999Z");
  EXPECT_FALSE(parse_rfc3339("0000-12-31T23:59:59Z"));
  EXPECT_FALSE(parse_rfc3339("0001-01-01T00:00:00+00:01"));
  EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:59-00:01"));
}

TEST(Time, RefusesWhatIsNotADateTime) {
  for (const char* text :
       {"", "now", "2026", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04Z",
        "2026-1-2T03:04:05Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Z ",
        " 2026-01-02T03:04:05Z", "2026-01-02T03:04:05+0700", "2026-01-02T03:04:05+7:00",
        "2026/01/02T03:04:05Z", "2026-01-02T03-04-05Z", "-026-01-02T03:04:05Z",
        "2026-01-02T03:04:05ZZ", "2026-01-02T+3:04:05Z", "1767323045", "20260102T030405Z"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
}

RC_GTEST_PROP(Time, WhatIsPrintedIsReadBack, ()) {
  const auto first = parse_rfc3339("0001-01-01T00:00:00Z")->time_since_epoch().count();
  const auto end = parse_rfc3339("9999-12-31T23:59:59.999999Z")->time_since_epoch().count();
  const timestamp any{microseconds{*rc::gen::inRange(first, end)}};
  RC_ASSERT(parse_rfc3339(format_rfc3339(any)) == any);
}

RC_GTEST_PROP(Time, TextOrdersAsTimeDoes, ()) {
  const auto seconds_range = rc::gen::inRange<std::int64_t>(0, 4'000'000'000);
  const timestamp a{seconds{*seconds_range}};
  const timestamp b{seconds{*seconds_range}};
  RC_ASSERT((a < b) == (format_rfc3339(a) < format_rfc3339(b)));
}

RC_GTEST_PROP(Time, GarbageNeverCrashesTheParser, ()) {
  const auto digits =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789-:.TZ+ \0x", 19)));
  (void)parse_rfc3339(*digits);
  (void)parse_rfc3339(*rc::gen::arbitrary<std::string>());
}

TEST(Time, SystemNowIsInThisCentury) {
  EXPECT_GT(system_now(), at("2024-01-01T00:00:00Z"));
  EXPECT_LT(system_now(), at("2100-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace omnistream
