// Messages that agents send on Messenger and Instagram, through the real programs: server,
// PostgreSQL and the simulator in Meta's place.

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

constexpr const char* page = "600";
constexpr const char* instagram_account = "178414600";

class MessagesOnChannels : public testing::Test {
 protected:
  MessagesOnChannels()
      : around(world_options{{"--status-delay-ms", "200"},
                             {{"OMNISTREAM_CAMPAIGNS_UNCERTAIN_TIMEOUT_S", "60"}}}) {
    EXPECT_TRUE(around.server().start());
    owner = std::make_unique<tenant>(around.server(), "Toko Maju");
  }

  void connect(const std::string& channel) {
    const bool is_page = channel == "messenger";
    json config{{"access_token", access_token}};
    if (!is_page) config["page_id"] = page;
    owner->must("POST", "/api/integration-accounts",
                {{"channel", channel},
                 {"account_key", is_page ? page : instagram_account},
                 {"display_name", "Toko"},
                 {"config", config}});
  }
  /// Somebody writes; their conversation.
  std::string hear(const std::string& channel, const std::string& from) {
    const bool is_page = channel == "messenger";
    const auto said = meta().call("POST", "/_sim/messaging",
                                  {{"object", is_page ? "page" : "instagram"},
                                   {"account_id", is_page ? page : instagram_account},
                                   {"from", from},
                                   {"text", "Halo"}});
    EXPECT_EQ(said.status, 200) << said.body;
    std::string chat;
    EXPECT_TRUE(eventually([&] {
      const auto list = owner->must("GET", "/api/conversations")["data"];
      for (const auto& one : list)
        if (one["channel"] == channel) chat = one["id"];
      return !chat.empty();
    }));
    return chat;
  }
  http_answer send(const std::string& chat, const json& body) {
    return owner->call("POST", "/api/conversations/" + chat + "/messages", body);
  }
  std::string sent(const std::string& chat, const json& body) {
    const auto got = send(chat, body);
    EXPECT_EQ(got.status, 202) << body << got.body;
    return got.json().value("id", "");
  }
  static json text(const std::string& body) {
    return {{"type", "text"}, {"text", {{"body", body}}}};
  }
  /// What we wrote in it, the oldest first.
  json written(const std::string& chat) {
    auto list = json::array();
    const auto all = owner->must(
        "GET", "/api/conversations/" + chat + "/messages?order=oldest&per_page=100")["data"];
    for (const auto& one : all)
      if (one["direction"] == "outbound") list.push_back(one);
    return list;
  }
  testing::AssertionResult become(const std::string& chat, const std::string& status,
                                  std::size_t count) {
    if (eventually([&] {
          const auto list = written(chat);
          return list.size() == count &&
                 std::all_of(list.begin(), list.end(),
                             [&](const json& one) { return one["status"] == status; });
        }))
      return testing::AssertionSuccess();
    return testing::AssertionFailure() << written(chat).dump(1);
  }
  simulator_program& meta() { return around.simulator(); }

  world around;
  std::unique_ptr<tenant> owner;
};

