// What Meta refuses to one who sends is known to all others who send through the same account.

#include "tests/http/conversations_fixture.hpp"
#include "tests/http/simulated_meta.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

class AccountRefusals : public Conversations {};

/// The campaign has nothing to send before tomorrow, and would not find out before.
TEST_F(AccountRefusals, OfAMessageReachCampaigns) {
  sql("update integration_accounts set waba_id = '102'");
  const auto used =
      sql("insert into wa_templates (tenant_id, waba_id, name, language, category, status, "
          "components) values ('" +
          tenant.id.to_string() +
          "', '102', 'news', 'id', 'MARKETING', 'APPROVED', "
          R"('[{"type": "BODY", "text": "Halo."}]') returning id)");
  constexpr int asked_enough = 131'049, token_expired = 190;
  server.sender().answers_with([](const actors::outbound_message& message) {
    return refused(message.body.find("\"template\"") == std::string::npos ? token_expired
                                                                          : asked_enough);
  });
  const auto campaign = store_campaign(server.database(), tenant.id, used, account, "sending");
  server.services().engine.resume();
  ASSERT_TRUE(eventually([&] {
    return sql("select count(*) from campaign_holds where kind = 'retry' and claim_token is "
               "null") == "1";
  }));
  const auto chat = add("Budi");
  sql("update conversations set last_inbound_at = now()");
  const auto taken =
      call("POST", "/" + chat + "/messages", {{"type", "text"}, {"text", {{"body", "Halo Budi"}}}});
  ASSERT_EQ(taken.status, 202) << taken.body;
  EXPECT_TRUE(eventually([&] {
    return sql("select coalesce(pause_code, '') from campaigns where id = '" + campaign + "'") ==
           "account_refused";
  }));
}

}  // namespace
}  // namespace omnistream::test
