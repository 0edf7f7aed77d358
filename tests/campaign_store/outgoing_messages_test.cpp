// Messages of agents in the database: taken, claimed, recorded, and settled by Meta's webhooks.

#include <nlohmann/json.hpp>

#include "actors/conversation/conversation_store_sql.hpp"
#include "actors/ingest/inbox_store.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using kind = recorded_message::kind;

class OutgoingMessages : public ::testing::Test {
 protected:
  void TearDown() override { world.pool_.stop(); }
  OutgoingMessages() { conversation = make_conversation("+6281299", "1 minute"); }

  uuid make_conversation(const std::string& number, const std::string& ago) {
    const auto contact = world.sql("insert into contacts (tenant_id, phone_number) values ('" +
                                   world.id(world.tenant) + "', '" + number + "') returning id");
    return *uuid::parse(world.sql(
        "insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
        "last_inbound_at, last_message_at) values ('" +
        world.id(world.tenant) + "', '" + contact + "', '" + world.id(world.account) +
        "', 'whatsapp', true, now() - interval '" + ago + "', now() - interval '" + ago +
        "') returning id"));
  }
  conversation_store_options settings() {
    conversation_store_options options;
    options.epoch = [this] { return world.epoch; };
    options.open_token = [](const uuid&, const std::string&, const std::string& sealed) {
      return sealed == "sealed" ? std::make_shared<const std::string>("open") : nullptr;
    };
    return options;
  }
  static message_draft text(const std::string& body) {
    return {"text", {{"body", body}}, std::nullopt, std::nullopt};
  }

  // -- the store's calls, waited for
  got<shown_message> take(message_draft what, std::optional<std::string> key = std::nullopt) {
    return store_world::wait<shown_message>([&](auto done) {
      store->take({world.tenant,
                   conversation,
                   std::move(what),
                   {{uuid{}, true}, std::move(key)},
                   system_now()},
                  done);
    });
  }
  std::string taken(const std::string& body) {
    const auto shown = take(text(body));
    EXPECT_TRUE(shown.ok()) << shown.error().detail;
    return json::parse(shown->json)["id"];
  }
  got<outgoing_work> next(bool fresh = false, timestamp now = system_now()) {
    return store_world::wait<outgoing_work>(
        [&](auto done) { store->next(conversation, token, fresh, now, done); });
  }
  /// Claims under a new token, as an actor does after each answer.
  int claim(bool fresh = false) {
    token = uuid::v7(system_now());
    const auto work = next(fresh);
    EXPECT_TRUE(work.ok()) << work.error().detail;
    return work->claimed ? work->claimed->number : 0;
  }
  void record(int number, kind what, std::optional<pause> refused = std::nullopt) {
    recorded_message outcome;
    outcome.what = what;
    outcome.number = number;
    outcome.due_at = system_now();
    if (what == kind::sent) outcome.external_id = "wamid." + std::to_string(number);
    if (what != kind::sent) outcome.error_message = "why";
    auto account = std::make_shared<sending_account>();
    account->id = world.account;
    account->sealed_token = "sealed";
    const auto did = store_world::wait<omnistream::done>(
        [&](auto done) { store->record(conversation, outcome, account, refused, done); });
    EXPECT_TRUE(did.ok()) << did.error().detail;
  }
  std::size_t hear(const std::string& status, const json& more, const std::string& number = "1001",
                   std::size_t* unknown = nullptr) {
    json one{{"id", "wamid.x"},
             {"status", status},
             {"timestamp", "1900000000"},
             {"recipient_id", "6281299"}};
    one.update(more);
    const json value{{"messaging_product", "whatsapp"},
                     {"metadata", {{"phone_number_id", number}}},
                     {"statuses", {one}}};
    const auto payload = std::make_shared<const std::string>(json{
        {"object", "whatsapp_business_account"},
        {"entry", {{{"id", "waba"}, {"changes", {{{"field", "messages"}, {"value", value}}}}}}}}
                                                                 .dump());
    const auto ids = store_world::wait<std::vector<std::int64_t>>(
        [&](auto done) { inbox->append({raw_webhook{payload}}, done); });
    const auto did = store_world::wait<applied_webhooks>([&](auto done) {
      inbox->apply({{ids.value()[0], payload}}, done);
    });
    EXPECT_TRUE(did.ok()) << did.error().detail;
    if (unknown != nullptr) *unknown = did->unknown;
    woken = did->conversations;
    return did->statuses;
  }
  std::string message(const std::string& what, const std::string& id) {
    return world.sql("select " + what + " from messages where id = '" + id + "'");
  }
  std::string queued() { return world.sql("select count(*) from outgoing_messages"); }

