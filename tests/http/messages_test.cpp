// Messages that agents send in conversations.

#include "tests/http/messages_fixture.hpp"

namespace omnistream::test {
namespace {

using actors::outbound_message;
using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST_F(Messages, AreSentAndShown) {
  const auto id = chat();
  const auto taken = send(id, text("Halo Budi"));
  ASSERT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(taken.json()["status"], "pending");
  EXPECT_FALSE(taken.json().contains("external_id"));
  auto shown = await_status(id, "sent");
  const std::string message = shown["id"];
  EXPECT_EQ(message, taken.json()["id"]);
  EXPECT_THAT(handed(), ElementsAre(json{{"messaging_product", "whatsapp"},
                                         {"recipient_type", "individual"},
                                         {"to", "628121000001"},
                                         {"type", "text"},
                                         {"text", {{"body", "Halo Budi"}}},
                                         {"biz_opaque_callback_data", message}}));
  for (const auto* field : {"id", "external_id", "sent_at", "created_at"}) shown.erase(field);
  EXPECT_EQ(shown, (json{{"conversation_id", id},
                         {"direction", "outbound"},
                         {"type", "text"},
                         {"text", "Halo Budi"},
                         {"status", "sent"},
                         {"sent_by", tenant.agent_id.to_string()},
                         {"sent_by_name", "Test Agent"},
                         {"content", {{"type", "text"}, {"text", {{"body", "Halo Budi"}}}}}}));
  const auto conversation = call("GET", "/" + id).json();
  EXPECT_EQ(conversation["last_message_preview"], "Halo Budi");
  EXPECT_FALSE(conversation.contains("assigned_agent_id")) << "sending takes no conversation";
  EXPECT_EQ(sql("select count(*) from outgoing_messages"), "0");
}

TEST_F(Messages, OfOneConversationGoInTheirOrder) {
  const auto id = chat();
  for (int i = 0; i < 20; ++i) send(id, text(std::to_string(i)));
  EXPECT_TRUE(eventually([&] { return handed().size() == 20; }));
  int next = 0;
  for (const auto& one : handed()) EXPECT_EQ(one["text"]["body"], std::to_string(next++));
}

/// Their contacts turned out to be one person; who asked does not know yet.
TEST_F(Messages, AreTakenOncePerKeyAlsoWhereConversationsBecomeOne) {
  const auto kept = chat(), gone = chat("Ani");
  const auto first = send(gone, text("Halo"), "key 1");
  ASSERT_EQ(first.status, 202);
  await_status(gone, "sent");
  become_one(kept, gone);
  const auto again = send(gone, text("Halo"), "key 1");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.json()["id"], first.json()["id"]);
  EXPECT_EQ(send(gone, text("Hola"), "key 1").status, 404);
  EXPECT_EQ(send(gone, text("Halo"), "key 2").status, 404);
  const auto [agent, secret] = server.make_agent(tenant.id, "siti@toko.example");
  sql("update conversations set assigned_agent_id = '" + tenant.agent_id.to_string() + "'");
  EXPECT_EQ(server
                .send("POST", "/api/conversations/" + gone + "/messages", text("Halo").dump(),
                      {{"X-API-Key", secret}, {"Idempotency-Key", "key 1"}})
                .status,
            404)
      << "who does not see it";
  EXPECT_EQ(handed().size(), 1U);
}

TEST_F(Messages, AreTakenOncePerKey) {
  const auto id = chat();
  const auto first = send(id, text("Halo"), "key 1");
  EXPECT_EQ(first.status, 202);
  const auto again = send(id, text("Halo"), "key 1");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.json()["id"], first.json()["id"]);
  EXPECT_EQ(send(id, text("Hola"), "key 1").code(), "idempotency_key_reused");
  EXPECT_EQ(send(chat("Ani"), text("Halo"), "key 1").code(), "idempotency_key_reused");
  EXPECT_EQ(send(id, text("Halo"), "key 2").status, 202);
  EXPECT_THAT(send(id, text("Halo"), std::string(256, 'k')).wrong_fields(),
              ElementsAre("Idempotency-Key:wrong_format"));
  EXPECT_TRUE(eventually([&] { return handed().size() == 2; }));
  // The window closes, and the answer to the same call stays the same.
  sql("update conversations set last_inbound_at = now() - interval '2 days'");
  EXPECT_EQ(send(id, text("Halo"), "key 1").status, 200);
}

