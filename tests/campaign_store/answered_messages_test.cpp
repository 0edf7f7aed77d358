// What somebody writes says which message it answers.

#include "storage/queries.hpp"
#include "tests/campaign_store/people_inbox.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;
namespace sql_of = storage::queries;

class AnsweredMessages : public ::testing::Test, protected people_inbox {
 protected:
  std::string id_of(const std::string& external_id) {
    return sql("select id from messages where external_id = '" + external_id + "'");
  }
  /// The message that one answers, as a list of its conversation and the message itself show it.
  std::string answered_by(const std::string& external_id) {
    const auto id = id_of(external_id);
    const auto conversation =
        *uuid::parse(sql("select conversation_id from messages where id = '" + id + "'"));
    const auto shown = world.pool_.run(storage::access::engine(), [&](storage::session& in) {
      const auto list = json::parse(
          in.execute(sql_of::conversation_messages, uuid{}, true, conversation, true, 1, 100)
              .text(0, 0));
      const auto alone = json::parse(
          in.execute(sql_of::conversation_message, uuid{}, true, conversation, id).text(0, 0));
      for (const auto& one : list["data"])
        EXPECT_TRUE(one["id"] != id || one.value("reply_to", "") == alone.value("reply_to", ""));
      return alone.value("reply_to", "");
    });
    EXPECT_TRUE(shown.ok()) << (shown.ok() ? "" : shown.error().detail);
    return shown.ok() ? *shown : "";
  }
  static raw_webhook on_whatsapp_of(const std::string& from, const std::string& id, json rest) {
    return whatsapp({{"messages", {on_whatsapp(from, id, 1, std::move(rest))}}});
  }
  static json answering(const std::string& wamid) {
    auto message = text("x");
    message["context"] = {{"from", "1001"}, {"id", wamid}};
    return message;
  }
};

TEST_F(AnsweredMessages, OfWhatsAppAreNamedByTheContext) {
  apply({on_whatsapp_of("6281201", "a1", answering("a0")),
         on_whatsapp_of("6281202", "b1", answering("a0")),
         on_whatsapp_of("6281201", "a2", text("x"))});
  EXPECT_EQ(answered_by("a1"), "") << "it is not known";
  sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
      "sent_at, status) select tenant_id, conversation_id, 'outbound', 'a0', 'text', '{}', now(), "
      "2 from messages where external_id = 'a1'");
  EXPECT_EQ(answered_by("a1"), id_of("a0")) << "it may come later";
  EXPECT_EQ(answered_by("b1"), "") << "of another conversation";
  EXPECT_EQ(answered_by("a2"), "");
}

TEST_F(AnsweredMessages, OfMessengerAndInstagramAreNamedByTheirId) {
  for (const bool on_instagram : {false, true}) {
    const std::string prefix = on_instagram ? "ig." : "fb.";
    auto reply = wrote("p", prefix + "2", 2);
    reply["message"]["reply_to"] = {{"mid", prefix + "1"}};
    auto to_story = wrote("p", prefix + "3", 3);
    to_story["message"]["reply_to"] = {{"story", {{"id", prefix + "1"}}}};
    apply({messaging(on_instagram, {reply, to_story})});
    EXPECT_EQ(answered_by(prefix + "2"), "");
    auto echo = echoed("p", prefix + "1", 1);
    if (on_instagram) echo["sender"]["id"] = "ig-1";
    apply({messaging(on_instagram, {echo})});
    EXPECT_EQ(answered_by(prefix + "2"), id_of(prefix + "1"));
    EXPECT_EQ(answered_by(prefix + "3"), "") << "a story is no message";
  }
}

TEST_F(AnsweredMessages, OfMailsAreNamedByInReplyTo) {
  apply({mailed("budi@x.example", "1")});
  sql("insert into messages (tenant_id, conversation_id, direction, external_id, type, content, "
      "sent_at, status) select tenant_id, id, 'outbound', '<own@shop.example>', 'text', '{}', "
      "now(), 2 from conversations");
  auto mail = json::parse(*mailed("budi@x.example", "2").payload);
  mail["headers"] = "In-Reply-To: <own@shop.example>\nReferences: <1@x.example>";
  apply({raw(mail, webhook_source::email)});
  EXPECT_EQ(answered_by("email:budi@x.example <2@x.example> to help@shop.example"),
            id_of("<own@shop.example>"));
  EXPECT_EQ(answered_by("email:budi@x.example <1@x.example> to help@shop.example"), "");
}

}  // namespace
}  // namespace omnistream::test
