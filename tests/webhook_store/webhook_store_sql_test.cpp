#include <future>

#include "actors/webhook/event_body.hpp"
#include "actors/webhook/event_bus_store_sql.hpp"
#include "tests/webhook_store/webhook_world.hpp"

namespace omnistream::test {
namespace {

class WebhookStoreSql : public ::testing::Test {
 protected:
  void TearDown() override { world.pool_.stop(); }
  /// Puts so many events into the outbox.
  void tell(int count) {
    world.sql("select count(tell('" + world.id(world.tenant) +
              "', 'campaign.started', json_build_object('n', n))) from generate_series(1, " +
              std::to_string(count) + ") n");
  }
  got<outbox_page> read_page(const uuid& webhook, int events_max) {
    return store_world::wait<outbox_page>(
        [&](auto done) { store->read(webhook, events_max, done); });
  }
  std::vector<outbox_event> read(const uuid& webhook, int events_max) {
    const auto page = read_page(webhook, events_max);
    EXPECT_TRUE(page.ok());
    return page.ok() ? page->events : std::vector<outbox_event>{};
  }
  got<loaded_webhook> load(const uuid& webhook, int bytes_max = webhook_store::outbox_bytes_max) {
    return store_world::wait<loaded_webhook>(
        [&](auto done) { store->load(webhook, bytes_max, done); });
  }
  got<omnistream::done> record(webhook_record what) {
    return store_world::wait<omnistream::done>(
        [&](auto done) { store->record(std::move(what), done); });
  }
  got<std::vector<uuid>> waiting(bool ahead) {
    return store_world::wait<std::vector<uuid>>([&](auto done) { bus->waiting(ahead, done); });
  }
  got<forgotten> forget(int deliveries_days, int events_days) {
    return store_world::wait<forgotten>([&](auto done) {
      bus->forget({deliveries_days, events_days}, done);
    });
  }
  static nlohmann::json data_of(const outbox_event& event) {
    return nlohmann::json::parse(*event.body)["data"];
  }
  static delivery delivery_of(const outbox_event& event, delivery::status state) {
    delivery made;
    made.id = uuid::v7(system_now());
    made.type = event.type;
    made.body = std::make_shared<const std::string>("{\"quoted\\\"\":1}");
    made.state = state;
    made.attempts = 1;
    made.last_attempt_at = system_now();
    if (state == delivery::status::pending)
      made.next_attempt_at = made.last_attempt_at + std::chrono::hours{1};
    made.response_code = state == delivery::status::delivered ? 200 : 500;
    made.duration_ms = 12;
    made.excerpt = "ok, \"fine\"";
    return made;
  }
  webhook_record record_of(const uuid& webhook, const outbox_event& event, delivery::status state) {
    return {webhook, world.tenant, {delivery_of(event, state)}, {event.id}, std::nullopt};
  }
  std::string count(const std::string& table) { return world.sql("select count(*) from " + table); }

  webhook_world world;
  std::unique_ptr<webhook_store> store = make_webhook_store(
      world.pool_, [](const uuid&, const std::string& sealed) -> std::optional<std::string> {
        if (sealed.starts_with("sealed")) return "whsec_" + sealed;
        return std::nullopt;
      });
  std::unique_ptr<event_bus_store> bus = make_event_bus_store(world.pool_);
};

TEST_F(WebhookStoreSql, LoadsWhatItIs) {
  const auto webhook = world.subscribe("*");
  world.sql(
      "update outgoing_webhooks set batch_max = 10, batch_wait_ms = 500, status = 'retrying', "
      "failing_since = '2026-01-01T00:00:00Z', previous_secret = 'sealed2', previous_secret_until "
      "= now() + interval '1 hour'");
  const auto loaded = load(webhook);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->tenant_id, world.tenant);
  EXPECT_EQ(loaded->url, "https://example.com/hook");
  EXPECT_EQ(loaded->secrets, (std::vector<std::string>{"whsec_sealed", "whsec_sealed2"}));
  EXPECT_TRUE(loaded->secrets_until.has_value());
  EXPECT_EQ(loaded->batch_max, 10);
  EXPECT_EQ(loaded->batch_wait, std::chrono::milliseconds{500});
  EXPECT_EQ(loaded->state.status, webhook_status::retrying);
  EXPECT_EQ(loaded->state.failing_since, parse_rfc3339("2026-01-01T00:00:00Z"));
  EXPECT_TRUE(loaded->pending.empty());
  EXPECT_EQ(load(world.campaign).error().status, 404);
}

TEST_F(WebhookStoreSql, ASecretThatHasEndedSignsNoMore) {
  const auto webhook = world.subscribe("*");
  world.sql(
      "update outgoing_webhooks set previous_secret = 'sealed2', previous_secret_until = now()");
  const auto loaded = load(webhook);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->secrets, (std::vector<std::string>{"whsec_sealed"}));
}

