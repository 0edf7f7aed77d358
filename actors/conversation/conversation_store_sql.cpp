#include "actors/conversation/conversation_store_sql.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "actors/conversation/outgoing_queue.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::access;
using storage::rows;
using storage::session;

problem no_such(const char* field, const char* what) {
  return problems::invalid_field(field, "not_found", std::string("There is no such ") + what + ".");
}

/// What is wrong with those a command names.
std::optional<problem> targets_refused(session& in, const conversation_command& what) {
  const auto [agent, division] = targets_of(what);
  const auto fields = target_fields_of(what);
  if (agent) {
    const auto known = in.execute(sql::conversation_agent_check, *agent);
    if (known.empty()) return no_such(fields.agent, "agent");
    if (!known.boolean(0, 0))
      return problems::invalid_field(fields.agent, "inactive", "The agent is switched off.");
  }
  if (division && !in.execute(sql::division_exists, *division).boolean(0, 0))
    return no_such(fields.division, "division");
  return std::nullopt;
}

conversation_state state_of(const rows& row) {
  enum { in_inbox, status, assigned_agent_id, division_id, tags, unread_count, resolved_at };
  conversation_state state;
  state.in_inbox = row.boolean(0, in_inbox);
  state.status = *parse_conversation_status(row.text(0, status));
  state.assigned_agent_id = row.optional_id(0, assigned_agent_id);
  state.division_id = row.optional_id(0, division_id);
  state.tags = nlohmann::json::parse(row.text(0, tags)).get<std::vector<std::string>>();
  state.unread_count = static_cast<int>(row.integer(0, unread_count));
  state.resolved_at = row.optional_time(0, resolved_at);
  return state;
}

void save(session& in, const uuid& id, const conversation_decision& decision) {
  if (const auto& state = decision.becomes)
    in.execute(sql::conversation_save, id, to_string(state->status), state->assigned_agent_id,
               state->division_id, state->tags, state->unread_count, state->resolved_at);
  if (const auto& moved = decision.transfer)
    in.execute(sql::conversation_transfer_add, id, moved->from_agent_id, moved->to_agent_id,
               moved->to_division_id, moved->note, moved->transferred_by);
}

result<changed_conversation> carry_out(session& in, const conversation_change& change) {
  const auto& id = change.conversation_id;
  const auto& [agent, sees_all] = change.what.by;
  const auto row = in.execute(sql::conversation_lock, agent, sees_all, id);
  if (row.empty()) return problems::not_found("conversation");
  if (auto why = targets_refused(in, change.what)) return *why;
  const auto decision = change.decide(state_of(row));
  if (decision.refused) return *decision.refused;
  save(in, id, decision);
  // The caller may not see it any more, and is told all the same what became of it.
  const auto shown = in.execute(sql::conversation_get, agent, true, id);
  return changed_conversation{std::string(shown.text(0, 0)), decision.transfer};
}

result<shown_message> take_and_show(session& in, const message_to_take& what) {
  const auto taken = take_message(in, what.conversation_id, what.what, what.from, what.at);
  if (!taken) return taken.error();
  const auto shown = in.execute(sql::message_get, taken->id);
  return shown_message{std::string(shown.text(0, 0)), taken->known_before};
}

/// Whether Meta tells of messages by echoes and receipts, which may come before its answer.
bool is_echoed(const account_ptr& account) {
  return account && (account->channel == channel_kind::messenger ||
                     account->channel == channel_kind::instagram);
}

void record_echoed(session& in, const uuid& conversation, const sending_account& account,
                   const recorded_message& what) {
  const auto claimed = in.execute(sql::outgoing_claimed, conversation, what.number);
  const bool has_id = !what.external_id.empty();
  if (what.what != recorded_message::kind::retry)
    in.execute(sql::outgoing_handed, conversation, what.number);
  if (has_id) in.execute(sql::outgoing_forget_echo, conversation, what.number, what.external_id);
  record_outgoing(in, conversation, what);
  if (has_id && !claimed.empty())
    in.execute(sql::channel_join_receipts, claimed.id(0, 0), account.id, what.external_id,
               claimed.time(0, 1));
}

/// Mail servers may be wrong for hours: meanwhile people are told why.
bool is_waiting_mail(const account_ptr& account, const recorded_message& what) {
  return account != nullptr && account->channel == channel_kind::email &&
         what.what == recorded_message::kind::retry && !what.error_message.empty();
}

class store final : public conversation_store {
 public:
  store(storage::pool& pool, conversation_store_options options)
      : pool_(pool),
        options_(std::make_shared<const conversation_store_options>(std::move(options))) {}

  void change(conversation_change what, completion<changed_conversation> done) override {
    const auto tenant = access::tenant(what.tenant_id);
    pool_.submit(
        tenant,
        [what = std::move(what)](session& in) -> result<changed_conversation> {
          try {
            return carry_out(in, what);
          } catch (const storage::database_error& refused) {
            // Somebody removed it since it was looked for.
            const auto fields = target_fields_of(what.what);
            if (refused.constraint() == "conversations_agent_fkey")
              return no_such(fields.agent, "agent");
            if (refused.constraint() == "conversations_division_fkey")
              return no_such(fields.division, "division");
            throw;
          }
        },
        std::move(done));
  }

  void take(message_to_take what, completion<shown_message> done) override {
    const auto tenant = access::tenant(what.tenant_id);
    pool_.submit(
        tenant,
        [what = std::move(what)](session& in) -> result<shown_message> {
          try {
            return take_and_show(in, what);
          } catch (const storage::database_error& refused) {
            // At the same moment in another conversation.
            if (refused.constraint() == "messages_idempotency_key") return idempotency_key_reused();
            throw;
          }
        },
        std::move(done));
  }

  void next(const uuid& conversation, const uuid& token, bool fresh, timestamp now,
            completion<outgoing_work> done) override {
    pool_.submit(
        access::engine(),
        [conversation, token, fresh, now, options = options_](session& in) {
          return next_outgoing(in, *options, {conversation, token, fresh, now});
        },
        std::move(done));
  }

  void record(const uuid& conversation, recorded_message what, account_ptr account,
              std::optional<pause> refused, completion<omnistream::done> done) override {
    pool_.submit(
        access::engine(),
        [conversation, what = std::move(what), account = std::move(account),
         refused = std::move(refused)](session& in) {
          whom_to_wake stopped;
          if (is_echoed(account))
            record_echoed(in, conversation, *account, what);
          else
            record_outgoing(in, conversation, what);
          if (is_waiting_mail(account, what))
            in.execute(sql::outgoing_trouble, conversation, what.number, what.error_code,
                       what.error_message);
          if (refused && account)
            stopped.add(in.execute(sql::account_set_pause, account->id, refused->code,
                                   refused->reason, account->sealed_token));
          return stopped;
        },
        [options = options_, done = std::move(done)](const result<whom_to_wake>& stopped) {
          if (!stopped) return done(stopped.error());
          options->stopped(*stopped);
          done(omnistream::done{});
        });
  }

 private:
  storage::pool& pool_;
  /// Shared with jobs that may run when the store is gone.
  std::shared_ptr<const conversation_store_options> options_;
};

}  // namespace

conversation_target_fields target_fields_of(const conversation_command& what) {
  if (std::holds_alternative<transfer_conversation>(what.wish))
    return {"to_agent_id", "to_division_id"};
  return {};
}

std::unique_ptr<conversation_store> make_conversation_store(storage::pool& pool,
                                                            conversation_store_options options) {
  return std::make_unique<store>(pool, std::move(options));
}

}  // namespace omnistream::actors
