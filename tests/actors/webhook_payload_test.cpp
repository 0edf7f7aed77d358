#include "actors/ingest/webhook_payload.hpp"

#include <algorithm>
#include <random>
#include <tuple>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

constexpr std::int64_t noon = 1'767'268'800;

timestamp at_second(std::int64_t seconds) {
  return timestamp{std::chrono::seconds{seconds}};
}

uuid some_campaign(std::uint8_t number = 1) {
  return uuid{{0x01, 0x90, 0xc5, 0xa0, 0, number, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0}};
}
std::string id_of(std::uint32_t seq) {
  return recipient_id(some_campaign(), seq).to_string();
}

/// A POST with one change.
std::string post(const std::string& field, const std::string& value) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"9001","changes":[{"value":)" +
         value + R"(,"field":")" + field + R"("}]}]})";
}

std::string messages_value(const std::string& rest) {
  return R"({"messaging_product":"whatsapp","metadata":{"display_phone_number":"6221500100",)"
         R"("phone_number_id":"77001"},)" +
         rest + "}";
}

std::string inbound(const std::string& message) {
  return post(
      "messages",
      messages_value(R"("contacts":[{"profile":{"name":"Dewi Lestari"},"wa_id":"62811000111"}],)"
                     R"("messages":[)" +
                     message + "]"));
}

json status(std::uint32_t seq, const std::string& name, std::int64_t at = noon) {
  return {{"id", "wamid.S" + std::to_string(seq)},
          {"status", name},
          {"timestamp", std::to_string(at)},
          {"recipient_id", "62811000111"},
          {"conversation", {{"id", "c0ffee"}, {"origin", {{"type", "marketing"}}}}},
          {"pricing",
           {{"billable", true},
            {"pricing_model", "PMP"},
            {"type", "regular"},
            {"category", "marketing"}}},
          {"biz_opaque_callback_data", id_of(seq)}};
}

std::string statuses(const std::vector<json>& list) {
  return post("messages", messages_value("\"statuses\":" + json(list).dump()));
}

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

TEST(webhook_payload, a_status_names_its_recipient) {
  const auto batch = parse_webhook(statuses({status(7, "delivered")}));
  ASSERT_EQ(batch.statuses.size(), 1u);
  const auto& read = batch.statuses[0];
  EXPECT_EQ(read.wamid, "wamid.S7");
  ASSERT_TRUE(read.recipient.has_value());
  EXPECT_EQ(read.recipient->campaign_id, some_campaign());
  EXPECT_EQ(read.recipient->seq, 7u);
  EXPECT_EQ(read.status, message_status::delivered);
  EXPECT_EQ(read.at, at_second(noon));
  EXPECT_EQ(read.recipient_id, "62811000111");
  EXPECT_EQ(read.phone_number_id, "77001");
  EXPECT_EQ(read.error.code, 0);
}

