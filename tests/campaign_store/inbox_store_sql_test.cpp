#include <set>

#include <nlohmann/json.hpp>

#include "actors/ingest/inbox_store.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

using kind = recorded_outcome::kind;

class InboxStoreSql : public ::testing::Test {
 protected:
  void TearDown() override { world.pool_.stop(); }
  static nlohmann::json frame(const nlohmann::json& value, const std::string& field = "messages") {
    return {{"object", "whatsapp_business_account"},
            {"entry", {{{"id", "waba"}, {"changes", {{{"field", field}, {"value", value}}}}}}}};
  }
  nlohmann::json status(int seq, const std::string& name, int code = 0, int at = 1'700'000'000) {
    nlohmann::json one{{"id", "wamid." + std::to_string(seq)},
                       {"status", name},
                       {"timestamp", std::to_string(at)},
                       {"recipient_id", "62812" + std::to_string(1'000'000 + seq)},
                       {"biz_opaque_callback_data",
                        recipient_id(world.campaign, static_cast<std::uint32_t>(seq)).to_string()}};
    if (code != 0) one["errors"] = {{{"code", code}, {"title", "x"}, {"message", "x"}}};
    return one;
  }
  static nlohmann::json statuses(std::vector<nlohmann::json> list) {
    return frame({{"messaging_product", "whatsapp"},
                  {"metadata", {{"phone_number_id", "1001"}}},
                  {"statuses", std::move(list)}});
  }
  static nlohmann::json inbound(const std::string& wamid) {
    return frame({{"messaging_product", "whatsapp"},
                  {"metadata", {{"phone_number_id", "1001"}}},
                  {"contacts", {{{"wa_id", "6281299"}, {"profile", {{"name", "Ani"}}}}}},
                  {"messages",
                   {{{"from", "6281299"},
                     {"id", wamid},
                     {"timestamp", "1700000000"},
                     {"type", "text"},
                     {"text", {{"body", "hi"}}}}}}});
  }

  got<std::vector<std::int64_t>> append(const std::vector<std::string>& payloads) {
    std::vector<raw_webhook> list;
    for (const auto& one : payloads) list.push_back({std::make_shared<const std::string>(one)});
    return store_world::wait<std::vector<std::int64_t>>(
        [&](auto done) { inbox->append(list, done); });
  }
  got<applied_webhooks> apply(const std::vector<std::string>& payloads) {
    auto ids = append(payloads);
    EXPECT_TRUE(ids.ok());
    std::vector<stored_webhook> batch;
    for (std::size_t i = 0; i < payloads.size(); ++i)
      batch.push_back({ids.value()[i], std::make_shared<const std::string>(payloads[i])});
    return store_world::wait<applied_webhooks>([&](auto done) { inbox->apply(batch, done); });
  }
  got<applied_webhooks> hear(std::vector<nlohmann::json> list) {
    return apply({statuses(std::move(list)).dump()});
  }
  /// Meta's time of what happens after everything that was done so far.
  static int soon() {
    return static_cast<int>(
               std::chrono::floor<std::chrono::seconds>(system_now()).time_since_epoch().count()) +
           5;
  }
  std::string rows_waiting() { return world.sql("select count(*) from webhook_inbox"); }

  store_world world;
  std::unique_ptr<inbox_store> inbox = make_inbox_store(world.pool_);
};

TEST_F(InboxStoreSql, KeepsPayloadsInOrderUntilTheyAreApplied) {
  const auto ids = append({"{\"a\":1}", "{\"b\":2}", "{\"c\":3}"});
  ASSERT_TRUE(ids.ok());
  ASSERT_EQ(ids->size(), 3U);
  EXPECT_LT(ids.value()[0], ids.value()[1]);
  EXPECT_LT(ids.value()[1], ids.value()[2]);
  const auto waiting = store_world::wait<std::vector<stored_webhook>>(
      [&](auto done) { inbox->waiting(ids.value()[0], 10, done); });
  ASSERT_EQ(waiting->size(), 2U);
  EXPECT_EQ(*waiting.value()[0].payload, "{\"b\":2}");
  EXPECT_EQ(*waiting.value()[1].payload, "{\"c\":3}");
  store_world::wait<done>([&](auto done) { inbox->set_aside(ids.value()[1], "bad", done); });
  EXPECT_EQ(store_world::wait<std::vector<stored_webhook>>([&](auto done) {
              inbox->waiting(0, 10, done);
            })->size(),
            2U);
  EXPECT_EQ(world.sql("select error from webhook_inbox where failed_at is not null"), "bad");
}

