#include <algorithm>
#include <utility>

#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include "actors/campaign/campaign_actor.hpp"

namespace omnistream::actors {
namespace {

answer message(nlohmann::json fields) {
  return {200, fields.dump()};
}

}  // namespace

/// Takes jobs until one has to wait for the database. Whatever ends a wait calls next() again.
void campaign_actor_state::next() {
  if (std::exchange(taking_, true)) return;
  while (!busy_ && !loading_ && state_) {
    if (std::exchange(reload_, false)) {
      reload();
      break;
    }
    if (jobs_.empty()) break;
    auto what = std::move(jobs_.front());
    jobs_.pop_front();
    if (what.call && what.call->tenant_id != tenant_id_)
      (*what.call->answer)(problems::not_found("campaign"));
    else
      begin_job(std::move(what));
  }
  taking_ = false;
}

/// Account and template may have changed since the campaign was loaded: a send decides on fresh
/// facts.
void campaign_actor_state::begin_job(job what) {
  if (what.event != campaign_event::send && what.event != campaign_event::due)
    return decide_on(std::move(what));
  load([this, what = std::move(what)](const problem* why) {
    if (why == nullptr)
      decide_on(what);
    else if (what.call)
      (*what.call->answer)(*why);
  });
}

bool campaign_actor_state::is_queued(campaign_event event) const {
  return std::any_of(jobs_.begin(), jobs_.end(),
                     [event](const auto& one) { return !one.call && one.event == event; });
}

void campaign_actor_state::tell(campaign_event event, std::optional<wider_refusal> refused) {
  if (!is_queued(event)) jobs_.push_back({event, std::nullopt, std::move(refused)});
  next();
}

/// The account got another token since the refused message left.
bool campaign_actor_state::is_mended(const wider_refusal& refused) const {
  return refused.account && account_ && refused.account->sealed_token != account_->sealed_token;
}

void campaign_actor_state::decide_on(job what) {
  if (what.refused && is_mended(*what.refused)) {
    pausing_ = false;
    return;
  }
  auto decision = decide(*state_, what.event, environment.now(),
                         what.refused ? std::optional(what.refused->why) : std::nullopt);
  if (decision.refused) {
    if (what.call) (*what.call->answer)(*decision.refused);
    return;
  }
  if (what.event == campaign_event::cancel) return cancel(decision, what.call->answer);
  const bool carries_out =
      !decision.effects.empty() && decision.effects.front() == campaign_effect::carry_out;
  if (carries_out) return carry_out(*what.call);
  commit(decision, [this, decision, what](const problem* why) {
    if (what.event == campaign_event::stopped_by_meta) pausing_ = false;
    if (why == nullptr) return run_effects(decision, what.call);
    if (what.call) (*what.call->answer)(*why);
    look_again_at_database();
  });
}

/// Commits a decision's changes, then applies them to the state; `then` gets the problem if the
/// database refused.
void campaign_actor_state::commit(const campaign_decision& decision,
                                  std::function<void(const problem*)> then) {
  if (!decision.status && !decision.paused) return then(nullptr);
  busy_ = true;
  auto settle = [this, decision, then, run = on_actor()](result<done> committed) {
    run([this, decision, then, committed] {
      busy_ = false;
      if (committed) state_ = apply(*state_, decision);
      then(committed ? nullptr : &committed.error());
      answer_waiters();
      arm();
      next();
    });
  };
  // Bound to its account when it begins to send: until then a campaign that names none follows the
  // default.
  const auto after = apply(*state_, decision);
  const bool sends = after.status == campaign_status::sending && !after.paused;
  const auto account = sends && account_ ? std::optional(account_->id) : std::nullopt;
  if (decision.status)
    environment.store->set_status(id, *decision.status, account,
                                  decision.paused.value_or(std::nullopt), std::move(settle));
  else
    environment.store->set_pause(id, *decision.paused, account, std::move(settle));
}

void campaign_actor_state::run_effects(const campaign_decision& decision,
                                       const std::optional<entity_call>& call) {
  for (const auto effect : decision.effects) {
    switch (effect) {
      case campaign_effect::supply:
        if (!draining_) sending->supply();
        break;
      case campaign_effect::withdraw:
        sending->stop();
        break;
      case campaign_effect::arm_schedule:
        look_after(std::max(
            std::chrono::ceil<std::chrono::milliseconds>(*state_->scheduled_at - environment.now()),
            std::chrono::milliseconds{1}));
        break;
      case campaign_effect::answer_scheduled:
        if (call) (*call->answer)(progress());
        break;
      case campaign_effect::answer_progress:
        if (call) {
          const auto until =
              std::get<send_campaign>(std::get<campaign_command>(*call->what)).wait_until;
          waiters_.push_back({call->answer, until});
          look_after(
              std::max(std::chrono::ceil<std::chrono::milliseconds>(until - environment.now()),
                       std::chrono::milliseconds{1}));
        }
        break;
      case campaign_effect::carry_out:
        break;  // decide_on took it
    }
  }
}

void campaign_actor_state::carry_out(const entity_call& call) {
  busy_ = true;
  std::visit(
      [this, &call](const auto& what) {
        using type = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<type, edit_campaign>) edit(what.changes, call.answer);
        if constexpr (std::is_same_v<type, remove_campaign>) remove(call.answer);
        if constexpr (std::is_same_v<type, add_recipients>) add(what, call.answer);
        if constexpr (std::is_same_v<type, clear_recipients>) clear(call.answer);
      },
      std::get<campaign_command>(*call.what));
}

