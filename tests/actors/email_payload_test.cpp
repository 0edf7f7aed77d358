#include "actors/ingest/email_payload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "actors/ingest/mail_address.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

inbound_email parsed(const json& mail) {
  const auto read = parse_email(mail.dump());
  EXPECT_TRUE(read.has_value()) << mail;
  return read.value_or(inbound_email{});
}

TEST(email_payload, reads_the_sender_in_every_form) {
  const auto plain = parsed({{"from", "Budi@Example.COM"}, {"to", "help@shop.example"}});
  EXPECT_EQ(plain.from, "budi@example.com");
  EXPECT_EQ(plain.name, "");
  EXPECT_EQ(parsed({{"from", "\"Budi, S.\" <budi@example.com>"}}).name, "Budi, S.");
  EXPECT_EQ(parsed({{"from", "Budi <budi@example.com>"}, {"sender_name", "Pak Budi"}}).name,
            "Pak Budi");
}

TEST(email_payload, reads_all_whom_it_was_sent_to_once) {
  const auto mail = parsed({{"from", "a@b.example"},
                            {"to",
                             "Help <HELP@shop.example>, \"x, y\" <sales@shop.example>, "
                             "help@shop.example, nobody"}});
  EXPECT_EQ(mail.to, (std::vector<std::string>{"help@shop.example", "sales@shop.example"}));
}

TEST(email_payload, reads_as_many_as_a_mail_is_sent_to_at_once) {
  std::string others;
  for (std::size_t i = 1; i < email_recipients_max; ++i)
    others += std::to_string(i) + "@b.example, ";
  const auto mail = parsed({{"from", "a@b.example"}, {"to", others + "help@shop.example"}});
  ASSERT_EQ(mail.to.size(), 500U);
  EXPECT_EQ(mail.to.back(), "help@shop.example");
  EXPECT_EQ(
      parsed({{"from", "a@b.example"}, {"to", others + "x@b.example, y@b.example"}}).to.size(),
      500U);
}

TEST(email_payload, its_id_is_the_message_id_or_what_it_says) {
  EXPECT_EQ(parsed({{"from", "a@b.example"}, {"message_id", " <1@x> "}}).external_id,
            "email:a@b.example <1@x>");
  const auto one = parsed({{"from", "a@b.example"}, {"text", "x"}});
  const auto same = parsed({{"text", "x"}, {"from", "a@b.example"}});
  const auto other = parsed({{"from", "a@b.example"}, {"text", "y"}});
  EXPECT_EQ(one.external_id, same.external_id);
  EXPECT_NE(one.external_id, other.external_id);
}