  store_world world;
  std::unique_ptr<conversation_store> store = make_conversation_store(world.pool_, settings());
  std::unique_ptr<inbox_store> inbox = make_inbox_store(world.pool_);
  uuid conversation, token = uuid::v7(system_now());
  std::vector<uuid> woken;  ///< by what was heard last
};

TEST_F(OutgoingMessages, AreClaimedOneAfterTheOther) {
  const auto first = taken("one"), second = taken("two");
  const auto work = next();
  ASSERT_TRUE(work.ok());
  ASSERT_TRUE(work->claimed);
  EXPECT_EQ(work->claimed->number, 1);
  EXPECT_EQ(json::parse(work->claimed->body), (json{{"messaging_product", "whatsapp"},
                                                    {"recipient_type", "individual"},
                                                    {"to", "6281299"},
                                                    {"type", "text"},
                                                    {"text", {{"body", "one"}}},
                                                    {"biz_opaque_callback_data", first}}));
  EXPECT_EQ(work->claimed->account->sender_id, "1001");
  EXPECT_EQ(*work->claimed->account->access_token, "open");
  EXPECT_EQ(next()->claimed->number, 1) << "the same question has the same answer";
  record(1, kind::sent);
  EXPECT_EQ(message("concat_ws(' ', status, external_id)", first), "2 wamid.1");
  EXPECT_EQ(claim(), 2);
  record(2, kind::failed);
  EXPECT_EQ(message("concat_ws(' ', status, error_message)", second), "5 why");
  EXPECT_EQ(claim(), 0);
  EXPECT_EQ(queued(), "0");
}

TEST_F(OutgoingMessages, AreNumberedOnWhenTheQueueWasEmpty) {
  taken("one");
  claim();
  record(1, kind::sent);
  taken("two");
  EXPECT_EQ(claim(), 2);
}

TEST_F(OutgoingMessages, OfACrashedActorAreUncertainAndGivenUp) {
  const auto first = taken("one"), second = taken("two");
  claim();
  EXPECT_EQ(claim(true), 2) << "a fresh actor goes on with the next";
  EXPECT_EQ(message("status", first), "1");
  EXPECT_NE(message("error_message", first).find("Uncertain"), std::string::npos);
  record(2, kind::uncertain);
  EXPECT_EQ(message("status", second), "1");
  const auto work = next();
  EXPECT_FALSE(work->claimed);
  ASSERT_TRUE(work->due);
  EXPECT_EQ(claim(true), 0) << "nothing of it is claimed any more";
  next(false, system_now() + std::chrono::seconds{301});
  EXPECT_EQ(message("status", first), "7");
  EXPECT_EQ(queued(), "0");
  hear("sent", {{"biz_opaque_callback_data", first}});
  EXPECT_EQ(message("status || coalesce(error_message, '')", first), "2") << "it came after all";
}

TEST_F(OutgoingMessages, WaitUntilTheyAreDue) {
  taken("one");
  claim();
  record(1, kind::retry);
  EXPECT_EQ(claim(), 1);
  world.sql("update outgoing_messages set due_at = now() + interval '1 hour', claim_token = null");
  const auto work = next();
  EXPECT_FALSE(work->claimed);
  EXPECT_GT(*work->due, system_now() + std::chrono::minutes{59});
}

TEST_F(OutgoingMessages, AreNotClaimedByAServerThatLostItsLease) {
  taken("one");
  world.epoch = 6;
  const auto work = next();
  ASSERT_FALSE(work.ok());
  EXPECT_EQ(work.error().status, 409);
  EXPECT_EQ(world.sql("select claim_token is null from outgoing_messages"), "t");
}

TEST_F(OutgoingMessages, WaitForAnAccountThatMetaRefuses) {
  const auto id = taken("one");
  claim();
  record(1, kind::retry, pause{account_refused, "Token"});
  EXPECT_EQ(world.sql("select pause_code from integration_accounts"), account_refused);
  EXPECT_EQ(claim(), 0);
  world.sql("update integration_accounts set pause_code = null, pause_reason = null");
  EXPECT_EQ(claim(), 1);
  EXPECT_EQ(message("status", id), "0");
}

