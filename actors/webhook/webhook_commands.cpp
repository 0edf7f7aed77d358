#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/webhook/event_body.hpp"
#include "actors/webhook/webhook_actor.hpp"

namespace omnistream::actors {
namespace {

answer message(nlohmann::json fields) {
  return {200, fields.dump()};
}

}  // namespace

/// One at a time, and never while something is unrecorded: so what is decided here is not undone by
/// what was decided before.
void webhook_actor_state::take_calls() {
  if (away()) {
    const auto why = problems::unavailable("database_away", "The database is away; try again.");
    for (auto& refused : std::exchange(calls_, {})) (*refused.answer)(why);
  }
  while (!calls_.empty() && !busy_ && fresh_ && !recording_ && unrecorded_.empty()) {
    const auto call = std::move(calls_.front());
    calls_.pop_front();
    run(call);
  }
}

void webhook_actor_state::run(const entity_call& call) {
  const auto* what = std::get_if<webhook_command>(call.what.get());
  if (what == nullptr || call.tenant_id != tenant_id_)
    return (*call.answer)(problems::not_found("webhook"));
  auto& store = *environment.store;
  const auto json = [](int status) {
    return [status](const std::string& text) { return answer{status, text}; };
  };
  busy_ = !std::holds_alternative<test_webhook>(*what);
  if (const auto* asked = std::get_if<edit_webhook>(what)) {
    // Whoever enables it wants to see it tried.
    if (asked->changes.is_active.value_or(false)) pace_ = {};
    store.edit(tenant_id_, id, asked->changes, finish<std::string>(call.answer, json(200)));
  }
  if (std::holds_alternative<remove_webhook>(*what)) remove(call.answer);
  if (const auto* asked = std::get_if<rotate_webhook_secret>(what))
    store.rotate(tenant_id_, id, asked->with, finish<std::string>(call.answer, json(200)));
  if (std::holds_alternative<test_webhook>(*what)) test(call.answer);
  if (const auto* asked = std::get_if<redeliver>(what))
    store.redeliver(tenant_id_, id, asked->delivery_id,
                    finish<std::string>(call.answer, json(202)));
  if (const auto* asked = std::get_if<redeliver_failed>(what))
    store.redeliver_failed(
        tenant_id_, id, asked->since, finish<int>(call.answer, [](int count) {
          return message({{"message", "Deliveries will be sent again."}, {"redelivered", count}});
        }));
}

/// What the database did is answered at once; then it is loaded.
template <class T>
std::function<void(result<T>)> webhook_actor_state::finish(reply_ptr to,
                                                           std::function<answer(const T&)> show) {
  return [this, to = std::move(to), show = std::move(show), on = on_actor()](result<T> outcome) {
    on([this, to, show, outcome = std::move(outcome)] {
      busy_ = false;
      fresh_ = false;
      if (outcome)
        (*to)(show(outcome.value()));
      else
        (*to)(outcome.error());
      go_on();
    });
  };
}

void webhook_actor_state::remove(reply_ptr to) {
  environment.store->remove(tenant_id_, id, [this, to, on = on_actor()](result<done> removed) {
    on([this, to, removed] {
      busy_ = false;
      fresh_ = false;  // it may have been removed although the answer is lost
      if (!removed) {
        (*to)(removed.error());
        return go_on();
      }
      (*to)(message({{"message", "Webhook deleted."}}));
      gone();
    });
  });
}

// -- test ----------------------------------------------------------------------------------------

/// Apart from everything else: it waits for nothing and changes nothing but the log.
void webhook_actor_state::test(reply_ptr to) {
  if (testing_)
    return (*to)(problems::conflict("test_under_way",
                                    "A test of this webhook is under way; wait for its result."));
  if (secrets_.empty())
    return (*to)(problems::wrong_state("secret_unreadable",
                                       "The signing secret cannot be read; rotate it."));
  const auto now = environment.now();
  const nlohmann::json data{{"webhook_id", id.to_string()}, {"message", "This is a test."}};
  const auto body = std::make_shared<const std::string>(event_body(test_type, now, data.dump()));
  auto what = make_delivery(id, {{0, std::string(test_type), now, body}}, batch_max_ > 1);
  what.id = uuid::v7(now);
  what.event.reset();  // no event of the outbox
  testing_ = test_flight{std::move(what), std::move(to)};
  send_test();
}

void webhook_actor_state::send_test() {
  const auto& what = testing_->what;
  environment.sender->send({tenant_id_, url_, what.id, environment.now(), what.body, secrets_},
                           [this, on = on_actor()](delivery_result outcome) {
                             on([this, outcome = std::move(outcome)] {
                               touch();
                               test_ended(outcome);
                             });
                           });
}

void webhook_actor_state::test_ended(const delivery_result& outcome) {
  if (outcome.recalled && !draining_) return send_test();
  if (outcome.recalled) {
    (*testing_->answer)(
        problems::unavailable("shutting_down", "The server is shutting down; try again."));
    testing_.reset();
    return go_on();
  }
  auto& what = testing_->what;
  webhook_verdict verdict;
  verdict.delivered = outcome.delivered();
  verdict.given_up = !verdict.delivered;
  what.attempts = 1;
  note_attempt(what, outcome, verdict, environment.now());
  webhook_record record;
  record.webhook_id = id;
  record.tenant_id = tenant_id_;
  record.deliveries.push_back(what);
  environment.store->record(std::move(record), [this, on = on_actor()](result<done> committed) {
    on([this, committed] { test_recorded(committed); });
  });
}

void webhook_actor_state::test_recorded(const result<done>& committed) {
  const auto ended = *std::exchange(testing_, std::nullopt);
  if (committed)
    environment.store->show_delivery(tenant_id_, id, ended.what.id,
                                     [to = ended.answer](result<std::string> json) {
                                       if (json)
                                         (*to)(answer{200, *json});
                                       else
                                         (*to)(json.error());
                                     });
  else
    (*ended.answer)(committed.error());
  go_on();
}

}  // namespace omnistream::actors
