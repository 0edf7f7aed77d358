// What becomes of the conversations of two contacts that turn out to be one person: one, and
// nothing is lost of either.

#include "storage/connection.hpp"
#include "tests/campaign_store/answered_inbox.hpp"

namespace omnistream::test {
namespace {

/// Somebody who wrote with the number hidden, and who has, or is in a list with, a number.
class MergedConversations : public ::testing::Test, protected answered_inbox {
 protected:
  /// Both write; their conversations.
  void meet() {
    apply({by("", "ID.7", "Budi", base_now() - 60)});
    apply({by("6281201", "", "B.", base_now() - 30)});
    const auto hidden_contact = sql("select id from contacts where phone_number is null");
    hidden = conversation_of(hidden_contact);
    shown = conversation_of(contact("6281201"));
  }
  void show_both() { apply({by("6281201", "ID.7")}); }

  std::string new_agent() {
    const auto id = uuid::v7(system_now()).to_string();
    sql("insert into agents (id, tenant_id, email, name, password_hash, role_id) values ('" + id +
        "', '" + world.id(world.tenant) +
        "', 'a@example.com', 'A', 'x', '00000000-0000-7000-8000-000000000003')");
    return id;
  }
  std::string of(const std::string& conversation, const std::string& what) {
    return sql("select " + what + " from conversations where id = '" + conversation + "'");
  }
  std::string all(const std::string& what) {
    return sql("select string_agg((" + what + ")::text, '; ' order by id) from conversations");
  }

