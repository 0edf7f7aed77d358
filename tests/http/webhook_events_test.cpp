// The examples that GET /api/outgoing-webhooks/events shows, held against what the database really
// tells.

#include "http/contract/tables/webhook_events.hpp"

#include <map>
#include <set>

#include <gmock/gmock.h>

#include "storage/connection.hpp"
#include "storage/queries.hpp"
#include "tests/http/outgoing_webhooks_fixture.hpp"

namespace omnistream::test {
namespace {

using http::contract::webhook_events;
using nlohmann::json;
using testing::IsEmpty;

std::string group_of(const std::string& type) {
  return type.substr(0, type.rfind('.'));
}

/// The members of an object with the kinds of their values, nested objects by their own members.
std::set<std::string> form_of(const json& data, const std::string& under = "") {
  std::set<std::string> form;
  for (const auto& [name, value] : data.items()) {
    form.insert(under + name + ":" + value.type_name());
    // What Meta wrote is repeated as it is.
    if (value.is_object() && name != "content") form.merge(form_of(value, under + name + "."));
  }
  return form;
}

/// What only the first has.
std::string difference(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::string names;
  for (const auto& one : a)
    if (!b.contains(one)) names += one + ' ';
  return names;
}

class WebhookEvents : public OutgoingWebhooks {
 protected:
  std::string own() const { return "'" + tenant.id.to_string() + "'"; }
  std::string quoted(const std::string& text) const { return "'" + text + "'"; }

  /// What was told so far, by type.
  std::map<std::string, json> told() {
    std::map<std::string, json> all;
    const auto rows =
        json::parse(sql("select coalesce(json_agg(body::json), '[]') from webhook_events"));
    for (const auto& row : rows) all[row["type"]] = row["data"];
    return all;
  }

  void change_people() {
    const auto id =
        sql("insert into contacts (tenant_id, phone_number, whatsapp_user_id, name) values (" +
            own() + ", '+6281234567890', 'ID.1349', 'Budi') returning id");
    sql("update contacts set email = 'budi@mail.example', tags = '{vip}', opted_out_at = now()");
    contact = id;
    const auto [agent, key] = server.make_agent(tenant.id, "siti@toko.example", "supervisor");
    const auto one = "where id = " + quoted(agent.to_string());
    sql("update agents set name = 'Siti' " + one);
    sql("update agents set is_online = true " + one);
    const auto division = sql("insert into divisions (tenant_id, name, description) values (" +
                              own() + ", 'Sales', 'Before the order') returning id");
    sql("insert into division_agents (tenant_id, division_id, agent_id) values (" + own() + ", " +
        quoted(division) + ", " + quoted(agent.to_string()) + ")");
    sql("delete from divisions");
    sql("delete from agents " + one);
  }

  void change_what_is_sent() {
    account =
        sql("insert into integration_accounts (tenant_id, channel, account_key, display_name, "
            "phone_number_id) values (" +
            own() + ", 'whatsapp', 'wa-1', 'Toko', '1') returning id");
    sql("update integration_accounts set display_name = 'Toko Maju'");
    sql("update integration_accounts set pause_code = 'account_refused', pause_reason = 'Why', "
        "paused_at = now()");
    sql("update integration_accounts set pause_code = null, pause_reason = null, paused_at = null");
    sql("insert into integration_accounts (tenant_id, channel, account_key, display_name) values "
        "(" +
        own() + ", 'email', 'x', 'Mail')");
    sql("delete from integration_accounts where channel = 'email'");
    const auto add =
        "insert into wa_templates (tenant_id, waba_id, meta_template_id, name, "
        "language, category, status, components) values (" +
        own() + ", '102', '140', 'order_update', '";
    const std::string rest = "', 'UTILITY', 'PENDING', '[{\"type\": \"BODY\"}]') returning id";
    used_template = sql(add + "id" + rest);
    sql("update wa_templates set status = 'REJECTED', rejection_reason = 'INVALID_FORMAT'");
    sql("update wa_templates set header_media_url = 'https://cdn.example/a.jpg'");
    sql(add + "en" + rest);
    sql("delete from wa_templates where language = 'en'");
  }

  void hear_from_people() {
    const auto conversation = sql(
        "insert into conversations (tenant_id, contact_id, account_id, channel, last_inbound_at, "
        "in_inbox) values (" +
        own() + ", " + quoted(contact) + ", " + quoted(account) +
        ", 'whatsapp', now(), true) returning id");
    sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) values (" +
        own() + ", " + quoted(conversation) +
        ", 'inbound', 'wamid.1', 'text', '{\"type\": \"text\"}', now())");
    sql("update messages set content = '{\"type\": \"text\", \"text\": {}}'");
    sql("update messages set type = 'deleted', content = '{}'");
  }

