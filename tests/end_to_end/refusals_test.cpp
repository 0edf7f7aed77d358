// What Meta refuses, in its reply or by webhook.

#include <gtest/gtest.h>

#include "tests/end_to_end/flow_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

class Refusals : public Flow {
 protected:
  /// Sends to one person while Meta answers the next message with that code.
  std::string refused_once(int code, const std::string& number) {
    owner->connect(fresh_number());
    const auto campaign = owner->draft("order_update");
    owner->add(campaign, {number});
    meta().fault({{"kind", "error"}, {"code", code}, {"count", 1}});
    owner->send(campaign);
    return campaign;
  }
};

TEST_F(Refusals, ForTheMomentIsTriedAgain) {
  for (const int code : {131056, 131000, 130429, 131016}) {
    const auto number = "+6281200006" + std::to_string(100 + code % 100);
    owner.emplace(shared->server(), "Toko " + std::to_string(code));
    const auto campaign = refused_once(code, number);
    const auto end = owner->await_end(campaign);
    EXPECT_EQ(end["status"], "completed") << code << end;
    EXPECT_EQ(end["sent_count"], 1) << code;
    EXPECT_EQ(accepted_of(owner->recipient(campaign, number)["id"]), 1) << code;
  }
}

TEST_F(Refusals, ForGoodFailsTheRecipient) {
  const auto campaign = refused_once(131026, "+6281200007001");
  const auto end = owner->await_end(campaign);
  EXPECT_EQ(end["status"], "failed");
  const auto row = owner->recipient(campaign, "+6281200007001");
  EXPECT_EQ(row["status"], "failed");
  EXPECT_EQ(row["error_code"], 131026);
  EXPECT_NE(row["error_message"].get<std::string>().find("cannot be delivered"), std::string::npos);
}

TEST_F(Refusals, BecauseTheyStoppedMarketingIsRemembered) {
  const auto campaign = refused_once(131050, "+6281200007002");
  owner->await_end(campaign);
  const auto row = owner->recipient(campaign, "+6281200007002");
  EXPECT_EQ(row["status"], "failed");
  EXPECT_EQ(row["error_code"], 131050);
  const auto contact = owner->must("GET", "/api/contacts/" + row["contact_id"].get<std::string>());
  EXPECT_EQ(contact["opted_out"], true) << contact;
  const auto next = owner->draft("order_update");
  const auto said = owner->must("POST", "/api/campaigns/" + next + "/recipients",
                                {{"phone_numbers", {"+6281200007002"}}});
  EXPECT_EQ(said["added"], 0);
  EXPECT_EQ(said["skipped"], 1);
}

TEST_F(Refusals, UntilTomorrowLeavesTheRecipientPending) {
  const auto campaign = refused_once(131049, "+6281200007003");
  ASSERT_TRUE(eventually([&] {
    return owner->recipient(campaign, "+6281200007003").contains("error_code");
  })) << owner->recipient(campaign, "+6281200007003");
  const auto row = owner->recipient(campaign, "+6281200007003");
  EXPECT_EQ(row["status"], "pending") << row;
  EXPECT_EQ(row["error_code"], 131049);
  EXPECT_EQ(owner->campaign(campaign)["status"], "sending");
  EXPECT_EQ(owner->must("POST", "/api/campaigns/" + campaign + "/cancel")["cancelled_recipients"],
            1);
  EXPECT_EQ(owner->recipient(campaign, "+6281200007003")["status"], "cancelled");
}

TEST_F(Refusals, BecauseOfTheTemplatePausesTheCampaignUntilItIsSentAgain) {
  const auto campaign = refused_once(132015, "+6281200007004");
  const auto paused =
      owner->await(campaign, [](const json& now) { return now.contains("pause_code"); });
  EXPECT_EQ(paused["pause_code"], "template_refused");
  owner->send(campaign);
  EXPECT_EQ(owner->await_end(campaign)["sent_count"], 1);
}

TEST_F(Refusals, ByWebhookPausesTheAccountAsInTheReply) {
  const auto account = owner->connect(fresh_number(), 20);
  const auto campaign = owner->draft("order_update");
  owner->add(campaign, phone_numbers(7'100, 60));
  meta().fault({{"kind", "error"}, {"code", 131042}, {"via", "webhook"}, {"count", 1}});
  owner->send(campaign);
  const auto paused =
      owner->await(campaign, [](const json& now) { return now.contains("pause_code"); });
  EXPECT_EQ(paused["pause_code"], "account_refused");
  EXPECT_NE(paused["pause_reason"].get<std::string>().find("payment"), std::string::npos);
  EXPECT_LT(paused["sent_count"], 60);
  const auto shown = owner->must("GET", "/api/integration-accounts/" + account);
  EXPECT_EQ(shown["pause_code"], "account_refused");
  owner->must("PATCH", "/api/integration-accounts/" + account, {{"is_active", true}});
  const auto end = owner->await_end(campaign);
  EXPECT_EQ(end["sent_count"], 59);
  EXPECT_EQ(end["failed_count"], 1);
}

TEST_F(Refusals, ByWebhookFailsTheRecipientToo) {
  owner->connect(fresh_number());
  const auto campaign = owner->draft("order_update");
  owner->add(campaign, {"+6281200007005"});
  meta().fault({{"kind", "error"}, {"code", 131026}, {"via", "webhook"}, {"count", 1}});
  owner->send(campaign);
  const auto end = owner->await(campaign, [](const json& now) { return now["failed_count"] == 1; });
  EXPECT_EQ(end["sent_count"], 0);
  EXPECT_EQ(owner->recipient(campaign, "+6281200007005")["error_code"], 131026);
}

}  // namespace
}  // namespace omnistream::test
