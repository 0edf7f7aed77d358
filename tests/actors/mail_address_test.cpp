#include "actors/ingest/mail_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(mail_address, comments_are_no_part_of_it) {
  for (const std::string text :
       {"john@b.example (John)", "(John) John@B.example", "john@b.example (a (b \\) c) <x@y>)",
        "John (Sales) <john@b.example>", "<john@b.example> (at <home@b.example>)",
        "john(at work)@b.example"})
    EXPECT_THAT(email_address_of(text), Optional(std::string("john@b.example"))) << text;
}

TEST(mail_address, quoted_parts_may_have_blanks) {
  EXPECT_THAT(email_address_of("\"a b\"@q.example"), Optional(std::string("\"a b\"@q.example")));
  EXPECT_THAT(email_address_of("A <\"a, \\\"b\\\" @ <c>\"@Q.example>"),
              Optional(std::string("\"a, \\\"b\\\" @ <c>\"@q.example")));
  EXPECT_THAT(email_address_of("\"x <a@b.example>\" <c@d.example>"),
              Optional(std::string("c@d.example")));
  for (const std::string none :
       {"\"a\nb\"@q.example", "\"a\" b@q.example", "a b@q.example", "\"a b\"@q example"})
    EXPECT_FALSE(email_address_of(none)) << none;
}

TEST(mail_address, links_are_read) {
  EXPECT_THAT(email_address_of("MailTo:x@y.example"), Optional(std::string("x@y.example")));
  EXPECT_THAT(email_address_of("X <mailto:x@y.example?subject=Hi>"),
              Optional(std::string("x@y.example")));
  EXPECT_FALSE(email_address_of("mailto:"));
}

/// People write quotes and brackets as they like.
TEST(mail_address, what_does_not_end_stands_for_itself) {
  for (const std::string text : {"O\"Brien <a@b.example>", "Smile :( <a@b.example>",
                                 "\"<a@b.example>\"", "(a <a@b.example>)", "\\ <a@b.example> \\"})
    EXPECT_THAT(email_address_of(text), Optional(std::string("a@b.example"))) << text;
}

TEST(mail_address, names_stand_in_front_or_in_a_comment) {
  EXPECT_EQ(mailbox_name_in("Budi (Sales) <b@x.example>"), "Budi (Sales)");
  EXPECT_EQ(mailbox_name_in("b@x.example ( Budi <b> ) (x)"), "Budi <b>");
  EXPECT_EQ(mailbox_name_in("\"a <b\" <b@x.example>"), "\"a <b\"");
  EXPECT_EQ(mailbox_name_in("b@x.example"), "");
}

TEST(mail_address, commas_part_them_but_within_quotes_and_comments) {
  EXPECT_THAT(email_addresses_in("a@x.example (one, two), \"b, c\"@x.example, \"d, e\" "
                                 "<d@x.example>, A@x.example,, nobody"),
              ElementsAre("a@x.example", "\"b, c\"@x.example", "d@x.example"));
  EXPECT_THAT(email_addresses_in("O\"Brien <a@x.example>, b@x.example"),
              ElementsAre("a@x.example", "b@x.example"));
}

/// Anybody sends mails: what does not end is not looked for at every byte.
TEST(mail_address, long_ones_take_no_long_time) {
  for (const std::string part : {"(", "\"", "\\(", "<", "(\"", "()", ","}) {
    std::string text;
    while (text.size() < 2'000'000) text += part;
    EXPECT_FALSE(email_address_of(text)) << part;
    EXPECT_TRUE(email_addresses_in(text).empty()) << part;
  }
}

}  // namespace
}  // namespace omnistream::actors
