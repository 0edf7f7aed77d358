#include "http/server/query_string.hpp"

#include <gtest/gtest.h>

#include "config/base/utf8.hpp"

namespace omnistream::http::server {
namespace {

TEST(query_string, decodes_names_and_values_in_their_order) {
  const auto got = parse_query("a=1&b=x%20y&c=x+y&%64=%C3%A9&e&f=&g==&a=2&&");
  ASSERT_TRUE(got.ok());
  const query_parameters expected{{"a", "1"}, {"b", "x y"}, {"c", "x y"}, {"d", "\xC3\xA9"},
                                  {"e", ""},  {"f", ""},    {"g", "="},   {"a", "2"}};
  EXPECT_EQ(*got, expected);
  EXPECT_TRUE(parse_query("")->empty());
}

TEST(query_string, refuses_what_cannot_be_decoded) {
  for (const auto* bad : {"a=%", "a=%1", "%zz=1", "a=%ff", "a=%00", "a=1&b=%C3"}) {
    const auto got = parse_query(bad);
    ASSERT_FALSE(got.ok()) << bad;
    EXPECT_EQ(got.error().status, 400);
    EXPECT_EQ(got.error().code, "bad_query");
  }
}

TEST(query_string, bounds_the_number_of_parameters) {
  std::string query;
  for (std::size_t i = 0; i < query_parameters_max; ++i) query += "a=1&";
  EXPECT_TRUE(parse_query(query).ok());
  EXPECT_FALSE(parse_query(query + "a=1").ok());
}

TEST(query_string, utf8_is_what_the_standard_says) {
  for (const auto* good : {"", "a", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good));
  for (const auto* bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2", "\xE1\x80", "a\xF1\x80\x80"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(query_string, any_bytes_become_a_text_that_can_be_stored) {
  const std::string mark = "\xEF\xBF\xBD";
  for (const std::string good : {"", "a", "\xF0\x90\x80\x80 b"}) {
    EXPECT_TRUE(is_storable_text(good));
    EXPECT_EQ(storable_text(good), good);
  }
  const std::string bad("a\0b\xFF\xC3\xA9\xC3", 7);
  EXPECT_FALSE(is_storable_text(bad));
  EXPECT_FALSE(is_storable_text(std::string(1, '\0')));
  EXPECT_EQ(storable_text(bad), "a" + mark + "b" + mark + "\xC3\xA9" + mark);
  EXPECT_EQ(storable_text("\xED\xA0\x80"), mark + mark + mark);
  EXPECT_EQ(storable_text(std::string(1 << 20, '\0')).size(), 3u << 20);
}

}  // namespace
}  // namespace omnistream::http::server
