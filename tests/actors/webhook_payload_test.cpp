#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/actors/webhook_payload_samples.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

/// The thirteen kinds of inbound messages that Meta documents with an example.
struct inbound_kind {
  const char* type;
  const char* message;
};
const inbound_kind inbound_kinds[] = {
    {"text", R"({"from":"62811000111","id":"wamid.A","timestamp":"1767268800","type":"text",
      "text":{"body":"Is it also there in green?"}})"},
    {"text",
     R"({"context":{"from":"6221500100","id":"wamid.B","referred_product":{"catalog_id":"5","product_retailer_id":
      "mug-1"}},"from":"62811000111","id":"wamid.A","timestamp":"1767268800","text":{"body":"This one?"},"type":"text"})"},
    {"text",
     R"({"referral":{"source_url":"https://fb.example/x","source_id":"12","source_type":"ad","body":"New mugs",
      "headline":"Write to us","media_type":"image","image_url":"https://img.example/1","ctwa_clid":"Q",
      "welcome_message":{"text":"Hello"}},"from":"62811000111","id":"wamid.A","timestamp":"1767268800",
      "text":{"body":"More please"},"type":"text"})"},
    {"reaction", R"({"from":"62811000111","id":"wamid.A","timestamp":"1767268800","type":"reaction",
      "reaction":{"message_id":"wamid.B","emoji":"\ud83d\udc4d"}})"},
    {"image", R"({"from":"62811000111","id":"wamid.A","timestamp":"1767268800","type":"image",
      "image":{"caption":"My mug","mime_type":"image/jpeg","sha256":"aGFzaA==","id":"31"}})"},
    {"location",
     R"({"from":"62811000111","id":"wamid.A","timestamp":"1767268800","location":{"address":"Jl. Braga 1",
      "latitude":-6.917,"longitude":107.609,"name":"Bandung","url":"https://b.example/"},"type":"location"})"},
    {"contacts",
     R"({"from":"62811000111","id":"wamid.A","timestamp":"1767268800","type":"contacts","contacts":[{"name":
      {"first_name":"Ayu","formatted_name":"Ayu P."},"org":{"company":"Mugs"},"phones":[{"phone":"+62 811","wa_id":
      "62811","type":"MOBILE"}]}]})"},
    {"unsupported",
     R"({"from":"62811000111","id":"wamid.A","timestamp":"1767268800","errors":[{"code":131051,
      "title":"Unknown type","message":"Unknown type","error_data":{"details":"Not yet"}}],"type":"unsupported"})"},
    {"button",
     R"({"context":{"from":"6221500100","id":"wamid.B"},"from":"62811000111","id":"wamid.A",
      "timestamp":"1767268800","type":"button","button":{"payload":"STOP","text":"Stop"}})"},
    {"interactive",
     R"({"context":{"from":"6221500100","id":"wamid.B"},"from":"62811000111","id":"wamid.A",
      "timestamp":"1767268800","type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"fast",
      "title":"Fast","description":"A day"}}})"},
    {"interactive",
     R"({"context":{"from":"6221500100","id":"wamid.B"},"from":"62811000111","id":"wamid.A",
      "timestamp":"1767268800","type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"no",
      "title":"No"}}})"},
    {"order",
     R"({"from":"62811000111","id":"wamid.A","timestamp":"1767268800","type":"order","order":{"catalog_id":"5",
      "text":"","product_items":[{"product_retailer_id":"mug-1","quantity":2,"item_price":30,"currency":"IDR"}]}})"},
    {"system",
     R"({"from":"62811000111","id":"wamid.A","timestamp":"1767268800","system":{"body":"Number changed",
      "wa_id":"62811000222","type":"user_changed_number"},"type":"system"})"},
};

TEST(webhook_payload, every_documented_inbound_message_is_read_whole) {
  for (const auto& kind : inbound_kinds) {
    const auto batch = parse_webhook(inbound(kind.message));
    ASSERT_TRUE(batch.readable);
    ASSERT_EQ(batch.messages.size(), 1u) << kind.message;
    const auto& message = batch.messages[0];
    EXPECT_EQ(message.phone_number_id, "77001");
    EXPECT_EQ(message.from, "62811000111");
    EXPECT_EQ(message.profile_name, "Dewi Lestari");
    EXPECT_EQ(message.wamid, "wamid.A");
    EXPECT_EQ(message.at, at_second(noon));
    EXPECT_EQ(message.type, kind.type);
    EXPECT_EQ(json::parse(message.message_json), json::parse(kind.message));
    EXPECT_TRUE(batch.ignored.empty());
    EXPECT_EQ(batch.malformed, 0u);
  }
}

