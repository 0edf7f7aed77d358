#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/ingest/inbox_store.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {

/// An inbox with an account on every channel, and what Meta and mail servers post to it. Times are
/// seconds after a base.
class channel_inbox {
 public:
  static constexpr std::int64_t base_s = 1'700'000'000;

  channel_inbox() {
    for (const std::string of :
         {"'messenger', 'page-1'", "'instagram', 'ig-1'", "'email', 'help@shop.example'"})
      world.sql(
          "insert into integration_accounts (tenant_id, channel, account_key, display_name) "
          "values ('" +
          world.id(world.tenant) + "', " + of + ", 'Shop')");
  }
  /// What the pool still calls back does so while the store is alive.
  ~channel_inbox() { world.pool_.stop(); }

  static raw_webhook raw(const nlohmann::json& body, webhook_source source = webhook_source::meta) {
    return {std::make_shared<const std::string>(body.dump()), source};
  }

  // -- Messenger and Instagram

  /// Elements of `messaging`, in one webhook.
  static raw_webhook messaging(bool on_instagram, std::vector<nlohmann::json> elements) {
    return raw(
        {{"object", on_instagram ? "instagram" : "page"},
         {"entry",
          {{{"id", on_instagram ? "ig-1" : "page-1"}, {"messaging", std::move(elements)}}}}});
  }
  static nlohmann::json element(const std::string& person, std::int64_t at, nlohmann::json rest) {
    rest.update({{"sender", {{"id", person}}}, {"timestamp", (base_s + at) * 1'000}});
    return rest;
  }
  static nlohmann::json wrote(const std::string& person, const std::string& mid, std::int64_t at) {
    return element(person, at, {{"message", {{"mid", mid}, {"text", "text " + mid}}}});
  }
  static nlohmann::json edited(const std::string& person, const std::string& mid, std::int64_t at,
                               const std::string& text) {
    return element(person, at, {{"message_edit", {{"mid", mid}, {"text", text}}}});
  }
  static nlohmann::json took_back(const std::string& person, const std::string& mid,
                                  std::int64_t at) {
    return element(person, at, {{"message", {{"mid", mid}, {"is_deleted", true}}}});
  }
  static nlohmann::json echoed(const std::string& person, const std::string& mid, std::int64_t at) {
    return element("page-1", at,
                   {{"recipient", {{"id", person}}},
                    {"message", {{"mid", mid}, {"text", "text " + mid}, {"is_echo", true}}}});
  }
  /// `what`: delivery or read, of all that was sent up to then.
  static nlohmann::json receipt(const std::string& person, const std::string& what,
                                std::int64_t until) {
    return element(person, until + 5, {{what, {{"watermark", (base_s + until) * 1'000}}}});
  }
  static nlohmann::json read_one(const std::string& person, const std::string& mid,
                                 std::int64_t at) {
    return element(person, at, {{"read", {{"mid", mid}}}});
  }

  // -- WhatsApp

  /// Members of `value`, beside its metadata.
  static raw_webhook whatsapp(nlohmann::json value) {
    value["metadata"] = {{"phone_number_id", "1001"}};
    return raw(
        {{"object", "whatsapp_business_account"},
         {"entry", {{{"id", "waba"}, {"changes", {{{"field", "messages"}, {"value", value}}}}}}}});
  }
  /// A message of somebody, `rest` with its type.
  static nlohmann::json on_whatsapp(const std::string& from, const std::string& wamid,
                                    std::int64_t at, nlohmann::json rest) {
    rest.update({{"from", from}, {"id", wamid}, {"timestamp", std::to_string(base_s + at)}});
    return rest;
  }
  static nlohmann::json text(const std::string& body) {
    return {{"type", "text"}, {"text", {{"body", body}}}};
  }
  static nlohmann::json edit(const std::string& of, const std::string& body) {
    return {{"type", "edit"}, {"edit", {{"original_message_id", of}, {"message", text(body)}}}};
  }
  static nlohmann::json revoke(const std::string& of) {
    return {{"type", "revoke"}, {"revoke", {{"original_message_id", of}}}};
  }

  // -- mails

  static raw_webhook mailed(const std::string& from, const std::string& id) {
    return raw({{"from", "Person <" + from + ">"},
                {"to", "help@shop.example"},
                {"text", "mail " + id},
                {"message_id", "<" + id + "@x.example>"}},
               webhook_source::email);
  }

  // -- applying

  got<std::vector<std::int64_t>> append(const std::vector<raw_webhook>& list) {
    return store_world::wait<std::vector<std::int64_t>>(
        [&](auto done) { inbox->append(list, done); });
  }
  /// What waits, as after a start: read from the table.
  std::vector<stored_webhook> waiting() {
    auto list = store_world::wait<std::vector<stored_webhook>>(
        [&](auto done) { inbox->waiting(0, 10'000, done); });
    return list ? *list : std::vector<stored_webhook>{};
  }
  got<applied_webhooks> try_apply(const std::vector<raw_webhook>& list) {
    EXPECT_TRUE(append(list).ok());
    return store_world::wait<applied_webhooks>(
        [&, batch = waiting()](auto done) { inbox->apply(batch, done); });
  }
  void apply(const std::vector<raw_webhook>& list) {
    const auto did = try_apply(list);
    ASSERT_TRUE(did.ok()) << did.error().detail;
  }
  got<applied_webhooks> apply_apart(const raw_webhook& one) {
    EXPECT_TRUE(append({one}).ok());
    return store_world::wait<applied_webhooks>(
        [&, webhook = waiting().back()](auto done) { inbox->apply_apart(webhook, done); });
  }
  got<applied_again> apply_again(bool after_start = false, int at_most = 10) {
    return store_world::wait<applied_again>(
        [&](auto done) { inbox->apply_again(at_most, after_start, done); });
  }

  std::string sql(const std::string& text) { return world.sql(text); }
  /// A message as callers see it.
  std::string message(const std::string& external_id) {
    return sql(
        "select concat_ws(' ', type, message_text(type, content), recipient_status_name(status, "
        "false), extract(epoch from delivered_at)::bigint - " +
        std::to_string(base_s) + ", extract(epoch from read_at)::bigint - " +
        std::to_string(base_s) + ") from messages where external_id = '" + external_id + "'");
  }
  std::string shown() {
    return sql(
        "select string_agg(concat_ws(' ', last_message_type, last_message_preview), '; ' order by "
        "channel) from conversations");
  }

  store_world world;
  std::unique_ptr<inbox_store> inbox = make_inbox_store(world.pool_);
};

}  // namespace omnistream::test
