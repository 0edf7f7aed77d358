// A campaign through the real programs: server, PostgreSQL and the simulator in Meta's place.

#include <set>

#include <gtest/gtest.h>

#include "tests/end_to_end/flow_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// One answer is one snapshot of the database: its total comes from the counters, its rows are the
/// rows. For campaigns that fit on a page.
void expect_counters_are_rows_now(tenant& owner, const std::string& campaign) {
  for (const auto* status : {"pending", "sent", "delivered", "read", "failed", "cancelled"}) {
    const auto got = owner.must(
        "GET", "/api/campaigns/" + campaign + "/recipients?per_page=200&status=" + status);
    EXPECT_EQ(got["total"], got["data"].size()) << status;
    for (const auto& one : got["data"]) EXPECT_EQ(one["status"], status);
  }
}

/// The limiter is exact where messages leave; on the way some come closer to one another, so that
/// the simulator may count a few more in its second.
void expect_rate_kept(const json& stats, const std::string& number, int mps) {
  EXPECT_LE(stats["max_in_1s"][number], mps + mps / 10);
}

TEST(FlowFromDraftToRead, CountersAreTrueAtEveryMomentAndEndAsMetaTold) {
  world around({{"--mps", "unlimited", "--status-delay-ms", "150", "--failed-share", "0.1",
                 "--delivered-share", "0.9", "--read-share", "0.5", "--duplicate-share", "0.2",
                 "--shuffle", "--seed", "11"},
                {}});
  ASSERT_TRUE(around.server().start());
  tenant owner(around.server(), "Toko Maju");
  owner.connect("101", 100);
  const auto campaign = owner.draft("order_update");
  owner.add(campaign, phone_numbers(0, 200));
  expect_counters_are_rows_now(owner, campaign);
  const auto said = owner.send(campaign);
  EXPECT_EQ(said["total_recipients"], 200);
  int looks = 0;
  owner.await(campaign, [&](const json& now) {
    expect_counters_are_rows_now(owner, campaign);
    ++looks;
    return now["status"] != "sending";
  });
  EXPECT_GT(looks, 2);
  const auto end = owner.await_rest(campaign, around.simulator());
  expect_counters_are_rows_now(owner, campaign);
  EXPECT_EQ(end["status"], "completed");
  const auto stats = around.simulator().stats();
  EXPECT_EQ(stats["accepted"], 200);
  EXPECT_EQ(stats["duplicates"], 0);
  EXPECT_GT(stats["statuses"]["duplicates"], 0);
  // The simulator keeps its shares up to a few messages; repeated statuses count with it, not here.
  EXPECT_NEAR(end["failed_count"].get<int>(), 20, 2);
  EXPECT_NEAR(end["delivered_count"].get<int>(), 162, 3);
  EXPECT_NEAR(end["read_count"].get<int>(), 81, 3);
  int told = 0;
  for (const auto* status : {"delivered", "read", "failed"})
    told += stats["statuses"][status].get<int>();
  EXPECT_GE(told, end["failed_count"].get<int>() + end["delivered_count"].get<int>() +
                      end["read_count"].get<int>());
  EXPECT_EQ(end["sent_count"].get<int>() + end["failed_count"].get<int>(), 200);
  expect_rate_kept(stats, "101", 100);
  for (const auto& one : owner.recipients(campaign).with_status("failed")) {
    EXPECT_EQ(one["error_code"], 131026) << one;
    EXPECT_NE(one["error_message"].get<std::string>().find("131026"), std::string::npos);
  }
  EXPECT_EQ(around.server().stop(), 0);
}

TEST(FlowEarlyStatuses, ComeBeforeMetasReplyAndCountOnce) {
  world around({{"--mps", "unlimited", "--latency-ms", "700", "--status-delay-ms", "0"}, {}});
  ASSERT_TRUE(around.server().start());
  tenant owner(around.server(), "Toko Maju");
  owner.connect("101", 100);
  const auto campaign = owner.draft("order_update");
  owner.add(campaign, phone_numbers(0, 100));
  owner.send(campaign);
  const auto early = owner.await(campaign, [&](const json& now) {
    expect_counters_are_rows_now(owner, campaign);
    return now["read_count"] == 100;
  });
  EXPECT_EQ(early["sent_count"], 100);
  const auto end = owner.await_rest(campaign, around.simulator());
  EXPECT_EQ(end["status"], "completed");
  EXPECT_EQ(end["read_count"], 100);
  expect_counters_equal(end, owner.recipients(campaign));
}

