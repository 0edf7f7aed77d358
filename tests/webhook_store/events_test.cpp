// What happens is told in the transaction in which it happens, to whoever wants it.

#include "actors/ingest/inbox_store.hpp"
#include "tests/webhook_store/webhook_world.hpp"

namespace omnistream::test {
namespace {

using kind = recorded_outcome::kind;
using ids = std::vector<uuid>;

class Events : public ::testing::Test {
 protected:
  void TearDown() override { world.pool_.stop(); }
  void hear(int seq, const std::string& status, int code = 0) {
    nlohmann::json one{{"id", "wamid." + std::to_string(seq)},
                       {"status", status},
                       {"timestamp", "1700000000"},
                       {"recipient_id", store_world::number(seq).substr(1)},
                       {"biz_opaque_callback_data",
                        recipient_id(world.campaign, static_cast<std::uint32_t>(seq)).to_string()}};
    if (code != 0) one["errors"] = {{{"code", code}, {"title", "x"}, {"message", "refused"}}};
    apply({{"statuses", {one}}});
  }
  void receive(const std::string& wamid) {
    apply({{"contacts", {{{"wa_id", "6281299"}, {"profile", {{"name", "Ani"}}}}}},
           {"messages",
            {{{"from", "6281299"},
              {"id", wamid},
              {"timestamp", "1700000000"},
              {"type", "text"},
              {"text", {{"body", "hi"}}}}}}});
  }
  void apply(nlohmann::json value) {
    value["messaging_product"] = "whatsapp";
    value["metadata"] = {{"phone_number_id", "1001"}};
    const nlohmann::json frame{
        {"object", "whatsapp_business_account"},
        {"entry", {{{"id", "waba"}, {"changes", {{{"field", "messages"}, {"value", value}}}}}}}};
    const auto payload = std::make_shared<const std::string>(frame.dump());
    const auto stored = store_world::wait<std::vector<std::int64_t>>(
        [&](auto done) { inbox->append({raw_webhook{payload}}, done); });
    ASSERT_TRUE(stored.ok());
    const auto applied = store_world::wait<applied_webhooks>([&](auto done) {
      inbox->apply({{stored->front(), payload}}, done);
    });
    ASSERT_TRUE(applied.ok()) << applied.error().detail;
  }
  void run(const std::string& text) { world.sql(text); }
  std::string quoted(const uuid& of) const { return "'" + of.to_string() + "'"; }

  webhook_world world;
  std::unique_ptr<inbox_store> inbox = make_inbox_store(world.pool_);
};

TEST_F(Events, OfRecipientsEqualTheCounters) {
  const auto webhook = world.subscribe("campaign.recipient.*");
  world.begin(3);
  world.claim(0, 3, 1);
  world.record({world.outcome(1, kind::sent), world.outcome(2, kind::failed),
                world.outcome(3, kind::uncertain)},
               3);
  EXPECT_EQ(world.outbox(webhook), "campaign.recipient.sent,campaign.recipient.failed");
  hear(1, "read");       // delivered on the way
  hear(1, "delivered");  // late: no news
  hear(3, "delivered");  // sent on the way
  EXPECT_EQ(world.outbox(webhook),
            "campaign.recipient.sent,campaign.recipient.failed,campaign.recipient.delivered,"
            "campaign.recipient.read,campaign.recipient.sent,campaign.recipient.delivered");
  EXPECT_EQ(world.miscount(), "");
  EXPECT_EQ(world.sql("select concat(sent_count, delivered_count, read_count, failed_count) from "
                      "campaigns"),
            "2211");
}

TEST_F(Events, OfRecipientsSayWhoAndWhy) {
  const auto webhook = world.subscribe("campaign.recipient.sent,campaign.recipient.failed");
  world.begin(2);
  world.claim(0, 2, 1);
  auto refused = world.outcome(2, kind::failed);
  refused.error_code = 131026;
  world.record({world.outcome(1, kind::sent), refused}, 2);
  const auto sent = world.data(webhook, "campaign.recipient.sent");
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0]["campaign_id"], world.campaign.to_string());
  EXPECT_EQ(sent[0]["recipient_id"], recipient_id(world.campaign, 1).to_string());
  EXPECT_EQ(sent[0]["phone_number"], store_world::number(1));
  EXPECT_EQ(sent[0]["external_id"], "wamid.1");
  EXPECT_EQ(sent[0]["status"], "sent");
  EXPECT_FALSE(sent[0].contains("error_code"));
  const auto failed = world.data(webhook, "campaign.recipient.failed");
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_EQ(failed[0]["error_code"], 131026);
  EXPECT_EQ(failed[0]["error_message"], "why");
}