TEST_F(WebhookStoreSql, ReadsTheFirstEventsInTheirOrder) {
  const auto webhook = world.subscribe("campaign.*");
  tell(5);
  const auto events = read(webhook, 3);
  ASSERT_EQ(events.size(), 3U);
  for (int n = 1; n <= 3; ++n) {
    const auto& event = events[static_cast<std::size_t>(n - 1)];
    EXPECT_EQ(data_of(event)["n"], n);
    EXPECT_EQ(event.type, "campaign.started");
  }
  EXPECT_LT(events[0].id, events[1].id);
  EXPECT_TRUE(read_page(webhook, 4)->more);
  EXPECT_FALSE(read_page(webhook, 5)->more);
}

TEST_F(WebhookStoreSql, ReadsWhomAnEventIsAbout) {
  const auto webhook = world.subscribe("*");
  tell(1);
  const auto contact = uuid::v7(system_now());
  world.sql("select tell('" + world.id(world.tenant) +
            "', 'message.received', json_build_object('contact_id', '" + world.id(contact) + "'))");
  const auto events = read(webhook, 10);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].contact_id, std::nullopt);
  EXPECT_EQ(events[1].contact_id, contact);
}

TEST_F(WebhookStoreSql, ReadsABoundedNumberOfBytesButAlwaysOneEvent) {
  const auto webhook = world.subscribe("campaign.*");
  world.sql("select count(tell('" + world.id(world.tenant) +
            "', 'campaign.started', json_build_object('n', repeat('x', 100000 * n)))) from "
            "generate_series(1, 3) n");
  EXPECT_EQ(read(webhook, 10).size(), 1U);  // 100 kB, and with 200 kB more it would be too much
  world.sql("delete from webhook_outbox where id = (select min(id) from webhook_outbox)");
  EXPECT_EQ(read(webhook, 10).size(), 1U);
  world.sql("delete from webhook_outbox where id = (select min(id) from webhook_outbox)");
  EXPECT_EQ(read(webhook, 10).size(), 1U);  // 300 kB: larger than the bound, and still read
}

constexpr storage::statement tell_slowly{
    "tell_slowly", "select tell($1::uuid, 'campaign.started', '{\"n\":0}')", 1};

/// An event with a lower id may be committed after others were read, and still comes before them.
TEST_F(WebhookStoreSql, ReadsWhatIsCommittedLate) {
  const auto webhook = world.subscribe("campaign.*");
  std::promise<void> told, committed, go_on;
  world.pool_.submit(
      storage::access::engine(),
      [&](storage::session& in) {
        in.execute(tell_slowly, world.tenant);
        told.set_value();
        go_on.get_future().wait();
        return omnistream::done{};
      },
      [&](const result<omnistream::done>&) { committed.set_value(); });
  told.get_future().wait();
  tell(4);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(read(webhook, 2).size(), 2U);
  go_on.set_value();
  committed.get_future().wait();
  EXPECT_EQ(data_of(read(webhook, 2).front())["n"], 0);
}

TEST_F(WebhookStoreSql, ReadsOfManyAtOnceDoNotMixThemUp) {
  const auto one = world.subscribe("campaign.*");
  const auto two = world.subscribe("campaign.*");
  const auto none = world.subscribe("agent.*");
  tell(2);
  std::mutex guard;
  std::condition_variable all;
  std::vector<std::size_t> found(3, 99);
  int left = 3;
  for (int i = 0; i < 3; ++i)
    store->read(std::array{one, two, none}[static_cast<std::size_t>(i)], i + 1,
                [&, i](const result<outbox_page>& page) {
                  const std::lock_guard lock(guard);
                  found[static_cast<std::size_t>(i)] = page.ok() ? page->events.size() : 98;
                  if (--left == 0) all.notify_all();
                });
  std::unique_lock lock(guard);
  all.wait(lock, [&] { return left == 0; });
  EXPECT_EQ(found, (std::vector<std::size_t>{1, 2, 0}));
}