TEST_F(Flow, AReadMessageStandsInTheContactsConversation) {
  owner->connect(fresh_number());
  const auto campaign = owner->draft("hello_world");
  owner->must("POST", "/api/campaigns/" + campaign + "/recipients",
              {{"phone_numbers", {"+6281200000001"}}});
  owner->send(campaign);
  owner->await(campaign, [](const json& now) { return now["read_count"] == 1; });
  const auto row = owner->recipient(campaign, "+6281200000001");
  EXPECT_EQ(keys_of(row),
            (std::set<std::string>{"id", "campaign_id", "contact_id", "phone_number", "variables",
                                   "status", "external_id", "sent_at", "delivered_at", "read_at",
                                   "created_at", "conversation_id", "mongo_message_id"}));
  EXPECT_EQ(row["mongo_message_id"], row["id"]);
  EXPECT_LE(row["delivered_at"], row["read_at"]);
  const auto talks = owner->must(
      "GET", "/api/contacts/" + row["contact_id"].get<std::string>() + "/conversations");
  EXPECT_NE(talks.dump().find(row["conversation_id"].get<std::string>()), std::string::npos)
      << talks;
}

TEST_F(Flow, HeaderAndButtonVariablesReachMeta) {
  owner->connect(fresh_number());
  const auto campaign = owner->draft("promo_image");
  const std::string number = "+6281200000002";
  owner->must("POST", "/api/campaigns/" + campaign + "/recipients",
              {{"phone_numbers", {number}},
               {"variables",
                {{number,
                  {{"1", "Siti"},
                   {"header_media_url", "https://cdn.example.com/p.jpg"},
                   {"button_0", "nov-7"}}}}}});
  owner->send(campaign);
  owner->await(campaign, [](const json& now) { return now["sent_count"] == 1; });
  const std::string id = owner->recipient(campaign, number)["id"];
  const auto seen = meta().call("GET", "/_sim/messages?callback=" + id).body;
  for (const auto* part :
       {"Siti", "https://cdn.example.com/p.jpg", "nov-7", "\"button\"", "6281200000002"})
    EXPECT_NE(seen.find(part), std::string::npos) << part << " is not in " << seen;
}

