#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/campaign/campaign_store_sql.hpp"
#include "storage/pool.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::test {

using namespace omnistream::actors;

/// A result that a test may ignore.
template <class T>
struct got : result<T> {
  got(result<T> from) : result<T>(std::move(from)) {}
};

/// A database with one tenant, account and template, and the campaign store on it. Calls block.
class store_world {
 public:
  store_world() : pool_(pool_settings(database)), store(make_campaign_store(pool_, settings())) {
    database.sql("insert into tenants (id, name) values ('" + id(tenant) + "', 'one')");
    database.sql("update engine_lease set epoch = 7");
    database.sql(
        "insert into integration_accounts (id, tenant_id, channel, account_key, display_name,"
        " is_default, phone_number_id, waba_id, secrets) values ('" +
        id(account) + "', '" + id(tenant) +
        "', 'whatsapp', 'wa-1001', 'Main', true, '1001', 'waba', '{\"access_token\":\"sealed\"}')");
    database.sql(
        "insert into wa_templates (id, tenant_id, waba_id, name, language, category, status,"
        " components) values ('" +
        id(template_id) + "', '" + id(tenant) +
        "', 'waba', 'hello', 'en_US', 'MARKETING', 'APPROVED', "
        "'[{\"type\":\"BODY\",\"text\":\"Hi\"}]')");
    campaign = make_campaign();
  }
  ~store_world() { pool_.stop(); }

  uuid make_campaign(bool with_account = true) {
    const auto made = new_campaign_id(system_now());
    database.sql(
        "insert into campaigns (id, tenant_id, name, template_id, integration_account_id,"
        " created_by) values ('" +
        id(made) + "', '" + id(tenant) + "', 'c', '" + id(template_id) + "', " +
        (with_account ? "'" + id(account) + "'" : "null") + ", '" + id(tenant) + "')");
    return made;
  }

  static std::string id(const uuid& of) { return of.to_string(); }
  static std::string number(int n) { return "+62812" + std::to_string(1'000'000 + n); }

  static std::shared_ptr<recipients_to_add> numbers(int from, int to) {
    auto made = std::make_shared<recipients_to_add>();
    for (int n = from; n <= to; ++n) made->numbers.push_back({number(n), std::nullopt});
    return made;
  }

  /// Adds so many recipients and begins to send.
  void begin(int recipients) {
    ASSERT_TRUE(add(numbers(1, recipients)).ok());
    ASSERT_TRUE(set_status(campaign_status::sending).ok());
  }

  // -- the store's calls, waited for
  got<loaded_campaign> load() {
    return wait<loaded_campaign>([&](auto done) { store->load(campaign, done); });
  }
  got<added_recipients> add(std::shared_ptr<const recipients_to_add> what) {
    return wait<added_recipients>([&](auto done) { store->add(tenant, campaign, what, done); });
  }
  got<int> clear() {
    return wait<int>([&](auto done) { store->clear(tenant, campaign, done); });
  }
  got<omnistream::done> set_status(campaign_status status,
                                   std::optional<pause> paused = std::nullopt) {
    return wait<omnistream::done>(
        [&](auto done) { store->set_status(campaign, status, account, paused, done); });
  }
  got<claimed_batch> claim(int from, int at_most, std::int64_t token,
                           std::optional<timestamp> now = std::nullopt) {
    return wait<claimed_batch>([&](auto done) {
      store->claim(campaign, from, at_most, token, now.value_or(system_now()), done);
    });
  }
  got<campaign_counters> record(std::vector<recorded_outcome> list, int settled) {
    return wait<campaign_counters>([&](auto done) {
      store->record(campaign,
                    std::make_shared<const std::vector<recorded_outcome>>(std::move(list)), settled,
                    done);
    });
  }
  got<campaign_counters> recover(timestamp until) {
    return wait<campaign_counters>([&](auto done) { store->recover(campaign, until, done); });
  }
  got<campaign_counters> give_up(timestamp now) {
    return wait<campaign_counters>(
        [&](auto done) { store->give_up_uncertain(campaign, now, done); });
  }
  got<due_times> next_due() {
    return wait<due_times>([&](auto done) { store->next_due(campaign, done); });
  }
  got<omnistream::done> pause_account(const account_ptr& of, const pause& why) {
    return wait<omnistream::done>([&](auto done) { store->pause_account(of, why, done); });
  }
  got<int> cancel(std::vector<int> withdrawn, int settled) {
    return wait<int>([&](auto done) { store->cancel(campaign, withdrawn, settled, done); });
  }

  template <class T, class Call>
  static got<T> wait(Call call) {
    std::mutex guard;
    std::condition_variable answered;
    std::optional<result<T>> answer;
    call([&](result<T> got) {
      const std::lock_guard lock(guard);
      answer.emplace(std::move(got));
      answered.notify_all();
    });
    std::unique_lock lock(guard);
    answered.wait(lock, [&] { return answer.has_value(); });
    return std::move(*answer);
  }