TEST_F(OutgoingMessages, WaitForAnAccountNoLongerThanMetaWouldTakeThem) {
  const auto id = taken("one");
  world.sql("update integration_accounts set pause_code = '190', pause_reason = 'Token'");
  const auto due = next()->due;
  ASSERT_TRUE(due) << "somebody has to look when the window closes";
  EXPECT_GT(*due, system_now() + std::chrono::hours{23});
  EXPECT_EQ(next(false, *due - std::chrono::seconds{1})->due, due);
  EXPECT_EQ(message("status", id), "0");
  next(false, *due);
  EXPECT_EQ(message("status", id), "5");
  EXPECT_NE(message("error_message", id).find("24 hours"), std::string::npos);

  world.sql("update integration_accounts set pause_code = null, pause_reason = null");
  taken("a template, let us say");
  world.sql("update messages set content = content || '{\"type\":\"template\"}' where status = 0");
  world.sql("update integration_accounts set pause_code = '190', pause_reason = 'Token'");
  EXPECT_FALSE(next()->due) << "nothing to do until the account changes";
}

/// Claimed, but the answer got lost: nothing was handed over yet.
TEST_F(OutgoingMessages, AreAskedForAgainWhenTheirAccountIsGone) {
  const auto first = taken("one"), second = taken("two");
  claim();
  world.sql("delete from campaigns; delete from integration_accounts");
  const auto work = next();
  ASSERT_TRUE(work.ok()) << work.error().detail;
  EXPECT_FALSE(work->claimed);
  for (const auto& id : {first, second}) {
    EXPECT_EQ(message("status", id), "5");
    EXPECT_NE(message("error_message", id).find("account"), std::string::npos);
  }
  EXPECT_EQ(queued(), "0");
}

TEST_F(OutgoingMessages, AreAskedForAgainWhenTheirAccountIsPaused) {
  const auto id = taken("one");
  claim();
  world.sql("update integration_accounts set pause_code = '190', pause_reason = 'Token'");
  const auto work = next();
  ASSERT_TRUE(work.ok()) << work.error().detail;
  EXPECT_FALSE(work->claimed);
  EXPECT_TRUE(work->due) << "when its window closes";
  EXPECT_EQ(world.sql("select claim_token is null from outgoing_messages"), "t");
  EXPECT_EQ(message("status", id), "0");
  world.sql("update integration_accounts set pause_code = null, pause_reason = null");
  EXPECT_EQ(claim(), 1);
}

TEST_F(OutgoingMessages, FailWhenTheyCannotBeSentAnyMore) {
  const auto late = taken("late");
  world.sql("update conversations set last_inbound_at = now() - interval '1 day'");
  EXPECT_EQ(claim(), 0);
  EXPECT_NE(message("error_message", late).find("24 hours"), std::string::npos);
  world.sql("update conversations set last_inbound_at = now()");
  const auto orphan = taken("orphan");
  world.sql("update contacts set phone_number = null");
  EXPECT_EQ(claim(), 0);
  EXPECT_NE(message("error_message", orphan).find("number"), std::string::npos);
  world.sql("update contacts set phone_number = '+6281299'");
  const auto last = taken("last");
  world.sql("delete from campaigns; delete from integration_accounts");
  EXPECT_EQ(claim(), 0);
  EXPECT_NE(message("error_message", last).find("account"), std::string::npos);
  EXPECT_EQ(queued(), "0");
}

TEST_F(OutgoingMessages, AreKnownByTheirKey) {
  const auto once = take(text("one"), "k");
  const auto again = take(text("one"), "k");
  ASSERT_TRUE(again.ok());
  EXPECT_TRUE(again->known_before);
  EXPECT_EQ(json::parse(again->json)["id"], json::parse(once->json)["id"]);
  EXPECT_EQ(take(text("two"), "k").error().code, "idempotency_key_reused");
  EXPECT_EQ(queued(), "1");
}

TEST_F(OutgoingMessages, AreNoMoreThanAHundredAtATime) {
  for (int i = 0; i < waiting_messages_max; ++i) taken("x");
  EXPECT_EQ(take(text("one too many")).error().code, "too_many_waiting");
}