/// The simulator refuses what Meta's schema refuses, so what it accepted is Meta's format.
TEST_F(Flow, EveryKindOfParameterReachesMeta) {
  owner->connect(fresh_number());
  struct sample {
    std::string name;
    json components, variables, expected;
  };
  const auto header = [](const char* format) {
    json component{{"type", "HEADER"}, {"format", format}};
    component["example"]["header_handle"] = {"4::aW1hZ2U="};
    return component;
  };
  const json body{
      {"type", "BODY"}, {"text", "Halo {{1}}."}, {"example", {{"body_text", {{"Budi"}}}}}};
  const auto buttons = [](json list) { return json{{"type", "BUTTONS"}, {"buttons", list}}; };
  const json said_body{{"type", "body"}, {"parameters", {{{"type", "text"}, {"text", "Siti"}}}}};
  const auto said_header = [](json parameter) {
    return json{{"type", "header"}, {"parameters", json::array({std::move(parameter)})}};
  };
  const auto said_button = [](const char* sub_type, const char* index, json parameter) {
    return json{{"type", "button"},
                {"sub_type", sub_type},
                {"index", index},
                {"parameters", json::array({std::move(parameter)})}};
  };
  const std::string link = "https://cdn.example.com/f/";
  const std::vector<sample> samples{
      {"image_by_id",
       {header("IMAGE"), body},
       {{"1", "Siti"}, {"header_media_id", "1013859600285441"}},
       {said_header({{"type", "image"}, {"image", {{"id", "1013859600285441"}}}}), said_body}},
      {"video_by_link",
       {header("VIDEO"), body},
       {{"1", "Siti"}, {"header_media_url", link + "v.mp4"}},
       {said_header({{"type", "video"}, {"video", {{"link", link + "v.mp4"}}}}), said_body}},
      {"document_by_link",
       {header("DOCUMENT"), body},
       {{"1", "Siti"}, {"header_media_url", link + "bill.pdf"}},
       {said_header({{"type", "document"},
                     {"document", {{"link", link + "bill.pdf"}, {"filename", "bill.pdf"}}}}),
        said_body}},
      {"document_by_id",
       {header("DOCUMENT"), body},
       {{"1", "Siti"}, {"header_media_id", "77"}, {"header_filename", "Bill 7.pdf"}},
       {said_header(
            {{"type", "document"}, {"document", {{"id", "77"}, {"filename", "Bill 7.pdf"}}}}),
        said_body}},
      {"text_header",
       {{{"type", "HEADER"},
         {"format", "TEXT"},
         {"text", "Untuk {{1}}"},
         {"example", {{"header_text", {"Budi"}}}}},
        body},
       {{"1", "Siti"}, {"header_1", "Ibu Siti"}},
       {said_header({{"type", "text"}, {"text", "Ibu Siti"}}), said_body}},
      {"all_buttons",
       {body, buttons({{{"type", "QUICK_REPLY"}, {"text", "Ya"}},
                       {{"type", "QUICK_REPLY"}, {"text", "Tidak"}},
                       {{"type", "URL"},
                        {"text", "Lihat"},
                        {"url", "https://toko.example/{{1}}"},
                        {"example", {"https://toko.example/a"}}}})},
       {{"1", "Siti"}, {"button_0", "YES-7"}, {"button_2", "nov?a=1"}},
       {said_body, said_button("quick_reply", "0", {{"type", "payload"}, {"payload", "YES-7"}}),
        said_button("quick_reply", "1", {{"type", "payload"}, {"payload", "Tidak"}}),
        said_button("url", "2", {{"type", "text"}, {"text", "nov?a=1"}})}}};
  for (const auto& one : samples)
    owner->must("POST", "/api/wa-templates",
                {{"name", one.name}, {"components", one.components}, {"category", "MARKETING"}});
  ASSERT_TRUE(eventually([&] {
    owner->must("POST", "/api/wa-templates/sync");
    return owner->must("GET", "/api/wa-templates?status=PENDING")["total"] == 0;
  }));
  const std::string number = "+6281200000003";
  for (const auto& one : samples) {
    const auto campaign = owner->draft(one.name);
    owner->must("POST", "/api/campaigns/" + campaign + "/recipients",
                {{"phone_numbers", {number}}, {"variables", {{number, one.variables}}}});
    owner->send(campaign);
    EXPECT_EQ(owner->await_end(campaign)["sent_count"], 1)
        << one.name << owner->recipient(campaign, number);
    const std::string id = owner->recipient(campaign, number)["id"];
    const auto seen = meta().call("GET", "/_sim/messages?callback=" + id).json();
    ASSERT_EQ(seen["messages"].size(), 1u) << one.name;
    EXPECT_EQ(seen["messages"][0]["body"]["template"]["components"], one.expected) << one.name;
  }
}

TEST_F(Flow, WhoLacksAVariableFailsAndNobodyElse) {
  owner->connect(fresh_number());
  const auto campaign = owner->draft("order_update");
  const auto numbers = phone_numbers(10, 3);
  owner->must("POST", "/api/campaigns/" + campaign + "/recipients",
              {{"phone_numbers", numbers},
               {"variables",
                {{numbers[0], {{"1", "A"}, {"2", "B"}}},
                 {numbers[1], {{"1", "A"}}},
                 {numbers[2], {{"1", "A"}, {"2", "B"}}}}}});
  owner->send(campaign);
  const auto end = owner->await_end(campaign);
  EXPECT_EQ(end["status"], "completed");
  EXPECT_EQ(end["sent_count"], 2);
  const auto row = owner->recipient(campaign, numbers[1]);
  EXPECT_EQ(row["status"], "failed");
  EXPECT_NE(row["error_message"].get<std::string>().find("\"2\""), std::string::npos) << row;
}

TEST_F(Flow, ACampaignThatReachesNobodyFails) {
  owner->connect(fresh_number());
  const auto campaign = owner->draft("order_update");
  owner->must("POST", "/api/campaigns/" + campaign + "/recipients",
              {{"phone_numbers", phone_numbers(20, 5)}});
  EXPECT_EQ(owner->send(campaign, 10)["failed"], 5);
  EXPECT_EQ(owner->campaign(campaign)["status"], "failed");
}

// -- in the middle --------------------------------------------------------------------------------

