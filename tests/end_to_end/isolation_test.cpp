// What belongs to a tenant does not exist for another one: every operation that takes an id, as the
// server's own document lists them, is tried with the ids of somebody else.

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "config/base/time.hpp"
#include "storage/connection.hpp"
#include "tests/end_to_end/support/tenant.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

/// Of outgoing webhooks; nobody answers there.
constexpr const char* endpoint = "https://127.0.0.1:1/hooks";
constexpr const char* foreign_role = "00000000-0000-7000-8000-0000000000ff";
constexpr std::size_t id_length = 36;  // other names, such as those of channels, are anybody's

struct operation {
  std::string method, path, id;
  bool takes_body = false;
  bool takes_id() const { return path.find('{') != std::string::npos; }
};

std::string in_an_hour() {
  return format_rfc3339(system_now() + std::chrono::hours{1});
}

/// A body that the operation takes: a refusal must be because of the id.
const std::map<std::string, json>& bodies() {
  static const std::map<std::string, json> known{
      {"agents_update", {{"name", "Taken over"}}},
      {"agents_status", {{"status", "online"}}},
      {"campaigns_update", {{"name", "Taken over"}}},
      {"campaign_recipients_add", {{"phone_numbers", {"+6281299999999"}}}},
      {"contacts_update", {{"name", "Taken over"}, {"tags", {"taken"}}}},
      {"integrations_set", {{"config", {{"address", "spies@e2e.example"}}}}},
      {"chat_expiration_upsert", {{"is_enabled", false}, {"expire_after_minutes", 5}}},
      {"conversations_assign", {{"agent_id", nullptr}}},
      {"conversations_status", {{"status", "resolved"}}},
      {"conversations_tags", {{"tags", {"taken"}}}},
      {"conversations_transfer", {{"to_agent_id", foreign_role}}},
      {"conversations_typing", {{"is_typing", true}}},
      {"divisions_update", {{"name", "Taken over"}}},
      {"division_agents_add", {{"agent_ids", {foreign_role}}}},
      {"division_agents_remove", {{"agent_ids", {foreign_role}}}},
      {"integration_accounts_update", {{"display_name", "Taken over"}}},
      {"messages_send", {{"type", "text"}, {"text", {{"body", "Taken over"}}}}},
      {"notes_create", {{"body", "Taken over"}}},
      {"notes_update", {{"body", "Taken over"}}},
      {"outgoing_webhooks_update", {{"is_active", false}}},
      {"outgoing_webhooks_rotate_secret", {{"previous_valid_s", 0}}},
      {"outgoing_webhooks_redeliver", {{"since", "2026-01-02T03:04:05Z"}}},
      {"scheduled_messages_create",
       {{"send_at", in_an_hour()}, {"message", {{"type", "text"}, {"text", {{"body", "x"}}}}}}},
      {"wa_templates_header_media", {{"header_media_url", "https://cdn.example.com/taken.jpg"}}},
  };
  return known;
}

/// Operations without an id that the tests below do not try with what is another tenant's, each
/// with the reason why it can show or change nothing of one.
const std::map<std::string, std::string>& not_tried() {
  const std::string by_login = "a login at Meta, whose state is the agent's own and good once";
  const std::string by_signature = "Meta's, or a mail server's: what it brings names the account";
  static const std::map<std::string, std::string> known{
      {"api_keys_create", "makes a key of the caller's own"},
      {"auth_login", "knows an email address in one tenant"},
      {"auth_register", "makes a tenant"},
      {"auth_logout", "ends the caller's own session"},
      {"divisions_create", "names nothing"},
      {"embedded_signup_complete", by_login},
      {"events_stream", "does not end; tests/http tries it"},
      {"instagram_login_connect", by_login},
      {"media_upload", "names nothing"},
      {"media_upload_s3", "names nothing"},
      {"messenger_login_connect", by_login},
      {"messenger_pages_subscribe", by_login},
      {"outgoing_webhooks_create", "names nothing"},
      {"wa_templates_create", "names nothing"},
      {"webhook_receive", by_signature},
      {"webhook_whatsapp_receive", by_signature},
      {"webhook_messenger_receive", by_signature},
      {"webhook_instagram_receive", by_signature},
      {"webhook_email_receive", by_signature}};
  return known;
}