std::string change(const std::string& type, const json& content) {
  const json one{{"from", "62811000111"},
                 {"id", "wamid.C"},
                 {"timestamp", std::to_string(noon)},
                 {"type", type},
                 {type, content}};
  return inbound(one.dump());
}

TEST(webhook_payload, an_edit_says_what_stands_where) {
  const auto batch = parse_webhook(
      change("edit", {{"original_message_id", "wamid.A"},
                      {"message", {{"type", "image"}, {"image", {{"caption", "New"}}}}}}));
  EXPECT_TRUE(batch.messages.empty());
  ASSERT_EQ(batch.changes.size(), 1u);
  const auto& read = batch.changes[0];
  EXPECT_EQ(read.phone_number_id, "77001");
  EXPECT_EQ(read.from, "62811000111");
  EXPECT_EQ(read.wamid, "wamid.A");
  EXPECT_EQ(read.at, at_second(noon));
  EXPECT_EQ(read.part, "image");
  EXPECT_EQ(read.value_json, R"({"caption":"New"})");
}

TEST(webhook_payload, a_revocation_says_which) {
  const auto batch = parse_webhook(change("revoke", {{"original_message_id", "wamid.A"}}));
  ASSERT_EQ(batch.changes.size(), 1u);
  EXPECT_EQ(batch.changes[0].wamid, "wamid.A");
  EXPECT_TRUE(batch.changes[0].part.empty());
}

TEST(webhook_payload, a_change_that_is_not_understood_is_a_message) {
  for (const auto& body :
       {change("edit", {{"original_message_id", "wamid.A"}}), change("revoke", json::object()),
        change("edit", {{"original_message_id", "wamid.A"}, {"message", {{"type", "text"}}}}),
        change("revoke", {{"original_message_id", std::string(513, 'x')}})}) {
    const auto batch = parse_webhook(body);
    EXPECT_TRUE(batch.changes.empty()) << body;
    EXPECT_EQ(batch.messages.size(), 1u) << body;
    EXPECT_EQ(batch.malformed, 0u) << body;
  }
}

TEST(webhook_payload, group_changes_are_counted_as_ignored) {
  const std::string metadata =
      R"({"messaging_product":"whatsapp","metadata":{"phone_number_id":"77001"},"groups":[)";
  const std::pair<const char*, const char*> changes[] = {
      {"group_lifecycle_update",
       R"({"timestamp":"1767268800","group_id":"G","type":"group_create","subject":"Mugs",
        "added_participants":[{"input":"62811","wa_id":"62811"}]})"},
      {"group_settings_update",
       R"({"timestamp":"1767268800","group_id":"G","type":"group_settings_update",
        "profile_picture":{"mime_type":"image/jpeg","sha256":"aGFzaA=="}})"},
      {"group_participants_update",
       R"({"timestamp":"1767268800","group_id":"G","type":"group_participants_remove",
        "removed_participants":[{"input":"62811","wa_id":"62811"}]})"}};
  for (const auto& [field, group] : changes) {
    const auto batch = parse_webhook(post(field, metadata + group + "]}"));
    EXPECT_TRUE(batch.readable);
    EXPECT_EQ(batch.ignored, (std::map<std::string, std::size_t>{{field, 1}}));
    EXPECT_EQ(batch.malformed, 0u);
  }
}

TEST(webhook_payload, each_message_finds_its_contact_among_several) {
  const auto batch = parse_webhook(post("messages", R"({"messages":[
      {"from":"2","id":"wamid.A","timestamp":"1767268800","type":"text"},
      {"from":"1","id":"wamid.B","timestamp":"1767268800"},
      {"from":"3","id":"wamid.C","timestamp":"1767268800","type":"text"}],
      "contacts":[{"wa_id":"1","profile":{"name":"One"}},{"wa_id":"2","profile":{"name":"Two"}}],
      "metadata":{"phone_number_id":77001}})"));
  ASSERT_EQ(batch.messages.size(), 3u);
  EXPECT_EQ(batch.messages[0].profile_name, "Two");
  EXPECT_EQ(batch.messages[1].profile_name, "One");
  EXPECT_EQ(batch.messages[1].type, "unknown");
  EXPECT_EQ(batch.messages[2].profile_name, "");
  EXPECT_EQ(batch.messages[2].phone_number_id, "77001");
}

