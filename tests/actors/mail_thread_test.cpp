#include "actors/conversation/mail_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(mail_thread, reads_what_came_in_by_its_members) {
  const auto place = place_of({{"subject", " Order \n"}, {"message_id", "<1@x.example>"}});
  EXPECT_EQ(place.subject, "Order");
  EXPECT_EQ(place.message_id, "<1@x.example>");
  EXPECT_THAT(references_after(place), ElementsAre("<1@x.example>"));
}

TEST(mail_thread, reads_the_headers_where_members_are_missing) {
  const auto place = place_of({{"headers",
                                "Received: x\nmessage-id: <3@x>\nReferences: <1@x>\r\n"
                                "\t<2@x>\nSubject: x\n"}});
  EXPECT_EQ(place.message_id, "<3@x>");
  EXPECT_THAT(place.references, ElementsAre("<1@x>", "<2@x>"));
  EXPECT_THAT(place_of({{"headers", "In-Reply-To: <1@x>"}}).references, ElementsAre("<1@x>"));
}

TEST(mail_thread, reads_our_own) {
  const auto place = place_of({{"message_id", "<3@x>"}, {"references", {"<1@x>", "<2@x>", 7}}});
  EXPECT_THAT(references_after(place), ElementsAre("<1@x>", "<2@x>", "<3@x>"));
}

TEST(mail_thread, leaves_out_what_no_header_can_hold) {
  for (const std::string none :
       {"", "<>", "<x>", "1@x", "<1@x", "<1 2@x>", "<1@x>\r\nBcc: y", "<\xc3\xa9@x>", "<a<b@x>"})
    EXPECT_FALSE(is_message_id(none)) << none;
  EXPECT_FALSE(is_message_id('<' + std::string(600, 'a') + "@x>"));
  EXPECT_TRUE(is_message_id("<1@x>"));
  EXPECT_EQ(place_of({{"message_id", "<1 2@x>"}}).message_id, "");
  EXPECT_THAT(place_of("x").references, IsEmpty());
  EXPECT_EQ(place_of({{"subject", 5}, {"headers", json::array()}}).subject, "");
}

TEST(mail_thread, keeps_the_first_and_the_last_references) {
  mail_place long_one;
  for (int i = 0; i < 50; ++i) long_one.references.push_back("<" + std::to_string(i) + "@x>");
  long_one.message_id = "<me@x>";
  const auto all = references_after(long_one);
  ASSERT_EQ(all.size(), mail_references_max);
  EXPECT_EQ(all.front(), "<0@x>");
  EXPECT_EQ(all[1], "<32@x>");
  EXPECT_EQ(all.back(), "<me@x>");
}

TEST(mail_thread, the_mail_that_is_answered_comes_before_those_before_it) {
  EXPECT_THAT(answered_by({{"in_reply_to", "<3@x>"}, {"references", {"<1@x>", "<2@x>", "<3@x>"}}}),
              ElementsAre("<3@x>", "<2@x>", "<1@x>"));
  EXPECT_THAT(answered_by({{"headers", "In-Reply-To: <2@x> (x)\nReferences: <0@x>\n <1@x>"}}),
              ElementsAre("<2@x>", "<1@x>", "<0@x>"));
  EXPECT_THAT(answered_by({{"references", "<1@x> <2@x>"}, {"headers", "In-Reply-To: <9@x>"}}),
              ElementsAre("<9@x>", "<2@x>", "<1@x>"));
  EXPECT_THAT(answered_by({{"references", json::array()}, {"headers", "References: <1@x>"}}),
              ElementsAre("<1@x>"));
  EXPECT_THAT(answered_by({{"email", "In-Reply-To: <1@x>\n\nReferences: <2@x>"}}),
              ElementsAre("<1@x>"));
  EXPECT_THAT(answered_by("x"), IsEmpty());
  std::string all;
  for (int i = 0; i < 50; ++i) all += "<" + std::to_string(i) + "@x>";
  const auto newest = answered_by({{"references", all}});
  ASSERT_EQ(newest.size(), 20u);
  EXPECT_EQ(newest.front(), "<49@x>");
  EXPECT_EQ(newest.back(), "<30@x>");
}

TEST(mail_thread, answers_have_one_re) {
  EXPECT_EQ(reply_subject("Order"), "Re: Order");
  EXPECT_EQ(reply_subject("RE: re:Order"), "Re: Order");
  EXPECT_EQ(reply_subject("Regards"), "Re: Regards");
  EXPECT_EQ(reply_subject(""), "Re:");
}

}  // namespace
}  // namespace omnistream::actors
