#include "storage/queries.hpp"
#include "tests/campaign_store/campaign_store_fixture.hpp"

namespace omnistream::test {
namespace {

using kind = recorded_outcome::kind;
using std::chrono::hours;
using std::chrono::seconds;

// -- claiming
// --------------------------------------------------------------------------------------

TEST_F(CampaignStoreSql, ClaimsInOrderAndOnce) {
  world.begin(10);
  auto batch = world.claim(0, 4, 1);
  ASSERT_TRUE(batch.ok()) << batch.error().detail;
  EXPECT_EQ(seqs(*batch), (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(batch->claimed_seq, 4);
  EXPECT_EQ(batch->recipients[0].phone_number, world.number(1));
  EXPECT_EQ(batch->recipients[0].variables_json, "{}");
  batch = world.claim(4, 100, 2);
  EXPECT_EQ(seqs(*batch), (std::vector{5, 6, 7, 8, 9, 10}));
  EXPECT_EQ(batch->claimed_seq, 10);
  EXPECT_TRUE(world.claim(10, 100, 3)->recipients.empty());
}

TEST_F(CampaignStoreSql, ARepeatedClaimGivesTheSame) {
  world.begin(30);
  ASSERT_EQ(world.claim(0, 10, 1)->recipients.size(), 10U);
  std::vector<recorded_outcome> refused;
  for (int seq = 1; seq <= 10; ++seq) refused.push_back(world.outcome(seq, kind::retry));
  ASSERT_TRUE(world.record(refused, 10).ok());
  const auto first = world.claim(10, 8, 2);
  ASSERT_EQ(first->recipients.size(), 8U);
  for (const auto& one : first->recipients) EXPECT_TRUE(one.retry);
  // More comes due meanwhile: the repetition takes its own first.
  world.sql("update campaign_holds set due_at = '2000-01-01' where claim_token is null");
  EXPECT_EQ(seqs(*world.claim(10, 8, 2)), seqs(*first));
  const auto next = world.claim(10, 8, 3);
  EXPECT_EQ(seqs(*next), (std::vector{9, 10, 11, 12, 13, 14, 15, 16}));
  EXPECT_EQ(seqs(*world.claim(10, 8, 3)), seqs(*next));
}

TEST_F(CampaignStoreSql, ClaimsNothingUnderAnotherEpoch) {
  world.begin(10);
  world.claim(0, 2, 1);
  world.record({world.outcome(1, kind::retry)}, 1);
  world.epoch = 6;
  const auto refused = world.claim(2, 5, 2);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "not_ours");
  EXPECT_EQ(world.sql("select claimed_seq from campaigns"), "2");
  EXPECT_EQ(world.holds("claim_token is null"), 1);
}

TEST_F(CampaignStoreSql, ClaimsNothingWhenNotSending) {
  world.begin(10);
  world.set_status(campaign_status::completed);
  EXPECT_EQ(world.claim(0, 5, 1).error().status, 409);
  EXPECT_EQ(world.sql("select claimed_seq from campaigns"), "0");
}

TEST_F(CampaignStoreSql, RetriesAreClaimedWhenDueByTheCallersClock) {
  world.begin(1);
  world.claim(0, 1, 1);
  auto later = world.outcome(1, kind::retry);
  later.due_at = system_now() + hours{1};
  later.attempt = 3;
  world.record({later}, 1);
  EXPECT_TRUE(world.claim(1, 5, 2)->recipients.empty());
  EXPECT_EQ(*world.next_due()->retry, later.due_at);
  const auto batch = world.claim(1, 5, 3, later.due_at);
  ASSERT_EQ(batch->recipients.size(), 1U);
  EXPECT_EQ(batch->recipients[0].attempt, 3);
  EXPECT_TRUE(batch->recipients[0].retry);
  EXPECT_FALSE(world.next_due()->retry) << "it is out";
  EXPECT_TRUE(world.load()->retries_claimed);
}

// -- recording
// -------------------------------------------------------------------------------------

TEST_F(CampaignStoreSql, RecordsEveryKind) {
  world.begin(6);
  world.claim(0, 5, 1);
  auto refused = world.outcome(2, kind::failed);
  refused.error_code = 131026;
  auto opted_out = world.outcome(5, kind::failed);
  opted_out.opt_out = true;
  const auto now =
      world.record({world.outcome(1, kind::sent), refused, world.outcome(3, kind::uncertain),
                    world.outcome(4, kind::retry), opted_out},
                   4);
  ASSERT_TRUE(now.ok()) << now.error().detail;
  EXPECT_EQ(now->total, 6);
  EXPECT_EQ(now->sent, 1);
  EXPECT_EQ(now->failed, 2);
  EXPECT_EQ(now->uncertain, 1);
  EXPECT_EQ(world.miscount(), "");
  EXPECT_EQ(world.sql("select settled_seq from campaigns"), "4");
  EXPECT_EQ(world.sql("select external_id from campaign_recipients where seq = 1"), "wamid.1");
  EXPECT_EQ(world.sql("select error_code is null from campaign_recipients where seq = 1"), "t");
  EXPECT_EQ(world.sql("select error_code from campaign_recipients where seq = 2"), "131026");
  EXPECT_EQ(world.holds("kind = 'uncertain' and seq = 3"), 1);
  EXPECT_EQ(world.holds("kind = 'retry' and seq = 4"), 1);
  EXPECT_EQ(world.sql("select string_agg(phone_number, ',') from contacts where opted_out_at is not"
                      " null"),
            world.number(5));
  EXPECT_EQ(world.sql("select count(*) from conversations"), "1");
}

TEST_F(CampaignStoreSql, RecordingAgainChangesNothing) {
  world.begin(5);
  world.claim(0, 5, 1);
  const std::vector list{world.outcome(1, kind::sent), world.outcome(2, kind::failed),
                         world.outcome(3, kind::uncertain), world.outcome(4, kind::retry)};
  const auto first = world.record(list, 4);
  const auto second = world.record(list, 4);
  EXPECT_EQ(second->sent, first->sent);
  EXPECT_EQ(second->failed, first->failed);
  EXPECT_EQ(second->uncertain, first->uncertain);
  EXPECT_EQ(world.miscount(), "");
  EXPECT_EQ(world.holds(), 2);
  EXPECT_EQ(world.sql("select count(*) from conversations"), "1");
}

TEST_F(CampaignStoreSql, ARepetitionDoesNotReleaseWhatIsOutAgain) {
  world.begin(1);
  world.claim(0, 1, 1);
  const auto refused = world.outcome(1, kind::retry);
  world.record({refused}, 1);
  ASSERT_EQ(world.claim(1, 1, 2)->recipients.size(), 1U);
  world.record({refused}, 1);
  EXPECT_TRUE(world.claim(1, 1, 3)->recipients.empty());
  auto again = world.outcome(1, kind::retry, true);
  again.claim_token = 2;
  world.record({again}, 1);
  EXPECT_EQ(world.claim(1, 1, 4)->recipients.size(), 1U);
  world.record({world.outcome(1, kind::sent, true)}, 1);
  EXPECT_EQ(world.holds(), 0);
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(CampaignStoreSql, WhatAWebhookSettledIsNotHeld) {
  world.begin(2);
  world.claim(0, 2, 1);
  world.sql("update campaign_recipients set status = 5");
  world.recount();
  world.record({world.outcome(1, kind::retry), world.outcome(2, kind::uncertain)}, 2);
  EXPECT_EQ(world.holds(), 0);
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(CampaignStoreSql, ARetryOfAnEndedCampaignIsCancelled) {
  world.begin(3);
  world.claim(0, 2, 1);
  ASSERT_EQ(*world.cancel({}, 0), 1);
  const auto now = world.record({world.outcome(1, kind::retry), world.outcome(2, kind::sent)}, 2);
  EXPECT_EQ(now->cancelled, 2);
  EXPECT_EQ(now->sent, 1);
  EXPECT_EQ(world.holds(), 0);
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(CampaignStoreSql, OpensOneConversationPerContact) {
  world.begin(2);
  world.claim(0, 2, 1);
  world.record({world.outcome(1, kind::sent)}, 1);
  const auto first = world.campaign;
  world.campaign = world.make_campaign();
  world.begin(2);
  world.claim(0, 2, 1);
  world.record({world.outcome(1, kind::sent), world.outcome(2, kind::sent)}, 2);
  EXPECT_EQ(world.sql("select count(*) from conversations"), "2");
  world.campaign = first;
  const auto page = world.pool_.run(
      storage::access::tenant(world.tenant), [&](storage::session& in) -> result<std::string> {
        return std::string(
            in.execute(storage::queries::campaign_recipients_page, first, 1, 50, std::nullopt)
                .text(0, 0));
      });
  ASSERT_TRUE(page.ok()) << page.error().detail;
  EXPECT_NE(page->find("conversation_id"), std::string::npos);
}

// -- after a crash
// ---------------------------------------------------------------------------------

TEST_F(CampaignStoreSql, RecoverMarksWhatWasInFlight) {
  world.begin(10);
  world.claim(0, 6, 1);
  world.record({world.outcome(1, kind::sent), world.outcome(2, kind::retry),
                world.outcome(3, kind::retry), world.outcome(5, kind::failed)},
               3);
  ASSERT_EQ(world.claim(6, 1, 2)->recipients.size(), 1U) << "the retry of 2 goes out";
  const auto until = system_now() + hours{1};
  auto now = world.recover(until);
  ASSERT_TRUE(now.ok()) << now.error().detail;
  EXPECT_EQ(now->uncertain, 3);
  EXPECT_EQ(world.miscount(), "");
  for (const int seq : {2, 4, 6}) EXPECT_EQ(world.status_of(seq), 1) << seq;
  EXPECT_EQ(world.holds("kind = 'uncertain' and claim_token is null"), 3);
  EXPECT_EQ(world.holds("kind = 'retry' and claim_token is null and seq = 3"), 1);
  EXPECT_EQ(world.sql("select settled_seq from campaigns"), "6");
  EXPECT_EQ(*world.next_due()->uncertain, until);
  now = world.recover(until + hours{1});
  EXPECT_EQ(now->uncertain, 3) << "once";
  EXPECT_EQ(*world.next_due()->uncertain, until);
}

TEST_F(CampaignStoreSql, GivesUpOnlyWhatIsOverdue) {
  world.begin(3);
  world.claim(0, 3, 1);
  auto first = world.outcome(1, kind::uncertain), second = world.outcome(2, kind::uncertain);
  second.due_at = first.due_at + hours{1};
  world.record({first, second}, 2);
  EXPECT_EQ(world.give_up(first.due_at - seconds{1})->failed, 0);
  const auto now = world.give_up(first.due_at);
  EXPECT_EQ(now->failed, 1);
  EXPECT_EQ(now->uncertain, 1);
  EXPECT_EQ(world.status_of(1), 7);
  EXPECT_EQ(world.holds(), 1);
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(CampaignStoreSql, LiveCampaignsAreFoundAtStart) {
  world.begin(3);
  world.claim(0, 2, 1);
  world.record({world.outcome(1, kind::retry), world.outcome(2, kind::sent)}, 2);
  world.claim(2, 1, 2);
  world.sql("update campaigns set status = 'cancelled', settled_seq = claimed_seq");
  const auto live = [&] {
    return world.pool_
        .run(storage::access::engine(),
             [](storage::session& in) -> result<int> {
               return in.execute(storage::queries::campaigns_live).size();
             })
        .value();
  };
  EXPECT_EQ(live(), 1) << "a retry was out when it ended";
  world.recover(system_now());
  EXPECT_EQ(live(), 1) << "it is uncertain now";
  world.give_up(system_now());
  EXPECT_EQ(live(), 0);
}

}  // namespace
}  // namespace omnistream::test