TEST_F(Events, AreNamedToTheServerOnceTheyAreCommitted) {
  const auto webhook = world.subscribe("campaign.*");
  const auto another = world.subscribe("*");
  world.subscribe("agent.*");
  world.told();
  ASSERT_TRUE(world.add(store_world::numbers(1, 3)).ok());
  EXPECT_EQ(world.told(), ids{another});  // contact.created
  ASSERT_TRUE(world.set_status(campaign_status::sending).ok());
  auto told = world.told();
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, (ids{webhook, another}));
}

constexpr storage::statement rename{"rename",
                                    "update campaigns set name = 'another' where id = $1::uuid", 1};

TEST_F(Events, OfWhatIsRolledBackDoNotExist) {
  const auto webhook = world.subscribe("*");
  world.told();
  const auto refused = world.pool_.run(storage::access::tenant(world.tenant),
                                       [&](storage::session& in) -> result<omnistream::done> {
                                         in.execute(rename, world.campaign);
                                         return problems::internal();
                                       });
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(world.outbox(webhook), "");
  EXPECT_EQ(world.told(), ids{});
}

TEST_F(Events, CostNothingWhereNobodyListens) {
  const auto disabled = world.subscribe("*");
  run("update outgoing_webhooks set status = 'disabled' where id = " + quoted(disabled));
  world.told();
  world.begin(1);
  world.claim(0, 1, 1);
  world.record({world.outcome(1, kind::sent)}, 1);
  EXPECT_EQ(world.sql("select count(*) from webhook_events"), "0");
  EXPECT_EQ(world.told(), ids{});
}

TEST_F(Events, OfACampaignTellItsLife) {
  const auto webhook = world.subscribe("campaign.*");
  const auto made = world.make_campaign();
  run("update campaigns set name = 'b' where id = " + quoted(made));
  run("update campaigns set status = 'scheduled', scheduled_at = now() where id = " + quoted(made));
  run("update campaigns set status = 'sending' where id = " + quoted(made));
  run("update campaigns set pause_code = 'x', pause_reason = 'y' where id = " + quoted(made));
  run("update campaigns set pause_code = null, pause_reason = null where id = " + quoted(made));
  run("update campaigns set updated_at = now() where id = " + quoted(made));  // no news
  run("update campaigns set status = 'completed' where id = " + quoted(made));
  run("delete from campaigns where id = " + quoted(made));
  EXPECT_EQ(world.outbox(webhook),
            "campaign.created,campaign.updated,campaign.scheduled,campaign.started,campaign.paused,"
            "campaign.resumed,campaign.completed,campaign.deleted");
}

/// Counters move after the status, in the same transaction.
TEST_F(Events, OfACancellationHaveTheCountersOfItsEnd) {
  const auto webhook = world.subscribe("campaign.cancelled");
  world.begin(5);
  world.claim(0, 2, 1);
  world.record({world.outcome(1, kind::sent), world.outcome(2, kind::sent)}, 2);
  ASSERT_TRUE(world.cancel({}, 2).ok());
  const auto told = world.data(webhook, "campaign.cancelled");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0]["sent_count"], 2);
  EXPECT_EQ(told[0]["cancelled_count"], 3);
  EXPECT_EQ(told[0]["status"], "cancelled");
}

