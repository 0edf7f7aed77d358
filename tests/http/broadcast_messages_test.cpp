// Broadcasts in the conversations of those who got them: each is its recipient's row.

#include "tests/http/conversations_fixture.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

class BroadcastMessages : public Conversations {
 protected:
  BroadcastMessages() {
    template_id =
        sql("insert into wa_templates (tenant_id, waba_id, name, language, category, status, "
            "components) values (" +
            own() +
            ", '102', 'order_update', 'id', 'UTILITY', 'APPROVED', '[{\"type\": \"HEADER\", "
            "\"format\": \"TEXT\", \"text\": \"Toko\"}, {\"type\": \"BODY\", \"text\": \"Halo "
            "{{1}}, pesanan {{2}}{{1}} {{3}}\"}]') returning id");
  }
  std::string own() const { return "'" + tenant.id.to_string() + "'"; }

  /// A campaign that sent to the contact of a conversation at that second; its recipient's id.
  std::string broadcast(const std::string& chat, int second, int status = 2,
                        const std::string& variables = R"({"1": "{{2}}", "2": "INV-7"})") {
    const auto campaign = new_campaign_id(system_now());
    sql("insert into campaigns (id, tenant_id, name, template_id, integration_account_id, status, "
        "total_recipients, claimed_seq, settled_seq, started_at, created_by) values ('" +
        campaign.to_string() + "', " + own() + ", 'c', '" + template_id + "', '" + account +
        "', 'sending', 1, 1, 1, '2026-11-20T10:00:00Z', '" + tenant.agent_id.to_string() + "')");
    sql("insert into campaign_recipients (campaign_id, tenant_id, contact_id, seq, status, "
        "phone_number, variables, external_id, error_code, error_message, sent_at) select '" +
        campaign.to_string() + "', c.tenant_id, c.id, 1, " + std::to_string(status) +
        ", c.phone_number, '" + variables + "', 'wamid.1', " +
        (status == 5 ? "131026, 'Undeliverable', null" : "null, null, " + at(second)) +
        " from contacts c join conversations v on v.contact_id = c.id where v.id = '" + chat + "'");
    return recipient_id(campaign, 1).to_string();
  }
  /// A message that the contact wrote at that second.
  std::string message(const std::string& chat, int second) {
    return sql(
        "insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
        "sent_at) values (" +
        own() + ", '" + chat + "', 'inbound', uuid_v7()::text, 'text', '{}', " + at(second) +
        ") returning id");
  }
  static std::string at(int second) {
    return "timestamptz '2026-11-20T10:00:00Z' + interval '" + std::to_string(second) + " s'";
  }
  std::vector<std::string> ids(const std::string& chat, const std::string& query = "") {
    std::vector<std::string> all;
    const auto got = call("GET", "/" + chat + "/messages" + query);
    EXPECT_EQ(got.status, 200) << got.body;
    const auto page = got.json();
    for (const auto& one : page["data"]) all.push_back(one["id"]);
    return all;
  }

  std::string template_id;
};

TEST_F(BroadcastMessages, StandAmongWhatWasWrittenInTheOrderOfTime) {
  const auto id = add("Budi");
  const auto first = message(id, 1), second = broadcast(id, 2), third = message(id, 3),
             fourth = broadcast(id, 4);
  EXPECT_THAT(ids(id), ElementsAre(fourth, third, second, first));
  EXPECT_THAT(ids(id, "?order=oldest"), ElementsAre(first, second, third, fourth));
  EXPECT_THAT(ids(id, "?per_page=3"), ElementsAre(fourth, third, second));
  EXPECT_THAT(ids(id, "?per_page=3&page=2"), ElementsAre(first));
  EXPECT_THAT(ids(id, "?per_page=1&page=3&order=oldest"), ElementsAre(third));
  EXPECT_THAT(ids(id, "?page=2"), IsEmpty());
  const auto page = call("GET", "/" + id + "/messages?per_page=3").json();
  EXPECT_EQ(page["total"], 4);
  EXPECT_EQ(page["total_pages"], 2);
}

TEST_F(BroadcastMessages, AreShownAsTheContactReadsThem) {
  const auto id = add("Budi");
  const auto sent = broadcast(id, 2, 4);
  auto shown = call("GET", "/" + id + "/messages").json()["data"][0];
  EXPECT_EQ(call("GET", "/" + id + "/messages/" + sent).json(), shown);
  const auto text = "Halo {{2}}, pesanan INV-7{{2}} {{3}}";
  EXPECT_EQ(shown["campaign_id"].get<std::string>().substr(0, 14), sent.substr(0, 14));
  for (const auto* field : {"campaign_id", "created_at"}) shown.erase(field);
  EXPECT_EQ(shown, (json{{"id", sent},
                         {"conversation_id", id},
                         {"direction", "outbound"},
                         {"type", "template"},
                         {"text", text},
                         {"external_id", "wamid.1"},
                         {"status", "read"},
                         {"sent_by", tenant.agent_id.to_string()},
                         {"sent_by_name", "Test Agent"},
                         {"sent_at", "2026-11-20T10:00:02.000Z"},
                         {"content",
                          {{"type", "template"},
                           {"template", {{"name", "order_update"}, {"language", {{"code", "id"}}}}},
                           {"rendered", {{"body", text}}}}}}));
}