TEST(webhook_payload, template_status_updates) {
  const auto batch = parse_webhook(post("message_template_status_update", R"({"event":"REJECTED",
    "message_template_id":900719925474099312,"message_template_name":"order_update",
    "message_template_language":"id","reason":"ABUSIVE_CONTENT"})"));
  ASSERT_EQ(batch.templates.size(), 1u);
  EXPECT_EQ(batch.templates[0].waba_id, "9001");
  EXPECT_EQ(batch.templates[0].template_id, "900719925474099312");
  EXPECT_EQ(batch.templates[0].name, "order_update");
  EXPECT_EQ(batch.templates[0].language, "id");
  EXPECT_EQ(batch.templates[0].event, "REJECTED");
  EXPECT_EQ(batch.templates[0].reason, "ABUSIVE_CONTENT");
  for (const auto* reason : {"null", "\"NONE\""}) {
    const auto other = parse_webhook(post(
        "message_template_status_update",
        R"({"event":"APPROVED","message_template_id":"5","reason":)" + std::string(reason) + "}"));
    ASSERT_EQ(other.templates.size(), 1u);
    EXPECT_EQ(other.templates[0].reason, "");
  }
}

TEST(webhook_payload, account_news_are_kept_as_they_came) {
  const std::string value =
      R"({"display_phone_number":"6221500100","event":"THROUGHPUT_UPGRADE","x":[1,{"y":null}]})";
  const auto batch = parse_webhook(post("phone_number_quality_update", value));
  ASSERT_EQ(batch.accounts.size(), 1u);
  EXPECT_EQ(batch.accounts[0].waba_id, "9001");
  EXPECT_EQ(batch.accounts[0].field, "phone_number_quality_update");
  EXPECT_EQ(json::parse(batch.accounts[0].value_json), json::parse(value));
}

TEST(webhook_payload, members_may_stand_in_any_order) {
  const auto batch = parse_webhook(R"({"entry":[{"changes":[
    {"field":"account_update","value":{"event":"VERIFIED_ACCOUNT"}},
    {"value":{"statuses":[)" + status(1, "sent").dump() +
                                   R"(],"metadata":{"phone_number_id":"8"}},"field":"messages"}],
    "id":"42"},{"changes":[{"field":"account_alerts","value":{}}],"id":43}],"object":"whatsapp_business_account"})");
  EXPECT_TRUE(batch.readable);
  ASSERT_EQ(batch.accounts.size(), 2u);
  EXPECT_EQ(batch.accounts[0].waba_id, "42");
  EXPECT_EQ(batch.accounts[1].waba_id, "43");
  ASSERT_EQ(batch.statuses.size(), 1u);
  EXPECT_EQ(batch.statuses[0].phone_number_id, "8");
}

TEST(webhook_payload, what_we_do_not_use_is_counted_by_name) {
  auto deleted = status(2, "deleted");
  const auto batch = parse_webhook(statuses({status(1, "sent"), deleted, deleted}));
  EXPECT_EQ(batch.statuses.size(), 1u);
  EXPECT_EQ(batch.ignored, (std::map<std::string, std::size_t>{{"status.deleted", 2}}));
  EXPECT_EQ(parse_webhook(post("flows", "{}")).ignored.at("flows"), 1u);
  EXPECT_EQ(parse_webhook(post("messages", messages_value(R"("errors":[{"code":130429}])")))
                .ignored.at("messages.errors"),
            1u);
  EXPECT_EQ(parse_webhook(R"({"object":"user","entry":[{"id":"1","messaging":[{}]}]})")
                .ignored.at("messaging"),
            1u);
}

