#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/base/crypto.hpp"
#include "tests/http/simulated_meta.hpp"
#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using testing::ElementsAre;
using json = nlohmann::json;

constexpr const char* page = "880001";
constexpr const char* instagram = "178414880001";

/// A tenant with an account on each channel that knows no numbers.
class ChannelWebhooks : public testing::Test {
 protected:
  ChannelWebhooks() {
    connect({{"channel", "messenger"}, {"account_key", page}, {"config", with_token({})}});
    connect({{"channel", "instagram"},
             {"account_key", instagram},
             {"config", with_token({{"page_id", page}})}});
    connect({{"channel", "email"}, {"account_key", "Help@Shop.example"}});
  }

  static json with_token(json config) {
    config["access_token"] = simulated_meta::token;
    return config;
  }
  api_answer try_connect(json what) {
    what["display_name"] = "Shop";
    return server.call(tenant.api_key, "POST", "/api/integration-accounts", what);
  }
  void connect(const json& what) {
    const auto made = try_connect(what);
    ASSERT_EQ(made.status, 201) << made.body;
  }

  api_answer post(const std::string& path, const json& body, const std::string& key) {
    const auto text = body.dump();
    return server.send("POST", path, text,
                       {{"Content-Type", "application/json"},
                        {"X-Hub-Signature-256", "sha256=" + crypto::hmac_sha256_hex(key, text)}});
  }
  /// An element of `messaging`, posted as Meta would.
  void happens(const std::string& channel, json element, std::int64_t at_ms = 1'700'140'600'000) {
    const bool is_page = channel == "messenger";
    if (!element.contains("sender")) element["sender"] = {{"id", "person-7"}};
    if (!element.contains("recipient")) element["recipient"] = {{"id", is_page ? page : instagram}};
    element["timestamp"] = at_ms;
    const json body{{"object", is_page ? "page" : "instagram"},
                    {"entry", json::array({{{"id", is_page ? page : instagram},
                                            {"time", at_ms},
                                            {"messaging", json::array({element})}}})}};
    const auto got = post("/webhook/" + channel, body, is_page ? "app-secret" : "ig-secret");
    ASSERT_EQ(got.status, 200) << got.body;
    settle();
  }
  api_answer mail(const json& what) {
    const auto text = what.dump();
    const auto got =
        server.send("POST", "/webhook/email", text,
                    {{"Content-Type", "application/json"},
                     {"X-Email-Webhook-Signature", crypto::hmac_sha256_hex("mail-secret", text)}});
    settle();
    return got;
  }
  /// Until everything that was committed is applied.
  void settle() {
    ASSERT_TRUE(eventually(
        [&] { return sql("select count(*) from webhook_inbox where failed_at is null") == "0"; }));
  }
  std::string sql(const std::string& text) const { return server.database().sql(text); }

  json conversations() {
    return server.call(tenant.api_key, "GET", "/api/conversations").json()["data"];
  }
  json messages(const json& conversation) {
    return server
        .call(tenant.api_key, "GET",
              "/api/conversations/" + conversation["id"].get<std::string>() +
                  "/messages?order=oldest")
        .json()["data"];
  }

  simulated_meta meta;
  api_server server{{.adjust = [this](config::settings& of) {
    of.meta_api_url = meta.url();
    of.meta_app_secret = secret("app-secret");
    of.meta_instagram_app_secret = secret("ig-secret");
    of.meta_verify_token = secret("verify");
    of.email_webhook_secret = secret("mail-secret");
  }}};
  test_tenant tenant = server.make_tenant();
};

TEST_F(ChannelWebhooks, BringWhatPeopleWriteIntoTheInbox) {
  for (const std::string channel : {"messenger", "instagram"}) {
    happens(channel, {{"message", {{"mid", "m1." + channel}, {"text", "Halo"}}}});
    const auto list =
        server.call(tenant.api_key, "GET", "/api/conversations?channel=" + channel).json()["data"];
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(list[0]["last_message_preview"], "Halo");
    EXPECT_EQ(list[0]["unread_count"], 1);
    EXPECT_EQ(list[0]["last_message_at"], "2023-11-16T13:16:40.000Z");
    const auto written = messages(list[0]);
    ASSERT_EQ(written.size(), 1u);
    EXPECT_EQ(written[0]["text"], "Halo");
    EXPECT_EQ(written[0]["external_id"], "m1." + channel);
  }
}