TEST(webhook_payload, a_status_names_a_message_of_a_conversation) {
  const auto id = uuid::v7(timestamp{std::chrono::hours{500'000}});
  auto entry = status(7, "read");
  entry["biz_opaque_callback_data"] = id.to_string();
  const auto read = parse_webhook(statuses({entry})).statuses.at(0);
  EXPECT_FALSE(read.recipient.has_value());
  EXPECT_EQ(read.message, id);
  EXPECT_EQ(fold_statuses({read}).entries.at(0).message, id);
}

TEST(webhook_payload, foreign_callback_data_is_no_recipient_of_ours) {
  for (const json& data :
       {json("order-17"), json(""), json(5), json(some_campaign().to_string()), json(nullptr)}) {
    auto entry = status(7, "sent");
    entry["biz_opaque_callback_data"] = data;
    const auto batch = parse_webhook(statuses({entry}));
    ASSERT_EQ(batch.statuses.size(), 1u) << data;
    EXPECT_FALSE(batch.statuses[0].recipient.has_value()) << data;
  }
}

TEST(webhook_payload, a_failure_carries_its_first_error) {
  auto entry = status(7, "failed");
  entry["errors"] =
      json::parse(R"([{"code":131026,"title":"Undeliverable","message":"Message undeliverable",
    "error_data":{"details":"Not on \"WhatsApp\"."},"href":"https://x.example"},{"code":1,"title":"Second"}])");
  const auto batch = parse_webhook(statuses({entry}));
  ASSERT_EQ(batch.statuses.size(), 1u);
  EXPECT_EQ(batch.statuses[0].error.code, 131026);
  EXPECT_EQ(batch.statuses[0].error.message, "Message undeliverable");
  EXPECT_EQ(batch.statuses[0].error.details, "Not on \"WhatsApp\".");
}

TEST(webhook_payload, hidden_numbers_give_the_user_id) {
  auto entry = status(7, "read");
  entry.erase("recipient_id");
  entry["recipient_user_id"] = "ID.u1";
  EXPECT_EQ(parse_webhook(statuses({entry})).statuses.at(0).recipient_id, "ID.u1");

  const auto batch = parse_webhook(post(
      "messages",
      messages_value(
          R"("contacts":[{"profile":{"name":"Ayu"},"user_id":"ID.u2"}],"messages":[{"id":"wamid.A","timestamp":1767268800,)"
          R"("type":"text","text":{"body":"hi"}}])")));
  ASSERT_EQ(batch.messages.size(), 1u);
  EXPECT_EQ(batch.messages[0].from, "ID.u2");
  EXPECT_EQ(batch.messages[0].profile_name, "Ayu");
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

// -- folding
// ------------------------------------------------------------------------------------------------------

status_update update(std::uint32_t seq, message_status what, std::int64_t at,
                     std::string wamid = "") {
  status_update made;
  made.wamid = wamid.empty() ? "wamid.S" + std::to_string(seq) : std::move(wamid);
  if (seq != 0) made.recipient = recipient_key{some_campaign(), seq};
  made.status = what;
  made.at = at_second(at);
  made.recipient_id = "62811";
  made.phone_number_id = "77001";
  if (what == message_status::failed) made.error = {131026, 0, "m" + std::to_string(at), "d"};
  return made;
}

using enum message_status;

auto content(const folded_status& entry) {
  return std::tuple(entry.recipient, entry.wamid, entry.recipient_id, entry.phone_number_id,
                    entry.status, entry.sent_at, entry.delivered_at, entry.read_at, entry.failed_at,
                    entry.error.code, entry.error.message);
}

auto sorted_contents(const folded_statuses& folded) {
  std::vector<decltype(content(folded_status{}))> list;
  for (const auto& entry : folded.entries) list.push_back(content(entry));
  std::ranges::sort(list);
  return list;
}

TEST(fold_statuses, one_message_through_its_life) {
  const auto folded = fold_statuses(
      {update(1, sent, noon), update(1, delivered, noon + 2), update(1, read, noon + 9)});
  ASSERT_EQ(folded.entries.size(), 1u);
  const auto& entry = folded.entries[0];
  EXPECT_EQ(entry.status, read);
  EXPECT_EQ(entry.sent_at, at_second(noon));
  EXPECT_EQ(entry.delivered_at, at_second(noon + 2));
  EXPECT_EQ(entry.read_at, at_second(noon + 9));
  EXPECT_EQ(entry.failed_at, std::nullopt);
  EXPECT_EQ(folded.duplicates, 0u);
}

TEST(fold_statuses, failed_counts_only_over_nothing_or_sent) {
  const auto status_of = [](std::vector<message_status> list) {
    std::vector<status_update> updates;
    for (const auto what : list) updates.push_back(update(1, what, noon));
    const auto folded = fold_statuses(updates);
    EXPECT_EQ(folded.entries.size(), 1u);
    EXPECT_EQ(folded.entries[0].error.code != 0, folded.entries[0].status == failed);
    return folded.entries[0].status;
  };
  EXPECT_EQ(status_of({failed}), failed);
  EXPECT_EQ(status_of({sent, failed}), failed);
  EXPECT_EQ(status_of({failed, sent}), failed);
  EXPECT_EQ(status_of({failed, delivered}), delivered);
  EXPECT_EQ(status_of({read, failed}), read);
  EXPECT_EQ(status_of({read, sent}), read);
}

TEST(fold_statuses, every_permutation_of_every_set_with_repetitions_says_the_same) {
  const message_status kinds[] = {sent, delivered, read, failed};
  for (unsigned set = 1; set < 16; ++set) {
    std::vector<status_update> updates;
    for (unsigned i = 0; i < 4; ++i) {
      if ((set >> i & 1U) == 0) continue;
      updates.push_back(update(1, kinds[i], noon + i));
      if (i % 2 == set % 2) updates.push_back(update(1, kinds[i], noon + 5 - i));
    }
    std::vector<std::size_t> order(updates.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto expected = fold_statuses(updates);
    do {
      std::vector<status_update> shuffled;
      for (const auto i : order) shuffled.push_back(updates[i]);
      const auto folded = fold_statuses(shuffled);
      EXPECT_EQ(sorted_contents(folded), sorted_contents(expected));
      EXPECT_EQ(folded.duplicates, expected.duplicates);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST(fold_statuses, order_and_repetition_do_not_matter_over_many_messages) {
  std::mt19937 random(23);
  for (int round = 0; round < 300; ++round) {
    std::vector<status_update> updates;
    for (auto i = 1 + random() % 60; i > 0; --i) {
      const auto what = static_cast<message_status>(random() % 4);
      updates.push_back(
          update(random() % 8, what, noon + random() % 3, "wamid." + std::to_string(random() % 3)));
    }
    const auto expected = fold_statuses(updates);
    auto repeated = updates;
    for (auto i = random() % 20; i > 0; --i) repeated.push_back(updates[random() % updates.size()]);
    std::ranges::shuffle(repeated, random);
    const auto folded = fold_statuses(repeated);
    EXPECT_EQ(sorted_contents(folded), sorted_contents(expected));
    EXPECT_EQ(folded.duplicates, expected.duplicates + repeated.size() - updates.size());
  }
}

TEST(fold_statuses, messages_that_are_not_ours_fold_by_wamid) {
  const auto folded =
      fold_statuses({update(0, sent, noon, "wamid.X"), update(0, read, noon, "wamid.Y"),
                     update(0, delivered, noon, "wamid.X"), update(5, sent, noon, "wamid.X")});
  ASSERT_EQ(folded.entries.size(), 3u);
  EXPECT_EQ(folded.entries[0].wamid, "wamid.X");
  EXPECT_EQ(folded.entries[0].status, delivered);
  EXPECT_EQ(folded.entries[1].status, read);
  EXPECT_EQ(folded.entries[2].recipient->seq, 5u);
}

TEST(fold_statuses, nothing_folds_to_nothing) {
  EXPECT_TRUE(fold_statuses({}).entries.empty());
}

}  // namespace
}  // namespace omnistream::actors
