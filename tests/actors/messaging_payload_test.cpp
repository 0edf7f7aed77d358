#include "actors/ingest/messaging_payload.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "actors/ingest/webhook_payload.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;
using kind = messaging_event::kind;
using std::chrono::milliseconds;

constexpr std::int64_t some_ms = 1'795'140'600'123;

json element(const json& rest) {
  json one{
      {"sender", {{"id", "psid-7"}}}, {"recipient", {{"id", "page-1"}}}, {"timestamp", some_ms}};
  if (!rest.empty()) one.update(rest);
  return one;
}

webhook_batch parse(const json& elements, const std::string& object = "page") {
  return parse_webhook(
      json{{"object", object},
           {"entry", json::array({{{"id", "page-1"}, {"time", some_ms}, {"messaging", elements}}})}}
          .dump());
}

messaging_event only(const json& rest, const std::string& object = "page") {
  const auto batch = parse(json::array({element(rest)}), object);
  EXPECT_TRUE(batch.readable);
  EXPECT_EQ(batch.malformed, 0u);
  EXPECT_EQ(batch.messaging.size(), 1u);
  return batch.messaging.empty() ? messaging_event{} : batch.messaging.front();
}

TEST(messaging_payload, a_text_names_channel_account_person_and_time) {
  const auto read = only({{"message", {{"mid", "m_1"}, {"text", "Halo"}}}});
  EXPECT_EQ(read.what, kind::message);
  EXPECT_EQ(read.channel, "messenger");
  EXPECT_EQ(read.account_key, "page-1");
  EXPECT_EQ(read.person, "psid-7");
  EXPECT_EQ(read.external_id, "m_1");
  EXPECT_EQ(read.type, "text");
  EXPECT_EQ(read.at, timestamp{milliseconds{some_ms}});
  EXPECT_EQ(json::parse(read.content_json)["message"]["text"], "Halo");
  EXPECT_EQ(only({{"message", {{"mid", "m"}, {"text", "x"}}}}, "instagram").channel, "instagram");
}

TEST(messaging_payload, the_object_may_stand_behind_the_entries) {
  const auto batch =
      parse_webhook(R"({"entry":[{"messaging":[{"sender":{"id":"5"},"timestamp":1795140600123,)"
                    R"("message":{"mid":"m","text":"x"}}],"id":"9"}],"object":"instagram"})");
  ASSERT_EQ(batch.messaging.size(), 1u);
  EXPECT_EQ(batch.messaging[0].channel, "instagram");
  EXPECT_EQ(batch.messaging[0].account_key, "9");
}

TEST(messaging_payload, attachments_give_the_type) {
  const auto type_of = [](const json& attachment) {
    return only({{"message", {{"mid", "m"}, {"attachments", json::array({attachment})}}}}).type;
  };
  EXPECT_EQ(type_of({{"type", "image"}, {"payload", {{"url", "https://x.example/a"}}}}), "image");
  EXPECT_EQ(type_of({{"type", "file"}, {"payload", {{"url", "https://x.example/a"}}}}), "document");
  EXPECT_EQ(type_of({{"type", "story_mention"}, {"payload", {{"url", "https://x.example/a"}}}}),
            "story_mention");
  EXPECT_EQ(type_of({{"type", "image"}, {"payload", {{"sticker_id", 369'239'263}}}}), "sticker");
  EXPECT_EQ(type_of({{"type", "like_heart"}}), "sticker");
  EXPECT_EQ(type_of({{"payload", json::object()}}), "unsupported");
  EXPECT_EQ(only({{"message", {{"mid", "m"}, {"is_unsupported", true}}}}).type, "unsupported");
}

TEST(messaging_payload, an_echo_is_to_the_person) {
  const auto read = only({{"sender", {{"id", "page-1"}}},
                          {"recipient", {{"id", "psid-7"}}},
                          {"message", {{"mid", "m_2"}, {"text", "Hi"}, {"is_echo", true}}}});
  EXPECT_EQ(read.what, kind::echo);
  EXPECT_EQ(read.person, "psid-7");
}

TEST(messaging_payload, messages_are_edited_and_taken_back) {
  const auto edited = only({{"message_edit", {{"mid", "m_1"}, {"text", "New"}, {"num_edit", 1}}}});
  EXPECT_EQ(edited.what, kind::edit);
  EXPECT_EQ(edited.external_id, "m_1");
  EXPECT_EQ(edited.content_json, "\"New\"");
  const auto gone = only({{"message", {{"mid", "m_1"}, {"is_deleted", true}}}}, "instagram");
  EXPECT_EQ(gone.what, kind::removal);
  EXPECT_EQ(gone.external_id, "m_1");
}