class Isolation : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(around.server().start());
    owner.emplace(around.server(), "Toko Maju");
    stranger.emplace(around.server(), "Toko Lain");
    stranger->connect("902");
    furnish();
    const auto document = owner->must("GET", "/openapi.json");
    for (const auto& [path, methods] : document["paths"].items())
      for (const auto& [method, one] : methods.items())
        if (one.is_object() && one.contains("operationId")) {
          std::string upper = method;
          std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
          operations.push_back({upper, path, one["operationId"], one.contains("requestBody")});
        }
  }

  /// Gives the owner one of everything that can be named by an id.
  void furnish() {
    ids["/api/integration-accounts"] = {owner->connect("901")};
    page_of_owner = owner->must("POST", "/api/integration-accounts",
                                {{"channel", "messenger"},
                                 {"account_key", "880901"},
                                 {"display_name", "Page"},
                                 {"config", {{"access_token", "EAAG"}}}})["id"];
    const auto draft = owner->draft("order_update");
    const auto sent = owner->draft("order_update");
    const auto scheduled = owner->draft("order_update", {{"scheduled_at", "2096-01-02T03:04:05Z"}});
    for (const auto& one : {draft, sent, scheduled}) owner->add(one, phone_numbers(0, 3));
    owner->send(scheduled);
    owner->send(sent);
    owner->await_rest(sent, around.simulator());
    ids["/api/campaigns"] = {draft, sent, scheduled};
    ids["/api/contacts"] = {owner->recipient(sent, phone_numbers(0, 1)[0])["contact_id"]};
    ids["/api/wa-templates"] = {owner->template_id("order_update"),
                                owner->template_id("promo_image")};
    const auto agent = owner->must("POST", "/api/agents",
                                   {{"email", "siti@e2e.example"},
                                    {"name", "Siti"},
                                    {"password", admin_password},
                                    {"role", "agent"}});
    ids["/api/agents"] = {owner->agent_id(), agent["id"]};
    const std::string division = owner->must("POST", "/api/divisions", {{"name", "Sales"}})["id"];
    owner->must("POST", "/api/divisions/" + division + "/agents", {{"agent_ids", {agent["id"]}}});
    ids["/api/divisions"] = {division};
    // The broadcast opened it; an agent brings it into the inbox.
    const std::string conversation =
        owner->must("GET", "/api/contacts/" + ids["/api/contacts"][0] + "/conversations")[0]["id"];
    owner->must("PATCH", "/api/conversations/" + conversation + "/tags", {{"tags", {"vip"}}});
    owner->must("POST", "/api/conversations/" + conversation + "/transfer",
                {{"to_agent_id", agent["id"]}, {"to_division_id", division}});
    ids["/api/conversations"] = {conversation};
    ids["/api/notes"] = {owner->must("POST", "/api/conversations/" + conversation + "/notes",
                                     {{"body", "Paid"}, {"mentions", {agent["id"]}}})["id"]};
    owner->must("PUT", "/api/chat-expiration/whatsapp",
                {{"is_enabled", true}, {"expire_after_minutes", 5}});
    ids["/api/chat-expiration"] = {"whatsapp"};
    const json later{{"type", "template"},
                     {"template",
                      {{"template_id", ids["/api/wa-templates"][0]},
                       {"variables", {{"1", "Budi"}, {"2", "INV-7"}}}}}};
    ids["/api/scheduled-messages"] = {
        owner->must("POST", "/api/conversations/" + conversation + "/schedule",
                    {{"send_at", in_an_hour()}, {"message", later}})["id"]};
    owner->must("PUT", "/api/integrations/email", {{"config", {{"address", "help@e2e.example"}}}});
    ids["/api/integrations"] = {"email"};
    ids["/api/media"] = {owner->upload("hello")};
    // A test to an endpoint that does not answer gives it a delivery.
    const std::string webhook =
        owner->must("POST", "/api/outgoing-webhooks",
                    {{"url", endpoint}, {"event_types", {"webhook.*"}}})["id"];
    ids["/api/outgoing-webhooks"] = {webhook};
    ids["/api/outgoing-webhooks/{id}/deliveries"] = {
        owner->must("POST", "/api/outgoing-webhooks/" + webhook + "/test")["id"]};
    ids["/api/api-keys"] = {owner->must("POST", "/api/api-keys", {{"name", "Shop"}})["id"]};
    storage::connection on({.database_url = around.server().database_url(), .role = ""});
    on.simple(
        "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) values ('" +
        owner->id() + "', '" + conversation +
        "', 'inbound', 'wamid.1', 'text', '{\"text\": {\"body\": \"Where is it\"}}', now())");
    // It, and the broadcast.
    const auto messages =
        owner->must("GET", "/api/conversations/" + conversation + "/messages")["data"];
    ids["/api/conversations/{id}/messages"] = {messages[0]["id"], messages[1]["id"]};
    on.simple(std::string("insert into roles (id, tenant_id, name, permissions) values ('") +
              foreign_role + "', '" + owner->id() + "', 'theirs', '{campaigns.view}')");
    // Idle for long enough to expire, if anybody could make it.
    on.simple(
        "update conversations set last_message_at = now() - interval '1 day', updated_at = "
        "now() - interval '1 day'");
    ids["/api/roles"] = {foreign_role};
  }

  /// The paths of an operation with the owner's ids in them; none if nobody has said which.
  std::vector<std::string> samples(const operation& what) const {
    std::vector<std::string> paths{""};
    std::size_t done = 0;
    for (auto open = what.path.find('{'); open != std::string::npos;
         open = what.path.find('{', done)) {
      const auto known = ids.find(what.path.substr(0, open - 1));
      if (known == ids.end()) return {};
      std::vector<std::string> longer;
      for (const auto& path : paths)
        for (const auto& id : known->second)
          longer.push_back(path + what.path.substr(done, open - done) + id);
      paths = std::move(longer);
      done = what.path.find('}', open) + 1;
    }
    for (auto& path : paths) path += what.path.substr(done);
    return paths;
  }

  /// Without which it is refused.
  static std::string query_of(const operation& what) {
    return what.id == "messages_search" ? "?q=where" : "";
  }
  /// What the stranger gets, and that the operation was tried.
  http_answer try_as_stranger(const std::string& method, const std::string& path,
                              const json& body = nullptr) {
    const auto bare = path.substr(0, path.find('?'));
    for (const auto& one : operations)
      if (one.method == method && one.path == bare) without_id.insert(one.id);
    return stranger->call(method, path, body);
  }
  void expect_nothing_of_the_owner(const std::string& body, const std::string& where) const {
    EXPECT_EQ(body.find(owner->id()), std::string::npos) << where;
    for (const auto& [collection, known] : ids)
      for (const auto& id : known)
        EXPECT_TRUE(id.size() < id_length || body.find(id) == std::string::npos)
            << where << ' ' << collection;
  }

  static void remove_times_of_use(json& from) {
    if (from.is_object()) from.erase("last_used_at");
    if (from.is_structured())
      for (auto& one : from) remove_times_of_use(one);
  }

  /// Everything the owner can read, by path.
  std::map<std::string, std::string> everything_of_the_owner() {
    // A new token each time, a question to Meta, and what does not end.
    static const std::set<std::string> left_out{"auth_token", "integration_accounts_health",
                                                "messenger_menu_get", "events_stream"};
    std::map<std::string, std::string> seen;
    for (const auto& one : operations) {
      if (one.method != "GET" || !one.path.starts_with("/api/") || left_out.contains(one.id))
        continue;
      for (const auto& path : samples(one)) {
        const auto got = owner->call("GET", path + query_of(one));
        EXPECT_EQ(got.status, 200) << path << got.body;
        auto body = got.json();
        remove_times_of_use(body);
        seen[path] = body.dump();
      }
    }
    return seen;
  }

  world around{{.settings = {{"OMNISTREAM_OUTGOING_WEBHOOKS_ALLOWED_NETWORKS", "127.0.0.1"},
                             {"OMNISTREAM_CONVERSATIONS_EXPIRE_CHECK_S", "3600"}}}};
  std::optional<tenant> owner, stranger;
  /// Of the owner, by collection as the document writes it:
  /// `/api/outgoing-webhooks/{id}/deliveries`.
  std::map<std::string, std::vector<std::string>> ids;
  std::string page_of_owner;  ///< its Messenger account
  std::vector<operation> operations;
  std::set<std::string> without_id;  ///< operations without one that were tried
};