TEST_F(WebhookStoreSql, RecordsADeliveryAndTakesItsEventsInOneCommit) {
  const auto webhook = world.subscribe("campaign.*");
  tell(2);
  const auto events = read(webhook, 10);
  ASSERT_EQ(events.size(), 2U);
  ASSERT_TRUE(record(record_of(webhook, events[0], delivery::status::delivered)).ok());
  EXPECT_EQ(count("webhook_outbox"), "1");
  EXPECT_EQ(world.sql("select concat_ws('|', status, attempts, response_code, duration_ms, "
                      "response_excerpt, body, error is null, delivered_at = last_attempt_at) from "
                      "webhook_deliveries"),
            "delivered|1|200|12|ok, \"fine\"|{\"quoted\\\"\":1}|t|t");
}

TEST_F(WebhookStoreSql, ReadsTheBodyThatTheServerWouldMake) {
  const auto webhook = world.subscribe("campaign.*");
  tell(1);
  const auto event = read(webhook, 1).front();
  const auto at = std::chrono::floor<std::chrono::milliseconds>(event.at);
  EXPECT_EQ(*event.body, event_body("campaign.started", at, R"({"n" : 1})"));
}

/// An event of many subscriptions is one row, and so is its body, whoever it was delivered to.
TEST_F(WebhookStoreSql, WhatIsDeliveredAtOnceHasItsBodyInItsEvent) {
  const std::array webhooks{world.subscribe("campaign.*"), world.subscribe("*")};
  tell(1);
  std::vector<delivery> made;
  for (const auto& webhook : webhooks) {
    auto what = record_of(webhook, read(webhook, 1).front(), delivery::status::delivered);
    auto& one = what.deliveries.front() = make_delivery(webhook, read(webhook, 1), false);
    one.state = delivery::status::delivered;
    one.attempts = 1;
    one.last_attempt_at = system_now();
    ASSERT_TRUE(record(what).ok());
    made.push_back(one);
  }
  EXPECT_EQ(count("webhook_events"), "1");
  EXPECT_EQ(count("webhook_outbox"), "0");
  EXPECT_EQ(world.sql("select count(body) || ' of ' || count(*) from webhook_deliveries"),
            "0 of 2");
  for (std::size_t i = 0; i < 2; ++i) {
    const auto shown = store_world::wait<std::string>(
        [&](auto done) { store->show_delivery(world.tenant, webhooks[i], made[i].id, done); });
    ASSERT_TRUE(shown.ok());
    EXPECT_EQ(nlohmann::json::parse(shown.value())["body"], *made[i].body);
  }
  // Whoever wants it again has it from there, and keeps it.
  ASSERT_TRUE(store_world::wait<std::string>([&](auto done) {
                store->redeliver(world.tenant, webhooks[0], made[0].id, done);
              }).ok());
  world.sql("delete from webhook_events");
  const auto pending = load(webhooks[0])->pending;
  ASSERT_EQ(pending.size(), 1U);
  EXPECT_EQ(*pending.front().body, *made[0].body);
  EXPECT_EQ(store_world::wait<std::string>(
                [&](auto done) { store->redeliver(world.tenant, webhooks[1], made[1].id, done); })
                .error()
                .status,
            404);
}

TEST_F(WebhookStoreSql, WhatIsDeliveredLateOrInVainKeepsItsBody) {
  const auto webhook = world.subscribe("campaign.*");
  tell(3);
  const auto events = read(webhook, 3);
  for (std::size_t i = 0; i < 3; ++i) {
    auto what = record_of(webhook, events[i], delivery::status::delivered);
    auto& one = what.deliveries.front() = make_delivery(webhook, {events[i]}, false);
    one.attempts = i == 0 ? 2 : 1;
    one.state = i == 1 ? delivery::status::failed : delivery::status::delivered;
    one.last_attempt_at = one.event->at + std::chrono::minutes{i == 2 ? 61 : 1};
    ASSERT_TRUE(record(what).ok());
  }
  EXPECT_EQ(world.sql("select count(body) from webhook_deliveries"), "3");
}

TEST_F(WebhookStoreSql, RecordingAgainChangesNothing) {
  const auto webhook = world.subscribe("campaign.*");
  tell(1);
  const auto what = record_of(webhook, read(webhook, 1).front(), delivery::status::delivered);
  ASSERT_TRUE(record(what).ok());
  ASSERT_TRUE(record(what).ok());
  EXPECT_EQ(count("webhook_deliveries"), "1");
  EXPECT_EQ(count("webhook_outbox"), "0");
}

