#include "actors/live/live_hub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/actors/campaign_world.hpp"
#include "tests/actors/fake_jobs.hpp"

namespace omnistream::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const uuid tenant{{1}}, other{{2}}, siti{{0x11}}, budi{{0x12}}, everybody{};

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
    pass(20ms);
  }
  std::size_t feeds() {
    return dynamic_cast<live_hub_state::pointer>(caf::actor_cast<caf::abstract_actor*>(hub))
        ->state.feeds.size();
  }

  fake_live_store store;
  live_hub_actor hub;
};

TEST_F(LiveHub, TellsWhoIsThereWhatTheySee) {
  const auto to_siti = join(siti, "siti");
  const auto to_budi = join(budi, "budi");
  const auto to_other = join(budi, "admin", "", other);
  for (const auto& one : {to_siti, to_budi, to_other})
    EXPECT_THAT(one->told(), ElementsAre("ready"));
  happen("message.one", siti);
  happen("message.two");
  EXPECT_THAT(to_siti->told(), ElementsAre("message.one", "message.two"));
  EXPECT_EQ(to_siti->position, "1:3:");
  EXPECT_THAT(to_budi->told(), ElementsAre("message.two"));
  EXPECT_THAT(to_other->told(), IsEmpty());
}

TEST_F(LiveHub, ReadsOnceForAllAndNotMoreOftenThanItsPause) {
  const auto one = join(siti, "siti");
  const auto two = join(budi, "budi");
  pass(100ms);
  const auto before = store.calls["read"];
  for (int i = 0; i < 10; ++i) {
    commit("message.received");
    say();
    settle();
  }
  EXPECT_EQ(store.calls["read"], before + 1);
  pass(20ms);
  EXPECT_EQ(store.calls["read"], before + 2);
  EXPECT_EQ(one->told().size(), 11U);
  EXPECT_EQ(two->told().size(), 11U);
}

TEST_F(LiveHub, PassesNothingOverThatIsCommittedDuringARead) {
  const auto client = join(siti, "siti");
  pass(100ms);
  commit("message.one");
  say();
  store.run_job();  // it has seen one
  commit("message.two");
  say();
  settle();
  pass(20ms);
  EXPECT_THAT(client->told(), ElementsAre("ready", "message.one", "message.two"));
}

TEST_F(LiveHub, TellsWhatWasMissedToWhomItWasAndNothingTwice) {
  const auto there = join(budi, "budi");
  happen("message.one");
  const auto gone = join(siti, "siti", "1:2:");
  EXPECT_THAT(gone->told(), ElementsAre("ready", ":"));
  leave(gone);
  commit("message.two");  // nobody hears of it yet
  const auto back = join(siti, "siti", "1:1:");
  EXPECT_THAT(back->told(), ElementsAre("ready", "message.one", "message.two"));
  EXPECT_THAT(there->told(), ElementsAre("ready", "message.one", "message.two"));
  say();
  settle();
  pass(20ms);
  happen("message.three");
  EXPECT_THAT(back->told(), ElementsAre("message.three"));
  EXPECT_THAT(there->told(), ElementsAre("message.three"));
}

TEST_F(LiveHub, DoesNotLetAWrongPositionTakeAnythingFromOthers) {
  const auto there = join(budi, "budi");
  commit("message.one");
  commit("message.two");
  const auto liar = join(siti, "siti", "1:3:");  // claims to know both
  EXPECT_THAT(liar->told(), ElementsAre("ready", ":"));
  EXPECT_THAT(there->told(), ElementsAre("ready", "message.one", "message.two"));
}

