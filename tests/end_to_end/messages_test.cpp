// Messages that agents send, through the real programs: server, PostgreSQL and the simulator in
// Meta's place.

#include <thread>

#include <gtest/gtest.h>

#include "tests/end_to_end/support/tenant.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* person = "6281299000001";
constexpr const char* uncertain_timeout_s = "5";

class SentMessages : public testing::Test {
 protected:
  void begin(std::vector<std::string> flags = {"--mps", "unlimited", "--status-delay-ms", "20",
                                               "--read-share", "1", "--delivered-share", "1"},
             int mps = 0) {
    around = std::make_unique<world>(world_options{
        std::move(flags), {{"OMNISTREAM_CAMPAIGNS_UNCERTAIN_TIMEOUT_S", uncertain_timeout_s}}});
    ASSERT_TRUE(around->server().start());
    owner = std::make_unique<tenant>(around->server(), "Toko Maju");
    owner->connect("101", mps);
    owner->template_id("order_update");
    hear("Halo");
    ASSERT_TRUE(eventually([&] {
      const auto list = owner->must("GET", "/api/conversations")["data"];
      if (!list.empty()) chat = list[0]["id"];
      return !list.empty();
    }));
  }
  void hear(const std::string& text) {
    const auto said = meta().call("POST", "/_sim/inbound",
                                  {{"phone_number_id", "101"}, {"from", person}, {"text", text}});
    ASSERT_EQ(said.status, 200) << said.body;
  }
  simulator_program& meta() { return around->simulator(); }
  http_answer send(const json& body, const std::string& key = "") {
    return owner->call("POST", "/api/conversations/" + chat + "/messages", body,
                       key.empty() ? http_headers{} : http_headers{{"Idempotency-Key", key}});
  }
  std::string sent(const json& body) {
    const auto got = send(body);
    EXPECT_EQ(got.status, 202) << body << got.body;
    return got.json().value("id", "");
  }
  static json text(const std::string& body) {
    return {{"type", "text"}, {"text", {{"body", body}}}};
  }
  static json interactive(const std::string& type, const json& action,
                          const json& more = json::object()) {
    json object{{"type", type}, {"body", {{"text", "See"}}}, {"action", action}};
    object.update(more);
    return {{"type", "interactive"}, {"interactive", object}};
  }
  json messages() {
    return owner->must(
        "GET", "/api/conversations/" + chat + "/messages?order=oldest&per_page=100")["data"];
  }
  json message(const std::string& id) {
    for (const auto& one : messages())
      if (one["id"] == id) return one;
    return {};
  }
  testing::AssertionResult becomes(const std::string& id, const std::string& status) {
    if (eventually([&] { return message(id)["status"] == status; }))
      return testing::AssertionSuccess();
    return testing::AssertionFailure() << message(id);
  }
  /// How often Meta accepted a message.
  std::size_t accepted(const std::string& id) {
    return meta().call("GET", "/_sim/messages?callback=" + id).json()["messages"].size();
  }

  std::unique_ptr<world> around;
  std::unique_ptr<tenant> owner;
  std::string chat;
};

TEST_F(SentMessages, OfEveryTypeArriveAndAreRead) {
  begin();
  const auto inbound = messages()[0];
  const auto link = [](const char* name) {
    return json{{"link", std::string("https://cdn.example.com/") + name}};
  };
  std::vector<json> bodies{
      text("Halo"),
      {{"type", "image"}, {"image", link("a.jpg")}},
      {{"type", "video"}, {"video", {{"id", "1001"}, {"caption", "See"}}}},
      {{"type", "audio"}, {"audio", link("a.ogg")}},
      {{"type", "document"},
       {"document", {{"link", "https://cdn.example.com/a.pdf"}, {"filename", "a.pdf"}}}},
      {{"type", "sticker"}, {"sticker", {{"id", "1002"}}}},
      {{"type", "location"}, {"location", {{"latitude", -6.2}, {"longitude", 106.8}}}},
      {{"type", "contacts"},
       {"contacts",
        {{{"name", {{"formatted_name", "Siti"}, {"first_name", "Siti"}}},
          {"phones", {{{"phone", "+62 812"}, {"type", "WORK"}}}}}}}},
      {{"type", "interactive"},
       {"interactive",
        {{"type", "button"},
         {"body", {{"text", "Today?"}}},
         {"action",
          {{"buttons", {{{"type", "reply"}, {"reply", {{"id", "y"}, {"title", "Yes"}}}}}}}}}}},
      {{"type", "interactive"},
       {"interactive",
        {{"type", "list"},
         {"body", {{"text", "How?"}}},
         {"footer", {{"text", "Toko"}}},
         {"action",
          {{"button", "Choose"},
           {"sections", {{{"rows", {{{"id", "e"}, {"title", "Express"}}}}}}}}}}}},
      interactive("flow", {{"name", "flow"},
                           {"parameters",
                            {{"flow_message_version", "3"},
                             {"flow_id", "1234567890"},
                             {"flow_token", "t-1"},
                             {"flow_cta", "Book"}}}}),
      {{"type", "interactive"},
       {"interactive",
        {{"type", "product"},
         {"action", {{"catalog_id", "146265584024623"}, {"product_retailer_id", "sku-1"}}}}}},
      interactive(
          "product_list",
          {{"catalog_id", "146265584024623"},
           {"sections",
            {{{"title", "Batik"}, {"product_items", {{{"product_retailer_id", "sku-1"}}}}}}}},
          {{"header", {{"type", "text"}, {"text", "New"}}}}),
      interactive("catalog_message", {{"name", "catalog_message"}}),
      interactive("location_request_message", {{"name", "send_location"}}),
      interactive("cta_url",
                  {{"name", "cta_url"},
                   {"parameters", {{"display_text", "Track"}, {"url", "https://shop.example/7"}}}}),
      interactive(
          "order_status",
          {{"name", "review_order"},
           {"parameters", {{"reference_id", "INV-7"}, {"order", {{"status", "shipped"}}}}}}),
      {{"type", "reaction"},
       {"reaction", {{"message_id", inbound["external_id"]}, {"emoji", "\U0001F44D"}}}},
      {{"type", "template"},
       {"template",
        {{"name", "order_update"},
         {"language", {{"code", "id"}}},
         {"variables", {{"1", "Budi"}, {"2", "INV-7"}}}}}},
      {{"type", "template"},
       {"template",
        {{"template_id", owner->template_id("order_update")},
         {"components",
          {{{"type", "body"},
            {"parameters",
             {{{"type", "text"}, {"text", "Ani"}}, {{"type", "text"}, {"text", "7"}}}}}}}}}}};
  auto reply = text("An answer");
  reply["reply_to"] = inbound["id"];
  bodies.push_back(reply);
  std::vector<std::string> ids;
  for (const auto& body : bodies) ids.push_back(sent(body));
  for (const auto& id : ids) EXPECT_TRUE(becomes(id, "read"));
  const auto all = messages();
  ASSERT_EQ(all.size(), bodies.size() + 1);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    EXPECT_EQ(all[i + 1]["id"], ids[i]) << "in their order";
    EXPECT_EQ(all[i + 1]["type"], bodies[i]["type"]);
    EXPECT_TRUE(all[i + 1].contains("delivered_at"));
  }
  EXPECT_EQ(all[19]["text"], "Halo Budi, pesanan INV-7 sudah dikirim. Terima kasih.");
  EXPECT_EQ(all[20]["text"], "Halo Ani, pesanan 7 sudah dikirim. Terima kasih.");
  EXPECT_EQ(all.back()["reply_to"], inbound["id"]);
  EXPECT_EQ(all.back()["content"]["context"]["message_id"], inbound["external_id"]);
  EXPECT_EQ(meta().stats()["duplicates"], 0);
  EXPECT_EQ(around->server().stop(), 0);
}