TEST(messaging_payload, buttons_and_reactions_are_messages) {
  const auto pressed = only({{"postback", {{"mid", "m_3"}, {"title", "Yes"}, {"payload", "Y"}}}});
  EXPECT_EQ(pressed.type, "postback");
  EXPECT_EQ(pressed.external_id, "m_3");
  const auto from_menu = only({{"postback", {{"title", "Start"}, {"payload", "S"}}}});
  EXPECT_EQ(from_menu.external_id, "postback.psid-7.1795140600123");
  const auto reacted =
      only({{"reaction", {{"mid", "m_1"}, {"action", "react"}, {"emoji", "\u2764"}}}});
  EXPECT_EQ(reacted.type, "reaction");
  EXPECT_EQ(reacted.external_id, "reaction.m_1.psid-7.1795140600123");
}

TEST(messaging_payload, receipts_tell_until_when_or_which) {
  const auto delivered =
      only({{"delivery", {{"mids", json::array({"m_0", "m_1"})}, {"watermark", some_ms - 1'000}}}});
  EXPECT_EQ(delivered.what, kind::delivered);
  EXPECT_EQ(delivered.at, timestamp{milliseconds{some_ms - 1'000}});
  EXPECT_EQ(delivered.external_id, "m_1") << "the last stands for those before it";
  EXPECT_TRUE(delivered.by_time);
  const auto read = only({{"read", {{"mid", "m_9"}}}}, "instagram");
  EXPECT_EQ(read.what, kind::read);
  EXPECT_EQ(read.external_id, "m_9");
  EXPECT_EQ(read.at, timestamp{milliseconds{some_ms}});
  EXPECT_FALSE(read.by_time);
}

TEST(messaging_payload, what_is_not_used_is_counted_by_name) {
  const auto batch = parse(json::array(
      {element({{"referral", {{"ref", "x"}}}}), element({{"optin", {{"type", "y"}}}})}));
  EXPECT_TRUE(batch.messaging.empty());
  EXPECT_EQ(batch.ignored.at("messaging.referral"), 1u);
  EXPECT_EQ(batch.ignored.at("messaging.optin"), 1u);
}

TEST(messaging_payload, rubbish_is_malformed_and_loses_nothing_beside_it) {
  const json good = element({{"message", {{"mid", "m_1"}, {"text", "x"}}}});
  for (const json& bad :
       {json(5), json("x"), json::array(), json::object(), json{{"sender", "x"}}, element({}),
        element({{"message", {{"text", "no mid"}}}}), element({{"reaction", {{"emoji", "x"}}}}),
        element({{"timestamp", "soon"}, {"message", {{"mid", "m"}}}}),
        element({{"message", {{"mid", std::string(513, 'x')}}}}),
        element({{"sender", {{"id", std::string(513, 'x')}}}, {"message", {{"mid", "m"}}}}),
        element({{"message_edit", {{"mid", std::string(513, 'x')}, {"text", "x"}}}}),
        element({{"postback", {{"mid", std::string(513, 'x')}}}}),
        element({{"read", {{"mid", std::string(513, 'x')}}}}),
        element({{"recipient", 5}, {"message", {{"mid", "m"}, {"is_echo", true}}}}),
        element({{"read", json::object()}}), element({{"message_edit", {{"text", "x"}}}})}) {
    const auto batch = parse(json::array({bad, good}));
    EXPECT_EQ(batch.malformed, 1u) << bad;
    EXPECT_EQ(batch.messaging.size(), 1u) << bad;
  }
}

TEST(messaging_payload, text_that_no_database_takes_is_repaired) {
  const auto batch = parse_webhook(
      "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"messaging\":[{\"sender\":{\"id\":\"5\"},"
      "\"timestamp\":1795140600123,\"message\":{\"mid\":\"m\\u0000\",\"text\":\"a\\u0000b\"}}]}]}");
  ASSERT_EQ(batch.messaging.size(), 1u);
  EXPECT_EQ(batch.messaging[0].external_id, "m\xef\xbf\xbd");
  EXPECT_EQ(batch.messaging[0].content_json.find("\\u0000"), std::string::npos);
}

}  // namespace
}  // namespace omnistream::actors
