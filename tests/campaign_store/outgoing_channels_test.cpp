// Messages of agents on Messenger and Instagram in the database: whom they go to and through what,
// and that Meta's echoes of them are no second messages.

#include <nlohmann/json.hpp>

#include "actors/conversation/outgoing_queue.hpp"
#include "storage/queries.hpp"
#include "tests/campaign_store/channel_chat.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using kind = recorded_message::kind;

TEST(OutgoingChannels, NameThePersonAndTheAccount) {
  store_world world;
  channel_chat chat(world, "instagram", "17841", R"({"page_id":"600"})");
  const auto id = chat.taken("Hi");
  const auto claimed = chat.claim();
  EXPECT_EQ(json::parse(claimed.body), (json{{"recipient", {{"id", "person-1"}}},
                                             {"messaging_type", "RESPONSE"},
                                             {"message", {{"text", "Hi"}}}}));
  const auto& account = *claimed.account;
  EXPECT_EQ(account.channel, channel_kind::instagram);
  EXPECT_EQ(account.sender_id, "17841");
  EXPECT_EQ(*account.access_token, "access_token of sealed");
  EXPECT_EQ(json::parse(account.config_json), (json{{"page_id", "600"}}));
  chat.record(claimed, kind::sent, "mid.1");
  EXPECT_EQ(chat.state(id), "2 mid.1");
  EXPECT_EQ(chat.queued(), "0");
}

TEST(OutgoingChannels, RefuseWhatTheChannelDoesNotTake) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  const auto refused = chat.take({"location", {{"latitude", 1}, {"longitude", 2}}, {}, {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().status, 422);
  world.sql("update conversations set last_inbound_at = now() - interval '2 days'");
  const auto late = chat.take({"text", {{"body", "Hi"}}, {}, {}});
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, "service_window_closed");
  message_draft as_person{"text", {{"body", "Hi"}}, {}, {}, true};
  ASSERT_TRUE(chat.take(as_person).ok());
  EXPECT_EQ(json::parse(chat.claim().body)["tag"], "HUMAN_AGENT");
}

TEST(OutgoingChannels, StopAnAccountThatIsRefusedUnlessItsSecretIsNewMeanwhile) {
  store_world world;
  for (const std::string channel : {"messenger", "email"}) {
    channel_chat chat(world, channel, channel == "email" ? "help@shop.example" : "600",
                      R"({"smtp_host":"mail.shop.example"})");
    const auto paused = [&] {
      return world.sql("select coalesce(pause_code, '') from integration_accounts where id = '" +
                       chat.account + "'");
    };
    chat.taken("Hi");
    const auto claimed = chat.claim();
    const auto name = channel == "email" ? "smtp_password" : "access_token";
    EXPECT_TRUE(claimed.account->access_token->starts_with(name)) << *claimed.account->access_token;
    const auto replace = [&](const std::string& secret) {
      world.sql("update integration_accounts set secrets = secrets || '{\"" + std::string(name) +
                "\":\"" + secret + "\"}' where id = '" + chat.account + "'");
    };
    replace("a new one");
    chat.record(claimed, kind::retry, "", pause{account_refused, "Wrong"});
    EXPECT_EQ(paused(), "");
    replace(claimed.account->sealed_token);
    chat.record(claimed, kind::retry, "", pause{account_refused, "Wrong"});
    EXPECT_EQ(paused(), account_refused);
  }
}

TEST(OutgoingChannels, FailWhatWaitedTooLong) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  const auto id = chat.taken("Hi");
  world.sql("update conversations set last_inbound_at = now() - interval '2 days'");
  const auto work = store_world::wait<outgoing_work>([&](auto done) {
    chat.store->next(chat.conversation, uuid::v7(system_now()), false, system_now(), done);
  });
  EXPECT_FALSE(work->claimed);
  EXPECT_TRUE(chat.state(id).starts_with("5 Not sent: while it waited")) << chat.state(id);
}