TEST_F(BroadcastMessages, OfWhichNothingWasHandedOverAreNotThere) {
  const auto id = add("Budi");
  const auto waiting = broadcast(id, 1, 0), cancelled = broadcast(id, 2, 6);
  EXPECT_THAT(ids(id), IsEmpty());
  EXPECT_EQ(call("GET", "/" + id + "/messages/" + waiting).status, 404);
  EXPECT_EQ(call("GET", "/" + id + "/messages/" + cancelled).status, 404);
  broadcast(id, 3, 5);
  const auto failed = call("GET", "/" + id + "/messages").json()["data"][0];
  EXPECT_EQ(failed["status"], "failed");
  EXPECT_EQ(failed["error_message"], "Undeliverable");
  EXPECT_EQ(failed["sent_at"], "2026-11-20T10:00:00.000Z") << "when the campaign began";
}

TEST_F(BroadcastMessages, AreNobodyElses) {
  const auto id = add("Budi"), of_ani = add("Ani");
  const auto sent = broadcast(id, 1);
  EXPECT_THAT(ids(of_ani), IsEmpty());
  EXPECT_EQ(call("GET", "/" + of_ani + "/messages/" + sent).status, 404);
  EXPECT_EQ(as(other.api_key, "GET", "/" + id + "/messages/" + sent).status, 404);
  // The number went over to somebody else.
  sql("update contacts set phone_number = '+62811' where name = 'Budi'");
  sql("update contacts set phone_number = (select phone_number from campaign_recipients) "
      "where name = 'Ani'");
  EXPECT_THAT(ids(of_ani), IsEmpty());
  EXPECT_EQ(call("GET", "/" + id + "/messages/" + sent).status, 200);
  const auto unrelated = message(id, 2);
  EXPECT_THAT(ids(id), ElementsAre(unrelated, sent)) << "to the number that Budi had";
}

/// What people write has whole seconds, what is sent to them milliseconds.
TEST_F(BroadcastMessages, StandBeforeTheirAnswerOfTheSameSecond) {
  const auto id = add("Budi");
  const auto sent = broadcast(id, 2);
  sql("update campaign_recipients set sent_at = sent_at + interval '700 ms'");
  const auto answer = message(id, 2), earlier = message(id, 1);
  EXPECT_THAT(ids(id), ElementsAre(answer, sent, earlier));
  EXPECT_THAT(ids(id, "?order=oldest"), ElementsAre(earlier, sent, answer));
}

TEST_F(BroadcastMessages, AreAnswered) {
  const auto id = add("Budi"), of_ani = add("Ani");
  sql("update conversations set last_inbound_at = now()");
  const auto sent = broadcast(id, 1);
  const json reply{{"type", "text"}, {"text", {{"body", "Yes"}}}, {"reply_to", sent}};
  const auto taken = call("POST", "/" + id + "/messages", reply);
  EXPECT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(taken.json()["content"]["context"]["message_id"], "wamid.1");
  EXPECT_THAT(call("POST", "/" + of_ani + "/messages", reply).wrong_fields(),
              ElementsAre("reply_to:not_found"));
}

TEST_F(BroadcastMessages, AreNamedByWhatAnswersThem) {
  const auto id = add("Budi"), of_ani = add("Ani");
  const auto sent = broadcast(id, 1);
  const auto answer = message(id, 2), of_another = message(of_ani, 2);
  sql("update messages set answered = 'wamid.1'");
  EXPECT_EQ(call("GET", "/" + id + "/messages").json()["data"][0]["reply_to"], sent);
  EXPECT_EQ(call("GET", "/" + id + "/messages/" + answer).json()["reply_to"], sent);
  EXPECT_FALSE(call("GET", "/" + of_ani + "/messages/" + of_another).json().contains("reply_to"));
}

TEST_F(BroadcastMessages, OfATemplateWithoutABodyHaveNoText) {
  const auto id = add("Budi");
  broadcast(id, 1);
  for (const auto* components : {"[]", "{}", "[{\"type\": \"BODY\"}]", "null"}) {
    sql(std::string("update wa_templates set components = '") + components + "'");
    const auto shown = call("GET", "/" + id + "/messages").json()["data"][0];
    EXPECT_FALSE(shown.contains("text")) << components;
    EXPECT_FALSE(shown["content"].contains("rendered")) << components;
  }
}

}  // namespace
}  // namespace omnistream::test
