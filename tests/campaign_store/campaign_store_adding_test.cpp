#include "tests/campaign_store/campaign_store_fixture.hpp"

namespace omnistream::test {
namespace {

TEST_F(CampaignStoreSql, AddsNumbersOnceInTheirOrder) {
  auto what = world.numbers(1, 3);
  what->numbers.push_back({world.number(2), std::nullopt});
  what->numbers[0].variables_json = R"({"1":"Ani"})";
  what->skipped = 4;
  auto added = world.add(what);
  ASSERT_TRUE(added.ok()) << added.error().detail;
  EXPECT_EQ(added->added, 3);
  EXPECT_EQ(added->skipped, 5);
  EXPECT_EQ(added->total, 3);
  added = world.add(world.numbers(3, 6));
  EXPECT_EQ(added->added, 3);
  EXPECT_EQ(added->skipped, 1);
  EXPECT_EQ(world.sql("select string_agg(phone_number, ' ' order by seq) from campaign_recipients"),
            "+628121000001 +628121000002 +628121000003 +628121000004 +628121000005 +628121000006");
  EXPECT_EQ(world.sql("select max(seq) from campaign_recipients"), "6");
  EXPECT_EQ(world.sql("select variables ->> '1' from campaign_recipients where seq = 1"), "Ani");
  EXPECT_EQ(world.sql("select count(*) from contacts"), "6");
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(CampaignStoreSql, SelectsContactsByIdAndTag) {
  const auto contact = [&](const std::string& number, const std::string& tags, bool opted_out) {
    return *uuid::parse(
        world.sql("insert into contacts (tenant_id, phone_number, tags, opted_out_at) values ('" +
                  world.id(world.tenant) + "', " + number + ", '{" + tags + "}', " +
                  (opted_out ? "now()" : "null") + ") returning id"));
  };
  const auto by_id = contact("'+6281211'", "", false);
  contact("'+6281212'", "vip", false);
  contact("'+6281213'", "vip,old", true);
  const auto hidden = contact("null", "", false);
  auto what = std::make_shared<recipients_to_add>();
  what->contact_ids = {by_id, hidden, uuid({9})};
  what->tags = {"vip"};
  what->variables = {{"+6281212", R"({"1":"Budi"})"}};
  const auto added = world.add(what);
  ASSERT_TRUE(added.ok());
  EXPECT_EQ(added->added, 2);
  EXPECT_EQ(added->skipped, 3) << "one opted out, one has no number, one does not exist";
  EXPECT_EQ(world.sql("select variables ->> '1' from campaign_recipients where phone_number ="
                      " '+6281212'"),
            "Budi");
}

TEST_F(CampaignStoreSql, OptedOutNumbersAreNotAdded) {
  world.sql("insert into contacts (tenant_id, phone_number, opted_out_at) values ('" +
            world.id(world.tenant) + "', '" + world.number(2) + "', now())");
  const auto added = world.add(world.numbers(1, 3));
  EXPECT_EQ(added->added, 2);
  EXPECT_EQ(added->skipped, 1);
  EXPECT_EQ(world.sql("select max(seq) from campaign_recipients"), "2") << "without a gap";
}

TEST_F(CampaignStoreSql, AnotherTenantsContactsAreInvisible) {
  const auto other = uuid::v7(system_now());
  world.sql("insert into contacts (tenant_id, phone_number, tags) values ('" + world.id(other) +
            "', '+6281219', '{vip}')");
  auto what = std::make_shared<recipients_to_add>();
  what->tags = {"vip"};
  EXPECT_EQ(world.add(what)->added, 0);
  const auto stolen = store_world::wait<added_recipients>(
      [&](auto done) { world.store->add(other, world.campaign, world.numbers(1, 1), done); });
  EXPECT_EQ(stolen.error().status, 404);
  EXPECT_EQ(world.sql("select count(*) from campaign_recipients"), "0");
}

TEST_F(CampaignStoreSql, FiftyThousandAtATimeUpToTheLimit) {
  const auto many = world.numbers(1, 50'000);
  ASSERT_EQ(world.add(many)->added, 50'000);
  EXPECT_EQ(world.add(many)->skipped, 50'000) << "repetitions do not count against the limit";
  const auto too_many = world.add(world.numbers(50'001, 60'001));
  ASSERT_FALSE(too_many.ok());
  EXPECT_EQ(too_many.error().status, 422);
  EXPECT_EQ(world.add(world.numbers(50'001, 60'000))->total, 60'000);
  EXPECT_EQ(world.miscount(), "");
  EXPECT_EQ(*world.clear(), 60'000);
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(CampaignStoreSql, OnlyADraftTakesRecipients) {
  world.begin(2);
  EXPECT_EQ(world.add(world.numbers(5, 6)).error().status, 409);
  EXPECT_EQ(world.clear().error().status, 409);
  world.campaign = new_campaign_id(system_now());
  EXPECT_EQ(world.add(world.numbers(5, 6)).error().status, 404);
}

}  // namespace
}  // namespace omnistream::test
