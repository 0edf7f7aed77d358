#include <map>
#include <set>

#include <gtest/gtest.h>

#include "bench/graph_simulator/status_scheduler.hpp"
#include "bench/graph_simulator/webhook_batch.hpp"
#include "bench/graph_simulator/webhook_queue.hpp"
#include "nlohmann/json.hpp"

namespace graph_simulator {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

accepted_message message(std::uint64_t index, instant at = 0s) {
  accepted_message made;
  made.index = index;
  made.number = std::make_shared<number_info>(number_info{"111", "15550000000", "222"});
  made.recipient = "628" + std::to_string(100'000'000 + index);
  made.callback = "callback-" + std::to_string(index);
  made.category = "utility";
  made.accepted_at = at;
  return made;
}

struct told {
  std::uint64_t index;
  message_status status;
  bool is_duplicate;
  bool operator==(const told&) const = default;
};

std::vector<told> run(const status_options& options, std::uint64_t count) {
  status_scheduler scheduler(options);
  for (std::uint64_t i = 0; i < count; ++i) scheduler.add(message(i));
  std::vector<told> all;
  scheduler.pop(24h, 1'000'000, [&](const due_status& status) {
    all.push_back({status.message->index, status.status, status.is_duplicate});
  });
  EXPECT_EQ(scheduler.pending(), 0u);
  return all;
}

std::map<message_status, int> counts(const std::vector<told>& all) {
  std::map<message_status, int> by_status;
  for (const auto& each : all)
    if (!each.is_duplicate) ++by_status[each.status];
  return by_status;
}

TEST(status_scheduler, counts_equal_the_shares_for_every_seed) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    status_options options;
    options.seed = seed;
    options.failed_share = 0.1;
    options.delivered_share = 0.8;
    options.read_share = 0.5;
    auto by_status = counts(run(options, 1000));
    EXPECT_NEAR(by_status[message_status::failed], 100, 3);
    EXPECT_NEAR(by_status[message_status::delivered], 720, 5);
    EXPECT_NEAR(by_status[message_status::read], 360, 5);
    EXPECT_GE(by_status[message_status::sent], 1000 - by_status[message_status::failed]);
  }
}

TEST(status_scheduler, shares_of_one_and_nought_are_exact) {
  status_options options;
  options.read_share = 0;
  auto by_status = counts(run(options, 777));
  EXPECT_EQ(by_status[message_status::sent], 777);
  EXPECT_EQ(by_status[message_status::delivered], 777);
  EXPECT_EQ(by_status[message_status::read], 0);
  options.failed_share = 1;
  by_status = counts(run(options, 777));
  EXPECT_EQ(by_status[message_status::failed], 777);
  EXPECT_EQ(by_status[message_status::delivered], 0);
}

TEST(status_scheduler, the_seed_decides_everything) {
  status_options options;
  options.failed_share = 0.2;
  options.read_share = 0.5;
  options.duplicate_share = 0.3;
  options.shuffle = true;
  const auto first = run(options, 500);
  EXPECT_EQ(first, run(options, 500));
  options.seed = 2;
  EXPECT_NE(first, run(options, 500));
}

TEST(status_scheduler, without_shuffle_each_status_comes_at_its_time) {
  status_options options;
  options.status_delay_ms = 200;
  status_scheduler scheduler(options);
  scheduler.add(message(0, 1s));
  std::vector<message_status> seen;
  const auto take = [&](const due_status& status) { seen.push_back(status.status); };
  scheduler.pop(1200ms - 1us, 100, take);
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(scheduler.next_due(), 1200ms);
  scheduler.pop(1200ms, 100, take);
  EXPECT_EQ(seen.back(), message_status::sent);
  scheduler.pop(1400ms, 100, take);
  EXPECT_EQ(seen.back(), message_status::delivered);
  scheduler.pop(1600ms, 100, take);
  EXPECT_EQ(seen.back(), message_status::read);
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_EQ(scheduler.next_due(), instant::max());
}

TEST(status_scheduler, shuffle_lets_read_overtake_delivered) {
  status_options options;
  options.shuffle = true;
  std::map<std::uint64_t, std::vector<message_status>> by_message;
  for (const auto& each : run(options, 300)) by_message[each.index].push_back(each.status);
  int overtaken = 0;
  for (const auto& [index, order] : by_message) {
    EXPECT_EQ(order.size(), 3u);
    overtaken += !std::is_sorted(order.begin(), order.end());
  }
  EXPECT_GT(overtaken, 50);
}

TEST(status_scheduler, duplicates_repeat_a_status_that_was_told) {
  status_options options;
  options.duplicate_share = 0.25;
  std::set<std::pair<std::uint64_t, message_status>> seen;
  int duplicates = 0;
  for (const auto& each : run(options, 4000)) {
    const bool is_new = seen.insert({each.index, each.status}).second;
    if (each.is_duplicate) {
      ++duplicates;
      EXPECT_FALSE(is_new);
    }
  }
  EXPECT_NEAR(duplicates, 3000, 200);
}

TEST(status_scheduler, a_forced_failure_fails_whatever_the_shares) {
  status_scheduler scheduler{status_options{}};
  auto doomed = message(0);
  doomed.forced_failure = 131047;
  scheduler.add(std::move(doomed));
  int code = 0;
  scheduler.pop(1h, 100,
                [&](const due_status& status) { code = std::max(code, status.error_code); });
  EXPECT_EQ(code, 131047);
}

due_status due(const accepted_message& of, message_status status, int code = 0) {
  return {&of, status, 100ms, code, false};
}