  void answer_people() {
    const auto division =
        sql("insert into divisions (tenant_id, name) values (" + own() + ", 'Care') returning id");
    const auto agent = quoted(tenant.agent_id.to_string());
    sql("update conversations set tags = '{refund}'");
    sql("update conversations set assigned_agent_id = " + agent +
        ", division_id = " + quoted(division));
    sql("insert into conversation_transfers (tenant_id, conversation_id, from_agent_id, "
        "to_agent_id, to_division_id, note, transferred_by) select tenant_id, id, " +
        agent + ", " + agent + ", division_id, 'Why', " + agent + " from conversations");
    sql("update conversations set status = 'resolved', resolved_at = now()");
    sql("update conversations set status = 'open', resolved_at = null");
    sql("update conversations set status = 'expired'");
  }

  void write_for_later() {
    for (const auto* becomes :
         {"status = 'sent', message_id = uuid_v7()",
          "status = 'cancelled', cancelled_by = created_by",
          "status = 'failed', error_code = 'service_window_closed', error_message = 'Why'"})
      sql("with s as (insert into scheduled_messages (tenant_id, conversation_id, message, draft, "
          "send_at, created_by) select tenant_id, id, '{}', '{\"type\": \"text\"}', now() + "
          "interval '1 day', " +
          quoted(tenant.agent_id.to_string()) +
          " from conversations) select 1; update scheduled_messages set " + becomes +
          " where status = 'scheduled'");
  }

  void write_to_people() {
    const auto add = [this](const char* key) {
      return quoted(
          sql("insert into messages (tenant_id, conversation_id, direction, type, content, status, "
              "sent_by, sent_at, idempotency_key) select tenant_id, id, 'outbound', 'text', "
              "'{\"type\": \"text\"}', 0, " +
              quoted(tenant.agent_id.to_string()) + ", now(), " + quoted(key) +
              " from conversations returning id"));
    };
    const auto set = [this](const std::string& id, const std::string& what) {
      sql("update messages set " + what + " where id = " + id);
    };
    const auto read = add("a"), failed = add("b");
    set(read, "status = 2, external_id = 'wamid.2'");
    set(read, "status = 3, delivered_at = now()");
    set(read, "status = 4, read_at = now()");
    set(failed, "status = 5, external_id = 'wamid.3', error_code = 131026, error_message = 'Why'");
  }

  void leave_notes() {
    const auto agent = quoted(tenant.agent_id.to_string());
    sql("insert into conversation_notes (tenant_id, conversation_id, author_id, body, mentions) "
        "select tenant_id, id, " +
        agent + ", 'Paid', array[" + agent + "::uuid] from conversations");
    sql("update conversation_notes set body = 'Paid twice'");
    sql("delete from conversation_notes");
  }

  /// Somebody wrote with the number hidden before, and is the contact.
  void merge_people() {
    const auto hidden = sql("insert into contacts (tenant_id, whatsapp_user_id, name) values (" +
                            own() + ", 'ID.1350', 'Budi') returning id");
    sql("insert into conversations (tenant_id, contact_id, account_id, channel, last_inbound_at, "
        "in_inbox, assigned_agent_id, division_id, tags) select tenant_id, " +
        quoted(hidden) +
        ", account_id, channel, now(), true, assigned_agent_id, division_id, '{refund}' from "
        "conversations");
    EXPECT_EQ(
        sql("select is_done from merge_contacts(" + quoted(contact) + ", " + quoted(hidden) + ")"),
        "t");
  }

  std::string draft() {
    const auto id = new_campaign_id(system_now()).to_string();
    sql("insert into campaigns (id, tenant_id, name, template_id, integration_account_id, "
        "total_recipients, created_by) values (" +
        quoted(id) + ", " + own() + ", 'Promo', " + quoted(used_template) + ", " + quoted(account) +
        ", 2, " + own() + ")");
    return id;
  }

  void run_campaigns() {
    const auto id = draft();
    const auto set = [this](const std::string& campaign, const std::string& what) {
      sql("update campaigns set " + what + " where id = " + quoted(campaign));
    };
    set(id, "name = 'Promo November'");
    set(id, "status = 'scheduled', scheduled_at = now()");
    set(id, "status = 'sending', started_at = now()");
    set(id, "pause_code = 'account_refused', pause_reason = 'Why'");
    set(id, "pause_code = null, pause_reason = null");
    for (int seq = 1; seq <= 2; ++seq)
      sql("insert into campaign_recipients (campaign_id, tenant_id, contact_id, seq, phone_number) "
          "values (" +
          quoted(id) + ", " + own() + ", " + quoted(contact) + ", " + std::to_string(seq) +
          ", '+628123456789" + std::to_string(seq) + "')");
    hear_of_recipients(*uuid::parse(id));
    set(id, "status = 'completed', ended_at = now()");
    set(draft(), "status = 'failed', ended_at = now()");
    set(draft(), "status = 'cancelled', ended_at = now()");
    sql("delete from campaigns where id = " + quoted(draft()));
  }