/// Our id comes back in it, so it also settles what nobody knew of.
TEST(OutgoingChannels, KnowMessengersEchoesByOurId) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  const auto first = chat.taken("one");
  const auto claimed = chat.claim();
  EXPECT_TRUE(chat.echo("mid.1", {{"text", "one"}, {"metadata", first}}));
  EXPECT_EQ(chat.state(first), "2 mid.1");
  EXPECT_EQ(chat.queued(), "0");
  chat.record(claimed, kind::retry);
  EXPECT_EQ(chat.state(first), "2 mid.1") << "what the echo settled stays";

  const auto second = chat.taken("two");
  chat.record(chat.claim(), kind::uncertain);
  EXPECT_EQ(chat.state(second), "1 no answer");
  EXPECT_TRUE(chat.echo("mid.2", {{"text", "two"}, {"metadata", second}}));
  EXPECT_EQ(chat.state(second), "2 mid.2");
}

TEST(OutgoingChannels, LeaveEchoesOfOthersAlone) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  const auto id = chat.taken("one");
  chat.claim();
  EXPECT_FALSE(chat.echo("mid.1", {{"text", "one"}})) << "written in Meta's own inbox";
  EXPECT_FALSE(chat.echo("mid.2", {{"text", "one"}, {"metadata", "something of another app"}}));
  EXPECT_FALSE(chat.echo("mid.3", {{"text", "one"}, {"metadata", world.id(world.tenant)}}));
  EXPECT_EQ(chat.state(id), "0");
  channel_chat other(world, "instagram", "17841");
  EXPECT_FALSE(other.echo("mid.4", {{"text", "one"}, {"metadata", id}})) << "another account's";
}

TEST(OutgoingChannels, KnowInstagramsEchoesByWhatIsOnItsWay) {
  store_world world;
  channel_chat chat(world, "instagram", "17841");
  const auto first = chat.taken("one"), second = chat.taken("two");
  EXPECT_FALSE(chat.echo("mid.0", {{"text", "one"}})) << "nothing is on its way yet";
  const auto claimed = chat.claim();
  EXPECT_FALSE(chat.echo("mid.2", {{"text", "two"}})) << "that one still waits";
  EXPECT_TRUE(chat.echo("mid.1", {{"text", "one"}}));
  EXPECT_EQ(chat.state(first), "2 mid.1");
  chat.record(claimed, kind::sent, "mid.1");
  EXPECT_FALSE(chat.echo("mid.3", {{"text", "one"}})) << "it has its echo";
  chat.record(chat.claim(), kind::sent, "mid.2");
  EXPECT_EQ(chat.state(second), "2 mid.2");
  ASSERT_TRUE(chat.take({"document", {{"link", "https://a.example/b"}}, {}, {}}).ok());
  chat.claim();
  EXPECT_FALSE(chat.echo("mid.4", {{"attachments", {{{"type", "image"}}}}}));
  EXPECT_TRUE(chat.echo("mid.5", {{"attachments", {{{"type", "file"}}}}}));
}

/// What somebody read before Meta took a message is not that message, whenever it was written.
TEST(OutgoingChannels, AreReadWhenThatCameBeforeTheAnswer) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  const auto read_at = [&](const std::string& when) {
    world.sql(
        "insert into channel_receipts (tenant_id, account_id, person, status, at, by_time) values "
        "('" +
        world.id(world.tenant) + "', '" + chat.account + "', 'person-1', 4, now() + interval '" +
        when + "', true)");
  };
  const auto early = chat.taken("one");
  world.sql("update messages set sent_at = now() - interval '1 hour'");
  read_at("-30 minutes");
  chat.record(chat.claim(), kind::sent, "mid.1");
  EXPECT_EQ(chat.state(early), "2 mid.1");
  const auto late = chat.taken("two");
  read_at("1 second");
  chat.record(chat.claim(), kind::sent, "mid.2");
  EXPECT_EQ(chat.state(late), "4 mid.2");
}