TEST_F(Messages, AreRefusedWhereNothingCanBeSent) {
  const auto id = chat();
  const auto code = [&] { return send(id, text("Halo")).code(); };
  sql("update conversations set last_inbound_at = now() - interval '24 hours'");
  EXPECT_EQ(code(), "service_window_closed");
  sql("update conversations set last_inbound_at = null");
  EXPECT_EQ(code(), "service_window_closed");
  sql("update conversations set last_inbound_at = now()");
  sql("update integration_accounts set is_active = false");
  EXPECT_EQ(code(), "account_inactive");
  sql("update integration_accounts set is_active = true, pause_code = 'account_refused', "
      "pause_reason = 'Token'");
  EXPECT_EQ(code(), "account_paused");
  sql("update integration_accounts set pause_code = null, pause_reason = null");
  sql("update contacts set phone_number = null");
  EXPECT_EQ(code(), "contact_without_number");
  sql("update contacts set whatsapp_user_id = 'ID.1349'");
  EXPECT_EQ(code(), "");
  EXPECT_TRUE(eventually([&] { return handed().size() == 1; }));
  EXPECT_EQ(handed()[0]["recipient"], "ID.1349");
  sql("update conversations set channel = 'email'");
  EXPECT_EQ(code(), "contact_without_number") << "the contact has no address";
  sql("update conversations set channel = 'whatsapp'");
  sql("delete from integration_accounts");
  EXPECT_EQ(code(), "account_deleted");
}

TEST_F(Messages, GoToPeopleOnMessenger) {
  const auto id = chat();
  sql("update integration_accounts set channel = 'messenger', account_key = '600'");
  sql("update conversations set channel = 'messenger'");
  sql("insert into contact_identities (tenant_id, channel, external_id, contact_id) select "
      "tenant_id, 'messenger', '7001', id from contacts");
  const auto taken = send(id, text("Halo Budi"));
  ASSERT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(await_status(id, "sent")["text"], "Halo Budi");
  const std::string message = taken.json()["id"];
  EXPECT_THAT(handed(),
              ElementsAre(json{{"recipient", {{"id", "7001"}}},
                               {"messaging_type", "RESPONSE"},
                               {"message", {{"text", "Halo Budi"}, {"metadata", message}}}}));
  EXPECT_EQ(server.sender().sent()[0].account->sender_id, "600");
  EXPECT_THAT(send(id, {{"type", "sticker"}, {"sticker", {{"id", "1"}}}}).wrong_fields(),
              ElementsAre("type:not_on_channel"));
  sql("update conversations set last_inbound_at = now() - interval '6 days'");
  EXPECT_EQ(send(id, text("Halo")).code(), "service_window_closed");
  auto late = text("Halo");
  late["tag"] = "HUMAN_AGENT";
  EXPECT_EQ(send(id, late).status, 202);
  EXPECT_TRUE(eventually([&] { return handed().size() == 2; }));
  EXPECT_EQ(handed()[1]["tag"], "HUMAN_AGENT");
  EXPECT_THAT(send(chat("Ani"), late).wrong_fields(), ElementsAre("tag:not_on_channel"));
}

TEST_F(Messages, NeedTheRightAndASeenConversation) {
  const auto id = chat();
  const auto [siti, key] = server.make_agent(tenant.id, "siti@toko.example");
  EXPECT_EQ(server.call(key, "POST", "/api/conversations/" + id + "/messages", text("Halo")).status,
            202);
  sql("update conversations set assigned_agent_id = '" + tenant.agent_id.to_string() + "'");
  EXPECT_EQ(server.call(key, "POST", "/api/conversations/" + id + "/messages", text("Halo")).status,
            404);
  EXPECT_EQ(
      server.call(other.api_key, "POST", "/api/conversations/" + id + "/messages", text("Halo"))
          .status,
      404);
  sql("update roles set permissions = array_remove(permissions, 'messages.send')");
  const auto [ani, without] = server.make_agent(tenant.id, "ani@toko.example", "supervisor");
  EXPECT_EQ(
      server.call(without, "POST", "/api/conversations/" + id + "/messages", text("Halo")).status,
      403);
}

