// What the vendor's chapter on campaigns states about states and shapes.

#include <set>

#include <gtest/gtest.h>

#include "tests/end_to_end/support/tenant.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using names = std::set<std::string>;

class CampaignRules : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared = std::make_unique<world>();
    ASSERT_TRUE(shared->server().start());
  }
  static void TearDownTestSuite() { shared.reset(); }
  void SetUp() override {
    owner.emplace(shared->server(), "Toko Maju");
    static int number = 700;
    account = owner->connect(std::to_string(++number));
  }

  static std::string path(const std::string& id, const std::string& rest = {}) {
    return "/api/campaigns/" + id + rest;
  }
  std::string draft_with_one() {
    auto id = owner->draft("order_update");
    owner->add(id, {"+6281200000001"});
    return id;
  }
  std::string completed() {
    auto id = draft_with_one();
    owner->send(id);
    owner->await_end(id);
    return id;
  }
  std::string scheduled() {
    auto id = owner->draft("order_update", {{"scheduled_at", "2096-01-02T03:04:05Z"}});
    owner->add(id, {"+6281200000001"});
    owner->send(id);
    return id;
  }
  std::string cancelled() {
    auto id = draft_with_one();
    owner->must("POST", path(id, "/cancel"));
    return id;
  }

  static std::unique_ptr<world> shared;
  std::optional<tenant> owner;
  std::string account;
};
std::unique_ptr<world> CampaignRules::shared;

const names created_fields{"id",
                           "name",
                           "template_id",
                           "status",
                           "total_recipients",
                           "sent_count",
                           "delivered_count",
                           "read_count",
                           "failed_count",
                           "created_by",
                           "created_at",
                           "updated_at"};
/// Ours, beside the vendor's.
const names additional{"cancelled_count", "uncertain_count", "started_at",
                       "ended_at",        "pause_code",      "pause_reason"};

names without(names from, const names& what) {
  for (const auto& one : what) from.erase(one);
  return from;
}

TEST_F(CampaignRules, OnlyADraftCanBeChanged) {
  for (const auto& id : {completed(), scheduled(), cancelled()}) {
    const auto before = owner->campaign(id);
    EXPECT_EQ(owner->call("PATCH", path(id), {{"name", "new"}}).code(), "campaign_not_draft");
    EXPECT_EQ(owner->call("DELETE", path(id)).code(), "campaign_not_draft");
    EXPECT_EQ(owner->call("POST", path(id, "/recipients"), {{"phone_numbers", {"+6281200000009"}}})
                  .code(),
              "campaign_not_draft");
    EXPECT_EQ(owner->call("DELETE", path(id, "/recipients")).code(), "campaign_not_draft");
    EXPECT_EQ(owner->call("DELETE", path(id)).status, 409);
    EXPECT_EQ(owner->campaign(id)["name"], before["name"]);
    EXPECT_EQ(owner->campaign(id)["total_recipients"], before["total_recipients"]);
  }
}

TEST_F(CampaignRules, WhatEndedIsNeitherSentNorCancelled) {
  for (const auto& id : {completed(), cancelled()})
    for (const auto* command : {"/send", "/cancel"}) {
      const auto got = owner->call("POST", path(id, command));
      EXPECT_EQ(got.status, 409) << command;
      EXPECT_EQ(got.code(), "campaign_ended") << command;
    }
}

TEST_F(CampaignRules, ADraftADelayedAndASendingOneCanBeCancelled) {
  const auto one = scheduled();
  EXPECT_EQ(owner->must("POST", path(one, "/cancel"))["cancelled_recipients"], 1);
  EXPECT_EQ(owner->campaign(one)["status"], "cancelled");
  EXPECT_EQ(owner->recipient(one, "+6281200000001")["status"], "cancelled");
  EXPECT_EQ(owner->campaign(cancelled())["cancelled_count"], 1);
}

TEST_F(CampaignRules, SendingNeedsRecipientsAndAnAccount) {
  EXPECT_EQ(owner->call("POST", path(owner->draft("order_update"), "/send")).code(),
            "no_recipients");
  const auto id = draft_with_one();
  owner->must("PATCH", "/api/integration-accounts/" + account, {{"is_active", false}});
  EXPECT_EQ(owner->call("POST", path(id, "/send")).status, 409);
  EXPECT_EQ(owner->campaign(id)["status"], "draft");
}

TEST_F(CampaignRules, TheTemplateMustBeApproved) {
  const auto refused =
      owner->call("POST", "/api/campaigns",
                  {{"name", "x"}, {"template_id", owner->template_id("not_allowed")}});
  EXPECT_EQ(refused.status, 422) << refused.body;
  const auto id = owner->draft("order_update");
  EXPECT_EQ(
      owner->call("PATCH", path(id), {{"template_id", owner->template_id("not_allowed")}}).status,
      422);
}