TEST_F(ChannelWebhooks, TakeTheSameMessageOnceInAnyOrder) {
  const auto say = [&](const std::string& text, int second) {
    happens("messenger", {{"message", {{"mid", text}, {"text", text}}}},
            1'700'140'600'000 + second * 1'000);
  };
  say("second", 2);
  say("first", 1);
  say("second", 2);
  const auto list = conversations();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["unread_count"], 2);
  EXPECT_EQ(list[0]["last_message_preview"], "second");
  std::vector<std::string> texts;
  for (const auto& one : messages(list[0])) texts.push_back(one["text"]);
  EXPECT_THAT(texts, ElementsAre("first", "second"));
}

TEST_F(ChannelWebhooks, FollowEditsAndWhatIsTakenBack) {
  happens("instagram", {{"message", {{"mid", "m1"}, {"text", "Helo"}}}});
  happens("instagram", {{"message_edit", {{"mid", "m1"}, {"text", "Hello"}}}});
  EXPECT_EQ(messages(conversations()[0])[0]["text"], "Hello");
  EXPECT_EQ(conversations()[0]["last_message_preview"], "Hello");
  happens("instagram", {{"message", {{"mid", "m1"}, {"is_deleted", true}}}});
  const auto gone = messages(conversations()[0])[0];
  EXPECT_EQ(gone["type"], "deleted");
  EXPECT_EQ(gone["content"], json::object());
  EXPECT_EQ(conversations()[0]["last_message_type"], "deleted");
}

TEST_F(ChannelWebhooks, ShowNothingOfAReactionThatWasTakenBack) {
  const auto react = [&](const std::string& action, int second) {
    happens("messenger",
            {{"reaction",
              {{"mid", "m1"}, {"reaction", "love"}, {"emoji", "\u2764"}, {"action", action}}}},
            1'700'140'600'000 + second * 1'000);
  };
  react("react", 1);
  EXPECT_EQ(conversations()[0]["last_message_preview"], "\u2764");
  react("unreact", 2);
  const auto list = conversations();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["last_message_type"], "reaction");
  EXPECT_FALSE(list[0].contains("last_message_preview")) << list[0];
  const auto both = messages(list[0]);
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0]["text"], "\u2764");
  EXPECT_FALSE(both[1].contains("text"));
}

TEST_F(ChannelWebhooks, ShowWhatWasWrittenElsewhereAndThatItWasRead) {
  happens("messenger", {{"message", {{"mid", "m1"}, {"text", "Halo"}}}});
  happens("messenger",
          {{"sender", {{"id", page}}},
           {"recipient", {{"id", "person-7"}}},
           {"message", {{"mid", "m2"}, {"text", "Hi"}, {"is_echo", true}}}},
          1'700'140'601'000);
  auto list = conversations();
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["unread_count"], 1);
  EXPECT_EQ(list[0]["last_message_preview"], "Hi");
  EXPECT_EQ(messages(list[0])[1]["direction"], "outbound");
  EXPECT_EQ(messages(list[0])[1]["status"], "sent");
  happens("messenger", {{"read", {{"watermark", 1'700'140'602'000}}}}, 1'700'140'603'000);
  EXPECT_EQ(messages(list[0])[1]["status"], "read");
  happens("messenger", {{"delivery", {{"watermark", 1'700'140'602'000}}}}, 1'700'140'604'000);
  EXPECT_EQ(messages(list[0])[1]["status"], "read");
}

TEST_F(ChannelWebhooks, KnowWhoWritesFromAnAddress) {
  const auto known = sql("insert into contacts (tenant_id, name, email) values ('" +
                         tenant.id.to_string() + "', 'Budi', 'Budi@Example.com') returning id");
  EXPECT_EQ(mail({{"from", "B. <budi@example.com>"},
                  {"to", "help@shop.example"},
                  {"subject", "Order"},
                  {"text", "Where is it?"},
                  {"message_id", "<1@x>"}})
                .status,
            200);
  mail({{"from", "budi@example.com"}, {"to", "HELP@shop.example"}, {"message_id", "<1@x>"}});
  mail({{"from", "New <new@example.com>"}, {"to", "help@shop.example"}, {"text", "Hi"}});
  mail({{"from", "new@example.com"}, {"to", "nobody@shop.example"}, {"text", "Hi"}});
  const auto list = conversations();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["contact_name"], "New");
  EXPECT_EQ(list[1]["contact_id"], known);
  EXPECT_EQ(list[1]["unread_count"], 1);
  EXPECT_EQ(messages(list[1])[0]["text"], "Order\nWhere is it?");
  EXPECT_EQ(messages(list[1])[0]["type"], "email");
}

