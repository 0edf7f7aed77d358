#include <atomic>
#include <optional>
#include <string_view>
#include <utility>

#include "actors/ingest/contact_matching.hpp"
#include "actors/ingest/inbox_store.hpp"
#include "actors/ingest/payload_json.hpp"
#include "actors/ingest/webhook_application.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::access;
using storage::session;

constexpr const char* meta_source = "meta";
constexpr const char* email_source = "email";

const char* name_of(webhook_source source) {
  return source == webhook_source::email ? email_source : meta_source;
}

webhook_source source_named(std::string_view name) {
  return name == email_source ? webhook_source::email : webhook_source::meta;
}

/// What was set aside and is to be tried again now.
std::vector<stored_webhook> due(session& in, int at_most) {
  constexpr std::int64_t bytes_max = 8 * 1'024 * 1'024;
  const auto found = in.execute(sql::inbox_due, at_most, bytes_max);
  std::vector<stored_webhook> list;
  for (int i = 0; i < found.size(); ++i) {
    stored_webhook one{found.integer(i, 0),
                       std::make_shared<const std::string>(found.text(i, 2)),
                       source_named(found.text(i, 1)),
                       static_cast<int>(found.integer(i, 3)),
                       {}};
    for (const auto& part : document(found.text(i, 4)))
      one.parts.push_back(part.get<std::string>());
    list.push_back(std::move(one));
  }
  return list;
}

/// After a transaction that may have been committed all the same: it told nobody whom to wake, and
/// another run of it finds nothing to do.
class lost_wakes {
 public:
  void note(const problem& why) {
    if (why.code == "in_doubt") lost_ = true;
  }
  void note_applied() { lost_ = false; }
  /// In the transaction that runs again: whoever has something to send.
  void add_to(session& in, applied_webhooks& did) const {
    if (!lost_) return;
    const auto waiting = in.execute(sql::outgoing_conversations);
    for (int i = 0; i < waiting.size(); ++i) did.conversations.push_back(waiting.id(i, 0));
  }
  template <class T>
  std::function<void(result<T>)> noting(std::function<void(result<T>)> done) {
    return [this, done = std::move(done)](result<T> outcome) {
      outcome ? note_applied() : note(outcome.error());
      done(std::move(outcome));
    };
  }

 private:
  std::atomic<bool> lost_{false};
};

class sql_inbox_store final : public inbox_store {
 public:
  explicit sql_inbox_store(storage::pool& pool) : pool_(pool) {}

  void append(std::vector<raw_webhook> webhooks, appended done) override {
    pool_.submit(
        access::engine(),
        [webhooks](session& in) {
          std::vector<std::string_view> sources;
          std::vector<std::string_view> texts;
          for (const auto& one : webhooks) {
            sources.emplace_back(name_of(one.source));
            texts.emplace_back(*one.payload);
          }
          const auto ids = in.execute(sql::inbox_append, sources, texts);
          std::vector<std::int64_t> list;
          for (int i = 0; i < ids.size(); ++i) list.push_back(ids.integer(i, 0));
          return list;
        },
        std::move(done));
  }

  void waiting(std::int64_t after, int at_most,
               std::function<void(result<std::vector<stored_webhook>>)> done) override {
    pool_.submit(
        access::engine(),
        [after, at_most](session& in) {
          const auto found = in.execute(sql::inbox_waiting, after, at_most);
          std::vector<stored_webhook> list;
          for (int i = 0; i < found.size(); ++i)
            list.push_back({found.integer(i, 0),
                            std::make_shared<const std::string>(found.text(i, 2)),
                            source_named(found.text(i, 1))});
          return list;
        },
        std::move(done));
  }

  void apply(std::vector<stored_webhook> batch,
             std::function<void(result<applied_webhooks>)> done) override {
    pool_.submit(
        access::engine(),
        [this, batch](session& in) {
          auto did = apply_together(in, batch);
          if (did) lost_wakes_.add_to(in, *did);
          return did;
        },
        lost_wakes_.noting(std::move(done)));
  }