TEST_F(Messages, AreCheckedByTheirType) {
  const auto id = chat();
  const auto wrong = [&](const json& body) { return send(id, body).wrong_fields(); };
  EXPECT_THAT(wrong({{"type", "text"}}), ElementsAre("text:required"));
  EXPECT_THAT(wrong({{"type", "fax"}}), ElementsAre("type:not_in_enum"));
  EXPECT_THAT(wrong(text("")), ElementsAre("text.body:too_short"));
  EXPECT_THAT(wrong(text(std::string(4'097, 'x'))), ElementsAre("text.body:too_long"));
  EXPECT_THAT(wrong({{"type", "image"}, {"text", {{"body", "x"}}}}),
              UnorderedElementsAre("image:required", "text:not_of_type"));
  EXPECT_THAT(wrong({{"type", "image"}, {"image", json::object()}}),
              ElementsAre("image.id:required"));
  EXPECT_THAT(wrong({{"type", "image"}, {"image", {{"id", "1"}, {"link", "https://a.b/c"}}}}),
              ElementsAre("image.link:ambiguous"));
  EXPECT_THAT(wrong({{"type", "audio"}, {"audio", {{"id", "1"}, {"caption", "x"}}}}),
              ElementsAre("audio.caption:unknown_field"));
  EXPECT_THAT(wrong({{"type", "location"}, {"location", {{"latitude", 91}, {"longitude", 0}}}}),
              ElementsAre("location.latitude:out_of_range"));
  EXPECT_THAT(wrong({{"type", "contacts"}, {"contacts", json::array()}}),
              ElementsAre("contacts:too_few_items"));
  EXPECT_THAT(wrong({{"type", "template"}, {"template", json::object()}}),
              ElementsAre("template.name:required"));
  EXPECT_TRUE(handed().empty());
}

class TemplateMessages : public Messages {
 protected:
  TemplateMessages() {
    sql("update integration_accounts set waba_id = '102'");
    approved =
        sql("insert into wa_templates (tenant_id, waba_id, name, language, category, status, "
            "components) values ('" +
            tenant.id.to_string() +
            "', '102', 'hello', 'id', 'UTILITY', 'APPROVED', "
            "'[{\"type\": \"BODY\", \"text\": \"Halo {{1}}!\"}]') returning id");
  }
  static json by_name(json more = json::object()) {
    more.update({{"name", "hello"}, {"language", {{"code", "id"}}}});
    return {{"type", "template"}, {"template", more}};
  }
  std::string approved;
};

TEST_F(TemplateMessages, GoAlsoWhenTheWindowIsClosed) {
  const auto id = chat();
  sql("update conversations set last_inbound_at = null");
  const auto taken = send(id, by_name({{"variables", {{"1", "Budi"}}}}));
  ASSERT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(taken.json()["text"], "Halo Budi!");
  await_status(id, "sent");
  const json expected{
      {"name", "hello"},
      {"language", {{"code", "id"}}},
      {"components", {{{"type", "body"}, {"parameters", {{{"type", "text"}, {"text", "Budi"}}}}}}}};
  auto filled = expected;
  filled["language"]["policy"] = "deterministic";
  EXPECT_EQ(handed()[0]["template"], filled);
  json by_id{{"type", "template"},
             {"template", {{"template_id", approved}, {"components", expected["components"]}}}};
  ASSERT_EQ(send(id, by_id).status, 202);
  EXPECT_TRUE(eventually([&] { return handed().size() == 2; }));
  EXPECT_EQ(handed()[1]["template"], expected);
}

TEST_F(TemplateMessages, MustFitTheTemplate) {
  const auto id = chat();
  const auto wrong = [&](const json& body) { return send(id, body).wrong_fields(); };
  EXPECT_THAT(wrong(by_name()), ElementsAre("template.variables:template_mismatch"));
  auto unknown = by_name();
  unknown["template"]["name"] = "other";
  EXPECT_THAT(wrong(unknown), ElementsAre("template.name:not_found"));
  sql("update wa_templates set status = 'PAUSED'");
  EXPECT_THAT(wrong(by_name()), ElementsAre("template.name:template_not_approved"));
  sql("update wa_templates set status = 'APPROVED', waba_id = '103'");
  EXPECT_THAT(wrong(by_name()), ElementsAre("template.name:not_found")) << "of another account";
}

TEST_F(Messages, ReactWithOneEmoji) {
  const auto id = chat();
  write(id, "wamid.in", "text");
  const auto react = [&](const std::string& emoji) {
    return send(
        id, {{"type", "reaction"}, {"reaction", {{"message_id", "wamid.in"}, {"emoji", emoji}}}});
  };
  for (const auto* wrong : {"x", " ", "\U0001F44D\U0001F44D", "7"})
    EXPECT_THAT(react(wrong).wrong_fields(), ElementsAre("reaction.emoji:wrong_format")) << wrong;
  for (const auto* right : {"\U0001F44D\U0001F3FD", "\u2764\ufe0f", ""})
    EXPECT_EQ(react(right).status, 202) << right;
  EXPECT_TRUE(eventually([&] { return handed().size() == 3; }));
}

TEST_F(Messages, AnswerWhatIsStillAMessage) {
  const auto id = chat();
  for (const std::string type : {"text", "reaction", "system", "deleted"}) {
    auto answer = text("Yes");
    answer["reply_to"] = write(id, "wamid." + type, type);
    const json reaction{{"type", "reaction"},
                        {"reaction", {{"message_id", "wamid." + type}, {"emoji", "\u2764"}}}};
    if (type == "text") {
      EXPECT_EQ(send(id, answer).status, 202);
      EXPECT_EQ(send(id, reaction).status, 202);
    } else {
      EXPECT_THAT(send(id, answer).wrong_fields(), ElementsAre("reply_to:no_target")) << type;
      EXPECT_THAT(send(id, reaction).wrong_fields(), ElementsAre("reaction.message_id:no_target"))
          << type;
    }
  }
  EXPECT_TRUE(eventually([&] { return handed().size() == 2; }));
}

TEST_F(Messages, GoOnWhenTheirAccountIsPutRight) {
  const auto id = chat();
  server.sender().answers_with([](const outbound_message&) { return refused(190); });
  send(id, text("Halo"));
  EXPECT_TRUE(eventually(
      [&] { return sql("select pause_code from integration_accounts") == "account_refused"; }));
  EXPECT_EQ(newest(id)["status"], "pending");
  EXPECT_EQ(send(id, text("More")).code(), "account_paused");
  server.sender().answers_with({});
  EXPECT_EQ(server
                .call(tenant.api_key, "PATCH", "/api/integration-accounts/" + account,
                      {{"is_active", true}})
                .status,
            200);
  await_status(id, "sent");
}

TEST_F(Messages, FailWhenTheirAccountIsDeleted) {
  const auto id = chat();
  send(id, text("Halo"));
  await_status(id, "sent");
  sql("update integration_accounts set pause_code = 'x', pause_reason = 'x'");
  sql("insert into messages (tenant_id, conversation_id, direction, type, content, status, "
      "sent_at) "
      "select tenant_id, id, 'outbound', 'text', '{}', 0, now() from conversations");
  sql("insert into outgoing_messages (conversation_id, number, message_id, tenant_id, account_id, "
      "due_at) select m.conversation_id, 2, m.id, m.tenant_id, '" +
      account + "', now() from messages m where m.status = 0");
  EXPECT_EQ(server.call(tenant.api_key, "DELETE", "/api/integration-accounts/" + account).status,
            200);
  EXPECT_EQ(await_status(id, "failed")["error_message"],
            "Not sent: the account was deleted meanwhile.");
}

}  // namespace
}  // namespace omnistream::test