  /// The first was read, the second failed.
  void hear_of_recipients(const uuid& campaign) {
    storage::connection on({.database_url = server.database().url(), .role = "omnistream_engine"});
    using texts = std::vector<std::optional<std::string>>;
    using times = std::vector<std::optional<timestamp>>;
    const times never{std::nullopt, std::nullopt};
    on.unprepared(
        storage::queries::inbox_apply_statuses.sql,
        storage::arguments(std::vector<uuid>{campaign, campaign}, std::vector<int>{1, 2},
                           std::vector<int>{4, 5}, texts{"wamid.1", "wamid.2"}, never, never, never,
                           std::vector<std::optional<int>>{std::nullopt, 131'026},
                           texts{std::nullopt, "Message undeliverable"}));
  }

  std::string contact, account, used_template;
};

TEST_F(WebhookEvents, AreListedWithAnExampleOfTheWholeBody) {
  const auto got = call("GET", "/events");
  ASSERT_EQ(got.status, 200);
  std::set<std::string> types;
  for (const auto& one : got.json()) {
    EXPECT_EQ(one["example"]["type"], one["type"]);
    EXPECT_TRUE(parse_rfc3339(one["example"]["timestamp"].get<std::string>())) << one;
    EXPECT_TRUE(one["example"]["data"].is_object()) << one;
    EXPECT_FALSE(one["description"].get<std::string>().empty()) << one;
    EXPECT_TRUE(types.insert(one["type"]).second) << "twice: " << one;
  }
  EXPECT_EQ(types.size(), webhook_events().size());
  EXPECT_GT(types.size(), 30U);
}

TEST_F(WebhookEvents, CanAllBeAskedFor) {
  const auto& selectors = http::contract::webhook_event_selectors();
  EXPECT_LE(selectors.size(), 100U);
  EXPECT_EQ(make({{"event_types", selectors}})["event_types"], json(selectors));
  json pairs = json::array();
  for (const auto& one : webhook_events())
    for (const auto& selector : selectors) pairs.push_back({selector, one.type});
  const auto wants = json::parse(
      sql("select json_agg(webhook_wants(array[pair ->> 0], pair ->> 1) order by place) from "
          "json_array_elements('" +
          pairs.dump() + "') with ordinality as p(pair, place)"));
  ASSERT_EQ(wants.size(), pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::string selector = pairs[i][0];
    const std::string type = pairs[i][1];
    const bool fits = selector == type || selector == "*" || selector == group_of(type) + ".*";
    EXPECT_EQ(wants[i], fits) << selector << " of " << type;
  }
}

TEST_F(WebhookEvents, AreToldAsTheExamplesShow) {
  make({{"event_types", {"*"}}});
  const auto silent = make_id({{"url", "https://93.184.216.34/silent"}, {"is_active", false}});
  change_people();
  change_what_is_sent();
  hear_from_people();
  answer_people();
  write_to_people();
  write_for_later();
  leave_notes();
  merge_people();
  run_campaigns();
  sql("update outgoing_webhooks set status = 'active', disabled_reason = null, event_types = "
      "'{webhook.test}', failing_since = now() where id = " +
      quoted(silent.substr(1)));
  sql("update outgoing_webhooks set status = 'disabled', disabled_reason = 'failing', disabled_at "
      "= now() where id = " +
      quoted(silent.substr(1)));

  const auto all = told();
  std::map<std::string, std::set<std::string>> told_forms, example_forms;
  for (const auto& one : webhook_events()) {
    example_forms[group_of(one.type)].merge(form_of(json(one.data)));
    if (one.type == "webhook.test") continue;  // the subscription's actor makes it
    ASSERT_TRUE(all.contains(one.type)) << one.type << " was not told";
    told_forms[group_of(one.type)].merge(form_of(all.at(one.type)));
  }
  for (const auto& [type, data] : all)
    EXPECT_TRUE(told_forms.contains(group_of(type))) << type << " is told but not listed";
  for (const auto& [group, example] : example_forms) {
    EXPECT_THAT(difference(told_forms[group], example), IsEmpty())
        << "told but not shown: " << group;
    if (group == "webhook") continue;
    EXPECT_THAT(difference(example, told_forms[group]), IsEmpty())
        << "shown but never told: " << group;
  }
}

}  // namespace
}  // namespace omnistream::test
