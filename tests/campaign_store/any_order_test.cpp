// The same webhooks, once in order, and once in any order, a tenth of them twice, to an inbox that
// ends again and again in the middle of its work: both leave the same behind.
//
// OMNISTREAM_TEST_WEBHOOKS says how many; without it there are few.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>

#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include "actors/ingest/inbox.hpp"
#include "tests/campaign_store/channel_inbox.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

constexpr int events_per_person = 12;
constexpr int statuses_per_recipient = 3;

int webhooks_wanted() {
  const char* given = std::getenv("OMNISTREAM_TEST_WEBHOOKS");
  return given != nullptr ? std::atoi(given) : 3'000;
}

/// What is posted: webhook `n` is the same whenever it is asked for.
class traffic : public channel_inbox {
 public:
  explicit traffic(int webhooks)
      : recipients_(std::min(webhooks / 12, 50'000)),
        people_((webhooks - recipients_ * statuses_per_recipient) / events_per_person) {
    EXPECT_TRUE(world.add(world.numbers(1, recipients_)).ok());
    EXPECT_TRUE(world.set_status(campaign_status::sending).ok());
    EXPECT_TRUE(world.claim(0, recipients_, 1).ok());
  }

  int size() const { return people_ * events_per_person + recipients_ * statuses_per_recipient; }

  raw_webhook at(int n) const {
    if (n >= people_ * events_per_person) return status_of(n - people_ * events_per_person);
    // People write at the same time: the events of one are far from each other.
    const int who = n % people_;
    const int what = n / people_;
    switch (who % 4) {
      case 0:
        return of_whatsapp(who, what);
      case 1:
        return of_messaging(false, who, what);
      case 2:
        return of_messaging(true, who, what);
      default:
        return mailed("p" + std::to_string(who) + "@x.example", id(who, what));
    }
  }

  /// What autovacuum does in a server's database, and nobody in a test's: without it PostgreSQL
  /// goes on as it planned when there was nothing.
  void count_rows() { sql("analyze"); }

  /// All that callers see, but for ids and what a mail's time decides, as one text.
  std::string seen() {
    const auto of_conversations = sql(
        "select count(*) || ' ' || md5(string_agg(row, '; ' order by row)) from (select concat_ws("
        "' ', v.channel, coalesce(i.external_id, c.phone_number), c.name, v.status, v.in_inbox, "
        "v.unread_count, case when v.channel <> 'email' then concat_ws(' ', v.last_message_type, "
        "v.last_message_preview, v.last_inbound_at, case when v.channel <> 'whatsapp' then "
        "v.last_message_at end) end) as row from conversations v join contacts c on c.id = "
        "v.contact_id left join contact_identities i on i.contact_id = c.id where v.in_inbox) r");
    const auto of_messages = sql(
        "select count(*) || ' ' || md5(string_agg(row, '; ' order by row)) from (select concat_ws("
        "' ', coalesce(i.external_id, c.phone_number), m.external_id, m.direction, m.type, "
        "m.content, m.status, m.delivered_at, m.read_at, m.edited_at, case when v.channel <> "
        "'email' then m.sent_at end) as row from messages m join conversations v on v.id = "
        "m.conversation_id join contacts c on c.id = v.contact_id left join contact_identities i "
        "on i.contact_id = c.id) r");
    const auto of_recipients =
        sql("select count(*) || ' ' || md5(string_agg(concat_ws(' ', seq, status, sent_at, "
            "delivered_at, read_at, error_code, error_message), '; ' order by seq)) from "
            "campaign_recipients");
    return of_conversations + ", " + of_messages + ", " + of_recipients + ", " +
           sql("select concat_ws(' ', sent_count, delivered_count, read_count, failed_count) from "
               "campaigns");
  }
  std::string left() {
    return sql(
        "select concat_ws(' ', (select count(*) from webhook_inbox), (select count(*) from "
        "early_message_changes))");
  }

 private:
  static std::string id(int who, int what) {
    return std::to_string(who) + "." + std::to_string(what);
  }
  static std::int64_t time(int who, int what) { return who % 50 + 100LL * what; }

  raw_webhook of_whatsapp(int who, int what) const {
    const auto from = "62813" + std::to_string(1'000'000 + who);
    auto message = text("text " + id(who, what));
    if (what == 3) message = edit(id(who, 1), "edited once");
    if (what == 5) message = edit(id(who, 1), "edited twice");
    if (what == 7) message = revoke(id(who, 2));
    if (what == 9) message = edit(id(who, 8), "the last one, edited");
    if (what >= 10) message = edit(id(who, 8), "the last one, edited again " + id(who, what));
    return whatsapp(
        {{"contacts", json::array({{{"wa_id", from}, {"profile", {{"name", "P " + from}}}}})},
         {"messages", json::array({on_whatsapp(from, id(who, what), time(who, what), message)})}});
  }
  raw_webhook of_messaging(bool on_instagram, int who, int what) const {
    const auto from = "person-" + std::to_string(who);
    const auto at = time(who, what);
    auto one = wrote(from, id(who, what), at);
    if (what == 2) one = edited(from, id(who, 0), at, "edited once");
    if (what == 3 || what == 6) one = echoed(from, id(who, what), at);
    if (what == 4) one = took_back(from, id(who, 1), at);
    if (what == 5) one = edited(from, id(who, 0), at, "edited twice");
    if (what == 7) one = receipt(from, "delivery", at);
    if (what == 8)
      one = on_instagram ? read_one(from, id(who, 3), at) : receipt(from, "read", at - 300);
    if (what == 10) one = edited(from, id(who, 9), at, "the last one, edited");
    if (what == 11) one = echoed(from, id(who, what), at - 250);
    return messaging(on_instagram, {one});
  }
  /// Of every recipient one is read or failed, with what led to it.
  raw_webhook status_of(int n) const {
    const int seq = n / statuses_per_recipient + 1;
    const int step = n % statuses_per_recipient;
    static const char* const steps[] = {"sent", "delivered", "read"};
    const bool fails = seq % 5 == 0 && step > 0;
    json one{{"id", "wamid." + std::to_string(seq)},
             {"status", fails ? "failed" : steps[step]},
             {"timestamp", std::to_string(base_s + seq + 10 * step)},
             {"recipient_id", "1"},
             {"biz_opaque_callback_data",
              recipient_id(world.campaign, static_cast<std::uint32_t>(seq)).to_string()}};
    // A failure is told twice, by the same words.
    if (fails) {
      one["timestamp"] = std::to_string(base_s + seq + 10);
      one["errors"] = json::array({{{"code", 131026}, {"title", "Gone"}}});
    }
    return whatsapp({{"statuses", json::array({one})}});
  }

  int recipients_, people_;
};

registry_actor::behavior_type deaf_registry(registry_actor::pointer) {
  return {[](const entity_call&) {}, [](const wake&) {}, [](const outcomes&) {},
          [](const alarm&) {},       [](const idle&) {}, [](tick) {},
          [](drain) { return true; }};
}

/// A server's inbox from its start to its end, which comes without notice.
class life {
 public:
  explicit life(const test_database& on) : pool_(settings(on)), store_(make_inbox_store(pool_)) {
    registry_ = system_.spawn(deaf_registry);
    inbox_environment with{store_.get(), registry_, system_now};
    with.commit_payloads_max = 200;
    inbox_ = system_.spawn(actors::inbox, with);
  }
  ~life() {
    caf::anon_send_exit(inbox_, caf::exit_reason::kill);
    caf::anon_send_exit(registry_, caf::exit_reason::kill);
    pool_.stop();
  }
  /// `answered` is called with the status, from any thread, unless the end comes before.
  void post(const raw_webhook& what, std::function<void(int)> answered) {
    auto to = std::make_shared<reply>([answered = std::move(answered)](const result<answer>& got) {
      answered(got ? got->status : got.error().status);
    });
    caf::anon_send(inbox_, webhook_received{what.payload, to, what.source});
  }

 private:
  static storage::pool_options settings(const test_database& on) {
    storage::pool_options options;
    options.database_url = on.url();
    options.api_connections = 1;
    options.engine_connections = 2;
    return options;
  }

  /// Of two actors one is always idle, and an idle thread looks for work all the time.
  struct one_thread : caf::actor_system_config {
    one_thread() { set("scheduler.max-threads", 1); }
  };

  // Before the system: its end waits for the actors, which use them until then.
  storage::pool pool_;
  std::unique_ptr<inbox_store> store_;
  one_thread config_;
  caf::actor_system system_{config_};
  registry_actor registry_;
  inbox_actor inbox_;
};

/// Posts as Meta does: what was not answered with 200 comes again.
class poster {
 public:
  poster(const traffic& from, std::vector<int> order) : from_(from), unsent_(std::move(order)) {
    std::reverse(unsent_.begin(), unsent_.end());
  }

  /// Posts so many more at most and waits until each was answered or `patience` is over.
  void post_to(life& one, std::size_t at_most, std::chrono::milliseconds patience) {
    std::vector<int> under_way;
    auto state = std::make_shared<answers>();
    for (std::size_t i = 0; i < at_most && !unsent_.empty(); ++i) {
      under_way.push_back(unsent_.back());
      unsent_.pop_back();
      one.post(from_.at(under_way.back()), [state, which = under_way.back()](int status) {
        const std::lock_guard lock(state->guard);
        if (status == 200) state->taken.push_back(which);
        ++state->count;
      });
    }
    const auto until = std::chrono::steady_clock::now() + patience;
    while (state->answered() < under_way.size() && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    const std::lock_guard lock(state->guard);
    std::sort(under_way.begin(), under_way.end());
    std::sort(state->taken.begin(), state->taken.end());
    std::set_difference(under_way.begin(), under_way.end(), state->taken.begin(),
                        state->taken.end(), std::back_inserter(unsent_));
  }
  bool is_done() const { return unsent_.empty(); }

 private:
  struct answers {
    std::mutex guard;
    std::vector<int> taken;
    std::size_t count = 0;
    std::size_t answered() {
      const std::lock_guard lock(guard);
      return count;
    }
  };

  const traffic& from_;
  std::vector<int> unsent_;  ///< the next one last
};

void await_applied(traffic& world) {
  for (int i = 0; i < 60'000 && world.sql("select count(*) from webhook_inbox") != "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
}

TEST(AnyOrder, LeavesTheSameInbox) {
  const int webhooks = webhooks_wanted();
  std::string in_order;
  const auto began = system_now();
  {
    traffic world(webhooks);
    std::vector<int> order(static_cast<std::size_t>(world.size()));
    std::iota(order.begin(), order.end(), 0);
    life one(world.world.database);
    poster all(world, order);
    for (unsigned round = 1; !all.is_done(); ++round) {
      all.post_to(one, 2'000, std::chrono::seconds{60});
      if (std::has_single_bit(round)) world.count_rows();
    }
    await_applied(world);
    in_order = world.seen();
    EXPECT_EQ(world.left(), "0 0");
    EXPECT_EQ(world.world.miscount(), "");
  }
  const auto between = system_now();
  traffic world(webhooks);
  std::vector<int> order(static_cast<std::size_t>(world.size()));
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 random(19);
  for (int i = 0; i < world.size() / 10; ++i)
    order.push_back(static_cast<int>(random() % static_cast<unsigned>(world.size())));
  std::shuffle(order.begin(), order.end(), random);
  poster all(world, order);
  int lives = 0;
  while (!all.is_done()) {
    world.count_rows();
    life one(world.world.database);
    ++lives;
    const auto rounds = 1 + random() % 4;
    for (unsigned i = 0; i < rounds && !all.is_done(); ++i) {
      const auto at_most = std::clamp(webhooks / 40, 100, 15'000);
      all.post_to(one, static_cast<std::size_t>(at_most),
                  std::chrono::milliseconds{i + 1 < rounds ? 10'000 : random() % 30});
    }
  }
  life last(world.world.database);
  await_applied(world);
  EXPECT_EQ(world.left(), "0 0");
  EXPECT_EQ(world.seen(), in_order);
  EXPECT_EQ(world.world.miscount(), "");
  EXPECT_GT(lives, 3);
  const auto seconds = [](auto time) { return std::chrono::duration<double>(time).count(); };
  std::cout << order.size() << " webhooks in any order, " << lives
            << " starts: " << seconds(system_now() - between) << " s; in order "
            << seconds(between - began) << " s\n";
}

}  // namespace
}  // namespace omnistream::test