TEST_F(InboxStoreSql, RemovesWhatWasSetAsideLongAgo) {
  const auto ids = append({"a", "b", "c", "d"});
  ASSERT_TRUE(ids.ok());
  for (const auto which : {0u, 1u, 2u})
    store_world::wait<done>([&](auto done) { inbox->set_aside(ids.value()[which], "bad", done); });
  world.sql("update webhook_inbox set failed_at = now() - interval '49 hours' where payload = 'a'");
  world.sql("update webhook_inbox set failed_at = now() - interval '47 hours' where payload = 'b'");
  const auto removed = store_world::wait<int>(
      [&](auto done) { inbox->remove_set_aside(std::chrono::hours{48}, done); });
  ASSERT_TRUE(removed.ok()) << removed.error().detail;
  EXPECT_EQ(*removed, 1);
  EXPECT_EQ(world.sql("select string_agg(payload, '' order by id) from webhook_inbox"), "bcd");
}

TEST_F(InboxStoreSql, MovesRecipientsOn) {
  world.begin(4);
  world.claim(0, 4, 1);
  world.record({world.outcome(1, kind::sent), world.outcome(2, kind::sent),
                world.outcome(3, kind::sent), world.outcome(4, kind::sent)},
               4);
  const auto did = hear({status(1, "delivered"), status(1, "read"), status(2, "delivered"),
                         status(3, "failed", 131026), status(3, "failed", 131026)});
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(did->statuses, 3U);
  EXPECT_EQ(world.status_of(1), 4);
  EXPECT_EQ(world.status_of(2), 3);
  EXPECT_EQ(world.status_of(3), 5);
  EXPECT_EQ(world.status_of(4), 2);
  EXPECT_EQ(world.miscount(), "");
  EXPECT_EQ(rows_waiting(), "0");
  EXPECT_EQ(did->campaigns, std::vector{world.campaign}) << "nothing is open any more";
  EXPECT_EQ(world.sql("select error_code from campaign_recipients where seq = 3"), "131026");
}

/// Every status that may be heard in every state a recipient may be in, against the rule in C++.
TEST_F(InboxStoreSql, EveryPairOfStatuses) {
  const auto model = [](int current, int incoming) {
    if (incoming == 5) return current <= 2 || current == 7 ? 5 : current;
    if (current <= 1 || current == 7) return incoming;
    return current <= 4 ? std::max(current, incoming) : current;
  };
  world.begin(32);
  world.claim(0, 32, 1);
  const std::array<std::string, 4> names{"sent", "delivered", "read", "failed"};
  std::vector<nlohmann::json> list;
  for (int i = 0; i < 32; ++i) {
    world.sql("update campaign_recipients set status = " + std::to_string(i / 4) +
              " where seq = " + std::to_string(i + 1));
    list.push_back(status(i + 1, names[static_cast<std::size_t>(i % 4)], i % 4 == 3 ? 131026 : 0));
  }
  world.recount();
  ASSERT_EQ(world.miscount(), "");
  ASSERT_TRUE(hear(list).ok());
  for (int i = 0; i < 32; ++i)
    EXPECT_EQ(world.status_of(i + 1), model(i / 4, i % 4 + 2))
        << "from " << i / 4 << " on " << names[static_cast<std::size_t>(i % 4)];
  EXPECT_EQ(world.miscount(), "");
}