  static recorded_outcome outcome(int seq, recorded_outcome::kind what, bool was_retry = false) {
    recorded_outcome made;
    made.what = what;
    made.seq = seq;
    made.was_retry = was_retry;
    made.at = system_now();
    made.due_at = made.at;
    if (what == recorded_outcome::kind::sent) made.external_id = "wamid." + std::to_string(seq);
    if (what != recorded_outcome::kind::sent) made.error_message = "why";
    return made;
  }

  int status_of(int seq) {
    return std::stoi(sql("select status from campaign_recipients where campaign_id = '" +
                         id(campaign) + "' and seq = " + std::to_string(seq)));
  }
  int holds(const std::string& where = "true") {
    return std::stoi(sql("select count(*) from campaign_holds where campaign_id = '" +
                         id(campaign) + "' and " + where));
  }
  std::string sql(const std::string& text) { return database.sql(text); }

  /// Lets the counters and those of the blocks follow rows that a test changed.
  void recount() {
    sql("update campaigns c set (sent_count, delivered_count, read_count, failed_count,"
        " uncertain_count, cancelled_count) = (select count(*) filter (where status in (2,3,4)),"
        " count(*) filter (where status in (3,4)), count(*) filter (where status = 4),"
        " count(*) filter (where status in (5,7)), count(*) filter (where status = 1),"
        " count(*) filter (where status = 6 or (c.status = 'cancelled' and seq > c.claimed_seq))"
        " from campaign_recipients r where r.campaign_id = c.id); delete from campaign_blocks;"
        " insert into campaign_blocks (campaign_id, tenant_id, block, sent, delivered, read, "
        "failed,"
        " cancelled) select campaign_id, tenant_id, (seq - 1) >> 10, count(*) filter (where status "
        "="
        " 2), count(*) filter (where status = 3), count(*) filter (where status = 4),"
        " count(*) filter (where status in (5,7)), count(*) filter (where status = 6)"
        " from campaign_recipients group by 1, 2, 3");
  }
  /// The counters, and those of the blocks, against a count of the rows; "" if they agree.
  std::string miscount() { return miscounted_campaign() + miscounted_blocks(); }
  std::string miscounted_blocks() {
    return sql(
        "with counted as (select (seq - 1) >> 10 as block, count(*) filter (where status = 2) as"
        " sent, count(*) filter (where status = 3) as delivered, count(*) filter (where status = 4)"
        " as read, count(*) filter (where status in (5,7)) as failed, count(*) filter (where status"
        " = 6) as cancelled from campaign_recipients where campaign_id = '" +
        id(campaign) +
        "' group by 1) select coalesce(string_agg(row_to_json(c)::text || coalesce(row_to_json(b)"
        "::text, ' no block'), '; '), '') from counted c left join campaign_blocks b on"
        " b.campaign_id = '" +
        id(campaign) +
        "' and b.block = c.block where (c.sent, c.delivered, c.read, c.failed, c.cancelled) is"
        " distinct from (coalesce(b.sent, 0), coalesce(b.delivered, 0), coalesce(b.read, 0),"
        " coalesce(b.failed, 0), coalesce(b.cancelled, 0))");
  }
  std::string miscounted_campaign() {
    return sql(
        "select case when (c.total_recipients, c.sent_count, c.delivered_count, c.read_count,"
        " c.failed_count, c.uncertain_count, c.cancelled_count) = (count(r.seq),"
        " count(*) filter (where r.status in (2,3,4)), count(*) filter (where r.status in (3,4)),"
        " count(*) filter (where r.status = 4), count(*) filter (where r.status in (5,7)),"
        " count(*) filter (where r.status = 1), count(*) filter (where r.status = 6 or"
        " (r.status = 0 and c.status = 'cancelled' and r.seq > c.claimed_seq)))"
        " then '' else row_to_json(c)::text end"
        " from campaigns c left join campaign_recipients r on r.campaign_id = c.id where c.id = '" +
        id(campaign) + "' group by c.id");
  }

  uuid tenant{uuid::v7(system_now())}, account{uuid::v7(system_now())},
      template_id{uuid::v7(system_now())}, campaign;
  std::int64_t epoch = 7;
  test_database database;

 private:
  static storage::pool_options pool_settings(const test_database& on) {
    storage::pool_options options;
    options.database_url = on.url();
    options.api_connections = 2;
    options.engine_connections = 3;
    return options;
  }
  campaign_store_options settings() {
    campaign_store_options options;
    options.epoch = [this] { return epoch; };
    options.open_token = [](const uuid&, const std::string&, const std::string& sealed) {
      return sealed == "sealed" ? std::make_shared<const std::string>("open") : nullptr;
    };
    options.recipients_max = 60'000;
    return options;
  }

 public:
  storage::pool pool_;
  std::unique_ptr<campaign_store> store;
};

}  // namespace omnistream::test
