#include "actors/webhook/webhook_store_sql.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "actors/webhook/event_cache.hpp"
#include "actors/webhook/outbox_floors.hpp"
#include "actors/webhook/shared_transaction.hpp"
#include "actors/webhook/webhook_columns.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::access;
using storage::rows;
using storage::session;

/// Subscriptions that share a transaction.
constexpr std::size_t group_max = 200;

problem no_webhook() {
  return problems::not_found("webhook");
}

/// Columns of webhook_load.
enum load_column {
  tenant,
  url,
  status,
  failing_since,
  disabled_reason,
  batch_max,
  batch_wait_ms,
  secret,
  previous_secret,
  previous_secret_until
};

loaded_webhook webhook_of(const uuid& id, const rows& row, const open_webhook_secret& open) {
  loaded_webhook loaded;
  loaded.tenant_id = row.id(0, tenant);
  loaded.url = std::string(row.text(0, url));
  loaded.state.status = *parse_webhook_status(row.text(0, status));
  loaded.state.failing_since = row.optional_time(0, failing_since);
  loaded.state.disabled_reason = std::string(row.text(0, disabled_reason));
  loaded.batch_max = static_cast<int>(row.integer(0, batch_max));
  loaded.batch_wait = std::chrono::milliseconds(row.integer(0, batch_wait_ms));
  loaded.secrets_until = row.optional_time(0, previous_secret_until);
  for (const int column : {secret, previous_secret})
    if (const auto sealed = row.optional_text(0, column))
      if (auto opened = open(id, *sealed)) loaded.secrets.push_back(std::move(*opened));
  return loaded;
}

/// Columns of webhook_pending.
enum pending_column {
  delivery_id,
  type,
  event_count,
  body,
  aside,
  attempts,
  next_attempt_at,
  last_attempt_at,
  response_code,
  duration_ms,
  excerpt,
  error
};

delivery delivery_of(const rows& list, int row) {
  const auto number = [&](int column) { return static_cast<int>(list.integer(row, column)); };
  delivery one;
  one.id = list.id(row, delivery_id);
  one.type = std::string(list.text(row, type));
  one.event_count = number(event_count);
  one.body = std::make_shared<const std::string>(list.text(row, body));
  one.aside = list.boolean(row, aside);
  one.attempts = number(attempts);
  one.next_attempt_at = list.time(row, next_attempt_at);
  one.last_attempt_at = list.time(row, last_attempt_at);
  one.response_code = number(response_code);
  one.duration_ms = number(duration_ms);
  one.excerpt = std::string(list.text(row, excerpt));
  one.error = std::string(list.text(row, error));
  return one;
}

void add_pending(loaded_webhook& to, const rows& list) {
  for (int i = 0; i < list.size(); ++i) {
    to.more_aside = list.is_null(i, body);
    if (to.more_aside) return;
    to.pending.push_back(delivery_of(list, i));
  }
}

/// The one row of JSON that a caller's statement answers.
result<std::string> shown(const rows& answer, const char* what) {
  if (answer.empty()) return problems::not_found(what);
  return std::string(answer.text(0, 0));
}

class store final : public webhook_store {
 public:
  store(storage::pool& pool, open_webhook_secret open)
      : pool_(pool),
        open_(std::move(open)),
        reads_(group_max, [this](auto group, auto ended) { run_reads(std::move(group), ended); }),
        records_(group_max,
                 [this](auto group, auto ended) { run_records(std::move(group), ended); }) {}

  void load(const uuid& webhook, int bytes_max, completion<loaded_webhook> done) override {
    pool_.submit(
        access::engine(),
        [webhook, bytes_max, open = open_](session& in) -> result<loaded_webhook> {
          const auto row = in.execute(sql::webhook_load, webhook);
          if (row.empty()) return no_webhook();
          auto loaded = webhook_of(webhook, row, open);
          add_pending(loaded, in.execute(sql::webhook_pending, webhook, pending_max, bytes_max));
          return loaded;
        },
        std::move(done));
  }

  void read(const uuid& webhook, int events_max, completion<outbox_page> done) override {
    reads_.add({webhook, events_max, std::move(done)});
  }

  void record(webhook_record what, completion<omnistream::done> done) override {
    records_.add({std::make_shared<const webhook_record>(std::move(what)), std::move(done)});
  }

  void edit(const uuid& tenant, const uuid& webhook, webhook_edit changes,
            completion<std::string> done) override {
    pool_.submit(
        access::tenant(tenant),
        [webhook, changes = std::move(changes)](session& in) -> result<std::string> {
          const bool has_description = changes.description.has_value();
          return shown(
              in.execute(sql::webhook_update, webhook, changes.url, has_description,
                         has_description ? *changes.description : std::optional<std::string>{},
                         changes.event_types, changes.is_active, changes.batch_max,
                         changes.batch_wait_ms),
              "webhook");
        },
        std::move(done));
  }

