#include <random>
#include <set>

#include "tests/campaign_store/campaign_store_fixture.hpp"

namespace omnistream::test {
namespace {

using kind = recorded_outcome::kind;
using std::chrono::seconds;

// -- loading and status
// ----------------------------------------------------------------------------

TEST_F(CampaignStoreSql, LoadsWhatTheActorNeeds) {
  world.begin(5);
  const auto loaded = world.load();
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->tenant_id, world.tenant);
  EXPECT_EQ(loaded->state.status, campaign_status::sending);
  EXPECT_EQ(loaded->state.total, 5);
  EXPECT_FALSE(loaded->state.cannot_send);
  ASSERT_TRUE(loaded->account);
  EXPECT_EQ(loaded->account->sender_id, "1001");
  EXPECT_EQ(*loaded->account->access_token, "open");
  EXPECT_EQ(loaded->account->messages_per_second, 80);
  EXPECT_EQ(loaded->source.name, "hello");
  EXPECT_FALSE(loaded->retries_claimed);
}

TEST_F(CampaignStoreSql, LoadNamesWhatStandsInTheWay) {
  const auto code = [&] {
    const auto loaded = world.load();
    return loaded->state.cannot_send ? loaded->state.cannot_send->code : "";
  };
  EXPECT_EQ(code(), "");
  world.sql("update integration_accounts set pause_code = 'account_refused', pause_reason = 'x'");
  EXPECT_EQ(code(), "account_refused");
  world.sql("update integration_accounts set is_active = false, pause_code = null");
  EXPECT_EQ(code(), "account_inactive");
  world.sql("update integration_accounts set is_active = true, waba_id = 'other'");
  EXPECT_EQ(code(), "template_of_other_account");
  world.sql("update integration_accounts set waba_id = 'waba', secrets = '{}'");
  EXPECT_EQ(code(), "no_token");
  world.sql("update wa_templates set status = 'PAUSED'");
  EXPECT_EQ(code(), "template_not_approved");
  world.sql("update wa_templates set status = 'APPROVED'");
  world.sql("update integration_accounts set is_default = false");
  world.campaign = world.make_campaign(false);
  EXPECT_EQ(code(), "no_account");
}

TEST_F(CampaignStoreSql, ARefusedTokenPausesTheAccountThatStillHasIt) {
  const auto as_it_was = world.load()->account;
  const auto mend = [&] {
    world.sql("update integration_accounts set secrets = '{\"access_token\": \"another\"}'");
  };
  mend();
  ASSERT_TRUE(world.pause_account(as_it_was, {"account_refused", "Token."}).ok());
  const auto paused = "select coalesce(pause_code, 'not') from integration_accounts";
  EXPECT_EQ(world.sql(paused), "not");
  ASSERT_TRUE(world.pause_account(world.load()->account, {"account_refused", "Token."}).ok());
  EXPECT_EQ(world.sql(paused), "account_refused");
}

TEST_F(CampaignStoreSql, AFinalStatusStays) {
  world.begin(1);
  ASSERT_TRUE(world.set_status(campaign_status::completed).ok());
  const auto ended = world.sql("select ended_at from campaigns");
  for (const auto other : {campaign_status::sending, campaign_status::cancelled,
                           campaign_status::failed, campaign_status::completed}) {
    ASSERT_TRUE(world.set_status(other).ok());
    EXPECT_EQ(world.sql("select status from campaigns"), "completed");
    EXPECT_EQ(world.sql("select ended_at from campaigns"), ended);
  }
}

// -- cancelling
// ------------------------------------------------------------------------------------

TEST_F(CampaignStoreSql, CancelCountsEverybodyWhoWillNotGetIt) {
  world.begin(10);
  world.claim(0, 6, 1);
  world.record(
      {world.outcome(1, kind::sent), world.outcome(2, kind::retry), world.outcome(3, kind::retry)},
      3);
  ASSERT_EQ(seqs(*world.claim(6, 1, 2)), std::vector{2});
  // 1 sent, 2 out again, 3 waits for its retry, 4 and 5 given back, 6 in flight, 7 to 10 unclaimed.
  EXPECT_EQ(*world.cancel({4, 5}, 5), 7);
  EXPECT_EQ(world.miscount(), "");
  EXPECT_EQ(*world.cancel({4, 5}, 5), 7) << "again";
  EXPECT_EQ(world.miscount(), "");
  auto back = world.outcome(2, kind::retry, true);
  back.claim_token = 2;
  const auto now = world.record({back, world.outcome(6, kind::sent)}, 6);
  EXPECT_EQ(now->cancelled, 8);
  EXPECT_EQ(now->sent, 2);
  EXPECT_EQ(world.holds(), 0);
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(CampaignStoreSql, CancelsADraftAndNoEndedOne) {
  world.add(world.numbers(1, 4));
  EXPECT_EQ(*world.cancel({}, 0), 4);
  EXPECT_EQ(world.miscount(), "");
  world.campaign = world.make_campaign();
  world.begin(1);
  world.set_status(campaign_status::failed);
  EXPECT_EQ(world.cancel({}, 0).error().status, 409);
}

// -- the law of counters
// ---------------------------------------------------------------------------

TEST_F(CampaignStoreSql, CountersEqualRowsAfterAnything) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    std::mt19937 random(seed);
    world.campaign = world.make_campaign();
    world.begin(40);
    int claimed = 0;
    std::int64_t token = 0;
    const auto any_seq = [&] { return 1 + static_cast<int>(random() % 40); };
    for (int step = 0; step < 60; ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
      switch (random() % 8) {
        case 0:
        case 1:
          if (const auto batch = world.claim(claimed, 6, ++token)) claimed = batch->claimed_seq;
          break;
        case 2:
          ASSERT_TRUE(world.recover(system_now()).ok());
          break;
        case 3:
          ASSERT_TRUE(world.give_up(system_now()).ok());
          break;
        case 4:
          if (step <= 50) break;
          ASSERT_TRUE(world.cancel({}, 0).ok());
          break;
        default: {
          std::set<int> some;
          while (some.size() < 5) some.insert(any_seq());
          std::vector<recorded_outcome> list;
          constexpr std::array kinds{kind::sent, kind::failed, kind::retry, kind::uncertain,
                                     kind::cancelled};
          for (const int seq : some)
            if (seq <= claimed)
              list.push_back(world.outcome(seq, kinds[random() % kinds.size()], true));
          const auto now = world.record(list, 0);
          ASSERT_TRUE(now.ok()) << now.error().detail;
        }
      }
      ASSERT_EQ(world.miscount(), "");
      ASSERT_EQ(world.sql("select count(*) from campaign_holds h join campaign_recipients r using"
                          " (campaign_id, seq) where h.kind = 'retry' and r.status <> 0"),
                "0");
    }
  }
}