TEST(webhook_batch, looks_as_metas) {
  webhook_batch batch(start_time(1'700'000'000s));
  auto one = message(5);
  one.callback = "\"\xc3\xa4\n";
  batch.add(due(one, message_status::sent));
  batch.add(due(one, message_status::read));
  batch.add(due(one, message_status::failed, 131026));
  EXPECT_EQ(batch.size(), 3u);
  const auto text = batch.finish();
  EXPECT_EQ(batch.size(), 0u);
  EXPECT_NE(text.find("\\u00e4"), std::string::npos) << "escaped as Meta escapes";
  const auto body = json::parse(text);
  EXPECT_EQ(body["object"], "whatsapp_business_account");
  ASSERT_EQ(body["entry"].size(), 1u);
  EXPECT_EQ(body["entry"][0]["id"], "222");
  const auto& changes = body["entry"][0]["changes"];
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0]["field"], "messages");
  EXPECT_EQ(changes[0]["value"]["messaging_product"], "whatsapp");
  EXPECT_EQ(changes[0]["value"]["metadata"]["phone_number_id"], "111");
  const auto& sent = changes[0]["value"]["statuses"][0];
  EXPECT_EQ(sent["id"], make_wamid(one.recipient, one.nonce, one.index));
  EXPECT_EQ(sent["status"], "sent");
  EXPECT_EQ(sent["timestamp"], "1700000000");
  EXPECT_EQ(sent["recipient_id"], one.recipient);
  EXPECT_EQ(sent["biz_opaque_callback_data"], one.callback);
  EXPECT_EQ(sent["pricing"]["category"], "utility");
  EXPECT_EQ(sent["pricing"]["pricing_model"], "PMP");
  EXPECT_EQ(sent["conversation"]["origin"]["type"], "utility");
  EXPECT_EQ(sent["conversation"]["expiration_timestamp"], "1700086400");
  EXPECT_EQ(changes[1]["value"]["statuses"][0]["status"], "read");
  const auto& error = changes[2]["value"]["statuses"][0]["errors"][0];
  EXPECT_EQ(error["code"], 131026);
  EXPECT_EQ(error["title"], "Message undeliverable");
  EXPECT_TRUE(error["error_data"].contains("details"));
}

TEST(webhook_batch, is_about_one_kind_of_object) {
  webhook_batch batch(start_time(1'700'000'000s));
  batch.add(webhook_change{"600", R"({"n":1})", "page", 2s});
  EXPECT_TRUE(batch.takes("page"));
  EXPECT_FALSE(batch.takes("instagram"));
  EXPECT_FALSE(batch.takes(whatsapp_object));
  batch.add(webhook_change{"600", R"({"n":2})", "page", 3s});
  batch.add(webhook_change{"601", R"({"n":3})", "page", 3s});
  EXPECT_EQ(json::parse(batch.finish()), json::parse(R"({"object":"page","entry":[
              {"id":"600","time":1700000002000,"messaging":[{"n":1},{"n":2}]},
              {"id":"601","time":1700000003000,"messaging":[{"n":3}]}]})"));
  EXPECT_TRUE(batch.takes(whatsapp_object));
}

TEST(webhook_batch, gives_each_waba_its_entry) {
  webhook_batch batch(start_time(0s));
  batch.add(webhook_change{"1", R"({"value":1,"field":"a"})"});
  batch.add(webhook_change{"1", R"({"value":2,"field":"a"})"});
  batch.add(webhook_change{"2", R"({"value":3,"field":"a"})"});
  const auto body = json::parse(batch.finish());
  ASSERT_EQ(body["entry"].size(), 2u);
  EXPECT_EQ(body["entry"][0]["changes"].size(), 2u);
  EXPECT_EQ(body["entry"][1]["id"], "2");
}

TEST(sign_webhook, gives_the_known_answer) {
  // RFC 4231, test case 2.
  EXPECT_EQ(sign_webhook("what do ya want for nothing?", "Jefe"),
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(make_wamid, is_unique_and_looks_as_metas) {
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < 10'000; ++i) seen.insert(make_wamid("6281234567890", 7, i));
  EXPECT_EQ(seen.size(), 10'000u);
  EXPECT_TRUE(seen.begin()->starts_with("wamid.H"));
}

TEST(webhook_queue, repeats_what_was_not_acknowledged_more_and_more_slowly) {
  webhook_queue queue;
  queue.add({"body", "signature", 3, 0}, 0s);
  instant now{};
  std::vector<instant> waits;
  for (int i = 0; i < 10; ++i) {
    auto next = queue.take(now);
    ASSERT_TRUE(next);
    EXPECT_FALSE(queue.take(now + 1h)) << "on its way: not taken twice";
    queue.answered(std::move(*next), false, now);
    EXPECT_EQ(queue.pending_changes(), 3u);
    waits.push_back(queue.next_due() - now);
    if (waits.back() > 0s) {
      EXPECT_FALSE(queue.take(queue.next_due() - 1us));
    }
    now = queue.next_due();
  }
  const std::vector<instant> expected{0s, 500ms, 1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s};
  EXPECT_EQ(waits, expected);
  queue.answered(std::move(*queue.take(now)), true, now);
  EXPECT_EQ(queue.counts().posted, 1u);
  EXPECT_EQ(queue.counts().acknowledged, 1u);
  EXPECT_EQ(queue.counts().repeated, 10u);
  EXPECT_EQ(queue.pending_changes(), 0u);
  EXPECT_EQ(queue.next_due(), instant::max());
}

TEST(webhook_queue, says_when_it_is_full) {
  webhook_queue queue;
  while (!queue.full()) queue.add({std::string(1 << 20, 'x'), "s", 1, 0}, 0s);
  EXPECT_EQ(queue.pending_changes(), webhook_queue::bytes_max >> 20);
  queue.answered(std::move(*queue.take(0s)), true, 0s);
  EXPECT_FALSE(queue.full());
}

}  // namespace
}  // namespace graph_simulator