TEST_F(WebhookStoreSql, LoadsAgainWhatIsPending) {
  const auto webhook = world.subscribe("campaign.*");
  tell(2);
  const auto events = read(webhook, 10);
  auto first = record_of(webhook, events[0], delivery::status::pending);
  first.state = webhook_state{webhook_status::retrying, system_now(), ""};
  auto aside = record_of(webhook, events[1], delivery::status::pending);
  aside.deliveries[0].aside = true;
  ASSERT_TRUE(record(first).ok());
  ASSERT_TRUE(record(aside).ok());
  const auto loaded = load(webhook);
  ASSERT_EQ(loaded->pending.size(), 2U);
  EXPECT_EQ(loaded->state.status, webhook_status::retrying);
  const auto& head = loaded->pending[0];
  EXPECT_EQ(head.id, first.deliveries[0].id);
  EXPECT_EQ(*head.body, *first.deliveries[0].body);
  EXPECT_EQ(head.attempts, 1);
  EXPECT_EQ(head.next_attempt_at, first.deliveries[0].next_attempt_at);
  EXPECT_FALSE(head.aside);
  EXPECT_TRUE(loaded->pending[1].aside);
  // And its end is recorded in the same row.
  auto ended = record_of(webhook, events[0], delivery::status::delivered);
  ended.deliveries[0].id = head.id;
  ended.deliveries[0].attempts = 2;
  ASSERT_TRUE(record(ended).ok());
  EXPECT_EQ(world.sql("select concat(status, attempts, next_attempt_at is null) from "
                      "webhook_deliveries where id = '" +
                      world.id(head.id) + "'"),
            "delivered2t");
}

TEST_F(WebhookStoreSql, WhatIsRecordedAfterADeletionIsDropped) {
  const auto webhook = world.subscribe("campaign.*");
  tell(1);
  const auto event = read(webhook, 1).front();
  world.sql("delete from outgoing_webhooks");
  EXPECT_EQ(record(record_of(webhook, event, delivery::status::delivered)).error().status, 404);
  EXPECT_EQ(count("webhook_deliveries"), "0");
}

TEST_F(WebhookStoreSql, LoadsABoundedNumberOfWhatIsAside) {
  const auto webhook = world.subscribe("campaign.*");
  tell(40);
  const auto events = read(webhook, 40);
  for (std::size_t i = 0; i < 40; ++i) {
    auto what = record_of(webhook, events[i], delivery::status::pending);
    what.deliveries[0].aside = i != 0;
    ASSERT_TRUE(record(what).ok());
  }
  auto loaded = load(webhook);
  EXPECT_EQ(loaded->pending.size(), static_cast<std::size_t>(webhook_store::pending_max));
  EXPECT_FALSE(loaded->pending.front().aside);
  EXPECT_TRUE(loaded->more_aside);
  world.sql("update webhook_deliveries set body = repeat('x', 200000)");
  loaded = load(webhook);
  EXPECT_EQ(loaded->pending.size(), 3U);  // 256 KiB before the third of these
  EXPECT_TRUE(loaded->more_aside);
  loaded = load(webhook, 16 * 1024);
  EXPECT_EQ(loaded->pending.size(), 2U) << "the one in order takes no room from the first of them";
}

/// What one subscription cannot record does not hold up the others.
TEST_F(WebhookStoreSql, APoisonedRecordFailsAlone) {
  const auto webhook = world.subscribe("campaign.*");
  tell(40);
  const auto events = read(webhook, 40);
  std::mutex guard;
  std::condition_variable all;
  int ok = 0, left = 40;
  for (int i = 0; i < 40; ++i) {
    auto what =
        record_of(webhook, events[static_cast<std::size_t>(i)], delivery::status::delivered);
    if (i == 7) what.deliveries[0].excerpt = std::string("\0", 1);
    store->record(what, [&](const result<omnistream::done>& outcome) {
      const std::lock_guard lock(guard);
      ok += outcome.ok() ? 1 : 0;
      if (--left == 0) all.notify_all();
    });
  }
  std::unique_lock lock(guard);
  all.wait(lock, [&] { return left == 0; });
  EXPECT_EQ(ok, 39);
  EXPECT_EQ(count("webhook_deliveries"), "39");
  EXPECT_EQ(count("webhook_outbox"), "1");
}

