#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/live/live_hub.hpp"
#include "tests/actors/campaign_world.hpp"
#include "tests/actors/fake_jobs.hpp"

namespace omnistream::test {

inline const uuid tenant{{1}}, other{{2}}, siti{{0x11}}, budi{{0x12}}, everybody{};

/// Events in memory, in the order of their commits; a position counts them.
class fake_live_store final : public fake_jobs, public live_store {
 public:
  struct row {
    uuid of;
    live_event what;
  };

  void read(const uuid& of, std::string after, std::string known,
            std::function<void(result<live_page>)> done) override {
    enqueue<live_page>("read", std::move(done), [this, of, after, known] {
      live_page page;
      page.position = position();
      const auto one = !after.empty() ? after : !known.empty() ? known : page.position;
      const auto two = known.empty() ? one : known;
      page.missed_is_lost = count_of(one) < forgotten;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        auto event = rows[i].what;
        event.is_missed = !page.missed_is_lost && i >= count_of(one);
        event.is_new = i >= count_of(two);
        if (rows[i].of == of && (event.is_missed || event.is_new)) page.events.push_back(event);
      }
      page.too_much = page.events.size() > at_once_max;
      return page;
    });
  }

  void rights(const std::vector<live_credential>& of,
              std::function<void(result<std::vector<std::optional<live_rights>>>)> done) override {
    enqueue<std::vector<std::optional<live_rights>>>("rights", std::move(done), [this, of] {
      std::vector<std::optional<live_rights>> found;
      for (const auto& one : of) {
        const auto known = keys.find(one.key_hash);
        found.push_back(known == keys.end() ? std::nullopt : std::optional(known->second));
      }
      return found;
    });
  }

  void progress(const std::vector<uuid>& tenants,
                std::function<void(result<std::vector<campaign_progress>>)> done) override {
    enqueue<std::vector<campaign_progress>>("progress", std::move(done), [this, tenants] {
      std::vector<campaign_progress> found;
      for (const auto& one : campaigns)
        if (std::find(tenants.begin(), tenants.end(), one.tenant) != tenants.end())
          found.push_back(one);
      return found;
    });
  }

  void forget(std::chrono::seconds, std::string up_to,
              std::function<void(result<live_removal>)> done) override {
    enqueue<live_removal>("forget", std::move(done), [this, up_to] {
      forgotten_up_to.push_back(up_to);
      return live_removal{more_to_forget-- > 0, position()};
    });
  }

  std::string position() const { return "1:" + std::to_string(rows.size() + 1) + ":"; }

  std::vector<row> rows;
  std::map<std::string, live_rights> keys;
  std::vector<campaign_progress> campaigns;
  std::size_t forgotten = 0;
  std::vector<std::string> forgotten_up_to;
  int more_to_forget = 0;
  std::size_t at_once_max = 100;

 private:
  static std::size_t count_of(const std::string& position) {
    return std::stoul(position.substr(2)) - 1;
  }
};

/// Notes what it is told, a line each: an event's type, or what the stream says of itself.
class fake_client final : public live_client {
 public:
  void refuse(const problem& why) override { refused = why.code; }
  void accept() override { accepted = true; }
  void write(live_text text) override {
    EXPECT_TRUE(accepted && !ended);
    written += *text;
  }
  void end() override { ended = true; }

  /// What was written since the last call, by the names of the events; heartbeats as a colon.
  std::vector<std::string> told() {
    std::vector<std::string> names;
    std::istringstream lines(std::exchange(written, {}));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("event: ")) names.push_back(line.substr(7));
      if (line.starts_with("id: ")) position = line.substr(4);
      if (line == ":") names.push_back(line);
      if (line.find("reason") != std::string::npos) names.back() += " " + line.substr(6);
    }
    return names;
  }

  bool accepted = false;
  bool ended = false;
  std::string refused, written, position;
};

class LiveHub : public stepped_system, public ::testing::Test {
 protected:
  LiveHub() {
    store.keys["siti"] = {{"conversations.view"}, {}};
    store.keys["budi"] = {{"conversations.view"}, {}};
    store.keys["admin"] = {{"conversations.view", "conversations.view_all", "campaigns.view"}, {}};
    live_options options;
    options.streams_max = 5;
    options.streams_per_agent_max = 2;
    options.buffer_bytes_max = 64 * 1024;
    hub = system.spawn(live_hub, live_hub_environment{&store, clock(), options});
    settle();
  }
  ~LiveHub() override {
    store.drop_jobs();
    store.drop_completions();
    kill(hub);
  }

  void settle() {
    run();
    while (!store.idle()) {
      store.finish_all();
      run();
    }
  }
  void pass(std::chrono::milliseconds time) {
    advance(time);
    settle();
  }
  std::shared_ptr<fake_client> begin(const uuid& agent, const std::string& key,
                                     const std::string& after = "", const uuid& of = tenant) {
    auto client = std::make_shared<fake_client>();
    caf::anon_send(hub, open_stream{{of, agent, {key, {}}}, after, client});
    run();
    return client;
  }
  std::shared_ptr<fake_client> join(const uuid& agent, const std::string& key,
                                    const std::string& after = "", const uuid& of = tenant) {
    auto client = begin(agent, key, after, of);
    settle();
    return client;
  }
  void leave(const std::shared_ptr<fake_client>& client) {
    caf::anon_send(hub, stream_gone{client});
    settle();
  }
  void commit(const std::string& type, const uuid& seen_by = everybody, const uuid& of = tenant) {
    live_event event;
    event.id = static_cast<std::int64_t>(store.rows.size()) + 1;
    event.type = type;
    event.data = "{}";
    event.of_conversation = !type.starts_with("campaign.");
    event.seen_by = seen_by;
    store.rows.push_back({of, event});
  }
  void say() {
    caf::anon_send(hub, live_events_committed{{tenant, other}});
    run();
  }
  /// ... and the word of it comes, and the pause of reading passes.
  void happen(const std::string& type, const uuid& seen_by = everybody) {
    commit(type, seen_by);
    say();
    settle();
    pass(std::chrono::milliseconds{20});
  }
  std::size_t feeds() {
    return dynamic_cast<live_hub_state::pointer>(caf::actor_cast<caf::abstract_actor*>(hub))
        ->state.feeds.size();
  }

  fake_live_store store;
  live_hub_actor hub;
};

}  // namespace omnistream::test