/// Each is there once, although Meta tells an echo of it.
TEST_F(MessagesOnChannels, ArriveAndAreRead) {
  const auto link = [](const char* name) {
    return json{{"link", std::string("https://cdn.example.com/") + name}};
  };
  const std::vector<json> bodies{
      text("Halo"),
      {{"type", "image"}, {"image", link("a.jpg")}},
      {{"type", "video"}, {"video", link("a.mp4")}},
      {{"type", "audio"}, {"audio", link("a.m4a")}},
      {{"type", "document"}, {"document", link("a.pdf")}},
      {{"type", "interactive"},
       {"interactive",
        {{"type", "button"},
         {"body", {{"text", "Today?"}}},
         {"action",
          {{"buttons", {{{"type", "reply"}, {"reply", {{"id", "y"}, {"title", "Yes"}}}}}}}}}}},
      {{"type", "interactive"},
       {"interactive",
        {{"type", "cta_url"},
         {"body", {{"text", "Your order"}}},
         {"action",
          {{"name", "cta_url"},
           {"parameters", {{"display_text", "Look"}, {"url", "https://a.example/1"}}}}}}}},
      {{"type", "interactive"},
       {"interactive",
        {{"type", "cards"},
         {"action",
          {{"cards", json::array({{{"title", "Shoes"},
                                   {"url", "https://a.example/1"},
                                   {"buttons", json::array({{{"title", "Order"}, {"id", "shoes"}},
                                                            {{"title", "Look"},
                                                             {"url", "https://a.example/1"}}})}},
                                  {{"title", "Socks"}, {"subtitle", "Red"}}})}}}}}}};
  for (const std::string channel : {"messenger", "instagram"}) {
    SCOPED_TRACE(channel);
    connect(channel);
    const auto chat = hear(channel, channel + "7001");
    for (const auto& body : bodies) sent(chat, body);
    EXPECT_TRUE(become(chat, "read", bodies.size()));
    auto reply = text("This one.");
    reply["reply_to"] = written(chat)[0]["id"];
    sent(chat, reply);
    EXPECT_TRUE(become(chat, "read", bodies.size() + 1));
    EXPECT_EQ(send(chat, {{"type", "sticker"}, {"sticker", {{"id", "1"}}}}).status, 422);
  }
  EXPECT_EQ(meta().stats()["accepted"], 18);
  EXPECT_EQ(meta().stats()["rejected"], json::object());
}

/// Which is no message at Meta: it gets no id and no echo.
TEST_F(MessagesOnChannels, ReactToWhatContactsWrite) {
  for (const std::string channel : {"messenger", "instagram"}) {
    SCOPED_TRACE(channel);
    connect(channel);
    const auto chat = hear(channel, channel + "7001");
    const auto theirs =
        owner->must("GET", "/api/conversations/" + chat + "/messages")["data"][0]["external_id"];
    for (const std::string emoji : {"\u2764\ufe0f", ""})
      sent(chat, {{"type", "reaction"}, {"reaction", {{"message_id", theirs}, {"emoji", emoji}}}});
    EXPECT_TRUE(become(chat, "sent", 2));
    EXPECT_EQ(
        owner->call("POST", "/api/conversations/" + chat + "/typing", {{"is_typing", true}}).status,
        200);
  }
  EXPECT_TRUE(eventually([&] {
    const auto done = meta()
                          .call("GET", std::string("/_sim/messages?phone_number_id=") + page)
                          .json()["messages"];
    return done.size() == 6;
  })) << "a reaction, its end and typing on both";
  EXPECT_EQ(meta().stats()["rejected"], json::object());
}

/// The connection breaks after Meta took a message: the echo says what became of it.
TEST_F(MessagesOnChannels, AreSettledByTheirEchoAndNeverSentTwice) {
  for (const std::string channel : {"messenger", "instagram"}) {
    SCOPED_TRACE(channel);
    connect(channel);
    const auto chat = hear(channel, channel + "7001");
    meta().fault({{"kind", "reset_after"}, {"count", 1}});
    sent(chat, text("one"));
    sent(chat, text("two"));
    EXPECT_TRUE(become(chat, "read", 2));
    for (const auto& one : written(chat)) EXPECT_FALSE(one.contains("error_message")) << one;
  }
  EXPECT_EQ(meta().stats()["accepted"], 4);
}

TEST_F(MessagesOnChannels, FailWithMetasReason) {
  connect("messenger");
  const auto chat = hear("messenger", "7001");
  meta().fault({{"kind", "error"}, {"code", 551}, {"subcode", 1545041}, {"count", 1}});
  sent(chat, text("one"));
  ASSERT_TRUE(become(chat, "failed", 1));
  const auto failed = written(chat)[0];
  EXPECT_EQ(failed["error_code"], 551);
  EXPECT_NE(failed["error_message"].get<std::string>().find("does not receive messages"),
            std::string::npos);
}

}  // namespace
}  // namespace omnistream::test