/// The same for a receipt that comes when the answer is known, or after the echo.
TEST(OutgoingChannels, AreNotReadByWhatWasReadBeforeMetaHadThem) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  const auto read_up_to = [&](std::chrono::seconds from_now) {
    const auto did = world.pool_.run(storage::access::engine(), [&](storage::session& in) {
      in.execute(storage::queries::channel_receipt, world.tenant, *uuid::parse(chat.account),
                 "messenger", "person-1", 4, system_now() + from_now, true, "");
      return omnistream::done{};
    });
    EXPECT_TRUE(did.ok()) << did.error().detail;
  };
  const auto taken_long_ago = [&](const std::string& text) {
    const auto id = chat.taken(text);
    world.sql("update messages set sent_at = now() - interval '1 hour' where id = '" + id + "'");
    return id;
  };
  const auto answered = taken_long_ago("one");
  chat.record(chat.claim(), kind::sent, "mid.1");
  const auto echoed = taken_long_ago("two");
  chat.claim();
  EXPECT_TRUE(chat.echo("mid.2", {{"text", "two"}, {"metadata", echoed}}));
  const auto unknown = taken_long_ago("three");
  chat.record(chat.claim(), kind::uncertain);
  EXPECT_TRUE(chat.echo("mid.3", {{"text", "three"}, {"metadata", unknown}}));
  read_up_to(-std::chrono::minutes{30});
  EXPECT_EQ(chat.state(answered), "2 mid.1");
  EXPECT_EQ(chat.state(echoed), "2 mid.2");
  EXPECT_EQ(chat.state(unknown), "2 mid.3");
  read_up_to(std::chrono::seconds{1});
  EXPECT_EQ(chat.state(answered), "4 mid.1");
  EXPECT_EQ(chat.state(echoed), "4 mid.2");
  EXPECT_EQ(chat.state(unknown), "4 mid.3");
}

/// Meta gives a reaction no id; the message that it is to must be of the conversation.
TEST(OutgoingChannels, TakeReactions) {
  store_world world;
  channel_chat chat(world, "messenger", "600");
  const auto react = [&](const std::string& to) {
    return chat.take({"reaction", {{"message_id", to}, {"emoji", "\U0001F44D"}}, {}, {}});
  };
  EXPECT_EQ(react("mid.1").error().status, 422);
  chat.taken("one");
  chat.record(chat.claim(), kind::sent, "mid.1");
  const auto taken = react("mid.1");
  ASSERT_TRUE(taken.ok()) << taken.error().detail;
  const auto claimed = chat.claim();
  EXPECT_EQ(json::parse(claimed.body)["sender_action"], "react");
  chat.record(claimed, kind::sent);
  EXPECT_EQ(chat.state(json::parse(taken->json)["id"]), "2");
  EXPECT_EQ(chat.queued(), "0");
}

/// Two that say the same: the echo is of the one on its way, and no answer takes a message away.
TEST(OutgoingChannels, LoseNoMessageToAnothersEcho) {
  store_world world;
  channel_chat chat(world, "instagram", "17841");
  const auto lost = chat.taken("Yes");
  chat.record(chat.claim(), kind::uncertain);
  const auto sent = chat.taken("Yes");
  chat.claim();
  EXPECT_TRUE(chat.echo("mid.2", {{"text", "Yes"}}));
  EXPECT_EQ(chat.state(sent), "2 mid.2");
  EXPECT_EQ(chat.state(lost), "1 no answer");
  EXPECT_TRUE(chat.echo("mid.3", {{"text", "Yes"}})) << "that of a third one, mistaken";
  const auto third = chat.taken("Yes");
  chat.record(chat.claim(), kind::sent, "mid.3");
  EXPECT_EQ(chat.state(third), "2 mid.3");
  EXPECT_EQ(chat.state(lost), "2");
  EXPECT_EQ(world.sql("select count(*) from messages"), "3");
}

