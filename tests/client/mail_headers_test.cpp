#include "http/client/mail_headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/base/crypto.hpp"

namespace omnistream::http::client {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What a reader makes of encoded words.
std::string decoded(const std::string& header) {
  std::string text;
  for (std::size_t at = 0; (at = header.find("=?UTF-8?B?", at)) != std::string::npos;) {
    at += 10;
    const auto end = header.find("?=", at);
    text += crypto::base64_decode(header.substr(at, end - at)).value_or("?");
    at = end;
  }
  return text;
}

TEST(mail_headers, texts_stay_as_they_are_where_they_can) {
  EXPECT_EQ(text_header("Subject", "Re: Order INV-7"), "Subject: Re: Order INV-7");
  EXPECT_EQ(text_header("Subject", ""), "Subject: ");
}

TEST(mail_headers, other_texts_are_encoded_in_lines_of_whole_characters) {
  EXPECT_EQ(text_header("Subject", "Grüße"), "Subject: =?UTF-8?B?R3LDvMOfZQ==?=");
  std::string words;
  for (int i = 0; i < 60; ++i) words += "你好é ";
  const auto header = text_header("Subject", words);
  EXPECT_EQ(decoded(header), words);
  std::size_t from = 0;
  for (std::size_t end = 0; end != std::string::npos; from = end + 2) {
    end = header.find("\r\n", from);
    const auto line = header.substr(from, end - from);
    EXPECT_LE(line.size(), 76u);
    EXPECT_TRUE(line.starts_with("Subject: ") || line.starts_with(" ="));
    EXPECT_EQ(line.back(), '=');
    if (end == std::string::npos) break;
  }
  EXPECT_EQ(decoded(text_header("Subject", "=?UTF-8?B?eA==?=")), "=?UTF-8?B?eA==?=");
}

TEST(mail_headers, nothing_begins_another_header) {
  EXPECT_EQ(text_header("Subject", "x\r\nBcc: all@shop.example"),
            "Subject: x  Bcc: all@shop.example");
  EXPECT_THAT(mailbox_header("From", {{"x\nBcc: y", "a@b.example"}}), Not(HasSubstr("\n")));
  EXPECT_THAT(attachment_header("a\r\nX: y.pdf"), Not(HasSubstr("\nX")));
}

TEST(mail_headers, people_have_names_and_addresses) {
  EXPECT_EQ(mailbox_header("To", {{"", "a@b.example"}, {"Budi \"B\" S.", "budi@b.example"}}),
            "To: a@b.example,\r\n \"Budi \\\"B\\\" S.\" <budi@b.example>");
  EXPECT_EQ(mailbox_header("From", {{"Zoë", "z@b.example"}}),
            "From: =?UTF-8?B?Wm/Dqw==?= <z@b.example>");
}

TEST(mail_headers, people_are_read) {
  EXPECT_EQ(mailbox_of("a@b.example"), (mailbox{"", "a@b.example"}));
  EXPECT_EQ(mailbox_of("\"Budi, \\\"B\\\"\" <budi@b.example>"),
            (mailbox{"Budi, \"B\"", "budi@b.example"}));
  EXPECT_EQ(mailbox_of(" Help < help@b.example > "), (mailbox{"Help", "help@b.example"}));
  EXPECT_EQ(mailbox_of("A <\"a, b\"@c.example>"), (mailbox{"A", "\"a, b\"@c.example"}));
  for (const std::string none : {"", "x", "@", "a@", "@b", "a b@c.example", "a@b.example, c@d",
                                 "\"a\\\"@c.example", "\"a\"b\"@c.example", "\"a\nb\"@c.example",
                                 "a@b>\r\nRCPT TO:<c@d", "ü@b.example", "a\r\n@b.example"})
    EXPECT_FALSE(mailbox_of(none)) << none;
  EXPECT_FALSE(mailbox_of(std::string(250, 'a') + "@b.example"));
}

TEST(mail_headers, ids_stand_below_each_other) {
  EXPECT_EQ(ids_header("References", {"<1@a>", "<2@a>"}), "References: <1@a>\r\n <2@a>");
}

TEST(mail_headers, dates_are_in_utc) {
  EXPECT_EQ(date_header(*parse_rfc3339("2026-11-02T07:05:09.900Z")),
            "Date: Mon, 2 Nov 2026 07:05:09 +0000");
}

TEST(mail_headers, files_have_names_in_any_script) {
  EXPECT_EQ(attachment_header("invoice 7.pdf"),
            "Content-Disposition: attachment; filename=\"invoice 7.pdf\"");
  EXPECT_EQ(attachment_header("é\".pdf"),
            "Content-Disposition: attachment; filename=\"__.pdf\";\r\n "
            "filename*=UTF-8''%C3%A9%22.pdf");
  std::string long_name;
  for (int i = 0; i < 240; ++i) long_name += "\u4f60";
  const auto header = attachment_header(long_name);
  EXPECT_THAT(header, HasSubstr(";\r\n filename*0*=UTF-8''%E4%BD%A0"));
  EXPECT_THAT(header, HasSubstr(";\r\n filename*1*=%"));
  for (std::size_t from = 0; from < header.size();) {
    const auto end = std::min(header.find("\r\n", from), header.size());
    EXPECT_LT(end - from, 400u);
    from = end + 2;
  }
}

}  // namespace
}  // namespace omnistream::http::client
