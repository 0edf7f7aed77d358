#include "config/base/text.hpp"

#include <gtest/gtest.h>

#include "config/base/emoji.hpp"
#include "config/base/utf8.hpp"

namespace omnistream {
namespace {

TEST(text, is_trimmed_at_both_ends_only) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed(" \r\n\t"), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(text, is_blank_where_nothing_can_be_seen) {
  for (const auto* blank : {"", " ", "\t\r\n", "\u00a0", "\u200b \u3000", "\ufeff\u2028"})
    EXPECT_TRUE(is_blank(blank)) << blank;
  for (const auto* seen : {"a", " . ", "\u00a1", "\u3001", "\U0001F44D"})
    EXPECT_FALSE(is_blank(seen)) << seen;
}

TEST(text, percent_encoding_leaves_what_is_unreserved) {
  EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encoded("a b&c=/?\"'"), "a%20b%26c%3D%2F%3F%22%27");
  EXPECT_EQ(percent_encoded("\xc3\xa9\x01"), "%C3%A9%01");
}

TEST(text, is_one_emoji_as_people_see_it) {
  for (const auto* one : {"\U0001F44D", "\U0001F44D\U0001F3FD", "\u2764", "\u2764\ufe0f",
                          "\u00a9\ufe0f", "\U0001F1EE\U0001F1E9", "7\ufe0f\u20e3", "#\u20e3",
                          "\U0001F468\u200d\U0001F469\u200d\U0001F467",
                          "\u2764\ufe0f\u200d\U0001F525", "\U0001F3F3\ufe0f\u200d\U0001F308",
                          "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"})
    EXPECT_TRUE(is_one_emoji(one)) << one;
  for (const auto* other :
       {"", "x", " ", "7", "+", "\u00e9", "\ufe0f", "\u200d", "\U0001F44D\U0001F44D", "\U0001F44D ",
        " \U0001F44D", "\U0001F44Dx", "\U0001F1EE", "\U0001F1EE\U0001F1E9\U0001F1EE\U0001F1E9",
        "\U0001F44D\u200d", "\U0001F3F4\U000E0067", "\u2764\u2764"})
    EXPECT_FALSE(is_one_emoji(other)) << other;
}

TEST(text, beginnings_cut_no_character) {
  const std::string text = "a\xc3\xa9\xf0\x9f\x98\x80";  // of one, two and four bytes
  EXPECT_EQ(utf8_beginning(text, 100), text);
  EXPECT_EQ(utf8_beginning(text, 7), text);
  EXPECT_EQ(utf8_beginning(text, 6), "a\xc3\xa9");
  EXPECT_EQ(utf8_beginning(text, 3), "a\xc3\xa9");
  EXPECT_EQ(utf8_beginning(text, 2), "a");
  EXPECT_EQ(utf8_beginning(text, 0), "");
}

}  // namespace
}  // namespace omnistream