TEST_F(Isolation, NothingOfAnotherTenantExists) {
  const auto before = everything_of_the_owner();
  EXPECT_GT(before.size(), 20U);
  int tried = 0;
  for (const auto& one : operations) {
    if (!one.takes_id()) continue;
    const auto of_owner = samples(one);
    EXPECT_FALSE(of_owner.empty()) << "this test has no id for " << one.method << ' ' << one.path;
    const auto body = bodies().find(one.id);
    EXPECT_EQ(body != bodies().end(), one.takes_body) << "this test needs a body for " << one.id;
    for (const auto& path : of_owner) {
      const auto got =
          stranger->call(one.method, path, body == bodies().end() ? json(nullptr) : body->second);
      // A channel is no id: everybody has it, each with a rule and an account of their own.
      const bool by_channel = one.path.find("{channel}") != std::string::npos;
      const bool is_own = by_channel && (got.status == 200 || got.code() == "invalid");
      EXPECT_TRUE(is_own || got.status == 404) << one.method << ' ' << path << got.body;
      // Another's id must not even be told from one that nobody has.
      EXPECT_EQ(got.body.find(owner->id()), std::string::npos);
      ++tried;
    }
  }
  EXPECT_GT(tried, 25);
  EXPECT_EQ(everything_of_the_owner(), before);
}