  void apply_apart(stored_webhook webhook,
                   std::function<void(result<applied_webhooks>)> done) override {
    pool_.submit(
        access::engine(),
        [this, webhook](session& in) {
          auto did = actors::apply_apart(in, webhook);
          lost_wakes_.add_to(in, did);
          return result(std::move(did));
        },
        lost_wakes_.noting(std::move(done)));
  }

  void apply_again(int at_most, bool after_start,
                   std::function<void(result<applied_again>)> done) override {
    pool_.submit(
        access::engine(),
        [this, at_most, after_start](session& in) {
          if (after_start) in.execute(sql::inbox_all_due);
          applied_again all;
          whom_to_wake merged;
          merged_contacts people{merged};
          merge_due_contacts(in, people);
          all.did.conversations.assign(merged.conversations.begin(), merged.conversations.end());
          for (const auto& webhook : due(in, at_most)) {
            ++all.tried;
            all.did.add(actors::apply_apart(in, webhook));
          }
          lost_wakes_.add_to(in, all.did);
          return all;
        },
        [this, at_most, after_start, done](const result<applied_again>& tried) {
          tried ? lost_wakes_.note_applied() : lost_wakes_.note(tried.error());
          if (tried || passes(tried.error()) || at_most > 1) return done(tried);
          put_off(after_start, tried.error().detail, done);
        });
  }

  void set_aside(std::int64_t id, std::string reason,
                 std::function<void(result<omnistream::done>)> done) override {
    pool_.submit(
        access::engine(),
        [id, reason](session& in) {
          const auto wait = static_cast<int>(retry_after(1)->count());
          in.execute(sql::inbox_failed, id, reason, std::nullopt, wait);
          return omnistream::done{};
        },
        std::move(done));
  }

  void remove_set_aside(std::chrono::hours kept, std::function<void(result<int>)> done) override {
    pool_.submit(
        access::engine(),
        [hours = static_cast<int>(kept.count())](session& in) {
          in.execute(sql::inbox_forget_early);
          return static_cast<int>(in.execute(sql::inbox_remove_failed, hours).integer(0, 0));
        },
        std::move(done));
  }

 private:
  /// The one that is due first: trying it fails as a whole, so that nothing was noted of it.
  void put_off(bool after_start, const std::string& why,
               const std::function<void(result<applied_again>)>& done) {
    pool_.submit(
        access::engine(),
        [after_start, why](session& in) {
          if (after_start) in.execute(sql::inbox_all_due);
          applied_again tried;
          for (const auto& webhook : due(in, 1)) {
            const auto wait = retry_after(webhook.attempts + 1);
            in.execute(sql::inbox_failed, webhook.id, why,
                       webhook.parts.empty() ? std::nullopt : std::optional(webhook.parts),
                       wait ? std::optional(static_cast<int>(wait->count())) : std::nullopt);
            ++tried.tried;
            tried.did.refused.push_back(why);
          }
          return tried;
        },
        done);
  }

  storage::pool& pool_;
  lost_wakes lost_wakes_;
};

}  // namespace

bool passes(const problem& why) {
  return why.status == 503 && why.code != "database_timeout";
}

void applied_webhooks::add(const applied_webhooks& more) {
  campaigns.insert(campaigns.end(), more.campaigns.begin(), more.campaigns.end());
  conversations.insert(conversations.end(), more.conversations.begin(), more.conversations.end());
  nameless.insert(nameless.end(), more.nameless.begin(), more.nameless.end());
  statuses += more.statuses;
  unknown += more.unknown;
  messages += more.messages;
  refused.insert(refused.end(), more.refused.begin(), more.refused.end());
}

std::unique_ptr<inbox_store> make_inbox_store(storage::pool& pool) {
  return std::make_unique<sql_inbox_store>(pool);
}

}  // namespace omnistream::actors
