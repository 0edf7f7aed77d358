#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "http/api/exchange.hpp"
#include "http/api/services.hpp"
#include "http/contract/operation.hpp"

namespace omnistream::http::api {

/// What carries an operation out: parse -> command or query -> reply. Must not block; exceptions
/// become a 500.
using handler = std::function<void(const exchange_ptr&)>;

/// The operations with their handlers. Each file http/routes/<resource>.cpp defines one function
/// `void <resource>(route_table&)` in omnistream::http::routes; the build collects them by the
/// files' names.
class route_table {
 public:
  void add(contract::operation declared, handler carries_out) {
    operations_.add(std::move(declared));
    handlers_.push_back(std::move(carries_out));
  }
  void describe(contract::tag group) { operations_.describe(std::move(group)); }
  const contract::operation_table& operations() const { return operations_; }
  const handler& handler_of(std::size_t operation) const { return handlers_[operation]; }

 private:
  contract::operation_table operations_;
  std::vector<handler> handlers_;
};

// -- the ways a handler gets its answer
// ---------------------------------------------------------------

/// Runs `job(session&) -> result<actors::answer>` in a transaction as `who` and gives `answer` its
/// outcome.
template <class Job>
void transact(const exchange_ptr& on, storage::access who, Job job, actors::reply_ptr answer) {
  auto& with = on->with();
  with.engine.query(
      [&with, who, job = std::move(job)](actors::reply_ptr to) {
        with.pool.submit(who, job, [to](result<actors::answer> what) { (*to)(std::move(what)); });
      },
      std::move(answer));
}

/// The same as the caller's tenant, and the caller gets the outcome.
template <class Job>
void transact(const exchange_ptr& on, Job job) {
  transact(on, storage::access::tenant(on->caller().tenant_id), std::move(job), on->reply());
}

/// Answers with the JSON of one statement's first column; 404 for `what` if there is no row.
template <class... Values>
void read(const exchange_ptr& on, std::string what, const storage::statement& statement,
          Values... values) {
  transact(on,
           [what = std::move(what), &statement,
            values...](storage::session& in) -> result<actors::answer> {
             const auto rows = in.execute(statement, values...);
             if (rows.empty()) return problems::not_found(what);
             return actors::answer{200, std::string(rows.text(0, 0))};
           });
}

/// Sends a command to the campaign named in the path.
inline void command_campaign(const exchange_ptr& on, actors::campaign_command what) {
  on->with().engine.command_campaign(on->caller().tenant_id, on->path_id(), std::move(what),
                                     on->reply());
}

/// The caller as conversations know it.
inline actors::conversation_caller conversation_caller_of(const exchange_ptr& on) {
  return {on->caller().agent_id, on->caller().may("conversations.view_all")};
}

/// Sends the caller's command to the conversation named in the path.
inline void command_conversation(const exchange_ptr& on, actors::conversation_wish wish) {
  on->with().engine.command_conversation(on->caller().tenant_id, on->path_id(),
                                         {conversation_caller_of(on), std::move(wish)},
                                         on->reply());
}

/// Sends a command to the outgoing webhook named in the path.
inline void command_webhook(const exchange_ptr& on, actors::webhook_command what,
                            actors::reply_ptr answer) {
  on->with().engine.command_webhook(on->caller().tenant_id, on->path_id(), std::move(what),
                                    std::move(answer));
}
/// The same, and the caller gets the outcome.
inline void command_webhook(const exchange_ptr& on, actors::webhook_command what) {
  command_webhook(on, std::move(what), on->reply());
}

}  // namespace omnistream::http::api