TEST_F(LiveHub, SaysWhenSomethingIsLost) {
  happen("message.one");
  store.forgotten = 1;
  EXPECT_THAT(join(siti, "siti", "1:1:")->told(), ElementsAre("reset {\"reason\":\"too_old\"}"));
  EXPECT_THAT(join(siti, "siti", "nonsense")->told(),
              ElementsAre("reset {\"reason\":\"unknown_position\"}"));
  const auto there = join(budi, "budi");
  EXPECT_THAT(there->told(), ElementsAre("ready"));
  store.at_once_max = 2;
  for (int i = 0; i < 3; ++i) commit("message.many");
  EXPECT_THAT(join(budi, "budi", "1:2:")->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
  EXPECT_THAT(there->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
  EXPECT_EQ(there->position, "1:5:");
}

TEST_F(LiveHub, ResetsOnlyWhoIsMissingTooMuch) {
  for (int i = 0; i < 3; ++i) commit("message.old");
  const auto there = join(budi, "budi");
  EXPECT_THAT(there->told(), ElementsAre("ready"));
  store.at_once_max = 3;
  commit("message.new");  // nobody hears of it yet
  const auto back = join(siti, "siti", "1:1:");
  EXPECT_THAT(back->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
  EXPECT_THAT(there->told(), ElementsAre("message.new"));
  EXPECT_EQ(back->position, there->position);
  happen("message.next");
  EXPECT_THAT(back->told(), ElementsAre("message.next"));
  EXPECT_THAT(there->told(), ElementsAre("message.next"));
}

TEST_F(LiveHub, TellsNoMoreAtOnceThanHalfABuffer) {
  const auto to_siti = join(siti, "siti");
  const auto to_budi = join(budi, "budi");
  to_siti->told();
  to_budi->told();
  commit("message.small");
  for (int i = 0; i < 3; ++i) {
    commit("message.large", siti);
    store.rows.back().what.data = '"' + std::string(12'000, 'x') + '"';
  }
  say();
  settle();
  pass(20ms);
  EXPECT_THAT(to_siti->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
  EXPECT_EQ(to_siti->position, "1:5:");
  EXPECT_THAT(to_budi->told(), ElementsAre("message.small"));
  EXPECT_THAT(join(siti, "siti", "1:1:")->told(), ElementsAre("reset {\"reason\":\"too_much\"}"));
}

TEST_F(LiveHub, RefusesWhoIsNobodyAndWhatIsTooMuch) {
  EXPECT_EQ(join(siti, "wrong")->refused, "unauthenticated");
  const auto one = join(siti, "siti");
  const auto two = join(siti, "siti");
  EXPECT_EQ(join(siti, "siti")->refused, "too_many_streams");
  leave(one);
  EXPECT_TRUE(join(siti, "siti")->accepted);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(join(budi, "budi")->accepted);
  EXPECT_TRUE(join(uuid{{0x13}}, "admin")->accepted);
  EXPECT_EQ(join(uuid{{0x14}}, "admin")->refused, "too_many_streams");
}

TEST_F(LiveHub, SaysSoWhenTheDatabaseIsAwayAndGoesOnWhenItIsBack) {
  const auto there = join(budi, "budi");
  there->told();
  store.faults = [](const std::string&) { return fake_jobs::fault::away; };
  EXPECT_EQ(join(siti, "siti", "1:1:")->refused, "database_away");
  commit("message.one");
  say();
  settle();
  pass(100ms);
  EXPECT_THAT(there->told(), IsEmpty());
  store.faults = nullptr;
  pass(1s);
  EXPECT_THAT(there->told(), ElementsAre("message.one"));
}

TEST_F(LiveHub, ChecksRightsNowAndThenAndWhenAsked) {
  const auto to_siti = join(siti, "siti");
  const auto to_budi = join(budi, "budi");
  to_siti->told();
  to_budi->told();
  store.keys.erase("siti");
  store.keys["budi"].divisions = {uuid{{0x30}}};
  caf::anon_send(hub, check_rights{});
  settle();
  EXPECT_THAT(to_siti->told(), ElementsAre("end {\"reason\":\"signed_out\"}"));
  EXPECT_TRUE(to_siti->ended);
  EXPECT_THAT(to_budi->told(), ElementsAre("reset {\"reason\":\"rights_changed\"}"));
  happen("message.one", uuid{{0x30}});
  EXPECT_THAT(to_budi->told(), ElementsAre("message.one"));
  store.keys.erase("budi");
  pass(5s);
  EXPECT_TRUE(to_budi->ended);
  EXPECT_EQ(feeds(), 0U);
}

TEST_F(LiveHub, BeatsAndLooksForWhatItDidNotHearOf) {
  const auto client = join(siti, "siti");
  client->told();
  commit("message.unheard");
  pass(15s);
  EXPECT_THAT(client->told(), ElementsAre(":", "message.unheard"));
  pass(15s);
  EXPECT_THAT(client->told(), ElementsAre(":"));
  EXPECT_EQ(client->position, "1:2:");
}

TEST_F(LiveHub, TellsProgressToWhomItConcernsAndOnlyWhatMoved) {
  store.campaigns = {{tenant, uuid{{0x50}}, "{\"sent\":1}"},
                     {tenant, uuid{{0x51}}, "{\"sent\":9}"}};
  const auto admin = join(budi, "admin");
  const auto agent = join(siti, "siti");
  admin->told();
  agent->told();
  pass(1s);
  EXPECT_THAT(admin->told(), ElementsAre("campaign.progress", "campaign.progress"));
  pass(1s);
  EXPECT_THAT(admin->told(), IsEmpty());
  store.campaigns[0].data = "{\"sent\":2}";
  const auto late = join(uuid{{0x13}}, "admin");
  pass(1s);
  EXPECT_THAT(admin->told(), ElementsAre("campaign.progress"));
  EXPECT_THAT(late->told(), ElementsAre("ready", "campaign.progress", "campaign.progress"));
  EXPECT_THAT(agent->told(), IsEmpty());
}

TEST_F(LiveHub, AsksNobodyAnythingWhenNobodyIsThere) {
  leave(join(siti, "siti"));
  EXPECT_EQ(feeds(), 0U);
  const auto reads = store.calls["read"];
  const auto rights = store.calls["rights"];
  happen("message.one");
  pass(60s);
  EXPECT_EQ(store.calls["read"], reads);
  EXPECT_EQ(store.calls["rights"], rights);
  EXPECT_EQ(store.calls["progress"], 0);
}

TEST_F(LiveHub, EndsAllAtADrain) {
  const auto there = join(siti, "siti");
  const auto coming = begin(budi, "budi");
  caf::anon_send(hub, drain{});
  settle();
  EXPECT_TRUE(there->ended);
  EXPECT_EQ(coming->refused, "shutting_down");
  EXPECT_EQ(join(siti, "siti")->refused, "shutting_down");
}

TEST_F(LiveHub, ForgetsWhoLeavesBeforeItIsLetIn) {
  const auto client = begin(siti, "siti");
  caf::anon_send(hub, stream_gone{client});
  settle();
  EXPECT_FALSE(client->accepted);
  EXPECT_EQ(feeds(), 0U);
}

TEST_F(LiveHub, ForgetsUpToWhereItsLastRoundEnded) {
  EXPECT_THAT(store.forgotten_up_to, ElementsAre("")) << "it has just begun";
  commit("message.one");
  store.more_to_forget = 1;
  pass(30s);
  commit("message.two");
  pass(100ms);
  EXPECT_THAT(store.forgotten_up_to, ElementsAre("", "1:1:", "1:1:")) << "one round";
  store.faults = [](const std::string&) { return fake_jobs::fault::away; };
  pass(30s);
  store.faults = nullptr;
  pass(30s);
  EXPECT_EQ(store.forgotten_up_to.back(), "1:3:");
}

TEST_F(LiveHub, KeepsTheAddressOfWhomItReadsFor) {
  auto client = begin(siti, "siti", "1:1:");
  store.finish_all();  // the rights
  run();
  ASSERT_EQ(store.calls["read"], 1);
  caf::anon_send(hub, stream_gone{client});
  const std::weak_ptr<fake_client> left = client;
  client.reset();
  run();
  EXPECT_FALSE(left.expired());  // or another tenant's would be taken for it
  settle();
  EXPECT_TRUE(left.expired());
  EXPECT_EQ(feeds(), 0U);
}

}  // namespace
}  // namespace omnistream::test
