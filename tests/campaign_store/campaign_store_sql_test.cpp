#include "actors/campaign/campaign_store_sql.hpp"

#include <random>
#include <set>

#include "storage/queries.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

using kind = recorded_outcome::kind;
using std::chrono::hours;
using std::chrono::seconds;

class CampaignStoreSql : public ::testing::Test {
 protected:
  store_world world;
};

std::vector<int> seqs(const claimed_batch& batch) {
  std::vector<int> list;
  for (const auto& one : batch.recipients) list.push_back(one.seq);
  return list;
}

// -- adding
// ----------------------------------------------------------------------------------------

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
  EXPECT_EQ(loaded->account->phone_number_id, "1001");
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
