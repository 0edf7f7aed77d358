#pragma once

#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "actors/conversation/conversation_store_sql.hpp"
#include "actors/ingest/own_echo.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {

/// A conversation on one channel with a person who wrote a minute ago.
class channel_chat {
 public:
  channel_chat(store_world& in, const std::string& channel, const std::string& key,
               const std::string& config = "{}")
      : world(in), channel_(channel) {
    const auto tenant = "'" + world.id(world.tenant) + "'";
    account = world.sql(
        "insert into integration_accounts (tenant_id, channel, account_key, display_name, config, "
        "secrets) values (" +
        tenant + ", '" + channel + "', '" + key + "', 'Shop', '" + config +
        "', '{\"access_token\":\"sealed\",\"smtp_password\":\"sealed too\"}') returning id");
    const auto contact =
        world.sql("insert into contacts (tenant_id, phone_number) values (" + tenant +
                  ", '+628129" + channel.substr(0, 1) + "') returning id");
    world.sql(
        "insert into contact_identities (tenant_id, channel, external_id, contact_id) values (" +
        tenant + ", '" + channel + "', 'person-1', '" + contact + "')");
    conversation = *uuid::parse(world.sql(
        "insert into conversations (tenant_id, contact_id, account_id, channel, in_inbox, "
        "last_inbound_at) values (" +
        tenant + ", '" + contact + "', '" + account + "', '" + channel +
        "', true, now() - interval '1 minute') returning id"));
    conversation_store_options options;
    options.epoch = [this] { return world.epoch; };
    options.open_token = [](const uuid&, const std::string& name, const std::string& sealed) {
      return std::make_shared<const std::string>(name + " of " + sealed);
    };
    options.stopped = [this](const whom_to_wake& who) { told = who; };
    store = make_conversation_store(world.pool_, options);
  }

  got<shown_message> take(message_draft what) {
    return store_world::wait<shown_message>([&](auto done) {
      store->take({world.tenant, conversation, std::move(what), {{uuid{}, true}, {}}, system_now()},
                  done);
    });
  }
  /// Takes a text; its id.
  std::string taken(const std::string& text) {
    const auto shown = take({"text", {{"body", text}}, {}, {}});
    EXPECT_TRUE(shown.ok()) << shown.error().detail;
    return nlohmann::json::parse(shown->json)["id"];
  }
  /// Claims what is next, if anything is; `fresh`: as an actor that has just begun.
  std::optional<claimed_message> next(bool fresh, timestamp now = system_now()) {
    const auto work = store_world::wait<outgoing_work>(
        [&](auto done) { store->next(conversation, uuid::v7(now), fresh, now, done); });
    EXPECT_TRUE(work.ok()) << (work.ok() ? "" : work.error().detail);
    return work.ok() ? work->claimed : std::nullopt;
  }
  claimed_message claim() {
    const auto claimed = next(false);
    EXPECT_TRUE(claimed) << "nothing";
    return claimed.value_or(claimed_message{});
  }
  void record(const claimed_message& which, recorded_message::kind what,
              const std::string& external_id = "",
              const std::optional<pause>& refused = std::nullopt) {
    recorded_message outcome;
    outcome.what = what;
    outcome.number = which.number;
    outcome.external_id = external_id;
    outcome.due_at = system_now() + std::chrono::minutes{5};
    if (what == recorded_message::kind::uncertain) outcome.error_message = "no answer";
    const auto did = store_world::wait<omnistream::done>(
        [&](auto done) { store->record(conversation, outcome, which.account, refused, done); });
    EXPECT_TRUE(did.ok()) << did.error().detail;
  }
  /// Whether an echo is taken for that of a message of ours.
  bool echo(const std::string& mid, nlohmann::json message) {
    message.update({{"mid", mid}, {"is_echo", true}});
    messaging_event event;
    event.what = messaging_event::kind::echo;
    event.channel = channel_;
    event.person = "person-1";
    event.external_id = mid;
    event.content_json = nlohmann::json{{"message", message}}.dump();
    const auto ours = world.pool_.run(storage::access::engine(), [&](storage::session& in) {
      return is_own_echo(in, {*uuid::parse(account), world.tenant, std::nullopt}, event);
    });
    EXPECT_TRUE(ours.ok()) << ours.error().detail;
    return ours.ok() && *ours;
  }
  std::string state(const std::string& id) {
    return world.sql(
        "select concat_ws(' ', status, external_id, error_message) from messages "
        "where id = '" +
        id + "'");
  }
  std::string queued() { return world.sql("select count(*) from outgoing_messages"); }

  store_world& world;
  std::string account;
  uuid conversation;
  std::unique_ptr<conversation_store> store;
  whom_to_wake told;  ///< of the last pause

 private:
  std::string channel_;
};

}  // namespace omnistream::test