TEST_F(Isolation, ReferencesToAnotherTenantAreRefused) {
  const auto before = everything_of_the_owner();
  const auto template_of_owner = ids["/api/wa-templates"][0];
  const auto account_of_owner = ids["/api/integration-accounts"][0];
  const auto own_template = stranger->template_id("order_update");
  const auto refused = [this](const std::string& method, const std::string& path,
                              const json& body) {
    const auto got = try_as_stranger(method, path, body);
    EXPECT_TRUE(got.status == 422 || got.status == 404) << method << ' ' << path << got.body;
  };
  const auto draft = stranger->draft("order_update");
  refused("POST", "/api/campaigns", {{"name", "x"}, {"template_id", template_of_owner}});
  refused(
      "POST", "/api/campaigns",
      {{"name", "x"}, {"template_id", own_template}, {"integration_account_id", account_of_owner}});
  refused("PATCH", "/api/campaigns/" + draft, {{"template_id", template_of_owner}});
  refused("PATCH", "/api/campaigns/" + draft, {{"integration_account_id", account_of_owner}});
  refused("POST", "/api/wa-templates/sync?integration_account_id=" + account_of_owner, nullptr);
  refused("POST", "/api/agents",
          {{"email", "spy@e2e.example"},
           {"name", "Spy"},
           {"password", admin_password},
           {"role_id", foreign_role}});
  const std::string division = stranger->must("POST", "/api/divisions", {{"name", "Sales"}})["id"];
  for (const auto* method : {"POST", "DELETE"})
    refused(method, "/api/divisions/" + division + "/agents", {{"agent_ids", ids["/api/agents"]}});
  EXPECT_EQ(stranger->must("GET", "/api/divisions/" + division)["agent_count"], 0);
  const std::string own_account = stranger->must("GET", "/api/integration-accounts")[0]["id"];
  const auto sent = stranger->draft("order_update");
  stranger->add(sent, phone_numbers(0, 1));
  stranger->send(sent);
  stranger->await_rest(sent, around.simulator());
  const std::string contact = stranger->must("GET", "/api/contacts")["data"][0]["id"];
  const std::string own_conversation =
      stranger->must("GET", "/api/contacts/" + contact + "/conversations")[0]["id"];
  const auto in_conversation = "/api/conversations/" + own_conversation;
  refused("PATCH", in_conversation + "/assign", {{"agent_id", ids["/api/agents"][1]}});
  refused("POST", in_conversation + "/transfer", {{"to_agent_id", ids["/api/agents"][1]}});
  refused("POST", in_conversation + "/messages",
          {{"type", "template"},
           {"template",
            {{"template_id", template_of_owner}, {"variables", {{"1", "x"}, {"2", "y"}}}}}});
  refused("POST", in_conversation + "/notes",
          {{"body", "Look"}, {"mentions", {ids["/api/agents"][1]}}});
  refused("POST", in_conversation + "/transfer", {{"to_division_id", ids["/api/divisions"][0]}});
  for (const auto& [field, id] :
       std::map<std::string, std::string>{{"division_id", ids["/api/divisions"][0]},
                                          {"assigned_agent_id", ids["/api/agents"][1]},
                                          {"contact_id", ids["/api/contacts"][0]}})
    EXPECT_EQ(stranger->must("GET", "/api/conversations?" + field + "=" + id)["total"], 0) << field;
  stranger->must("PUT", "/api/chat-expiration/whatsapp",
                 {{"is_enabled", true}, {"expire_after_minutes", 5}});
  EXPECT_EQ(try_as_stranger("POST", "/api/conversations/expire").status, 200);
  EXPECT_EQ(owner->must("GET", "/api/messages/search?q=where")["total"], 1);
  for (const auto& narrowed : {std::string(), "&conversation_id=" + ids["/api/conversations"][0]})
    EXPECT_EQ(stranger->must("GET", "/api/messages/search?q=where" + narrowed)["total"], 0);
  const auto in_bulk = try_as_stranger(
      "POST", "/api/conversations/bulk",
      {{"ids", ids["/api/conversations"]}, {"action", "status"}, {"status", "resolved"}});
  EXPECT_EQ(in_bulk.json()["results"][0]["error"]["status"], 404);
  refused("PATCH", "/api/integration-accounts/" + own_account,
          {{"division_id", ids["/api/divisions"][0]}});
  refused("POST", "/api/integration-accounts",
          {{"channel", "email"},
           {"account_key", "spy@e2e.example"},
           {"display_name", "Spy"},
           {"division_id", ids["/api/divisions"][0]}});
  refused("POST", "/api/integrations/messenger/persistent-menu",
          {{"integration_account_id", page_of_owner}, {"persistent_menu", json::array()}});
  refused("POST", "/api/integrations/messenger/pages/disconnect", {{"page_id", "880901"}});
  refused("GET", "/api/integrations/messenger/persistent-menu", nullptr);
  const std::string own_webhook = stranger->must(
      "POST", "/api/outgoing-webhooks", {{"url", endpoint}, {"event_types", {"webhook.*"}}})["id"];
  const auto delivery_of_owner = "/api/outgoing-webhooks/" + own_webhook + "/deliveries/" +
                                 ids["/api/outgoing-webhooks/{id}/deliveries"][0];
  refused("GET", delivery_of_owner, nullptr);
  refused("POST", delivery_of_owner + "/redeliver", nullptr);
  const auto added = stranger->must("POST", "/api/campaigns/" + draft + "/recipients",
                                    {{"contact_ids", ids["/api/contacts"]}});
  EXPECT_EQ(added["added"], 0);
  EXPECT_EQ(stranger->recipients(draft).all.size(), 0U);
  for (const auto& one : operations)
    if (one.method == "GET" && !one.takes_id() && !not_tried().contains(one.id))
      expect_nothing_of_the_owner(try_as_stranger("GET", one.path + query_of(one)).body, one.path);
  for (const auto& one : operations)
    EXPECT_TRUE(one.takes_id() || without_id.contains(one.id) != not_tried().contains(one.id))
        << one.id << ": a test tries it, or not_tried() says why none needs to";
  EXPECT_EQ(everything_of_the_owner(), before);
}

TEST_F(Isolation, TheSameNumberIsTwoContacts) {
  const auto campaign = stranger->draft("order_update");
  stranger->add(campaign, phone_numbers(0, 1));
  const auto mine = stranger->recipient(campaign, phone_numbers(0, 1)[0]);
  EXPECT_NE(mine["contact_id"], ids["/api/contacts"][0]);
  EXPECT_EQ(stranger->must("GET", "/api/contacts")["total"], 1);
  EXPECT_EQ(stranger->must("GET", "/api/campaigns")["total"], 1);
}

}  // namespace
}  // namespace omnistream::test
