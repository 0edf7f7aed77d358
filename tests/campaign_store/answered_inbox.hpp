#pragma once

#include <memory>
#include <optional>
#include <string>

#include "actors/conversation/conversation_store_sql.hpp"
#include "tests/campaign_store/people_inbox.hpp"

namespace omnistream::test {

/// An inbox in whose conversations agents write. Calls block.
class answered_inbox : public people_inbox {
 public:
  answered_inbox() {
    conversation_store_options options;
    options.epoch = [this] { return world.epoch; };
    options.open_token = [](const uuid&, const std::string&, const std::string& sealed) {
      return std::make_shared<const std::string>(sealed);
    };
    options.stopped = [](const whom_to_wake&) {};
    store = make_conversation_store(world.pool_, options);
  }
  ~answered_inbox() { world.pool_.stop(); }

  /// In seconds after the base of the inbox's times.
  static std::int64_t base_now() {
    using std::chrono::seconds;
    return std::chrono::duration_cast<seconds>(system_now().time_since_epoch()).count() - base_s;
  }
  /// Takes a text of an agent; its id.
  std::string taken(const std::string& conversation, const std::string& text,
                    timestamp at = system_now()) {
    const auto done = store_world::wait<shown_message>([&](auto answer) {
      store->take({world.tenant,
                   *uuid::parse(conversation),
                   {"text", {{"body", text}}, {}, {}},
                   {{uuid{}, true}, {}},
                   at},
                  answer);
    });
    EXPECT_TRUE(done.ok()) << done.error().detail;
    return done.ok() ? nlohmann::json::parse(done->json)["id"] : "";
  }
  /// Claims what is next in a conversation, if anything is.
  std::optional<claimed_message> next(const std::string& conversation) {
    const auto now = system_now();
    const auto work = store_world::wait<outgoing_work>([&](auto answer) {
      store->next(*uuid::parse(conversation), uuid::v7(now), false, now, answer);
    });
    return work.ok() ? work->claimed : std::nullopt;
  }
  void record_sent(const std::string& conversation, int number, const std::string& wamid) {
    recorded_message outcome;
    outcome.what = recorded_message::kind::sent;
    outcome.number = number;
    outcome.external_id = wamid;
    ASSERT_TRUE(store_world::wait<omnistream::done>([&](auto answer) {
                  store->record(*uuid::parse(conversation), outcome, nullptr, {}, answer);
                }).ok());
  }

  std::unique_ptr<conversation_store> store;
};

}  // namespace omnistream::test