TEST_F(WebhookStoreSql, FindsWhoHasSomethingToSend) {
  world.subscribe("agent.*");  // nothing for it
  const auto ready = world.subscribe("campaign.*");
  const auto later = world.subscribe("campaign.*");
  const auto disabled = world.subscribe("campaign.*");
  tell(2);
  world.sql("update outgoing_webhooks set status = 'disabled' where id = '" + world.id(disabled) +
            "'");
  ASSERT_TRUE(record(record_of(later, read(later, 1).front(), delivery::status::pending)).ok());
  EXPECT_EQ(waiting(false).value(), std::vector<uuid>{ready});
  EXPECT_EQ(waiting(true)->size(), 2U);
}

/// Several failed together; all of them wait for the first, whatever their own times say.
TEST_F(WebhookStoreSql, NobodyIsWokenForWhatWaitsBehindTheFirst) {
  const auto webhook = world.subscribe("campaign.*");
  tell(3);
  const auto events = read(webhook, 3);
  auto head = record_of(webhook, events[0], delivery::status::pending);
  auto behind = record_of(webhook, events[1], delivery::status::pending);
  behind.deliveries[0].next_attempt_at = system_now() - std::chrono::hours{1};
  ASSERT_TRUE(record(head).ok());
  ASSERT_TRUE(record(behind).ok());
  EXPECT_TRUE(waiting(false)->empty());
  head.deliveries[0].next_attempt_at = system_now() - std::chrono::seconds{1};
  ASSERT_TRUE(record(head).ok());
  EXPECT_EQ(waiting(false).value(), std::vector<uuid>{webhook});
  head.deliveries[0].next_attempt_at = system_now() + std::chrono::hours{1};
  behind.deliveries[0].aside = true;
  ASSERT_TRUE(record(head).ok());
  ASSERT_TRUE(record(behind).ok());
  EXPECT_EQ(waiting(false).value(), std::vector<uuid>{webhook}) << "that waits for nobody";
}

TEST_F(WebhookStoreSql, ForgetsWhatIsOldAndOrphaned) {
  const auto webhook = world.subscribe("campaign.*");
  const auto deleted = world.subscribe("campaign.*");
  tell(3);
  const auto events = read(webhook, 3);
  ASSERT_TRUE(record(record_of(webhook, events[0], delivery::status::delivered)).ok());
  ASSERT_TRUE(record(record_of(webhook, events[1], delivery::status::pending)).ok());
  EXPECT_EQ(forget(1, 1)->untold, 0);
  EXPECT_EQ(count("webhook_deliveries"), "2");
  world.sql("update webhook_deliveries set last_attempt_at = now() - interval '3 days'");
  world.sql("delete from outgoing_webhooks where id = '" + world.id(deleted) + "'");
  EXPECT_EQ(forget(2, 2)->untold, 0) << "nobody was to be told of the one that was deleted";
  EXPECT_EQ(world.sql("select string_agg(status, ',') from webhook_deliveries"), "pending");
  EXPECT_EQ(count("webhook_outbox"), "1");
  world.sql("update webhook_outbox set occurred_at = now() - interval '3 days'");
  EXPECT_EQ(forget(2, 4)->untold, 0);
  EXPECT_EQ(count("webhook_outbox"), "1");
  EXPECT_EQ(forget(4, 2)->untold, 1);
  EXPECT_EQ(count("webhook_outbox"), "0");
}

/// As long as a subscription waits for it, or for one before it.
TEST_F(WebhookStoreSql, ForgetsEventsThatNobodyNeeds) {
  const auto webhook = world.subscribe("campaign.*");
  const auto other = world.subscribe("campaign.*");
  tell(3);
  const auto take = [this](const uuid& of, int events_max) {
    for (const auto& event : read(of, events_max))
      ASSERT_TRUE(record(record_of(of, event, delivery::status::delivered)).ok());
  };
  const auto left = [this](const std::string& age) {
    world.sql("update webhook_events set occurred_at = now() - interval '" + age + "'");
    EXPECT_TRUE(forget(2, 30).ok());
    return count("webhook_events");
  };
  take(webhook, 1);
  take(other, 2);
  EXPECT_EQ(left("1 hour"), "3");
  EXPECT_EQ(left("49 hours"), "3") << "deliveries made within the hour may be younger";
  EXPECT_EQ(left("51 hours"), "2") << "one still waits for the second";
  ASSERT_EQ(read(webhook, 3).size(), 2U);
  take(webhook, 2);
  take(other, 1);
  EXPECT_EQ(left("51 hours"), "0");
}

}  // namespace
}  // namespace omnistream::test
