#include "actors/schedule/schedule_store_sql.hpp"

#include <utility>

#include "actors/conversation/message_intake.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::access;
using storage::session;

/// The first of what is wrong says more than that something is.
void mark_failed(session& in, const uuid& message, std::int64_t epoch, const problem& why) {
  const auto& code = why.errors.empty() ? why.code : why.errors.front().code;
  const auto& text = why.errors.empty() ? why.detail : why.errors.front().message;
  in.execute(sql::scheduled_message_failed, message, code, text, epoch);
}

/// It was the conversation's business when it was scheduled: whoever scheduled it need not see the
/// conversation any more.
std::optional<uuid> take(session& in, const uuid& message, std::int64_t epoch, timestamp now) {
  const auto row = in.execute(sql::scheduled_message_take, message, epoch);
  if (row.empty()) return std::nullopt;
  const message_origin from{{row.id(0, 2), true}, std::nullopt};
  const auto taken = take_message(in, row.id(0, 0), draft_from_json(row.text(0, 1)), from, now);
  if (taken)
    in.execute(sql::scheduled_message_sent, message, taken.value().id);
  else
    mark_failed(in, message, epoch, taken.error());
  return row.id(0, 0);
}

class store final : public schedule_store {
 public:
  store(storage::pool& pool, std::function<std::int64_t()> epoch)
      : pool_(pool), epoch_(std::move(epoch)) {}

  void due(timestamp now, int at_most, std::vector<uuid> without,
           std::function<void(result<due_messages>)> done) override {
    pool_.submit(
        access::engine(),
        [now, at_most, without = std::move(without)](session& in) {
          due_messages found;
          const auto rows = in.execute(sql::scheduled_messages_due, now, at_most, without);
          for (int i = 0; i < rows.size(); ++i)
            found.list.push_back({rows.id(i, 0), rows.id(i, 1)});
          found.next_at = in.execute(sql::scheduled_messages_next, now).optional_time(0, 0);
          return found;
        },
        std::move(done));
  }

  void release(uuid message, timestamp now,
               std::function<void(result<std::optional<uuid>>)> done) override {
    pool_.submit(
        access::engine(),
        [message, now, epoch = epoch_()](session& in) { return take(in, message, epoch, now); },
        std::move(done));
  }

  void fail(uuid message, problem why,
            std::function<void(result<omnistream::done>)> done) override {
    pool_.submit(
        access::engine(),
        [message, why = std::move(why), epoch = epoch_()](session& in) {
          mark_failed(in, message, epoch, why);
          return omnistream::done{};
        },
        std::move(done));
  }

 private:
  storage::pool& pool_;
  const std::function<std::int64_t()> epoch_;
};

}  // namespace

std::unique_ptr<schedule_store> make_schedule_store(storage::pool& pool,
                                                    std::function<std::int64_t()> epoch) {
  return std::make_unique<store>(pool, std::move(epoch));
}

}  // namespace omnistream::actors