void campaign_actor_state::finish(const reply_ptr& to, result<answer> what) {
  busy_ = false;
  if (!what && what.error().status == 503) look_again_at_database();
  (*to)(std::move(what));
  next();
}

void campaign_actor_state::edit(const campaign_edit& changes, reply_ptr to) {
  environment.store->edit(
      tenant_id_, id, changes, [this, to, run = on_actor()](result<std::string> json) {
        run([this, to, json] {
          if (!json) return finish(to, json.error());
          load([this, to, json](const problem*) { finish(to, answer{200, *json}); });
        });
      });
}

void campaign_actor_state::remove(reply_ptr to) {
  environment.store->remove(tenant_id_, id, [this, to, run = on_actor()](result<done> removed) {
    run([this, to, removed] {
      if (!removed) return finish(to, removed.error());
      (*to)(message({{"message", "Campaign deleted."}}));
      lost(problems::not_found("campaign"));
    });
  });
}

void campaign_actor_state::add(const add_recipients& what, reply_ptr to) {
  environment.store->add(tenant_id_, id, what.recipients,
                         [this, to, run = on_actor()](result<added_recipients> added) {
                           run([this, to, added] {
                             if (!added) return finish(to, added.error());
                             state_->total = added->total;
                             finish(to, message({{"message", "Recipients added."},
                                                 {"added", added->added},
                                                 {"skipped", added->skipped}}));
                           });
                         });
}

void campaign_actor_state::clear(reply_ptr to) {
  environment.store->clear(tenant_id_, id, [this, to, run = on_actor()](result<int> deleted) {
    run([this, to, deleted] {
      if (!deleted) return finish(to, deleted.error());
      state_->total = 0;
      finish(to, message({{"message", "All recipients removed."}, {"deleted", *deleted}}));
    });
  });
}

/// First take back what is not sent yet, then commit: so the answer counts everybody who will not
/// get the message.
void campaign_actor_state::cancel(const campaign_decision& decision, reply_ptr to) {
  busy_ = true;
  sending->stop([this, decision, to](std::vector<int> withdrawn) {
    const int settled = sending->settled_with(withdrawn);
    environment.store->cancel(
        id, withdrawn, settled,
        [this, decision, to, withdrawn, run = on_actor()](result<int> cancelled) {
          run([this, decision, to, withdrawn, cancelled] {
            if (cancelled)
              cancelled_now(decision, withdrawn, *cancelled, to);
            else
              not_cancelled(cancelled.error(), to);
          });
        });
  });
}

void campaign_actor_state::cancelled_now(const campaign_decision& decision,
                                         const std::vector<int>& withdrawn, int cancelled,
                                         const reply_ptr& to) {
  state_ = apply(*state_, decision);
  state_->cancelled = cancelled;
  ++counted_;
  sending->end(withdrawn);
  finish(to, message({{"message", "Campaign cancelled."}, {"cancelled_recipients", cancelled}}));
  answer_waiters();
}

void campaign_actor_state::not_cancelled(const problem& why, const reply_ptr& to) {
  sending->release();
  if (state_->status == campaign_status::sending && !state_->paused && !draining_)
    sending->supply();
  finish(to, why);
}

answer campaign_actor_state::progress() const {
  nlohmann::json fields = {
      {"total_recipients", state_->total}, {"sent", state_->sent}, {"failed", state_->failed}};
  switch (state_->status) {
    case campaign_status::scheduled:
      fields["message"] = "Campaign scheduled.";
      fields["scheduled_at"] = format_rfc3339(*state_->scheduled_at);
      break;
    case campaign_status::completed:
      fields["message"] = "Campaign completed.";
      break;
    case campaign_status::failed:
      fields["message"] = "Campaign failed: no recipient could be sent to.";
      break;
    case campaign_status::cancelled:
      fields["message"] = "Campaign cancelled.";
      break;
    default:
      fields["message"] = state_->paused ? "Campaign paused: " + state_->paused->reason
                                         : "Campaign is being sent; GET it to follow its progress.";
  }
  return message(std::move(fields));
}

/// Callers of send are answered when the campaign has ended or is paused, when they have waited
/// long enough, or when the server shuts down.
void campaign_actor_state::answer_waiters() {
  if (waiters_.empty()) return;
  const bool now = state_->status != campaign_status::sending || state_->paused || draining_;
  for (auto& waiting : std::exchange(waiters_, {})) {
    if (now || waiting.until <= environment.now())
      (*waiting.answer)(progress());
    else
      waiters_.push_back(std::move(waiting));
  }
}

}  // namespace omnistream::actors