/// Instagram's echo of cards has no text.
TEST(OutgoingChannels, KnowTheEchoOfCards) {
  store_world world;
  channel_chat chat(world, "instagram", "17841");
  const auto cards = json::array({json{{"title", "Shoes"}, {"subtitle", "Red"}}});
  const auto taken =
      chat.take({"interactive", {{"type", "cards"}, {"action", {{"cards", cards}}}}, {}, {}});
  ASSERT_TRUE(taken.ok()) << taken.error().detail;
  chat.record(chat.claim(), kind::uncertain);
  EXPECT_FALSE(chat.echo("mid.1", {{"attachments", {{{"type", "image"}}}}}));
  EXPECT_TRUE(chat.echo("mid.2", {{"attachments", {{{"type", "template"}}}}}));
  EXPECT_EQ(chat.state(json::parse(taken->json)["id"]), "2 mid.2");
}

/// Of a reaction there is no echo: what the owner writes in Meta's own inbox is not taken for it.
TEST(OutgoingChannels, TakeNoEchoForAReaction) {
  store_world world;
  channel_chat chat(world, "instagram", "17841");
  const std::string heart = "\u2764\uFE0F";
  chat.taken("one");
  chat.record(chat.claim(), kind::sent, "mid.1");
  const auto taken = chat.take({"reaction", {{"message_id", "mid.1"}, {"emoji", heart}}, {}, {}});
  ASSERT_TRUE(taken.ok()) << taken.error().detail;
  chat.record(chat.claim(), kind::uncertain);
  EXPECT_FALSE(chat.echo("mid.2", {{"text", heart}}));
}

/// An echo that was not known for one gives way to the message when the answer names its id.
TEST(OutgoingChannels, TakeTheIdOfAnUnknownEcho) {
  store_world world;
  channel_chat chat(world, "instagram", "17841");
  const auto id = chat.taken("one");
  const auto claimed = chat.claim();
  world.sql(
      "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
      "sent_at, status) values ('" +
      world.id(world.tenant) + "', '" + world.id(chat.conversation) +
      "', 'outbound', 'mid.1', 'text', '{}', now(), 2)");
  chat.record(claimed, kind::sent, "mid.1");
  EXPECT_EQ(chat.state(id), "2 mid.1");
  EXPECT_EQ(world.sql("select count(*) from messages"), "1");
}

/// After the server stopped, as its next start finds it.
TEST(OutgoingChannels, MailsThatWereNotBegunWaitAsBefore) {
  store_world world;
  channel_chat chat(world, "email", "help@shop.example", R"({"smtp_host":"smtp.shop.example"})");
  world.sql("update contact_identities set external_id = 'budi@example.com'");
  const auto id = chat.taken("Hi");
  const auto claim = [&](bool fresh) {
    const auto work = store_world::wait<outgoing_work>([&](auto done) {
      chat.store->next(chat.conversation, uuid::v7(system_now()), fresh, system_now(), done);
    });
    EXPECT_TRUE(work.ok());
    return work.ok() && work->claimed ? json::parse(work->claimed->body) : json();
  };
  const auto begins = [&](const json& mail) {
    return begin_mail(world.pool_, *uuid::parse(mail["outgoing_id"].get<std::string>()),
                      *uuid::parse(mail["claim"].get<std::string>()));
  };
  const auto before = claim(false);
  ASSERT_EQ(before["outgoing_id"], id);
  const auto after = claim(true);
  ASSERT_EQ(after["outgoing_id"], id) << "nobody got it";
  EXPECT_EQ(chat.state(id).front(), '0');
  EXPECT_FALSE(begins(before)) << "who claimed it before must not write it any more";
  EXPECT_TRUE(begins(after));
  EXPECT_TRUE(claim(true).is_null());
  EXPECT_EQ(chat.state(id).front(), '1') << "uncertain: it may have been written";
}

}  // namespace
}  // namespace omnistream::test