TEST_F(SentMessages, GoBeforeABroadcastOfTheSameNumber) {
  begin({"--mps", "unlimited", "--status-delay-ms", "20"}, 20);
  const auto campaign = owner->draft("order_update");
  owner->add(campaign, phone_numbers(0, 300));
  owner->send(campaign);
  owner->await(campaign, [](const json& now) { return now["sent_count"] >= 20; });
  const auto began = std::chrono::steady_clock::now();
  const auto id = sent(text("You first"));
  ASSERT_TRUE(eventually([&] { return accepted(id) == 1; }));
  // At 20 per second the broadcast alone has some 14 seconds to go.
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{2});
  EXPECT_EQ(owner->campaign(campaign)["status"], "sending");
  EXPECT_LE(meta().stats()["max_in_1s"]["101"], 22) << "within the same rate";
}

TEST_F(SentMessages, AfterKillsAreSentOnceInOrderOrSaidToBeUncertain) {
  begin({"--mps", "unlimited", "--latency-ms", "30", "--status-delay-ms", "20", "--pair-limit",
         "off"});
  std::vector<std::string> ids;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 8; ++i) ids.push_back(sent(text(std::to_string(ids.size()))));
    const int before = meta().stats()["accepted"];
    ASSERT_TRUE(eventually([&] { return meta().stats()["accepted"] > before; }));
    std::this_thread::sleep_for(milliseconds{20 * round});  // the moment is to be different
    around->server().kill_now();
    ASSERT_TRUE(around->server().start());
  }
  const auto all_ended = [&] {
    for (const auto& one : messages())
      if (one["direction"] == "outbound" && one["status"] == "pending") return false;
    return true;
  };
  ASSERT_TRUE(eventually(all_ended, std::chrono::seconds{60})) << messages();
  std::size_t failed = 0;
  for (const auto& id : ids) {
    const auto shown = message(id);
    const auto times = accepted(id);
    EXPECT_LE(times, 1U) << shown;
    EXPECT_EQ(times == 1, shown["status"] != "failed") << shown;
    if (shown["status"] == "failed") ++failed;
  }
  // One at a time: each kill leaves at most one of which nobody knows.
  EXPECT_LE(failed, 5U);
  EXPECT_EQ(meta().stats()["duplicates"], 0);
}

TEST_F(SentMessages, ACleanStopLeavesNoneUncertain) {
  begin({"--mps", "unlimited", "--latency-ms", "30", "--status-delay-ms", "20", "--pair-limit",
         "off"});
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(sent(text(std::to_string(i))));
  EXPECT_EQ(around->server().stop(), 0);
  ASSERT_TRUE(around->server().start());
  for (const auto& id : ids) {
    EXPECT_TRUE(eventually([&] { return message(id)["status"] != "pending"; }));
    EXPECT_EQ(message(id).value("error_message", ""), "");
    EXPECT_EQ(accepted(id), 1U);
  }
}

TEST_F(SentMessages, FailWithMetasReason) {
  begin({"--mps", "unlimited", "--status-delay-ms", "20"});
  meta().fault({{"kind", "error"}, {"code", 131026}, {"count", 1}});
  const auto refused = sent(text("One"));
  EXPECT_TRUE(becomes(refused, "failed"));
  EXPECT_EQ(message(refused)["error_code"], 131026);
  meta().heal();
  const auto id = sent(text("Two"));
  EXPECT_TRUE(eventually([&] { return message(id)["status"] != "pending"; }));
  EXPECT_EQ(accepted(id), 1U);
}

}  // namespace
}  // namespace omnistream::test