  void remove(const uuid& tenant, const uuid& webhook, completion<omnistream::done> done) override {
    pool_.submit(
        access::tenant(tenant),
        [webhook](session& in) -> result<omnistream::done> {
          if (in.execute(sql::webhook_delete, webhook).empty()) return no_webhook();
          return omnistream::done{};
        },
        std::move(done));
  }

  void rotate(const uuid& tenant, const uuid& webhook, webhook_rotation with,
              completion<std::string> done) override {
    pool_.submit(
        access::tenant(tenant),
        [webhook, with = std::move(with)](session& in) -> result<std::string> {
          return shown(
              in.execute(sql::webhook_rotate, webhook, with.sealed_secret, with.previous_until),
              "webhook");
        },
        std::move(done));
  }

  void redeliver(const uuid& tenant, const uuid& webhook, const uuid& delivery,
                 completion<std::string> done) override {
    pool_.submit(
        access::tenant(tenant),
        [webhook, delivery](session& in) { return redelivered(in, webhook, delivery); },
        std::move(done));
  }

  void redeliver_failed(const uuid& tenant, const uuid& webhook, timestamp since,
                        completion<int> done) override {
    pool_.submit(
        access::tenant(tenant),
        [webhook, since](session& in) { return redelivered_since(in, webhook, since); },
        std::move(done));
  }

  void show_delivery(const uuid& tenant, const uuid& webhook, const uuid& delivery,
                     completion<std::string> done) override {
    pool_.submit(
        access::tenant(tenant),
        [webhook, delivery](session& in) {
          return shown(in.execute(sql::webhook_delivery_get, webhook, delivery), "delivery");
        },
        std::move(done));
  }

 private:
  struct wanted_events {
    uuid webhook;
    int events_max;
    completion<outbox_page> done;
  };
  struct wanted_record {
    std::shared_ptr<const webhook_record> what;
    completion<omnistream::done> done;
  };
  /// The columns of one execution of webhook_outbox_read.
  struct read_columns {
    std::vector<uuid> webhooks;
    std::vector<std::int64_t> after;
    std::vector<int> events_max;

    void add(const uuid& webhook, std::int64_t from, int at_most) {
      webhooks.push_back(webhook);
      after.push_back(from);
      events_max.push_back(at_most);
    }
  };

  static result<std::string> redelivered(session& in, const uuid& webhook, const uuid& delivery);
  static result<int> redelivered_since(session& in, const uuid& webhook, timestamp since);

  /// How the outboxes of a group begin, each in its place.
  struct beginnings {
    std::vector<std::vector<std::int64_t>> events;
    std::vector<bool> more;
    seen_transactions seen;
  };
  struct read_outcome {
    std::vector<outbox_page> pages;
    seen_transactions seen;
  };

  static beginnings read_beginnings(session& in, const read_columns& of) {
    enum { ids, bytes, ended_below, begun_below };
    // One more than there is room for tells whether there are more.
    std::vector<int> one_more;
    for (const int events_max : of.events_max) one_more.push_back(events_max + 1);
    const auto list = in.execute(sql::webhook_outbox_read, of.webhooks, of.after, one_more);
    beginnings found;
    for (int i = 0; i < list.size(); ++i) {
      found.seen = {list.integer(i, ended_below), list.integer(i, begun_below)};
      auto events = list.integers(i, ids);
      const auto room =
          room_for(list.integers(i, bytes), of.events_max[static_cast<std::size_t>(i)]);
      found.more.push_back(events.size() > room);
      events.resize(std::min(events.size(), room));
      found.events.push_back(std::move(events));
    }
    return found;
  }

  /// How many events of these sizes are read at once.
  static std::size_t room_for(const std::vector<std::int64_t>& sizes, int events_max) {
    std::size_t room = 0;
    std::int64_t sum = 0;
    while (room < sizes.size() && room < static_cast<std::size_t>(events_max)) {
      sum += sizes[room];
      if (room > 0 && sum > outbox_bytes_max) break;
      ++room;
    }
    return room;
  }

  /// Those of the events that are not in the cache.
  std::unordered_map<std::int64_t, outbox_event> read_events(session& in, const beginnings& of) {
    std::vector<std::int64_t> unknown;
    for (const auto& events : of.events)
      for (const auto event : events)
        if (cache_.find(event) == nullptr) unknown.push_back(event);
    std::sort(unknown.begin(), unknown.end());
    unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
    std::unordered_map<std::int64_t, outbox_event> read;
    if (unknown.empty()) return read;
    enum { id, type, at, body, contact };
    const auto list = in.execute(sql::webhook_events_read, unknown);
    for (int i = 0; i < list.size(); ++i)
      read.try_emplace(
          list.integer(i, id),
          outbox_event{list.integer(i, id), std::string(list.text(i, type)), list.time(i, at),
                       std::make_shared<const std::string>(list.text(i, body)),
                       list.optional_id(i, contact)});
    return read;
  }