TEST_F(Flow, CancelledInTheMiddleSendsNoMore) {
  const auto number = fresh_number();
  owner->connect(number, 200);
  const auto campaign = owner->draft("order_update");
  owner->add(campaign, phone_numbers(100, 3'000));
  const int before = meta().stats()["accepted"];
  owner->send(campaign);
  owner->await(campaign, [](const json& now) { return now["sent_count"] >= 60; });
  const auto said = owner->must("POST", "/api/campaigns/" + campaign + "/cancel");
  EXPECT_EQ(keys_of(said), (std::set<std::string>{"message", "cancelled_recipients"}));
  const auto end = owner->await_rest(campaign, meta());
  EXPECT_EQ(end["status"], "cancelled");
  EXPECT_GT(end["cancelled_count"], 0);
  EXPECT_EQ(end["sent_count"].get<int>() + end["cancelled_count"].get<int>(), 3'000);
  EXPECT_EQ(end["sent_count"], meta().stats()["accepted"].get<int>() - before);
  const auto rows = owner->recipients(campaign);
  expect_counters_equal(end, rows);
  EXPECT_EQ(owner->call("POST", "/api/campaigns/" + campaign + "/send").code(), "campaign_ended");
  EXPECT_EQ(owner->call("POST", "/api/campaigns/" + campaign + "/cancel").status, 409);
}

TEST_F(Flow, TwoCampaignsShareTheirNumber) {
  const auto number = fresh_number();
  owner->connect(number, 150);
  std::vector<std::string> campaigns;
  for (int i = 0; i < 2; ++i) {
    campaigns.push_back(owner->draft("order_update"));
    owner->add(campaigns.back(), phone_numbers(4'000 + 400 * i, 400));
  }
  for (const auto& one : campaigns) owner->send(one);
  owner->await(campaigns[0], [](const json& now) { return now["sent_count"] >= 200; });
  // Half of what the number sends is the other's, less what the first had before it came.
  EXPECT_GE(owner->campaign(campaigns[1])["sent_count"], 100);
  for (const auto& one : campaigns) EXPECT_EQ(owner->await_end(one)["sent_count"], 400);
  expect_rate_kept(meta().stats(), number, 150);
}

TEST_F(Flow, AnExpiredTokenPausesAndANewOneResumes) {
  const auto account = owner->connect(fresh_number(), 400);
  const auto campaign = owner->draft("order_update");
  owner->add(campaign, phone_numbers(5'000, 1'000));
  owner->send(campaign);
  owner->await(campaign, [](const json& now) { return now["sent_count"] >= 100; });
  meta().fault({{"kind", "expire_token"}});
  const auto paused =
      owner->await(campaign, [](const json& now) { return now.contains("pause_code"); });
  EXPECT_EQ(paused["status"], "sending");
  EXPECT_TRUE(paused.contains("pause_reason"));
  EXPECT_TRUE(eventually([&] {
    return owner->must("GET", "/api/integration-accounts/" + account).contains("pause_code");
  }));
  EXPECT_EQ(owner->campaign(campaign)["failed_count"], 0);
  meta().heal();
  const auto patched = owner->must("PATCH", "/api/integration-accounts/" + account,
                                   {{"config", {{"access_token", "EAAG-a-new-token-1618033"}}}});
  EXPECT_FALSE(patched.contains("pause_code")) << patched;
  const auto end = owner->await_rest(campaign, meta());
  EXPECT_EQ(end["status"], "completed");
  EXPECT_EQ(end["sent_count"], 1'000);
  expect_counters_equal(end, owner->recipients(campaign));
  EXPECT_EQ(meta().stats()["duplicates"], 0);
}

TEST(FlowTooFast, StormsOfRefusalsLoseNobody) {
  world around({{"--mps", "40", "--status-delay-ms", "10"}, {}});
  ASSERT_TRUE(around.server().start());
  tenant owner(around.server(), "Toko Maju");
  owner.connect("101", 400);
  const auto campaign = owner.draft("order_update");
  owner.add(campaign, phone_numbers(0, 200));
  owner.send(campaign);
  const auto end = owner.await_rest(campaign, around.simulator(), std::chrono::seconds(120));
  EXPECT_EQ(end["sent_count"], 200);
  EXPECT_EQ(end["status"], "completed");
  const auto stats = around.simulator().stats();
  EXPECT_GT(stats["rejected"]["130429"], 0);
  EXPECT_EQ(stats["duplicates"], 0);
  EXPECT_EQ(around.server().stop(), 0);
}

}  // namespace
}  // namespace omnistream::test