TEST_F(ChannelWebhooks, AreTakenOnlyIfTheyAreSigned) {
  const json body{{"object", "instagram"}, {"entry", json::array()}};
  for (const std::string path :
       {"/webhook", "/webhook/whatsapp", "/webhook/messenger", "/webhook/instagram"}) {
    EXPECT_EQ(post(path, body, "ig-secret").status, 200) << path;
    EXPECT_EQ(post(path, body, "app-secret").status, 200) << path;
    EXPECT_EQ(post(path, body, "another-secret").code(), "bad_signature") << path;
    EXPECT_EQ(post(path, body, "").code(), "bad_signature") << path;
  }
  const header_lines plain{{"Content-Type", "application/json"}};
  EXPECT_EQ(server.send("POST", "/webhook/email", R"({"from":"a@b.example"})", plain).status, 401);
  EXPECT_EQ(mail({{"subject", "from nobody"}}).code(), "no_mail");
  for (const std::string channel : {"messenger", "instagram"})
    EXPECT_EQ(server
                  .send("GET",
                        "/webhook/" + channel +
                            "?hub.mode=subscribe&hub.verify_token=verify&hub.challenge=42",
                        "", {})
                  .body,
              "42");
}

TEST(ChannelWebhooksOfOneApp, AreNotTakenWithTheEmptySecretOfTheOther) {
  const std::string body = R"({"object":"instagram","entry":[]})";
  const auto status = [&body](api_server& at, const std::string& key) {
    return at
        .send("POST", "/webhook/instagram", body,
              {{"Content-Type", "application/json"},
               {"X-Hub-Signature-256", "sha256=" + crypto::hmac_sha256_hex(key, body)}})
        .status;
  };
  api_server with_meta{
      {.adjust = [](config::settings& of) { of.meta_app_secret = secret("app-secret"); }}};
  EXPECT_EQ(status(with_meta, "app-secret"), 200);
  EXPECT_EQ(status(with_meta, ""), 401);
  api_server with_instagram{
      {.adjust = [](config::settings& of) { of.meta_instagram_app_secret = secret("ig-secret"); }}};
  EXPECT_EQ(status(with_instagram, "ig-secret"), 200);
  EXPECT_EQ(status(with_instagram, ""), 401);
}

TEST_F(ChannelWebhooks, GoOnlyToWhoOwnsThePage) {
  EXPECT_THAT(try_connect({{"channel", "messenger"}, {"account_key", "880002"}}).wrong_fields(),
              ElementsAre("config.access_token:required"));
  EXPECT_THAT(try_connect({{"channel", "messenger"},
                           {"account_key", "880002"},
                           {"config", {{"access_token", "not-the-page-s"}}}})
                  .wrong_fields(),
              ElementsAre("config.access_token:refused"));
  EXPECT_THAT(try_connect({{"channel", "instagram"},
                           {"account_key", "178414880009"},
                           {"config", with_token({{"page_id", "880002"}})}})
                  .wrong_fields(),
              ElementsAre("account_key:not_of_page"));
  EXPECT_THAT(try_connect({{"channel", "email"}, {"account_key", "shop"}}).wrong_fields(),
              ElementsAre("account_key:bad_format"));
  EXPECT_EQ(try_connect({{"channel", "email"}, {"account_key", "HELP@shop.example"}}).code(),
            "account_exists");
}

TEST_F(ChannelWebhooks, AreNobodyElses) {
  happens("messenger", {{"message", {{"mid", "m1"}, {"text", "Halo"}}}});
  const auto other = server.make_tenant("Other");
  EXPECT_EQ(server.call(other.api_key, "GET", "/api/conversations").json()["total"], 0);
  EXPECT_EQ(sql("set role omnistream_api; set omnistream.tenant = '" + other.id.to_string() +
                "'; select count(*) from contact_identities"),
            "0");
}

}  // namespace
}  // namespace omnistream::test