  std::string hidden, shown;
};

TEST_F(MergedConversations, KeepTheOlderOneAndAllThatIsInBoth) {
  meet();
  const auto agent = new_agent();
  const auto tenant = "'" + world.id(world.tenant) + "', '";
  sql("update conversations set tags = '{b,vip}' where id = '" + hidden + "'");
  sql("update conversations set tags = '{a,vip}', assigned_agent_id = '" + agent +
      "' where id = '" + shown + "'");
  for (const auto& one : {hidden, shown}) {
    sql("insert into conversation_notes (tenant_id, conversation_id, author_id, body) values (" +
        tenant + one + "', '" + agent + "', 'n')");
    sql("insert into conversation_transfers (tenant_id, conversation_id, to_agent_id, "
        "transferred_by) values (" +
        tenant + one + "', '" + agent + "', '" + agent + "')");
    sql("insert into scheduled_messages (tenant_id, conversation_id, message, draft, send_at, "
        "created_by) values (" +
        tenant + one + "', '{}', '{}', now() + interval '1 day', '" + agent + "')");
  }
  show_both();
  EXPECT_EQ(all("id"), hidden);
  EXPECT_EQ(of(hidden, "contact_id"), contact("6281201"));
  EXPECT_EQ(of(hidden, "concat_ws(' ', status, unread_count, tags, assigned_agent_id)"),
            "open 3 {a,b,vip} " + agent);
  for (const auto* table : {"conversation_notes", "conversation_transfers", "scheduled_messages"})
    EXPECT_EQ(sql("select string_agg(distinct conversation_id::text, ' ') || count(*) from " +
                  std::string(table)),
              hidden + "2")
        << table;
  EXPECT_EQ(sql("select count(*) from messages where conversation_id = '" + hidden + "'"), "3");
}

TEST_F(MergedConversations, AreOpenIfOneWas) {
  const auto merged = [this](const std::string& of_hidden, const std::string& of_shown) {
    sql("delete from messages");
    sql("delete from conversations");
    sql("delete from contacts");
    meet();
    const auto set = [this](const std::string& which, const std::string& status) {
      sql("update conversations set status = '" + status + "', resolved_at = " +
          (status == "resolved" ? "now()" : "null") + " where id = '" + which + "'");
    };
    set(hidden, of_hidden);
    set(shown, of_shown);
    apply({preference("6281201", "ID.7", "stop")});  // writes nothing into them
    return all("concat_ws(' ', status, resolved_at is not null)");
  };
  EXPECT_EQ(merged("resolved", "open"), "open f");
  EXPECT_EQ(merged("pending", "expired"), "pending f");
  EXPECT_EQ(merged("resolved", "pending"), "pending f");
  EXPECT_EQ(merged("expired", "resolved"), "resolved t") << "what ended last";
  EXPECT_EQ(merged("resolved", "expired"), "expired f") << "what ended last";
  EXPECT_EQ(merged("resolved", "resolved"), "resolved t");
}

TEST_F(MergedConversations, StayWithWhoWorksInTheOpenOne) {
  meet();
  const auto agent = new_agent();
  const auto division = sql("insert into divisions (tenant_id, name) values ('" +
                            world.id(world.tenant) + "', 'Sales') returning id");
  const auto set = [this](const std::string& which, const std::string& status,
                          const std::string& agent_sql, const std::string& division_sql) {
    sql("update conversations set status = '" + status + "', assigned_agent_id = " + agent_sql +
        ", division_id = " + division_sql + " where id = '" + which + "'");
  };
  set(hidden, "expired", "'" + agent + "'", "null");
  set(shown, "pending", "null", "'" + division + "'");
  apply({preference("6281201", "ID.7", "stop")});
  EXPECT_EQ(all("status || ' ' || coalesce(assigned_agent_id::text, '-') || ' ' || division_id"),
            "pending - " + division)
      << "not the agent of one and the division of the other";
}

/// Ids of people are of one page there.
TEST_F(MergedConversations, AreHeldWithWhoWroteInThem) {
  sql("insert into integration_accounts (tenant_id, channel, account_key, display_name) values ('" +
      world.id(world.tenant) + "', 'messenger', 'page-2', 'Other')");
  const auto on_page = [](const std::string& page, const std::string& person, std::int64_t at) {
    return raw({{"object", "page"},
                {"entry", {{{"id", page}, {"messaging", {wrote(person, page, at)}}}}}});
  };
  apply({on_page("page-1", "psid-1", 1)});
  apply({on_page("page-2", "psid-2", 2), mailed("a1@x.example", "1")});
  apply({mailed("a2@x.example", "2")});
  // As of an older version, which did not keep it.
  sql("update conversations set channel_id = null where channel = 'messenger'");
  const auto person = [this](const std::string& id) {
    return sql("select contact_id from contact_identities where external_id = '" + id + "'");
  };
  const auto kept = person("psid-1");
  for (const auto* id : {"psid-2", "a1@x.example", "a2@x.example"})
    EXPECT_EQ(sql("select is_done from merge_contacts('" + kept + "', '" + person(id) + "')"), "t");
  EXPECT_EQ(sql("select string_agg(channel_id, ' ' order by channel, channel_id) from "
                "conversations"),
            "a2@x.example psid-1 psid-2");
  apply({mailed("a1@x.example", "3")});
  EXPECT_EQ(sql("select channel_id from conversations where channel = 'email'"), "a1@x.example");
  EXPECT_EQ(sql("select count(*) from contacts"), "1");
}

/// One that cannot become one holds up nothing else.
TEST_F(MergedConversations, ThatFailAreTriedLessAndLess) {
  meet();
  taken(shown, "hi");
  taken(hidden, "hi");
  const auto one = next(shown), other = next(hidden);
  ASSERT_TRUE(one && other);
  show_both();
  record_sent(hidden, other->number, "wamid.1");
  sql("create function spoil() returns trigger language plpgsql as $$ begin raise 'spoiled'; end "
      "$$");
  sql("create trigger spoil before delete on contacts for each row execute function spoil()");
  ASSERT_TRUE(append({by("6281203", "")}).ok());
  sql("update webhook_inbox set failed_at = now(), retry_at = now()");
  const auto tried = apply_again();
  ASSERT_TRUE(tried.ok());
  EXPECT_EQ(tried->tried, 1);
  EXPECT_EQ(sql("select count(*) from webhook_inbox"), "0") << "it was applied";
  const auto failures = [this] {
    return sql("select failures || ' ' || (retry_at > now()) from contact_merges_due");
  };
  EXPECT_EQ(failures(), "1 true");
  ASSERT_TRUE(apply_again().ok());
  EXPECT_EQ(failures(), "1 true") << "not before its time";
  sql("drop trigger spoil on contacts");
  sql("update contact_merges_due set retry_at = now()");
  ASSERT_TRUE(apply_again().ok());
  EXPECT_EQ(sql("select count(*) from contacts where phone_number = '+6281201' or whatsapp_user_id "
                "= 'ID.7'"),
            "1");
}

/// Nobody works with one that only a broadcast opened.
TEST_F(MergedConversations, GiveWayToWhatAgentsSee) {
  ASSERT_TRUE(world
                  .add([] {
                    auto list = std::make_shared<recipients_to_add>();
                    list->numbers.push_back({"+6281201", std::nullopt});
                    return list;
                  }())
                  .ok());
  ASSERT_TRUE(world.set_status(campaign_status::sending).ok());
  ASSERT_TRUE(world.claim(0, 1, 1).ok());
  ASSERT_TRUE(world.record({world.outcome(1, recorded_outcome::kind::sent)}, 1).ok());
  ASSERT_EQ(all("in_inbox"), "false");
  const auto in_list = contact("6281201");
  apply({by("", "ID.7")});
  hidden = sql("select id from conversations where in_inbox");
  show_both();
  EXPECT_EQ(all("id"), hidden);
  EXPECT_EQ(of(hidden, "contact_id"), in_list) << "campaigns know this one";
  EXPECT_EQ(sql("select string_agg(type, ' ') from live_events where type like "
                "'conversation.merged' or type like '%.hidden'"),
            "")
      << "nobody saw it";
}

TEST_F(MergedConversations, TellSubscribersAndWhoLooks) {
  const auto webhook = uuid::v7(system_now());
  sql("insert into outgoing_webhooks (id, tenant_id, url, event_types, secret, created_by) "
      "values ('" +
      webhook.to_string() + "', '" + world.id(world.tenant) +
      "', 'https://example.com', '{*}', 'x', '" + webhook.to_string() + "')");
  meet();
  const auto gone = sql("select contact_id from conversations where id = '" + hidden + "'");
  sql("insert into conversation_notes (tenant_id, conversation_id, author_id, body) select "
      "tenant_id, id, id, 'n' from conversations");
  sql("delete from webhook_events");
  sql("delete from live_events");
  show_both();
  EXPECT_EQ(sql("select string_agg(type, ' ' order by id) from webhook_events"),
            "contact.updated contact.merged conversation.updated conversation.merged "
            "message.received");
  const auto told = [this](const std::string& type, const std::string& path) {
    return sql("select string_agg(body::json #>> '{data," + path +
               "}', ' ') from webhook_events where type = '" + type + "' and contact_id is null");
  };
  EXPECT_EQ(told("contact.merged", "id"), contact("6281201"));
  EXPECT_EQ(told("contact.merged", "whatsapp_user_id"), "ID.7");
  EXPECT_EQ(told("contact.merged", "merged,id"), gone);
  EXPECT_EQ(told("conversation.merged", "id"), hidden);
  EXPECT_EQ(told("conversation.merged", "contact_id"), contact("6281201"));
  EXPECT_EQ(told("conversation.merged", "merged,id"), shown);
  EXPECT_EQ(sql("select string_agg(concat_ws(' ', type, conversation_id, seen_before), '; ' order "
                "by id) from live_events where type not like 'message.%'"),
            "conversation.updated " + hidden + "; conversation.merged " + hidden +
                "; conversation.hidden " + shown + " 00000000-0000-0000-0000-000000000000");
}

TEST_F(MergedConversations, GoOnWithWhatWaitsInBoth) {
  meet();
  taken(hidden, "first");
  taken(shown, "second");
  const auto did = try_apply({by("6281201", "ID.7")});
  ASSERT_TRUE(did.ok());
  EXPECT_EQ(did->conversations, std::vector<uuid>{*uuid::parse(hidden)});
  EXPECT_FALSE(next(shown));
  taken(hidden, "third");
  auto claimed = next(hidden);
  ASSERT_TRUE(claimed);
  EXPECT_NE(claimed->body.find("first"), std::string::npos);
  EXPECT_NE(claimed->body.find("6281201"), std::string::npos);
  record_sent(hidden, claimed->number, "wamid.1");
  claimed = next(hidden);
  ASSERT_TRUE(claimed);
  EXPECT_NE(claimed->body.find("second"), std::string::npos);
  record_sent(hidden, claimed->number, "wamid.2");
  claimed = next(hidden);
  ASSERT_TRUE(claimed);
  EXPECT_NE(claimed->body.find("third"), std::string::npos);
  record_sent(hidden, claimed->number, "wamid.3");
  EXPECT_EQ(sql("select string_agg(external_id, ' ' order by id) from messages where direction = "
                "'outbound'"),
            "wamid.1 wamid.2 wamid.3");
}

TEST_F(MergedConversations, KeepTheOneThroughWhichAMessageIsOnItsWay) {
  meet();
  const auto id = taken(shown, "hi");
  const auto claimed = next(shown);
  ASSERT_TRUE(claimed);
  show_both();
  EXPECT_EQ(all("id"), shown);
  record_sent(shown, claimed->number, "wamid.1");
  EXPECT_EQ(sql("select status || external_id from messages where id = '" + id + "'"), "2wamid.1");
}

TEST_F(MergedConversations, WaitWhileMessagesAreOnTheirWayInBoth) {
  meet();
  taken(shown, "hi");
  taken(hidden, "hi");
  const auto of_shown = next(shown), of_hidden = next(hidden);
  ASSERT_TRUE(of_shown && of_hidden);
  show_both();
  EXPECT_EQ(contacts(), "+6281201 - 2; - ID.7 1") << "the number decides meanwhile";
  ASSERT_TRUE(apply_again().ok());
  EXPECT_EQ(contacts(), "+6281201 - 2; - ID.7 1") << "they still are";
  record_sent(hidden, of_hidden->number, "wamid.1");
  const auto again = apply_again();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->did.conversations, std::vector<uuid>{*uuid::parse(shown)});
  EXPECT_EQ(contacts(), "+6281201 ID.7 3");
  EXPECT_EQ(sql("select count(*) from contact_merges_due"), "0");
  record_sent(shown, of_shown->number, "wamid.2");
  EXPECT_EQ(sql("select string_agg(status || external_id, ' ' order by external_id) from messages "
                "where direction = 'outbound'"),
            "2wamid.1 2wamid.2");
}

/// Else campaigns would have recipients that are nobody.
TEST_F(MergedConversations, WaitWhileContactsAreAddedToACampaign) {
  const auto at = base_now();
  apply({by("6281201", ""), by("6281202", "", "Budi", at)});
  storage::connection adding({.database_url = world.database.url(), .role = "omnistream_engine"});
  adding.simple("begin");
  adding.simple("select pg_advisory_xact_lock_shared(contacts_lock('" + world.id(world.tenant) +
                "'))");
  const auto did = apply_apart(moved("6281201", "6281202", at - 60));
  ASSERT_TRUE(did.ok());
  EXPECT_EQ(did->refused.size(), 1U);
  adding.simple("commit");
  sql("update webhook_inbox set retry_at = now()");
  ASSERT_TRUE(apply_again().ok());
  EXPECT_EQ(contacts(), "+6281202 - 3");
}

/// What was committed although nobody was told of it has nobody to wake when it is done again.
TEST_F(MergedConversations, AreWokenAfterACommitInDoubt) {
  meet();
  taken(shown, "hi");
  sql("create function fall() returns trigger language plpgsql security definer as $$ begin "
      "perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(10); return null; end $$");
  sql("create constraint trigger fall after insert on messages deferrable initially deferred for "
      "each row execute function fall()");
  const auto webhook = by("6281201", "");
  const auto failed = try_apply({webhook});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, "in_doubt");
  sql("drop trigger fall on messages");
  const auto again = try_apply({});
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->conversations, std::vector<uuid>{*uuid::parse(shown)});
  const auto later = try_apply({by("6281201", "")});
  ASSERT_TRUE(later.ok());
  EXPECT_TRUE(later->conversations.empty());
}

/// Else it would be forgotten that they have another number.
TEST_F(MergedConversations, NewsOfANumberAreTriedAgainMeanwhile) {
  const auto at = base_now();  // once, as a second may end between two
  apply({by("6281201", "", "Budi", at - 60), by("6281202", "", "Budi", at)});
  hidden = conversation_of(contact("6281201"));
  shown = conversation_of(contact("6281202"));
  taken(shown, "hi");
  taken(hidden, "hi");
  const auto one = next(hidden), other = next(shown);
  ASSERT_TRUE(one && other);
  const auto did = apply_apart(moved("6281201", "6281202", at - 30));
  ASSERT_TRUE(did.ok());
  ASSERT_EQ(did->refused.size(), 1U);
  EXPECT_NE(did->refused[0].find("which are in use"), std::string::npos);
  record_sent(hidden, one->number, "wamid.1");
  sql("update webhook_inbox set retry_at = now()");
  ASSERT_TRUE(apply_again().ok());
  EXPECT_EQ(contacts(), "+6281202 - 3");
  EXPECT_EQ(sql("select count(*) from webhook_inbox"), "0");
}

}  // namespace
}  // namespace omnistream::test
