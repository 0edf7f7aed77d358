#include "storage/values.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "storage/connection.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::storage {
namespace {

using strings = std::vector<std::optional<std::string>>;

/// One connection for all cases of a process; PostgreSQL's own reader is the judge of what we
/// render.
connection& server() {
  static const test::test_database database(test::test_database::schema::empty);
  static connection on({.database_url = database.url(), .role = ""});
  return on;
}

std::string rendered(const arguments& with) {
  return with.values().front().value_or("(null)");
}

/// The array's elements as PostgreSQL reads them.
strings read_back(const strings& elements) {
  const auto found = server().unprepared(
      "SELECT e FROM unnest($1::text[]) WITH ORDINALITY u(e, n) ORDER BY n", arguments(elements));
  strings list;
  for (int i = 0; i < found.size(); ++i) list.push_back(found.optional_text(i, 0));
  return list;
}

TEST(Arguments, RenderScalars) {
  EXPECT_EQ(rendered(arguments("text")), "text");
  EXPECT_EQ(rendered(arguments(std::string("text"))), "text");
  EXPECT_EQ(rendered(arguments(true)), "t");
  EXPECT_EQ(rendered(arguments(-42)), "-42");
  EXPECT_EQ(rendered(arguments(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(rendered(arguments(std::optional<int>{})), "(null)");
  EXPECT_EQ(rendered(arguments(std::nullopt)), "(null)");
  EXPECT_EQ(rendered(arguments(*parse_rfc3339("2026-01-02T03:04:05.000006+07:00"))),
            "2026-01-01T20:04:05.000006Z");
}

TEST(Arguments, RenderArrays) {
  EXPECT_EQ(rendered(arguments(std::vector<int>{})), "{}");
  EXPECT_EQ(rendered(arguments(std::vector<int>{1, -2})), "{1,-2}");
  EXPECT_EQ(rendered(arguments(std::vector<bool>{true, false})), "{t,f}");
  EXPECT_EQ(rendered(arguments(std::vector<std::optional<int>>{1, std::nullopt})), "{1,NULL}");
  EXPECT_EQ(rendered(arguments(std::vector<std::string>{"NULL", "a\"b\\c"})),
            "{\"NULL\",\"a\\\"b\\\\c\"}");
}

TEST(Arguments, NastyTextsComeBack) {
  const strings nasty{"",
                      "NULL",
                      "null",
                      "{}",
                      "{a,b}",
                      ",",
                      "\"",
                      "\\",
                      "\\\"",
                      "'",
                      "';--",
                      " a ",
                      "\n\t\r",
                      "\xF0\x9F\x98\x80",
                      "\x7f\x01",
                      "$1",
                      "%s",
                      std::nullopt,
                      std::string(100'000, '\\')};
  EXPECT_EQ(read_back(nasty), nasty);
}

RC_GTEST_PROP(Arguments, ArraysOfAnyTextComeBack, ()) {
  const auto text = rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::element('"', '\\', '{', '}', ',', ' ', '\n', '\'', 'N', 'n'),
                     rc::gen::inRange<char>(1, 127)));
  const auto elements = *rc::gen::container<std::vector<std::string>>(text);
  const auto nulls =
      *rc::gen::container<std::vector<bool>>(elements.size(), rc::gen::arbitrary<bool>());
  strings sent;
  for (std::size_t i = 0; i < elements.size(); ++i)
    sent.push_back(nulls[i] ? std::nullopt : std::optional(elements[i]));
  RC_ASSERT(read_back(sent) == sent);
}

TEST(Arguments, DoublesComeBackExactly) {
  for (const double value :
       {0.1, -0.0, 1.0 / 3, 1e300, 5e-324, 9007199254740993.0,
        std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    const auto found = server().unprepared("SELECT $1::float8 = $2::float8, $2::float8::text",
                                           arguments(value, value));
    EXPECT_TRUE(found.boolean(0, 0));
    EXPECT_EQ(std::strtod(std::string(found.text(0, 1)).c_str(), nullptr), value);
  }
  const auto nan = server().unprepared("SELECT $1::float8 = 'NaN'", arguments(-std::nan("")));
  EXPECT_TRUE(nan.boolean(0, 0));
}

TEST(Rows, ReadWhatPostgresWrites) {
  const auto id = uuid::v7(system_now());
  const auto at = *parse_rfc3339("1999-12-31T23:59:59.123456Z");
  const auto found = server().unprepared(
      "SELECT $1::uuid, $2::timestamptz, $3::bigint, true, NULL::uuid, '2026-01-02 "
      "03:04:05+00'::timestamptz",
      arguments(id, at, std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(found.id(0, 0), id);
  EXPECT_EQ(found.time(0, 1), at);
  EXPECT_EQ(found.integer(0, 2), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(found.boolean(0, 3));
  EXPECT_FALSE(found.optional_id(0, 4).has_value());
  EXPECT_EQ(format_rfc3339(found.time(0, 5)), "2026-01-02T03:04:05Z");
}

TEST(Rows, ReadArraysOfIntegers) {
  const std::vector<std::int64_t> sent{std::numeric_limits<std::int64_t>::min(), 0, 7,
                                       std::numeric_limits<std::int64_t>::max()};
  const auto found = server().unprepared(
      "SELECT $1::bigint[], '{}'::int[], '{1,NULL}'::int[], '{{1}}'::int[], '[0:0]={1}'::int[]",
      arguments(sent));
  EXPECT_EQ(found.integers(0, 0), sent);
  EXPECT_TRUE(found.integers(0, 1).empty());
  for (const int column : {2, 3, 4})
    EXPECT_THROW(found.integers(0, column), std::logic_error) << column;
}

TEST(Rows, RefuseToMisread) {
  const auto found = server().simple("SELECT 'x', NULL::int");
  EXPECT_THROW(found.integer(0, 0), std::logic_error);
  EXPECT_THROW(found.integer(0, 1), std::logic_error);
  EXPECT_THROW(found.integers(0, 0), std::logic_error);
  EXPECT_THROW(found.boolean(0, 0), std::logic_error);
  EXPECT_THROW(found.id(0, 0), std::logic_error);
  EXPECT_THROW(found.time(0, 0), std::logic_error);
  EXPECT_THROW(found.text(0, 2), std::logic_error);
  EXPECT_THROW(found.text(1, 0), std::logic_error);
}

TEST(Rows, CountWhatWasTouched) {
  server().simple("CREATE TEMPORARY TABLE touched AS SELECT generate_series(1, 10) AS n");
  EXPECT_EQ(server().simple("UPDATE touched SET n = n WHERE n > 7").affected(), 3);
  EXPECT_EQ(server().simple("DELETE FROM touched WHERE n > 100").affected(), 0);
}

}  // namespace
}  // namespace omnistream::storage