TEST_F(CampaignRules, BroadcastingNeedsTheFlag) {
  const auto id = draft_with_one();
  const json agent{{"email", "rules" + owner->email()},
                   {"name", "Siti"},
                   {"password", admin_password},
                   {"role", "admin"},
                   {"can_broadcast", false}};
  owner->must("POST", "/api/agents", agent);
  http_client browser(shared->server().port());
  const auto session =
      browser.send("POST", "/api/auth/login",
                   json{{"email", agent["email"]}, {"password", admin_password}}.dump());
  ASSERT_EQ(session.status, 200) << session.body;
  const http_headers bearer{
      {"Authorization", "Bearer " + session.json()["token"].get<std::string>()}};
  const auto got = browser.send("POST", path(id, "/send"), "", bearer);
  EXPECT_EQ(got.status, 403) << got.body;
  EXPECT_EQ(owner->campaign(id)["status"], "draft");
  EXPECT_EQ(browser.send("GET", path(id), "", bearer).status, 200);
}

TEST_F(CampaignRules, ACampaignHasTheVendorsFields) {
  const auto made =
      owner->must("POST", "/api/campaigns",
                  {{"name", "N"}, {"template_id", owner->template_id("order_update")}});
  EXPECT_EQ(without(keys_of(made), additional), created_fields);
  EXPECT_EQ(made["status"], "draft");
  EXPECT_EQ(made["created_by"], owner->agent_id());
  const auto with_nulls = owner->must("POST", "/api/campaigns",
                                      {{"name", "N"},
                                       {"template_id", owner->template_id("order_update")},
                                       {"scheduled_at", nullptr},
                                       {"integration_account_id", nullptr}});
  EXPECT_EQ(without(keys_of(with_nulls), additional), created_fields);
  owner->must("DELETE", path(with_nulls["id"]));
  auto shown = created_fields;
  shown.insert({"template_name", "template_language"});
  const auto got = owner->campaign(made["id"]);
  EXPECT_EQ(without(keys_of(got), additional), shown);
  const auto changed = owner->must("PATCH", path(made["id"]),
                                   {{"name", "M"},
                                    {"scheduled_at", "2096-01-02T03:04:05Z"},
                                    {"integration_account_id", account}});
  shown.insert({"scheduled_at", "integration_account_id"});
  EXPECT_EQ(without(keys_of(changed), additional), shown);
  EXPECT_EQ(changed["name"], "M");
  const auto page = owner->must("GET", "/api/campaigns");
  EXPECT_EQ(keys_of(page), (names{"data", "total", "page", "per_page", "total_pages"}));
  EXPECT_EQ(page["page"], 1);
  EXPECT_EQ(page["per_page"], 20);
  EXPECT_EQ(page["total"], 1);
  EXPECT_EQ(page["total_pages"], 1);
  EXPECT_EQ(without(keys_of(page["data"][0]), additional), shown);
}

TEST_F(CampaignRules, CommandsAnswerWithTheVendorsFields) {
  const auto id = owner->draft("order_update");
  const json numbers{{"phone_numbers", {"+6281200000001", "081200000001", "+6281200000002"}},
                     {"variables", {{"6281200000001", {{"1", "a"}, {"2", "b"}}}}}};
  const auto added = owner->must("POST", path(id, "/recipients"), numbers);
  EXPECT_EQ(keys_of(added), (names{"message", "added", "skipped"}));
  EXPECT_EQ(added["added"], 2);
  EXPECT_EQ(added["skipped"], 1);
  const auto listed = owner->must("GET", path(id, "/recipients"));
  EXPECT_EQ(listed["per_page"], 50);
  EXPECT_EQ(keys_of(listed["data"][0]), (names{"id", "campaign_id", "contact_id", "phone_number",
                                               "variables", "status", "created_at"}));
  EXPECT_EQ(listed["data"][0]["variables"], (json{{"1", "a"}, {"2", "b"}}));
  EXPECT_EQ(listed["data"][1]["variables"], json::object());
  const auto cleared = owner->must("DELETE", path(id, "/recipients"));
  EXPECT_EQ(keys_of(cleared), (names{"message", "deleted"}));
  EXPECT_EQ(cleared["deleted"], 2);
  owner->add(id, {"+6281200000001"});
  const auto sent = owner->send(id, 10);
  EXPECT_EQ(keys_of(sent), (names{"message", "total_recipients", "sent", "failed"}));
  EXPECT_EQ(sent["sent"], 1);
  EXPECT_EQ(keys_of(owner->must("DELETE", path(owner->draft("order_update")))), names{"message"});
}

TEST_F(CampaignRules, PagesAndFiltersHaveTheVendorsBounds) {
  const auto id = draft_with_one();
  for (const auto& wrong :
       {std::string("/api/campaigns?page=0"), std::string("/api/campaigns?per_page=101"),
        std::string("/api/campaigns?status=paused"), path(id, "/recipients?per_page=201"),
        path(id, "/recipients?status=claimed"), path(id, "/recipients?page=0")})
    EXPECT_EQ(owner->call("GET", wrong).status, 422) << wrong;
  EXPECT_EQ(owner->must("GET", path(id, "/recipients?per_page=200"))["per_page"], 200);
  EXPECT_EQ(owner->must("GET", "/api/campaigns?status=draft")["total"], 1);
  EXPECT_EQ(owner->must("GET", "/api/campaigns?status=failed")["total"], 0);
}

}  // namespace
}  // namespace omnistream::test
