// Pages of a campaign's recipients, with and without a status, against the rows themselves.

#include <cmath>
#include <map>

#include <nlohmann/json.hpp>

#include "storage/queries.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

namespace sql = storage::queries;
using nlohmann::json;

constexpr int total = 3'500;  // three blocks and a part of one
constexpr int claimed = 2'600;

class RecipientPages : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.add(store_world::numbers(1, total)).ok());
    // Nobody of the second block has failed, and few have at all; every status is somewhere.
    world.sql(
        "update campaign_recipients set status = case"
        " when seq in (7, 1024, 2049, 2500) then 5 when seq = 2600 then 7 when seq > 2600 then 0"
        " else (array[2, 3, 4, 4, 3, 6, 1, 0, 2])[1 + seq % 9] end");
    become("sending");
  }
  /// Changes the status, and lets the counters follow.
  void become(const std::string& status) {
    world.sql("update campaigns set claimed_seq = " + std::to_string(claimed) + ", status = '" +
              status + "'");
    world.recount();
    ASSERT_EQ(world.miscount(), "");
  }
  json page(int number, int per_page, std::optional<std::string> status,
            std::optional<uuid> tenant = std::nullopt) {
    const auto& which =
        status ? sql::campaign_recipients_page_by_status : sql::campaign_recipients_page;
    const auto got = world.pool_.run(
        storage::access::tenant(tenant.value_or(world.tenant)), [&](storage::session& in) {
          const auto rows = in.execute(which, world.campaign, number, per_page, status);
          return rows.empty() ? std::string("null") : std::string(rows.text(0, 0));
        });
    EXPECT_TRUE(got.ok()) << (got.ok() ? "" : got.error().detail);
    return got.ok() ? json::parse(*got) : json{};
  }
  static int seq_of(const json& recipient) {
    const auto id = recipient["id"].get<std::string>();
    return std::stoi(id.substr(id.size() - 8), nullptr, 16);
  }
  /// The sequence numbers of all pages, and whether every page was full but the last.
  std::vector<int> all_pages(int per_page, const std::optional<std::string>& status) {
    std::vector<int> seqs;
    const auto first = page(1, per_page, status);
    const int pages = first["total_pages"];
    for (int number = 1; number <= pages; ++number) {
      const auto one = page(number, per_page, status);
      EXPECT_EQ(one["total"], first["total"]);
      const bool is_last = number == pages;
      const int rest = first["total"].get<int>() - (pages - 1) * per_page;
      EXPECT_EQ(one["data"].size(), static_cast<std::size_t>(is_last ? rest : per_page))
          << number << " of " << status.value_or("all");
      for (const auto& recipient : one["data"]) {
        if (status) {
          EXPECT_EQ(recipient["status"], *status);
        }
        seqs.push_back(seq_of(recipient));
      }
    }
    EXPECT_TRUE(page(pages + 1, per_page, status)["data"].empty());
    EXPECT_TRUE(page(1'000'000, per_page, status)["data"].empty());
    return seqs;
  }
  std::vector<int> rows_with(const std::string& status) {
    const auto list = world.sql(
        "select coalesce(string_agg(r.seq::text, ',' order by r.seq), '') from campaign_recipients"
        " r join campaigns c on c.id = r.campaign_id where recipient_status_name(r.status, c.status"
        " = 'cancelled' and r.seq > c.claimed_seq) = '" +
        status + "'");
    std::vector<int> seqs;
    for (const auto& one : json::parse("[" + list + "]")) seqs.push_back(one);
    return seqs;
  }

  store_world world;
};

TEST_F(RecipientPages, HoldEveryRecipientOnceInTheirOrder) {
  for (const int per_page : {200, 7}) {
    const auto seqs = all_pages(per_page, std::nullopt);
    ASSERT_EQ(seqs.size(), static_cast<std::size_t>(total));
    for (int i = 0; i < total; ++i) ASSERT_EQ(seqs[static_cast<std::size_t>(i)], i + 1);
  }
}

TEST_F(RecipientPages, WithAStatusHoldThoseWhoHaveIt) {
  for (const auto* campaign : {"sending", "completed", "cancelled"}) {
    become(campaign);
    for (const auto* status : {"pending", "sent", "delivered", "read", "failed", "cancelled"}) {
      const auto expected = rows_with(status);
      EXPECT_FALSE(expected.empty()) << status;
      for (const int per_page : {200, 3, 1})
        if (per_page > 1 || expected.size() < 50) {
          EXPECT_EQ(all_pages(per_page, status), expected) << status << " when " << campaign;
        }
    }
  }
}

TEST_F(RecipientPages, OfACampaignWithoutRecipientsAreEmpty) {
  world.campaign = world.make_campaign();
  for (const auto* status : {"pending", "failed", "cancelled"}) {
    const auto none = page(1, 50, status);
    EXPECT_EQ(none["total"], 0);
    EXPECT_EQ(none["total_pages"], 0);
    EXPECT_EQ(none["data"], json::array());
  }
  EXPECT_EQ(page(1, 50, std::nullopt)["total"], 0);
}

TEST_F(RecipientPages, OfAnotherTenantAreNotThere) {
  const auto stranger = uuid::v7(system_now());
  world.sql("insert into tenants (id, name) values ('" + world.id(stranger) + "', 'two')");
  EXPECT_EQ(page(1, 50, std::nullopt, stranger), json{});
  EXPECT_EQ(page(1, 50, "pending", stranger), json{});
}

/// An index under row level security takes no condition that might fail: a product there makes a
/// page read the whole campaign. The plan that serves any page must bound the sequence numbers.
TEST_F(RecipientPages, AreRangesOfThePrimaryKeyInTheGenericPlan) {
  for (const auto* which :
       {&sql::campaign_recipients_page, &sql::campaign_recipients_page_by_status}) {
    const auto plan =
        world.sql("set role omnistream_api; set omnistream.tenant = '" + world.id(world.tenant) +
                  "'; set plan_cache_mode = force_generic_plan; set enable_seqscan = off;"
                  " set enable_bitmapscan = off; prepare page (uuid, bigint, bigint, text) as " +
                  which->sql + "; explain (format json, costs off) execute page ('" +
                  world.id(world.campaign) + "', 1, 50, 'read')");
    const auto scan = plan.find("campaign_recipients_pkey");
    ASSERT_NE(scan, std::string::npos) << plan;
    const auto condition = plan.find("Index Cond", scan);
    ASSERT_NE(condition, std::string::npos) << plan;
    const auto line = plan.substr(condition, plan.find('\n', condition) - condition);
    EXPECT_NE(line.find("seq >"), std::string::npos) << line;
    EXPECT_NE(line.find("seq <="), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace omnistream::test