TEST_F(OutgoingMessages, AnswerAndReact) {
  world.sql(
      "insert into messages (tenant_id, conversation_id, direction, external_id, type, "
      "content, sent_at) values ('" +
      world.id(world.tenant) + "', '" + world.id(conversation) +
      "', 'inbound', 'wamid.in', 'text', '{}', now())");
  auto reply = text("Yes");
  reply.reply_to = uuid::parse(world.sql("select id from messages"));
  ASSERT_TRUE(take(reply).ok());
  EXPECT_EQ(json::parse(next()->claimed->body)["context"], (json{{"message_id", "wamid.in"}}));
  record(1, kind::sent);
  const message_draft thumb{
      "reaction", {{"message_id", "wamid.in"}, {"emoji", "+"}}, std::nullopt, std::nullopt};
  ASSERT_TRUE(take(thumb).ok());
  auto unknown = thumb;
  unknown.object["message_id"] = "wamid.none";
  EXPECT_EQ(take(unknown).error().errors[0].field, "reaction.message_id");
  reply.reply_to = uuid::v7(system_now());
  EXPECT_EQ(take(reply).error().errors[0].code, "not_found");
  reply.reply_to = uuid::parse(world.sql("select id from messages where external_id is null"));
  EXPECT_EQ(take(reply).error().errors[0].code, "not_sent");
  conversation = make_conversation("+6281300", "1 minute");
  EXPECT_EQ(take(thumb).error().errors[0].field, "reaction.message_id")
      << "of another conversation";
}

// -- what webhooks tell

TEST_F(OutgoingMessages, AreSettledByAStatusThatComesFirst) {
  const auto id = taken("one");
  claim();
  EXPECT_EQ(hear("delivered", {{"id", "wamid.1"}, {"biz_opaque_callback_data", id}}), 1U);
  EXPECT_EQ(message("concat_ws(' ', status, external_id, delivered_at is not null)", id),
            "3 wamid.1 t");
  EXPECT_EQ(queued(), "0");
  record(1, kind::sent);
  EXPECT_EQ(message("status", id), "3") << "the rank only rises";
  EXPECT_EQ(claim(), 0);
}

TEST_F(OutgoingMessages, AreNotTriedAgainOnceSettled) {
  const auto id = taken("one");
  claim();
  hear("sent", {{"biz_opaque_callback_data", id}});
  record(1, kind::retry);
  EXPECT_EQ(claim(), 0);
  EXPECT_EQ(message("status", id), "2");
}

TEST_F(OutgoingMessages, AreFoundByMetasId) {
  const auto id = taken("one");
  claim();
  record(1, kind::sent);
  EXPECT_EQ(hear("read", {{"id", "wamid.1"}}), 1U);
  EXPECT_EQ(hear("delivered", {{"id", "wamid.1"}}), 1U);
  EXPECT_EQ(message("concat_ws(' ', status, read_at is not null, delivered_at is not null)", id),
            "4 t t");
}

TEST_F(OutgoingMessages, KnowNothingOfOtherNumbersAndMessages) {
  const auto id = taken("one");
  claim();
  std::size_t unknown = 0;
  EXPECT_EQ(hear("read", {{"biz_opaque_callback_data", id}}, "2002", &unknown), 0U);
  EXPECT_EQ(unknown, 1U);
  EXPECT_EQ(hear("read", {{"biz_opaque_callback_data", world.id(uuid::v7(system_now()))}}, "1001",
                 &unknown),
            0U);
  EXPECT_EQ(unknown, 1U);
  EXPECT_EQ(message("status", id), "0");
}

TEST_F(OutgoingMessages, TellWhyTheyFailed) {
  const auto id = taken("one");
  claim();
  record(1, kind::sent);
  const json payment{
      {"id", "wamid.1"},
      {"errors", {{{"code", 131042}, {"title", "Payment"}, {"message", "Payment"}}}}};
  hear("failed", payment);
  EXPECT_EQ(message("concat_ws(' ', status, error_code, error_message is not null)", id),
            "5 131042 t");
  EXPECT_EQ(world.sql("select pause_code from integration_accounts"), account_refused);
  world.sql("update integration_accounts set pause_code = null, pause_reason = null");
  hear("failed", payment);
  EXPECT_EQ(world.sql("select pause_code from integration_accounts"), "") << "it is no news";
  EXPECT_TRUE(woken.empty());
}

/// What waits at the account's number is to be taken back from there.
TEST_F(OutgoingMessages, OfAnAccountThatAWebhookPausesAreLookedAtAgain) {
  taken("one");
  claim();
  record(1, kind::sent);
  conversation = make_conversation("+6281277", "1 minute");
  taken("two"), taken("three");
  claim();
  hear("failed", {{"id", "wamid.1"},
                  {"errors", {{{"code", 131042}, {"title", "Payment"}, {"message", "Payment"}}}}});
  EXPECT_EQ(woken, std::vector{conversation});
}

}  // namespace
}  // namespace omnistream::test
