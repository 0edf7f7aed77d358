// What decides on a message of an agent without a database: whether it can be sent, what its
// outcome means, how a template is filled, what is handed to Meta.

#include "actors/conversation/message_rules.hpp"

#include <gtest/gtest.h>

#include "actors/conversation/message_template.hpp"
#include "actors/conversation/outgoing_channel.hpp"
#include "tests/actors/campaign_world.hpp"

namespace omnistream::test {
namespace {

using kind = recorded_message::kind;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::seconds;

const timestamp now{hours{500'000}};

message_surroundings open_window() {
  message_surroundings in;
  in.channel = "whatsapp";
  in.last_inbound_at = now - hours{1};
  in.contact.phone_number = "+6281299";
  return in;
}
message_draft of_type(const std::string& type) {
  return {type, {{"body", "Hi"}}, {}, {}};
}
std::string refused(const message_surroundings& in, const std::string& type = "text") {
  const auto why = refuse_message(in, of_type(type), now);
  return why ? std::to_string(why->status) + ' ' + why->code : "";
}

TEST(MessageRules, AskForEverythingThatSendingNeeds) {
  EXPECT_EQ(refused(open_window()), "");
  auto in = open_window();
  in.channel = "sms";
  EXPECT_EQ(refused(in), "409 channel_not_supported");
  in = open_window();
  in.has_account = in.account_active = false;
  EXPECT_EQ(refused(in), "409 account_deleted");
  in = open_window();
  in.account_active = false;
  EXPECT_EQ(refused(in), "409 account_inactive");
  in = open_window();
  in.account_paused = "The token is not valid.";
  EXPECT_EQ(refused(in), "409 account_paused");
  in = open_window();
  in.contact = {};
  EXPECT_EQ(refused(in), "409 contact_without_number");
  in.contact.user_id = "ID.1";
  EXPECT_EQ(refused(in), "");
  in.waiting = waiting_messages_max;
  EXPECT_EQ(refused(in), "409 too_many_waiting");
}

TEST(MessageRules, KeepTheServiceWindow) {
  auto in = open_window();
  in.last_inbound_at = now - service_window + seconds{1};
  EXPECT_EQ(refused(in), "");
  in.last_inbound_at = now - service_window;
  EXPECT_EQ(refused(in), "409 service_window_closed");
  EXPECT_EQ(refused(in, "template"), "");
  in.last_inbound_at.reset();
  EXPECT_EQ(refused(in), "409 service_window_closed");
}

recorded_message record(const send_result& result, int attempt = 0) {
  send_outcome outcome;
  outcome.seq = 7;
  outcome.attempt = attempt;
  outcome.result = result;
  outcome.at = now;
  return to_record(outcome, now + seconds{300}, 0);
}

TEST(MessageRules, JudgeOutcomesByTheOneTable) {
  EXPECT_EQ(record(accepted()).what, kind::sent);
  EXPECT_EQ(record(accepted()).number, 7);
  EXPECT_EQ(record(uncertain()).what, kind::uncertain);
  EXPECT_EQ(record(uncertain()).due_at, now + seconds{300});
  for (const int final_code : {131026, 131047, 131049, 132015, 132001, 131050})
    EXPECT_EQ(record(rejected(final_code)).what, kind::failed) << final_code;
  EXPECT_TRUE(record(rejected(131050)).opt_out);
  EXPECT_FALSE(record(rejected(131026)).opt_out);
  for (const int passing_code : {130429, 131056, 131000, 190})
    EXPECT_EQ(record(rejected(passing_code)).what, kind::retry) << passing_code;
  EXPECT_EQ(record(not_sent(), 3).attempt, 3) << "not the message's fault";
  EXPECT_GT(record(rejected(190)).due_at, now) << "at once would spin";
  EXPECT_EQ(record(rejected(131056), 2).due_at, now + seconds{16});
  EXPECT_EQ(record(rejected(131056), 6).what, kind::failed) << "it gives up";
}

TEST(MessageRules, SayWhatStopsTheWholeAccount) {
  send_outcome outcome;
  outcome.result = rejected(190);
  EXPECT_EQ(account_pause_of(outcome)->code, account_refused);
  outcome.result = rejected(132015);
  EXPECT_FALSE(account_pause_of(outcome)) << "a template is paused";
  outcome.result = rejected(190);
  outcome.returned = true;
  EXPECT_FALSE(account_pause_of(outcome));
}

TEST(MessageDraft, ComesBackFromItsText) {
  message_draft draft{"template", {{"1", "Budi"}}, uuid{{1}}, template_choice{uuid{{2}}, "", ""}};
  const auto back = draft_from_json(to_json(draft));
  EXPECT_EQ(back.type, draft.type);
  EXPECT_EQ(back.object, draft.object);
  EXPECT_EQ(back.reply_to, draft.reply_to);
  EXPECT_EQ(back.from_template->id, draft.from_template->id);
  EXPECT_EQ(to_json(back), to_json(draft));
  auto text = of_type("text");
  EXPECT_EQ(to_json(draft_from_json(to_json(text))), to_json(text));
  text.as_human_agent = true;
  EXPECT_TRUE(draft_from_json(to_json(text)).as_human_agent);
}

TEST(WhatsAppChannel, WritesToANumberOrToAUserId) {
  const auto content = content_of(of_type("text"), {{"body", "Hi"}}, "wamid.1");
  const auto body = [&](const message_addressee& to) {
    return json::parse(whatsapp_channel().body({uuid{{1}}, uuid{{2}}, to, content}));
  };
  EXPECT_EQ(body({"+6281299", "ID.1", {}})["to"], "6281299");
  EXPECT_FALSE(body({"+6281299", "ID.1", {}}).contains("recipient"));
  EXPECT_EQ(body({{}, "ID.1", {}})["recipient"], "ID.1");
  EXPECT_EQ(body({"+6281299", {}, {}})["context"]["message_id"], "wamid.1");
}

const template_source hello{
    "hello", "en_US",
    R"([{"type":"BODY","text":"Hi {{1}}, {{2}} is {{ done"},{"type":"FOOTER","text":"Bye"}])", ""};

TEST(MessageTemplate, IsFilledByMetasComponents) {
  const json components{
      {{"type", "body"},
       {"parameters",
        {{{"type", "text"}, {"text", "Budi"}}, {{"type", "text"}, {"text", "{{1}}"}}}}}};
  const auto filled = fill_template(hello, components);
  ASSERT_TRUE(filled.ok());
  EXPECT_EQ(
      filled->object,
      (json{{"name", "hello"}, {"language", {{"code", "en_US"}}}, {"components", components}}));
  EXPECT_EQ(filled->text, "Hi Budi, {{1}} is {{ done") << "values are not filled again";
  const auto bare = fill_template(hello, json::array());
  EXPECT_FALSE(bare->object.contains("components"));
  EXPECT_EQ(bare->text, "Hi {{1}}, {{2}} is {{ done");
}

TEST(MessageTemplate, TakesComponentsOfAnyForm) {
  for (const auto* odd : {R"([1])", R"([{"type":1}])", R"([{"type":"body"}])",
                          R"([{"type":"body","parameters":[1,{"text":2}]}])"})
    EXPECT_TRUE(fill_template(hello, json::parse(odd)).ok()) << odd;
}

TEST(MessageTemplate, IsFilledByVariables) {
  const template_source source{"hello", "en_US", R"([{"type":"BODY","text":"Hi {{1}}"}])", ""};
  const auto filled = fill_template(source, {{"1", "Budi"}});
  ASSERT_TRUE(filled.ok());
  EXPECT_EQ(filled->text, "Hi Budi");
  EXPECT_EQ(filled->object["components"][0]["parameters"][0]["text"], "Budi");
  EXPECT_EQ(fill_template(source, json::object()).error().errors.at(0).field, "template.variables");
}

}  // namespace
}  // namespace omnistream::test