TEST(webhook_payload, names_of_ignored_things_are_bounded) {
  std::string changes;
  for (int i = 0; i < 1'000; ++i)
    changes +=
        std::string(i != 0 ? "," : "") + R"({"field":"f)" + std::to_string(i) + R"(","value":{}})";
  const auto batch = parse_webhook(R"({"entry":[{"changes":[)" + changes + "]}]}");
  EXPECT_LE(batch.ignored.size(), ignored_names_max + 1);
  EXPECT_EQ(batch.ignored.at("other"), 1'000 - ignored_names_max);
  EXPECT_EQ(parse_webhook(post(std::string(5'000, 'f'), "{}")).ignored.at("other"), 1u);
}

TEST(webhook_payload, entries_of_wrong_type_are_skipped_and_the_rest_is_kept) {
  const auto good = status(1, "sent");
  std::vector<json> list{good};
  for (const auto* member : {"id", "status", "timestamp"}) {
    auto bad = good;
    bad.erase(member);
    list.push_back(bad);
    bad[member] = json::array({1});
    list.push_back(bad);
  }
  for (const auto* time : {"", "x", "-5", "0", "12x", "99999999999999999999", "253402300800"}) {
    auto bad = good;
    bad["timestamp"] = time;
    list.push_back(bad);
  }
  list.insert(list.end(), {json(7), json("x"), json(nullptr), json::array(), good});
  const auto batch = parse_webhook(statuses(list));
  EXPECT_TRUE(batch.readable);
  EXPECT_EQ(batch.statuses.size(), 2u);
  EXPECT_EQ(batch.malformed, list.size() - 2);
}

TEST(webhook_payload, wrong_shapes_are_malformed_but_readable) {
  for (const auto* text :
       {R"({"entry":[5]})", R"({"entry":[{"changes":5}]})", R"({"entry":[{"changes":[5]}]})",
        R"({"entry":[{"changes":[{"value":{}}]}]})",
        R"({"entry":[{"changes":[{"field":"messages"}]}]})",
        R"({"entry":[{"changes":[{"field":"messages","value":[]}]}]})",
        R"({"entry":[{"changes":[{"field":5,"value":{}}]}]})",
        R"({"entry":[{"changes":[{"field":"messages","value":{"statuses":{}}}]}]})",
        R"({"entry":[{"changes":[{"field":"messages","value":{"messages":7}}]}]})",
        R"({"entry":[{"changes":[{"field":"messages","value":{"messages":[{}]}}]}]})",
        R"({"entry":[{"changes":[{"field":"messages","value":{"metadata":7}}]}]})",
        R"({"entry":[{"changes":[{"field":"message_template_status_update","value":{}}]}]})"}) {
    const auto batch = parse_webhook(text);
    EXPECT_TRUE(batch.readable) << text;
    EXPECT_EQ(batch.malformed, 1u) << text;
  }
}

TEST(webhook_payload, what_is_no_webhook_is_unreadable) {
  const std::string nested = std::string(2'000'000, '[') + std::string(2'000'000, ']');
  for (const auto& text : std::vector<std::string>{
           "", "x", "5", "[]", "{}", R"({"entry":5})", R"({"entry":[]}x)", R"({"entry":[})", nested,
           R"({"entry":[)" + nested + "]}", R"({"a":)" + nested + R"(,"entry":[]})"})
    EXPECT_FALSE(parse_webhook(text).readable) << text.substr(0, 40);
  EXPECT_TRUE(parse_webhook(R"({"entry":[]})").readable);
}

TEST(webhook_payload, texts_are_fit_for_the_database) {
  const auto batch = parse_webhook(inbound(
      R"({"from":"62811000111","id":"wa\u0000mid","timestamp":"1767268800","type":"text","text":{"body":"a\u0000b\\u0000"}})"));
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(batch.messages[0].wamid, "wa\xef\xbf\xbdmid");
  EXPECT_EQ(json::parse(batch.messages[0].message_json)["text"]["body"],
            "a\xef\xbf\xbd"
            "b\\u0000");
  auto entry = status(1, "sent");
  entry["id"] = std::string("w\0x", 3);
  EXPECT_EQ(parse_webhook(statuses({entry})).statuses.at(0).wamid, "w\xef\xbf\xbdx");
}

TEST(webhook_payload, half_of_a_surrogate_pair_costs_no_message) {
  const auto batch = parse_webhook(inbound(
      R"({"from":"62811000111","id":"wamid.1","timestamp":"1767268800","type":"text","text":{"body":"\\ud83d \ud83d\ude00 \ude00\ud83d"}})"));
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(batch.malformed, 0u);
  EXPECT_EQ(json::parse(batch.messages[0].message_json)["text"]["body"],
            "\\ud83d \xf0\x9f\x98\x80 \xef\xbf\xbd\xef\xbf\xbd");
}

TEST(webhook_payload, survives_any_mutation) {
  auto failed = status(3, "failed");
  failed["errors"] = json::parse(R"([{"code":131026,"title":"t","error_data":{"details":"d"}}])");
  const std::vector<std::string> seeds{statuses({status(1, "sent"), failed}),
                                       inbound(inbound_kinds[6].message),
                                       post("account_update", R"({"a":[1,2,{"b":"\u00e9"}]})")};
  std::mt19937 random(17);
  for (int round = 0; round < 30'000; ++round) {
    auto text = seeds[random() % seeds.size()];
    for (auto edits = 1 + random() % 6; edits > 0; --edits) {
      const auto at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text.erase(at, random() % 20);
          break;
        case 1:
          text.insert(at, 1, R"({}[]",:0\u)"[random() % 10]);
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), random() % 40));
          break;
        default:
          text[at] = static_cast<char>(random());
      }
      if (text.empty()) text = "{";
    }
    const auto batch = parse_webhook(text);
    for (const auto& message : batch.messages) EXPECT_TRUE(json::accept(message.message_json));
    for (const auto& account : batch.accounts) EXPECT_TRUE(json::accept(account.value_json));
    for (const auto& update : batch.statuses)
      EXPECT_NO_THROW((void)json(update.wamid + update.recipient_id).dump());
  }
}

}  // namespace
}  // namespace omnistream::actors