/// The whole function, also for what only the engine says.
TEST_F(InboxStoreSql, TheRuleOfStatuses) {
  for (int current = 0; current <= 7; ++current)
    for (int incoming = 0; incoming <= 7; ++incoming) {
      int expected = current;
      const bool unsent = current == 0 || current == 1 || current == 7;
      if (incoming >= 2 && incoming <= 4 && unsent) expected = incoming;
      if (incoming >= 2 && incoming <= 4 && current >= 2 && current <= 4)
        expected = std::max(current, incoming);
      if (incoming == 5 && (unsent || current == 2)) expected = 5;
      if ((incoming == 1 || incoming == 6) && current == 0) expected = incoming;
      if (incoming == 7 && current == 1) expected = 7;
      EXPECT_EQ(world.sql("select recipient_status_after(" + std::to_string(current) +
                          "::smallint, " + std::to_string(incoming) + "::smallint)"),
                std::to_string(expected))
          << current << " on " << incoming;
    }
}

TEST_F(InboxStoreSql, StatusesBeforeTheOutcomeIsRecorded) {
  world.begin(4);
  world.claim(0, 4, 1);
  ASSERT_TRUE(hear({status(1, "delivered"), status(2, "sent"), status(3, "failed", 131026)}).ok());
  const auto now = world.record({world.outcome(1, kind::sent), world.outcome(2, kind::uncertain),
                                 world.outcome(3, kind::sent), world.outcome(4, kind::sent)},
                                4);
  EXPECT_EQ(world.status_of(1), 3);
  EXPECT_EQ(world.status_of(2), 2);
  EXPECT_EQ(world.status_of(3), 5);
  EXPECT_EQ(now->sent, 3);
  EXPECT_EQ(now->uncertain, 0);
  EXPECT_EQ(world.holds(), 0);
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(InboxStoreSql, AStatusResolvesTheUncertainAndOpensTheirConversation) {
  world.begin(3);
  world.claim(0, 3, 1);
  world.recover(system_now());
  world.give_up(system_now());
  EXPECT_EQ(world.status_of(1), 7);
  const auto did = hear({status(1, "read"), status(2, "sent")});
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(world.status_of(1), 4);
  EXPECT_EQ(world.sql("select error_message is null from campaign_recipients where seq = 1"), "t");
  EXPECT_EQ(world.sql("select count(*) from conversations"), "2");
  EXPECT_EQ(world.holds(), 0);
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(InboxStoreSql, RepeatedAndUnknownOnesChangeNothing) {
  world.begin(2);
  world.claim(0, 2, 1);
  world.record({world.outcome(1, kind::sent)}, 1);
  const auto once = statuses({status(1, "delivered")}).dump();
  apply({once});
  const auto before = world.sql("select row_to_json(c) from campaigns c");
  apply({once, once});
  EXPECT_EQ(world.sql("select delivered_count from campaigns"), "1");
  auto foreign = status(1, "read");
  foreign["biz_opaque_callback_data"] = "not ours";
  auto gone = status(1, "read");
  gone["biz_opaque_callback_data"] = recipient_id(new_campaign_id(system_now()), 1).to_string();
  auto beyond = status(99, "read");
  auto huge = status(1, "read");
  huge["biz_opaque_callback_data"] = recipient_id(world.campaign, 0xffffffffU).to_string();
  const auto did = hear({foreign, gone, beyond, huge});
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(did->unknown, 4U);
  EXPECT_EQ(world.sql("select read_count from campaigns"), "0");
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(InboxStoreSql, StatusesOfAnotherNumberOrOfNobodySentToAreNotAboutTheCampaign) {
  world.begin(2);
  world.claim(0, 1, 1);
  world.record({world.outcome(1, kind::sent)}, 1);
  auto of_other_number = statuses({status(1, "failed", 131050)});
  of_other_number["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "1002";
  const auto forged = apply({of_other_number.dump()});
  ASSERT_TRUE(forged.ok()) << forged.error().detail;
  EXPECT_EQ(forged->unknown, 1U);
  const auto unclaimed = hear({status(2, "read"), status(1, "delivered")});
  ASSERT_TRUE(unclaimed.ok()) << unclaimed.error().detail;
  EXPECT_EQ(unclaimed->unknown, 1U);
  EXPECT_EQ(world.status_of(1), 3) << "what is in the same payload is applied";
  EXPECT_EQ(world.status_of(2), 0);
  EXPECT_EQ(world.sql("select count(*) from contacts where opted_out_at is not null"), "0");
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(InboxStoreSql, OneCommitForManyCampaigns) {
  world.begin(2);
  world.claim(0, 2, 1);
  auto list = std::vector{status(1, "sent"), status(2, "sent")};
  const auto first = world.campaign;
  world.campaign = world.make_campaign();
  world.begin(2);
  world.claim(0, 2, 1);
  list.push_back(status(1, "read"));
  const auto did = hear(list);
  ASSERT_TRUE(did.ok());
  EXPECT_EQ(did->campaigns, std::vector{first});
  EXPECT_EQ(world.miscount(), "");
  world.campaign = first;
  EXPECT_EQ(world.miscount(), "");
}

TEST_F(InboxStoreSql, StoresMessagesOnce) {
  const auto text = inbound("wamid.in").dump();
  auto did = apply({text});
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(did->messages, 1U);
  ASSERT_TRUE(apply({text, text}).ok());
  EXPECT_EQ(world.sql("select count(*) from messages"), "1");
  EXPECT_EQ(world.sql("select count(*) from conversations"), "1");
  EXPECT_EQ(world.sql("select name from contacts where phone_number = '+6281299'"), "Ani");
  EXPECT_EQ(world.sql("select tenant_id from messages"), world.id(world.tenant));
}

TEST_F(InboxStoreSql, HearsWhoWantsNoMarketing) {
  world.begin(2);
  world.claim(0, 2, 1);
  ASSERT_TRUE(hear({status(1, "failed", 131050)}).ok());
  EXPECT_EQ(world.sql("select string_agg(phone_number, ',') from contacts where opted_out_at is not"
                      " null"),
            world.number(1));
  const auto choice = [&](const std::string& wish) {
    return frame({{"metadata", {{"phone_number_id", "1001"}}},
                  {"user_preferences", {{{"wa_id", "628121000002"}, {"value", wish}}}}},
                 "user_preferences")
        .dump();
  };
  ASSERT_TRUE(apply({choice("stop")}).ok());
  EXPECT_EQ(world.sql("select count(*) from contacts where opted_out_at is not null"), "2");
  ASSERT_TRUE(apply({choice("resume")}).ok());
  EXPECT_EQ(world.sql("select count(*) from contacts where opted_out_at is not null"), "1");
}

TEST_F(InboxStoreSql, ATemplatesNewStatusWakesItsCampaigns) {
  world.begin(2);
  const auto update = frame({{"event", "PAUSED"},
                             {"message_template_id", 12},
                             {"message_template_name", "hello"},
                             {"message_template_language", "en_US"},
                             {"reason", nullptr}},
                            "message_template_status_update");
  const auto did = apply({update.dump()});
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(world.sql("select status from wa_templates"), "PAUSED");
  EXPECT_EQ(did->campaigns, std::vector{world.campaign});
  EXPECT_EQ(world.load()->state.cannot_send->code, "template_not_approved");
}

TEST_F(InboxStoreSql, AnEventThatIsNoStatusLeavesTheTemplateSendable) {
  const auto tell = [&](const char* event) {
    ASSERT_TRUE(apply({frame({{"event", event},
                              {"message_template_id", 12},
                              {"message_template_name", "hello"},
                              {"message_template_language", "en_US"}},
                             "message_template_status_update")
                           .dump()})
                    .ok());
  };
  for (const auto* event : {"FLAGGED", "LOCKED", "UNLOCKED", "LIMIT_EXCEEDED"}) {
    tell(event);
    EXPECT_EQ(world.sql("select status from wa_templates"), "APPROVED") << event;
  }
  for (const auto* event : {"DISABLED", "PENDING_DELETION", "DELETED", "REJECTED", "ARCHIVED"}) {
    tell(event);
    EXPECT_EQ(world.sql("select status from wa_templates"), event);
    tell("FLAGGED");
    EXPECT_EQ(world.sql("select status from wa_templates"), event);
    tell("REINSTATED");
    EXPECT_EQ(world.sql("select status from wa_templates"), "APPROVED");
  }
}

TEST_F(InboxStoreSql, AFailureOfTheAccountPausesItAndItsCampaigns) {
  world.begin(3);
  world.claim(0, 3, 1);
  world.record({world.outcome(1, kind::sent), world.outcome(2, kind::sent)}, 2);
  const auto other = world.make_campaign();
  world.sql("update campaigns set status = 'sending' where id = '" + world.id(other) + "'");
  const auto later = soon();
  const auto did = hear({status(1, "failed", 131042, later)});
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(std::set<uuid>(did->campaigns.begin(), did->campaigns.end()),
            (std::set<uuid>{world.campaign, other}));
  EXPECT_EQ(world.sql("select pause_code from integration_accounts"), "account_refused");
  EXPECT_EQ(world.load()->state.cannot_send->code, "account_refused");
  EXPECT_NE(world.load()->state.cannot_send->reason.find("131042"), std::string::npos);
  EXPECT_EQ(world.status_of(1), 5);
  EXPECT_EQ(world.miscount(), "");

  // Repaired: neither a repetition nor a failure from before pauses it again.
  world.sql("update integration_accounts set pause_code = null, updated_at = now()");
  ASSERT_TRUE(hear({status(1, "failed", 131042, later)}).ok());
  EXPECT_EQ(world.sql("select coalesce(pause_code, '') from integration_accounts"), "");
  ASSERT_TRUE(hear({status(2, "failed", 131042, later - 3'600)}).ok());
  EXPECT_EQ(world.status_of(2), 5);
  EXPECT_EQ(world.sql("select coalesce(pause_code, '') from integration_accounts"), "");
}

TEST_F(InboxStoreSql, AFailureOfTheTemplatePausesItsCampaignOnly) {
  world.begin(2);
  world.claim(0, 2, 1);
  const auto later = soon();
  const auto did = hear({status(1, "failed", 132015, later), status(2, "failed", 132015, later)});
  ASSERT_TRUE(did.ok()) << did.error().detail;
  EXPECT_EQ(did->campaigns, std::vector{world.campaign});
  EXPECT_EQ(world.load()->state.paused->code, "template_refused");
  EXPECT_EQ(world.sql("select coalesce(pause_code, '') from integration_accounts"), "");
}

TEST_F(InboxStoreSql, AFailureOfTheRecipientPausesNothing) {
  world.begin(1);
  world.claim(0, 1, 1);
  const auto later = soon();
  ASSERT_TRUE(hear({status(1, "failed", 131026, later)}).ok());
  EXPECT_FALSE(world.load()->state.paused);
  EXPECT_FALSE(world.load()->state.cannot_send);
}

TEST_F(InboxStoreSql, WhatCannotBeReadIsRefusedWhole) {
  world.begin(1);
  world.claim(0, 1, 1);
  const auto did = apply({statuses({status(1, "sent")}).dump(), "no webhook"});
  ASSERT_FALSE(did.ok());
  EXPECT_EQ(did.error().status, 400);
  EXPECT_EQ(world.status_of(1), 0);
  EXPECT_EQ(rows_waiting(), "2");
}

TEST_F(InboxStoreSql, APayloadThatIsNoTextIsNotCommitted) {
  EXPECT_EQ(append({"fine", "\xff\xfe"}).error().status, 400);
  EXPECT_EQ(rows_waiting(), "0");
}

}  // namespace
}  // namespace omnistream::test