TEST(email_payload, reads_copies_and_the_envelope) {
  const auto mail = parsed({{"from", "a@b.example"},
                            {"envelope", R"({"to":["blind@shop.example"],"from":"a@b.example"})"},
                            {"to", json::array({"Help <help@shop.example>", 5})},
                            {"cc", R"("x \" y, z" <copy@shop.example>)"}});
  EXPECT_EQ(mail.to, (std::vector<std::string>{"blind@shop.example", "help@shop.example",
                                               "copy@shop.example"}));
  EXPECT_TRUE(parsed({{"from", "a@b.example"}, {"envelope", "{\"to\":"}}).to.empty());
}

TEST(email_payload, names_are_one_line_of_bounded_length) {
  EXPECT_EQ(parsed({{"from", "\"Bad\r\nBcc: x\" <a@b.example>"}}).name, "Bad  Bcc: x");
  std::string name(199, 'x');
  EXPECT_EQ(parsed({{"from", "a@b.example"}, {"sender_name", name + "\u00e9\u00e9"}}).name, name);
}

TEST(email_payload, keeps_everything_it_came_with) {
  json mail{{"from", "a@b.example"},
            {"html", "<b>x</b>"},
            {"verified", true},
            {"attachments", json::array({{{"filename", "a.pdf"}}})}};
  const auto kept = json::parse(parsed(mail).content_json);
  mail["verified"] = false;
  EXPECT_EQ(kept, mail) << "a mail does not verify itself";
}

/// What came, put together again.
json whole(const inbound_email& mail) {
  auto all = json::parse(mail.content_json);
  if (mail.rest_json) all.update(json::parse(*mail.rest_json));
  return all;
}

TEST(email_payload, what_is_long_stands_apart) {
  json mail{{"from", "a@b.example"},
            {"subject", "Pictures"},
            {"text", std::string(100'000, 'x') + "\u00e9\"\\\n"},
            {"attachments",
             json::array({{{"filename", "a.png"}, {"content", std::string(100'000, 'y')}}})}};
  const auto read = parsed(mail);
  const auto kept = json::parse(read.content_json);
  EXPECT_EQ(kept["subject"], "Pictures");
  EXPECT_EQ(kept["attachments"],
            json::array({{{"filename", "a.png"}, {"content", std::string(116, 'y')}}}))
      << "lists show what there is";
  const std::string text = kept["text"];
  EXPECT_GT(text.size(), 60'000u);
  EXPECT_LE(text.size(), 65'536u);
  EXPECT_TRUE(mail["text"].get<std::string>().starts_with(text));
  ASSERT_TRUE(read.rest_json);
  mail["verified"] = false;
  EXPECT_EQ(whole(read), mail);
  EXPECT_EQ(parsed({{"from", "a@b.example"}}).rest_json, nullptr);
}

TEST(email_payload, heads_of_attachments_keep_their_places) {
  const std::string escaped(300, '\n');
  const json list{1,
                  {{"type", "image/png"}, {"content", escaped}, {"more", json::array({escaped})}},
                  {{"type", std::string(1'100, 'x')}, {"content", "Halo"}},
                  "x"};
  const json mail{{"from", "a@b.example"}, {"attachments", list}, {"text", "Hello"}};
  EXPECT_EQ(json::parse(parsed(mail).content_json)["attachments"], list) << "short as it is";
  auto long_list = list;
  for (int i = 0; i < 4'000; ++i) long_list.push_back({{"filename", "0123456789.png"}});
  const auto read = parsed({{"from", "a@b.example"}, {"attachments", long_list}});
  const auto heads = json::parse(read.content_json)["attachments"];
  EXPECT_TRUE(heads[0].is_null());
  EXPECT_EQ(heads[1], (json{{"type", "image/png"}, {"content", escaped}, {"more", {escaped}}}));
  EXPECT_EQ(heads[2]["content"], "Halo");
  EXPECT_EQ(heads[2]["type"], std::string(116, 'x'));
  EXPECT_EQ(heads[4], (json{{"filename", "0123456789.png"}}));
  EXPECT_GT(heads.size(), 500u);
  EXPECT_LT(read.content_json.size(), 40'000u);
  const auto other = parsed({{"from", "a@b.example"}, {"attachments", json::object()}});
  EXPECT_EQ(json::parse(other.content_json)["attachments"], json::object());
}

TEST(email_payload, long_texts_are_cut_between_characters) {
  for (std::size_t shift = 0; shift < 12; ++shift) {
    std::string text(shift, 'x');
    while (text.size() < 300'000) text += "\U0001F600";
    for (const bool escaped : {false, true}) {
      const json mail{{"from", "a@b.example"}, {"text", text}};
      const auto read = parse_email(mail.dump(-1, ' ', escaped));
      ASSERT_TRUE(read);
      const auto kept = json::parse(read->content_json)["text"].get<std::string>();
      EXPECT_TRUE(text.starts_with(kept)) << shift << escaped;
      EXPECT_GT(kept.size(), 20'000u);
    }
  }
}

TEST(email_payload, what_is_long_can_be_stored_whatever_it_is) {
  const std::string filler(70'000, 'x');
  const auto read = parse_email("{\"from\":\"a@b.example\",\"html\":\"" + filler +
                                "\\u0000\\ud83d\",\"text\":\"" + filler +
                                "\\\\u0000\",\"verified\":\"" + filler + "\"}");
  ASSERT_TRUE(read);
  const auto all = whole(*read);
  EXPECT_EQ(all["html"], filler + "\ufffd\ufffd");
  EXPECT_EQ(all["text"], filler + "\\u0000");
  EXPECT_EQ(all["verified"], false);
}

TEST(email_payload, many_members_together_are_long) {
  json mail{{"from", "a@b.example"}, {"text", "Hello"}, {"zip", "90210"}};
  for (int i = 0; i < 20; ++i) mail["attachment" + std::to_string(i)] = std::string(50'000, 'y');
  const auto read = parsed(mail);
  EXPECT_LE(read.content_json.size(), 300'000u);
  EXPECT_EQ(json::parse(read.content_json)["text"], "Hello") << "what is read goes first";
  mail["verified"] = false;
  EXPECT_EQ(whole(read), mail);
}

TEST(email_payload, escapes_make_no_text_long) {
  std::string text;
  while (text.size() < 60'000) text += "\u0e01";
  const json mail{{"from", "a@b.example"}, {"text", text}};
  const auto escaped = mail.dump(-1, ' ', true);
  ASSERT_GT(escaped.size(), 100'000u);
  const auto read = parse_email(escaped);
  ASSERT_TRUE(read);
  EXPECT_EQ(json::parse(read->content_json)["text"], text);
  EXPECT_EQ(read->rest_json, nullptr);
}

TEST(email_payload, long_lists_of_recipients_are_read) {
  json mail{{"from", "a@b.example"}, {"to", json::array({"help@shop.example"})}};
  for (int i = 0; i < 3'000; ++i)
    mail["to"].push_back("somebody." + std::to_string(i) + "@example.com");
  ASSERT_GT(mail.dump().size(), 70'000u);
  const auto read = parsed(mail);
  ASSERT_FALSE(read.to.empty());
  EXPECT_EQ(read.to.front(), "help@shop.example");
}

/// PostgreSQL takes 1e131071 and prints all its digits.
TEST(email_payload, numbers_that_grow_are_refused) {
  const std::string filler(70'000, ' ');
  for (const std::string number : {"1e131071", "1e131072", "1E+308", "-1e-131", "1e99999999999",
                                   "123456789012345678901234567890123"})
    for (const auto& space : {std::string{}, filler})
      EXPECT_FALSE(is_email("{\"from\":\"a@b.example\",\"x\":[" + space + number + "]}")) << number;
  for (const std::string number : {"0", "-1.5", "2.5e-05", "1E+6", "12345678901234567890"})
    EXPECT_TRUE(is_email("{\"from\":\"a@b.example\",\"x\":[\"1e131071 \\\" 1e9999\"," + filler +
                         number + "]}"))
        << number;
}

TEST(email_payload, reports_may_come_from_nobody) {
  const json report{{"from", "<>"},
                    {"headers", "Content-Type: multipart/report; report-type=delivery-status"},
                    {"message_id", "<r@mx>"},
                    {"text", "Final-Recipient: rfc822; a@b.example\nAction: failed\n"}};
  const auto read = parsed(report);
  EXPECT_EQ(read.from, "mailer-daemon@unknown.invalid");
  EXPECT_TRUE(read.failure);
  EXPECT_TRUE(is_email(report.dump()));
  auto large = report;
  large["attachments"] =
      json::array({{{"type", "message/rfc822"},
                    {"content", "Message-ID: <1@shop.example>\n\n" + std::string(100'000, ' ')}}});
  const auto failure = parsed(large).failure;
  ASSERT_TRUE(failure) << "what is long is read for it";
  EXPECT_EQ(failure->message_ids, std::vector<std::string>{"<1@shop.example>"});
}

TEST(email_payload, mail_servers_need_not_say_who_they_are) {
  for (const json& from :
       {json(""), json("MAILER-DAEMON"), json("Mailer-Daemon (Mail System)"),
        json("Mail System <>"), json("\"Mail System\" <MAILER-DAEMON>"), json()}) {
    const json mail{{"from", from}, {"to", "help@shop.example"}, {"text", "Too large."}};
    EXPECT_EQ(parsed(mail).from, "mailer-daemon@unknown.invalid") << from;
  }
  const json mail{
      {"to", "help@shop.example"}, {"text", "x"}, {"headers", "From: Budi <b@x.example>"}};
  EXPECT_EQ(parsed(mail).from, "b@x.example") << "the header says it";
}

TEST(email_payload, senders_are_read_in_every_form_of_mails) {
  const auto comment = parsed({{"from", "john@b.example (John)"}});
  EXPECT_EQ(comment.from, "john@b.example");
  EXPECT_EQ(comment.name, "John");
  EXPECT_EQ(parsed({{"from", "\"a b\"@q.example"}}).from, "\"a b\"@q.example");
  EXPECT_EQ(parsed({{"from", "mailto:x@y.example"}}).from, "x@y.example");
  EXPECT_EQ(parsed({{"from", "a@b.example, c@d.example"}}).from, "a@b.example");
}

TEST(email_payload, a_mail_whose_sender_cannot_be_read_is_still_one) {
  const auto text = R"({"from":"nobody","to":"help@shop.example","text":"x"})";
  EXPECT_FALSE(parse_email(text));
  EXPECT_TRUE(is_email(text));
  EXPECT_FALSE(is_email(R"({"from":"nobody","to":"help@shop.example"})")) << "it says nothing";
  EXPECT_FALSE(is_email(R"({"from":"nobody","text":"x"})")) << "it is to nobody";
}

TEST(email_payload, encoded_words_are_read) {
  const auto mail = parsed({{"from", "=?utf-8?Q?Zo=C3=AB_=22Z=22=0D=0A?= <Z@b.example>"},
                            {"subject", "=?iso-8859-1?Q?Caf=E9=0A?= 1"}});
  EXPECT_EQ(mail.name, "Zo\u00eb \"Z\"");
  const auto kept = json::parse(mail.content_json);
  EXPECT_EQ(kept["subject"], "Caf\u00e9  1");
  EXPECT_EQ(kept["from"], "\"Zo\u00eb \\\"Z\\\"\" <z@b.example>");
  EXPECT_EQ(parsed({{"from", "a@b.example"}, {"sender_name", "=?utf-8?B?QW5p?="}}).name, "Ani");
  EXPECT_EQ(parsed({{"from", "\"=?utf-8?Q?a=40b?=\" <a@b.example>"}}).name, "a@b");
}

TEST(email_payload, names_the_mails_it_answers) {
  const auto mail = parsed(
      {{"from", "a@b.example"}, {"email", "References: <1@x> <2@x>\nIn-Reply-To: <3@x>\n\nHalo"}});
  EXPECT_THAT(mail.answered, testing::ElementsAre("<3@x>", "<2@x>", "<1@x>"));
}

TEST(email_payload, what_is_no_mail_is_nothing) {
  for (const std::string text : {"", "x", "[]", "{}", "{\"from\":5}", "{\"from\":\"nobody\"}",
                                 "{\"from\":\"@\"}", "{\"from\":\"a b@c.example\"}",
                                 "{\"from\":\"a@b.example\"", "{\"from\":\"<a@b.example\"}"}) {
    EXPECT_FALSE(parse_email(text).has_value()) << text;
    EXPECT_FALSE(is_email(text)) << text;
  }
  EXPECT_TRUE(is_email(R"({"from":"a@b.example"})"));
  EXPECT_FALSE(parse_email(std::string(100, '[') + std::string(100, ']')).has_value());
  EXPECT_FALSE(email_address_of(std::string(400, 'a') + "@b.example").has_value());
}

}  // namespace
}  // namespace omnistream::actors