  read_outcome read_all(session& in, const read_columns& of) {
    const auto found = read_beginnings(in, of);
    auto read = read_events(in, found);
    read_outcome outcome{std::vector<outbox_page>(found.events.size()), found.seen};
    for (std::size_t place = 0; place < found.events.size(); ++place) {
      auto& page = outcome.pages[place];
      page.more = found.more[place];
      for (const auto id : found.events[place])
        if (const auto now_read = read.find(id); now_read != read.end())
          page.events.push_back(now_read->second);
        else if (const auto* known = cache_.find(id))
          page.events.push_back(*known);
    }
    for (auto& [id, event] : read) cache_.add(std::move(event));
    return outcome;
  }

  void run_reads(std::vector<wanted_events> group, std::function<void()> ended) {
    read_columns columns;
    for (const auto& one : group)
      columns.add(one.webhook, floors_.after(one.webhook), one.events_max);
    pool_.submit(
        access::engine(), [this, columns](session& in) { return read_all(in, columns); },
        [this, group = std::move(group),
         ended = std::move(ended)](const result<read_outcome>& outcome) {
          for (std::size_t place = 0; place < group.size(); ++place) {
            const auto& one = group[place];
            if (!outcome) {
              one.done(outcome.error());
              continue;
            }
            const auto& page = outcome->pages[place];
            floors_.found(one.webhook, page, outcome->seen);
            one.done(page);
          }
          ended();
        });
  }

  void submit_records(std::vector<wanted_record> group,
                      std::function<void(result<std::set<uuid>>)> then) {
    pool_.submit(
        access::engine(),
        [group = std::move(group)](session& in) { return write_records(in, group); },
        std::move(then));
  }

  /// Answers which of the subscriptions there are: what others record is dropped.
  static std::set<uuid> write_records(session& in, const std::vector<wanted_record>& group) {
    std::vector<uuid> named;
    for (const auto& one : group) named.push_back(one.what->webhook_id);
    const auto list = in.execute(sql::webhooks_existing, named);
    std::set<uuid> existing;
    for (int i = 0; i < list.size(); ++i) existing.insert(list.id(i, 0));
    webhook_columns columns;
    for (const auto& one : group)
      if (existing.contains(one.what->webhook_id)) columns.add(*one.what);
    columns.write(in);
    return existing;
  }

  static void answer(const wanted_record& one, const result<std::set<uuid>>& existing) {
    if (!existing) return one.done(existing.error());
    if (!existing->contains(one.what->webhook_id)) return one.done(no_webhook());
    one.done(omnistream::done{});
  }

  void run_records(std::vector<wanted_record> group, std::function<void()> ended) {
    submit_records(group,
                   [this, group, ended = std::move(ended)](const result<std::set<uuid>>& existing) {
                     // One of them cannot be recorded: alone it does not hold up the others.
                     if (!existing && existing.error().status != 503 && group.size() > 1)
                       return record_one_by_one(group, ended);
                     for (const auto& one : group) answer(one, existing);
                     ended();
                   });
  }

  void record_one_by_one(const std::vector<wanted_record>& group, std::function<void()> ended) {
    auto left = std::make_shared<std::atomic<std::size_t>>(group.size());
    for (const auto& one : group)
      submit_records({one}, [one, left, ended](const result<std::set<uuid>>& existing) {
        answer(one, existing);
        if (--*left == 0) ended();
      });
  }

  storage::pool& pool_;
  const open_webhook_secret open_;
  // Of whoever runs the reads: one at a time.
  outbox_floors floors_;
  event_cache cache_;
  shared_transaction<wanted_events> reads_;
  shared_transaction<wanted_record> records_;
};

problem disabled_webhook() {
  return problems::wrong_state("webhook_disabled",
                               "The webhook is disabled; enable it with is_active first.");
}

result<std::string> store::redelivered(session& in, const uuid& webhook, const uuid& delivery) {
  const auto row = in.execute(sql::webhook_redeliver, webhook, delivery);
  enum { json, webhook_found, is_disabled, delivery_found, is_pending };
  if (!row.boolean(0, webhook_found)) return no_webhook();
  if (!row.boolean(0, delivery_found)) return problems::not_found("delivery");
  if (row.boolean(0, is_disabled)) return disabled_webhook();
  if (row.boolean(0, is_pending))
    return problems::wrong_state("delivery_pending", "The delivery will be tried again already.");
  return std::string(row.text(0, json));
}

result<int> store::redelivered_since(session& in, const uuid& webhook, timestamp since) {
  const auto row = in.execute(sql::webhook_redeliver_failed, webhook, since);
  enum { count, webhook_found, is_disabled };
  if (!row.boolean(0, webhook_found)) return no_webhook();
  if (row.boolean(0, is_disabled)) return disabled_webhook();
  return static_cast<int>(row.integer(0, count));
}

}  // namespace

std::unique_ptr<webhook_store> make_webhook_store(storage::pool& pool, open_webhook_secret open) {
  return std::make_unique<store>(pool, std::move(open));
}

}  // namespace omnistream::actors