TEST_F(Events, OfWhoeverWritesAreTheMessageAndTheConversation) {
  const auto webhook = world.subscribe("message.*,conversation.*,contact.*");
  receive("wamid.in.1");
  EXPECT_EQ(world.outbox(webhook), "contact.created,conversation.created,message.received");
  receive("wamid.in.1");  // a repetition
  receive("wamid.in.2");
  EXPECT_EQ(world.outbox(webhook),
            "contact.created,conversation.created,message.received,message.received");
  const auto message = world.data(webhook, "message.received").back();
  EXPECT_EQ(message["external_id"], "wamid.in.2");
  EXPECT_EQ(message["content"]["text"]["body"], "hi");
  EXPECT_EQ(message["sent_at"], "2023-11-14T22:13:20.000Z");
}

TEST_F(Events, OfAConversationTellItsLife) {
  receive("wamid.in.1");
  const auto webhook = world.subscribe("conversation.*");
  const auto agent = uuid::v7(system_now());
  run("insert into agents (id, tenant_id, email, name, password_hash, role_id) values (" +
      quoted(agent) + ", " + quoted(world.tenant) +
      ", 'a@example.com', 'A', 'x', '00000000-0000-7000-8000-000000000003')");
  const auto told_of = [&](const std::string& change) {
    run("delete from webhook_outbox");
    run("update conversations set " + change);
    return world.outbox(webhook);
  };
  const std::string updated = "conversation.updated";
  EXPECT_EQ(told_of("tags = '{refund}'"), updated);
  EXPECT_EQ(told_of("tags = '{refund}', updated_at = now()"), "") << "no news";
  EXPECT_EQ(told_of("unread_count = 7, last_message_at = now()"), "") << "the message is told";
  EXPECT_EQ(told_of("status = 'pending'"), updated);
  EXPECT_EQ(told_of("status = 'open'"), updated);
  EXPECT_EQ(told_of("assigned_agent_id = " + quoted(agent)), "conversation.assigned," + updated);
  EXPECT_EQ(told_of("status = 'resolved', resolved_at = now()"),
            "conversation.resolved," + updated);
  EXPECT_EQ(told_of("status = 'open', resolved_at = null"), "conversation.reopened," + updated);
  EXPECT_EQ(told_of("status = 'expired'"), "conversation.expired," + updated);
  EXPECT_EQ(told_of("status = 'open'"), "conversation.reopened," + updated);
  run("delete from webhook_outbox");
  run("delete from agents");
  EXPECT_EQ(world.outbox(webhook), "conversation.assigned," + updated) << "to nobody";
  EXPECT_FALSE(world.data(webhook, updated)[0].contains("assigned_agent_id"));
  run("delete from webhook_outbox");
  run("insert into conversation_transfers (tenant_id, conversation_id, to_agent_id, "
      "transferred_by, note) select tenant_id, id, tenant_id, tenant_id, 'Why' from conversations");
  const auto moved = world.data(webhook, "conversation.transferred");
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved[0]["tags"], nlohmann::json({"refund"}));
  EXPECT_EQ(moved[0]["transfer"]["note"], "Why");
}