/// Writers of one campaign at the same time: nothing deadlocks for good, nothing is lost.
TEST_F(CampaignStoreSql, WritersAtOnceKeepTheCounters) {
  world.begin(400);
  std::mutex guard;
  std::condition_variable changed;
  int open = 0;
  const auto finish = [&](const auto& answer) {
    EXPECT_TRUE(answer.ok());
    const std::lock_guard lock(guard);
    --open;
    changed.notify_all();
  };
  world.claim(0, 400, 1);
  open = 41;
  for (int part = 0; part < 20; ++part) {
    auto list = std::make_shared<std::vector<recorded_outcome>>();
    for (int i = 1; i <= 20; ++i)
      list->push_back(world.outcome(part * 20 + i, i % 3 == 0 ? kind::retry : kind::sent));
    world.store->record(world.campaign, list, part * 20, [&](auto answer) { finish(answer); });
    world.store->claim(world.campaign, 400, 10, part + 2, system_now(),
                       [&](auto answer) { finish(answer); });
  }
  world.store->give_up_uncertain(world.campaign, system_now(),
                                 [&](auto answer) { finish(answer); });
  std::unique_lock lock(guard);
  ASSERT_TRUE(changed.wait_for(lock, seconds{60}, [&] { return open == 0; }));
  EXPECT_EQ(world.miscount(), "");
}

}  // namespace
}  // namespace omnistream::test
