#include "actors/json_text.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

bool accepts(std::string_view text) {
  json_cursor cursor(text);
  cursor.take_value();
  return cursor.finished();
}

std::string decoded(std::string_view raw) {
  std::string out;
  decode_json_string(raw, out);
  return out;
}

TEST(json_cursor, accepts_what_is_json_and_refuses_what_is_not) {
  for (const auto* good :
       {"{}", "[]", " [ 1 , 2.5e+3 , -0 ] ", R"({"a":{"b":[true,false,null,"x"]},"c":""})", "0",
        R"("\"\\\/\b\f\n\r\t\u12aF")", "[[],{}]", "[{}]", "-1.0E-2"})
    EXPECT_TRUE(accepts(good)) << good;
  for (const auto* bad :
       {"",         " ",           "{",           "}",        "[1,]",  "[,1]", "{,}",
        R"({"a"})", R"({"a":})",   R"({"a":1,})", "{1:2}",    "[1 2]", "tru",  "nul",
        "01",       "1.",          ".5",          "-",        "1e",    "+1",   "\"",
        "\"\\",     "\"\\x\"",     "\"\\u12g4\"", "\"a\nb\"", "[1]]",  "{}{}", "[}",
        "{]",       R"({"a":1]})", "[\"a\":1]",   "NaN"})
    EXPECT_FALSE(accepts(bad)) << bad;
}

TEST(json_cursor, nesting_is_bounded) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(accepts(nested(json_cursor::depth_max)));
  EXPECT_FALSE(accepts(nested(json_cursor::depth_max + 1)));
  EXPECT_FALSE(accepts(nested(3'000'000)));
  std::string objects;
  for (int i = 0; i < 64; ++i) objects += R"({"a":)";
  EXPECT_TRUE(accepts(objects + "1" + std::string(64, '}')));
}

TEST(json_cursor, walks_members_and_elements) {
  json_cursor cursor(R"( { "a" : "x\u00e9" , "b":[1,{"c":2}], "d":{} } )");
  ASSERT_TRUE(cursor.enter_object());
  std::string_view key;
  std::string text;
  ASSERT_TRUE(cursor.next_member(key));
  EXPECT_EQ(key, "a");
  EXPECT_TRUE(cursor.take_string(text));
  EXPECT_EQ(text, "x\xc3\xa9");
  ASSERT_TRUE(cursor.next_member(key));
  EXPECT_EQ(key, "b");
  EXPECT_FALSE(cursor.enter_object());
  ASSERT_TRUE(cursor.enter_array());
  ASSERT_TRUE(cursor.next_element());
  EXPECT_FALSE(cursor.take_string(text)) << "a number is skipped";
  ASSERT_TRUE(cursor.next_element());
  EXPECT_EQ(cursor.take_value(), R"({"c":2})");
  EXPECT_FALSE(cursor.next_element());
  ASSERT_TRUE(cursor.next_member(key));
  EXPECT_EQ(cursor.take_value(), "{}");
  EXPECT_FALSE(cursor.next_member(key));
  EXPECT_TRUE(cursor.finished());
}

TEST(json_cursor, agrees_with_nlohmann_on_mutated_documents) {
  const std::string seed =
      R"({"a":[1,-2.5e3,"x\u00e9\n",null,true],"b":{"c":{},"d":[[]]},"e":"\ud83d\ude00"})";
  std::mt19937 random(7);
  int accepted = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text = seed;
    for (int edits = 1 + static_cast<int>(random() % 3); edits > 0; --edits) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text.erase(at, 1);
          break;
        case 1:
          text.insert(at, 1, R"({}[]",:0e.\-n)"[random() % 14]);
          break;
        default:
          text[at] = R"({}[]",:1E.\-tu )"[random() % 15];
      }
    }
    const bool ours = accepts(text);
    const bool theirs = json::accept(text);
    // nlohmann also refuses lone surrogates and numbers too large; the cursor replaces or passes
    // them.
    EXPECT_TRUE(ours || !theirs) << text;
    if (ours && !theirs && text.find("\\u") == std::string::npos) {
      EXPECT_NE(text.find('e'), std::string::npos) << text;
    }
    accepted += ours ? 1 : 0;
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(json_strings, decode_gives_valid_utf8_without_nul) {
  EXPECT_EQ(decoded("plain"), "plain");
  EXPECT_EQ(decoded(R"(\ud83d\ude00)"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(decoded(R"(\ud83d)"), "\xef\xbf\xbd");
  EXPECT_EQ(decoded(R"(\ude00x)"), "\xef\xbf\xbdx");
  EXPECT_EQ(decoded(R"(\ud83d\u0041)"),
            "\xef\xbf\xbd"
            "A");
  EXPECT_EQ(decoded(R"(a\u0000b)"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(decoded("\xff\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(decoded("\xed\xa0\x80").find('\xed'), std::string::npos) << "encoded surrogate";
  EXPECT_EQ(decoded("\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd") << "cut off character";
  EXPECT_EQ(decoded("\\"), "\xef\xbf\xbd");
  EXPECT_EQ(decoded("\\u12"),
            "\xef\xbf\xbd"
            "12");
}

TEST(json_strings, any_bytes_decode_to_text_that_nlohmann_can_print) {
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string raw;
    for (std::size_t i = random() % 12; i > 0; --i)
      raw += random() % 3 == 0 ? R"(\u"dn8e)"[random() % 7] : static_cast<char>(random());
    EXPECT_NO_THROW((void)json(decoded(raw)).dump());
  }
}

TEST(json_strings, escaping_and_parsing_give_back_the_text) {
  std::mt19937 random(13);
  const std::vector<std::string> pieces{"a",    "\"", "\\",       "\n",
                                        "\t",   "\r", "\x01",     "\x1f",
                                        "\x7f", "/",  "\xc3\xa9", "\xf0\x9f\x98\x80",
                                        " ",    "\b", "\f"};
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::size_t i = random() % 20; i > 0; --i) text += pieces[random() % pieces.size()];
    std::string escaped;
    append_json_escaped(text, escaped);
    EXPECT_EQ(json::parse('"' + escaped + '"').get<std::string>(), text);
    EXPECT_EQ(decoded(escaped), text);
  }
}

}  // namespace
}  // namespace omnistream::actors
