#include "actors/ingest/encoded_words.hpp"

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

TEST(encoded_words, are_read_in_both_encodings) {
  EXPECT_EQ(with_words_decoded("=?utf-8?B?UGVzYW5hbiDDqQ==?="), "Pesanan \u00e9");
  EXPECT_EQ(with_words_decoded("Re: =?UTF-8?q?Pesanan_=C3=a9_=3D_1?= now"),
            "Re: Pesanan \u00e9 = 1 now");
  EXPECT_EQ(with_words_decoded("=?UTF-8*id?b?SGFsbw?="), "Halo") << "with its language, not padded";
  EXPECT_EQ(with_words_decoded("=?us-ascii?Q?a=2?="), "a=2") << "what is no byte is text";
}

TEST(encoded_words, are_of_the_charsets_of_western_mails) {
  EXPECT_EQ(with_words_decoded("=?iso-8859-1?Q?Andr=E9?="), "Andr\u00e9");
  EXPECT_EQ(with_words_decoded("=?ISO-8859-15?Q?=A4_=E9_=BD_A?="), "\u20ac \u00e9 \u0153 A");
  EXPECT_EQ(with_words_decoded("=?Windows-1252?Q?=80_=93x=94_=E9_=81?="),
            "\u20ac \u201cx\u201d \u00e9 \ufffd");
}

TEST(encoded_words, go_on_in_the_next_one) {
  EXPECT_EQ(with_words_decoded("=?utf-8?Q?a?= =?utf-8?Q?b?=\r\n =?iso-8859-1?Q?=E9?= c"),
            "ab\u00e9 c");
  EXPECT_EQ(with_words_decoded("=?utf-8?B?w6nD?= =?utf-8?Q?=A9?="), "\u00e9\u00e9")
      << "a character in two words";
  EXPECT_EQ(with_words_decoded("=?utf-8?Q?a?= - =?utf-8?Q?b?="), "a - b");
}

TEST(encoded_words, that_cannot_be_read_stay) {
  for (const std::string text : {"", "Halo", "=?", "=?=?=?",
                                 "=?utf-8?B?!?=", "=?utf-8?X?a?=", "=?big5?B?pKQ=?=", "=?utf-8?Q?a",
                                 "=?utf-8?Q", "1 =? 2", "=?big5?Q?=A4?= =?big5?Q?=A4?="})
    EXPECT_EQ(with_words_decoded(text), text);
  EXPECT_EQ(with_words_decoded("=? =?utf-8?Q?b?="), "=? b");
}

TEST(encoded_words, give_text_that_can_be_stored) {
  EXPECT_EQ(with_words_decoded("=?utf-8?Q?a=00=FFb?="), "a\ufffd\ufffdb");
  EXPECT_EQ(with_words_decoded("=?iso-8859-1?Q?a=00?="), "a\ufffd");
}

TEST(encoded_words, long_texts_take_no_long_time) {
  for (const std::string part : {"=?", "=?utf-8?Q?", "=?utf-8?Q?a?= "}) {
    std::string text;
    while (text.size() < 2'000'000) text += part;
    EXPECT_FALSE(with_words_decoded(text).empty());
  }
}

}  // namespace
}  // namespace omnistream::actors