TEST_F(Events, OfTheRestOfAnAccountAreTold) {
  const auto webhook = world.subscribe("contact.*,template.*,integration.*,agent.*,webhook.*");
  const std::string of_tenant = " where tenant_id = " + quoted(world.tenant);
  run("insert into contacts (tenant_id, phone_number) values (" + quoted(world.tenant) +
      ", '+62811')");
  run("update contacts set name = 'Ani'" + of_tenant);
  run("update contacts set name = 'Ani'" + of_tenant);  // no news
  run("update wa_templates set status = 'PAUSED'" + of_tenant);
  run("update wa_templates set category = 'UTILITY'" + of_tenant);
  run("update integration_accounts set pause_code = 'token'" + of_tenant);
  run("update integration_accounts set pause_code = null" + of_tenant);
  run("update integration_accounts set display_name = 'Other'" + of_tenant);
  run("update integration_accounts set updated_at = now()" + of_tenant);  // no news
  run("insert into agents (tenant_id, email, name, password_hash, role_id) values (" +
      quoted(world.tenant) +
      ", 'a@example.com', 'A', 'x', '00000000-0000-7000-8000-000000000003')");
  run("update agents set is_online = true" + of_tenant);
  run("update agents set can_broadcast = true" + of_tenant);
  run("update agents set password_hash = 'y'" + of_tenant);  // nobody's business
  run("delete from agents" + of_tenant);
  const auto other = world.subscribe("campaign.*");
  run("update outgoing_webhooks set status = 'disabled', disabled_reason = 'gone' where id = " +
      quoted(other));
  EXPECT_EQ(world.outbox(webhook),
            "contact.created,contact.updated,template.status_changed,template.updated,"
            "integration.paused,integration.resumed,integration.updated,agent.created,"
            "agent.status_changed,agent.updated,agent.deleted,webhook.disabled");
  const auto text = world.sql("select string_agg(body, '') from webhook_events");
  for (const auto* secret : {"password", "sealed", "access_token"})
    EXPECT_EQ(text.find(secret), std::string::npos) << secret;
}

TEST_F(Events, NameTheContactTheyAreAbout) {
  world.subscribe("*,campaign.recipient.*");
  const std::string of_tenant = " where tenant_id = " + quoted(world.tenant);
  world.begin(2);
  world.claim(0, 2, 1);
  world.record({world.outcome(1, kind::sent), world.outcome(2, kind::failed)}, 2);
  receive("wamid.in.1");
  run("update contacts set name = 'Ani'" + of_tenant);
  run("update conversations set tags = '{refund}' where in_inbox");
  run("update wa_templates set category = 'UTILITY'" + of_tenant);
  const auto types = [&](const std::string& which) {
    return world.sql(
        "select string_agg(distinct type, ',' order by type) from webhook_events where " + which);
  };
  EXPECT_EQ(types("contact_id is null"), "campaign.started,template.updated");
  EXPECT_EQ(types("contact_id::text = coalesce(body::json #>> '{data,contact_id}', "
                  "body::json #>> '{data,id}')"),
            "campaign.recipient.failed,campaign.recipient.sent,contact.created,contact.updated,"
            "conversation.created,conversation.updated,message.received");
}

TEST_F(Events, OfAnotherTenantAreNotTold) {
  const auto stranger = uuid::v7(system_now());
  run("insert into tenants (id, name) values (" + quoted(stranger) + ", 'two')");
  const auto webhook = world.subscribe("*", stranger);
  world.begin(1);
  world.claim(0, 1, 1);
  world.record({world.outcome(1, kind::sent)}, 1);
  EXPECT_EQ(world.outbox(webhook), "");
}

TEST_F(Events, AreWantedByNameAndByWildcard) {
  const auto wants = [this](const std::string& list, const std::string& type) {
    return world.sql("select webhook_wants('{" + list + "}', '" + type + "')") == "t";
  };
  EXPECT_TRUE(wants("campaign.started", "campaign.started"));
  EXPECT_TRUE(wants("agent.created,campaign.*", "campaign.started"));
  EXPECT_TRUE(wants("*", "campaign.recipient.sent"));
  EXPECT_TRUE(wants("campaign.recipient.*", "campaign.recipient.sent"));
  EXPECT_FALSE(wants("campaign.*", "campaign.recipient.sent"));
  EXPECT_FALSE(wants("campaign.started", "campaign.completed"));
  EXPECT_FALSE(wants("", "campaign.completed"));
}

}  // namespace
}  // namespace omnistream::test
