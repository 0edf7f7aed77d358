#include "actors/ingest/inbox.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "actors/background_trouble.hpp"
#include "config/base/log.hpp"
#include "config/base/metrics.hpp"
#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

constexpr int catch_up_page = 500;
/// After an application of statuses of at least so long the inbox rests as long again, at most
/// rest_max.
constexpr std::chrono::milliseconds rest_from{5};
constexpr std::chrono::milliseconds rest_max{250};

/// What Meta signed is taken, whatever it is: refused, it would come again for days. What no
/// database stores is repaired; whether sense can be made of the rest shows when it is applied.
webhook_received storable(webhook_received webhook) {
  if (is_storable_text(*webhook.payload)) return webhook;
  static auto& repaired =
      metrics::counter_of("omnistream_webhooks_repaired_total",
                          "Webhooks with bytes that are no text, which were replaced.");
  repaired.add();
  log::warn("inbox", "a webhook holds bytes that are no text; they were replaced",
            {{"bytes", webhook.payload->size()}});
  webhook.payload = std::make_shared<const std::string>(storable_text(*webhook.payload));
  return webhook;
}

void note_set_aside(const std::string& reason) {
  static auto& counted = metrics::counter_of("omnistream_webhooks_set_aside_total",
                                             "Webhooks that could not be applied.");
  counted.add();
  log::error("inbox", "a webhook could not be applied and was set aside", {{"reason", reason}});
}

}  // namespace

std::function<void(std::function<void()>)> inbox_state::on_actor() {
  return [me = caf::actor_cast<inbox_actor>(self)](std::function<void()> run) {
    caf::anon_send(me, step{std::make_shared<const std::function<void()>>(std::move(run))});
  };
}

std::size_t& inbox_state::waiting_bytes(webhook_source source) {
  return source == webhook_source::email ? waiting_mail_bytes_ : waiting_bytes_;
}

/// Mails, which anybody may send and which may be large, have bytes of their own.
bool inbox_state::has_room_for(const webhook_received& webhook) {
  const auto bytes = waiting_bytes(webhook.source) + webhook.payload->size();
  return unstored_.size() + being_stored_ + unapplied_.size() < environment.waiting_payloads_max &&
         bytes <= (webhook.source == webhook_source::email ? environment.waiting_mail_bytes_max
                                                           : environment.waiting_bytes_max);
}

void inbox_state::take(const webhook_received& webhook) {
  if (drained_ || !has_room_for(webhook))
    return (*webhook.answer)(
        problems::unavailable("inbox_full", "Too many webhooks are waiting; post it again.", 5));
  unstored_.push_back(storable(webhook));
  waiting_bytes(webhook.source) += unstored_.back().payload->size();
  store_next();
}

void inbox_state::keep(stored_webhook webhook) {
  const auto bytes = webhook.payload->size();
  const auto source = webhook.source;
  const auto id = webhook.id;
  if (unapplied_.emplace(id, committed{std::move(webhook), environment.now()}).second)
    waiting_bytes(source) += bytes;
}

void inbox_state::store_next() {
  if (storing_ || unstored_.empty()) return;
  storing_ = true;
  std::vector<webhook_received> batch;
  std::vector<raw_webhook> raw;
  std::size_t bytes = 0;
  while (!unstored_.empty() && batch.size() < environment.commit_payloads_max) {
    bytes += unstored_.front().payload->size();
    if (!batch.empty() && bytes > environment.commit_bytes_max) break;
    raw.push_back({unstored_.front().payload, unstored_.front().source});
    batch.push_back(std::move(unstored_.front()));
    unstored_.pop_front();
  }
  being_stored_ = batch.size();
  environment.store->append(std::move(raw), [this, batch, run = on_actor()](auto ids) {
    run([this, batch, ids] { stored(batch, ids); });
  });
}

/// Committed: Meta may forget them now. Not committed: Meta is told so and posts them again.
void inbox_state::stored(const std::vector<webhook_received>& batch,
                         const result<std::vector<std::int64_t>>& ids) {
  storing_ = false;
  being_stored_ = 0;
  if (ids && !ids.value().empty()) stored_to_ = ids.value().back();
  if (!ids && ids.error().code == "in_doubt") look_for_lost();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    waiting_bytes(batch[i].source) -= batch[i].payload->size();
    if (ids) {
      keep({ids.value()[i], batch[i].payload, batch[i].source});
      (*batch[i].answer)(answer{200, ""});
    } else {
      (*batch[i].answer)(ids.error());
    }
  }
  store_next();
  apply_next();
  end_if_drained();
}

/// What may have been committed although the answer was lost has no place in memory: it is looked
/// for behind what is known.
void inbox_state::look_for_lost() {
  if (!caught_up_) return;  // the catch-up under way gets there
  caught_up_ = false;
  caught_up_to_ = stored_to_;
  self->delayed_send(self, environment.retry_store, tick{});
}

void inbox_state::apply_next() {
  if (applying_ || resting_ || !caught_up_ || apply_again() || unapplied_.empty()) return;
  applying_ = true;
  was_due_ = false;
  apply_began_ = environment.now();
  const auto at_most = unapplied_.begin()->first <= one_by_one_to_
                           ? std::size_t{1}
                           : environment.commit_payloads_max;
  std::vector<stored_webhook> batch;
  std::size_t bytes = 0;
  for (const auto& [id, waiting] : unapplied_) {
    bytes += waiting.webhook.payload->size();
    if (batch.size() == at_most || (!batch.empty() && bytes > environment.commit_bytes_max)) break;
    batch.push_back(waiting.webhook);
  }
  environment.store->apply(batch, [this, batch, run = on_actor()](auto outcome) {
    run([this, batch, outcome] { applied(batch, outcome); });
  });
}

void inbox_state::note_lag(const stored_webhook& webhook) const {
  static auto& lag = metrics::seconds_of("omnistream_webhook_lag_seconds",
                                         "Time from a webhook's commit until it is applied.");
  const auto found = unapplied_.find(webhook.id);
  if (found != unapplied_.end())
    lag.observe(std::chrono::duration<double>(environment.now() - found->second.at).count());
}

void inbox_state::applied(const std::vector<stored_webhook>& batch,
                          const result<applied_webhooks>& outcome) {
  applying_ = false;
  if (!outcome && passes(outcome.error())) {
    self->delayed_send(self, environment.retry_store, tick{});
    return;
  }
  if (!outcome && batch.size() > 1) {
    // One of them cannot be applied: going one by one finds it without holding up the others.
    one_by_one_to_ = batch.back().id;
    return apply_next();
  }
  if (!outcome) return apply_apart(batch.front());
  forget(batch);
  tell(*outcome);
  // What people write concerns no campaign, and somebody waits to see it.
  if (outcome->statuses + outcome->unknown > 0) rest();
  apply_next();
  end_if_drained();
}

/// Its parts that can be applied are.
void inbox_state::apply_apart(const stored_webhook& webhook) {
  applying_ = true;
  environment.store->apply_apart(webhook, [this, webhook, run = on_actor()](auto outcome) {
    run([this, webhook, outcome] { applied_apart(webhook, outcome); });
  });
}

void inbox_state::applied_apart(const stored_webhook& webhook,
                                const result<applied_webhooks>& outcome) {
  applying_ = false;
  if (!outcome && passes(outcome.error())) {
    self->delayed_send(self, environment.retry_store, tick{});
    return;
  }
  if (outcome)
    tell(*outcome);
  else
    set_aside(webhook, outcome.error());
  forget({webhook});
  rest();
  apply_next();
  end_if_drained();
}

/// True if what was set aside is being tried again now: in turns with what came.
bool inbox_state::apply_again() {
  if (!is_due_ || drained_ || (was_due_ && !unapplied_.empty())) return false;
  is_due_ = false;
  was_due_ = applying_ = true;
  apply_began_ = environment.now();
  environment.store->apply_again(
      again_at_once_, after_start_,
      [this, run = on_actor()](auto outcome) { run([this, outcome] { tried_again(outcome); }); });
  return true;
}

void inbox_state::tried_again(const result<applied_again>& outcome) {
  applying_ = false;
  if (outcome) {
    after_start_ = false;
    is_due_ = outcome->tried > 0;  // large ones are fewer at once
    if (!is_due_) again_at_once_ = again_at_most;
    tell_again(outcome->did);
  } else if (!passes(outcome.error()) && again_at_once_ > 1) {
    // One of them spoils the commit of all: one by one it harms itself only.
    again_at_once_ = 1;
    is_due_ = true;
  } else {
    warn_of_trouble("inbox", "what was set aside could not be looked at; trying again later",
                    outcome.error());
  }
  apply_next();
  end_if_drained();
}

void inbox_state::look_for_due() {
  is_due_ = true;
  apply_next();
  self->delayed_send(self, environment.try_again_every, try_again{});
}

/// They are applied, or set aside.
void inbox_state::forget(const std::vector<stored_webhook>& batch) {
  for (const auto& webhook : batch) {
    note_lag(webhook);
    unapplied_.erase(webhook.id);
    waiting_bytes(webhook.source) -= webhook.payload->size();
  }
}

/// Whoever is concerned by what was applied, and who looks after the server.
void inbox_state::tell(const applied_webhooks& did) {
  for (const auto& campaign : did.campaigns)
    caf::anon_send(environment.registry, wake{{entity_kind::campaign, campaign}});
  for (const auto& conversation : did.conversations)
    caf::anon_send(environment.registry, wake{{entity_kind::conversation, conversation}});
  if (environment.ask_names && !did.nameless.empty()) environment.ask_names(did.nameless);
  for (const auto& reason : did.refused) note_set_aside(reason);
}

/// What still cannot be applied was told when it was set aside.
void inbox_state::tell_again(applied_webhooks did) {
  const auto refused = std::exchange(did.refused, {});
  tell(did);
  if (!refused.empty())
    log::info("inbox", "webhooks that were set aside cannot be applied yet",
              {{"count", refused.size()}, {"reason", refused.front()}});
}

/// Whoever writes to a campaign waits for its row. Statuses leave it to claims and outcomes for as
/// long as they held it, and more of them are folded meanwhile.
void inbox_state::rest() {
  const auto took = environment.now() - apply_began_;
  if (drained_ || took < rest_from) return;
  resting_ = true;
  self->delayed_send(
      self,
      std::chrono::ceil<std::chrono::milliseconds>(std::min<timestamp::duration>(took, rest_max)),
      tick{});
}

void inbox_state::set_aside(const stored_webhook& webhook, const problem& why) {
  note_set_aside(why.detail);
  environment.store->set_aside(webhook.id, why.detail, [](result<done>) {});
}

void inbox_state::remove_old() {
  environment.store->remove_set_aside(environment.set_aside_kept, [](const result<int>& removed) {
    if (!removed)
      warn_of_trouble("inbox", "old webhooks could not be removed; trying again later",
                      removed.error());
    else if (*removed > 0)
      log::info("inbox", "removed webhooks that were set aside long ago", {{"count", *removed}});
  });
  self->delayed_send(self, environment.tidy_every, tidy{});
}

/// After a start: what was answered with 200 and not applied comes first. What arrives meanwhile
/// may be in a page as well; its id says that it is the same.
void inbox_state::catch_up() {
  if (std::exchange(catching_up_, true)) return;
  environment.store->waiting(caught_up_to_, catch_up_page, [this, run = on_actor()](auto page) {
    run([this, page] {
      catching_up_ = false;
      if (!page) {
        self->delayed_send(self, environment.retry_store, tick{});
        return;
      }
      for (const auto& webhook : page.value()) {
        stored_to_ = std::max(stored_to_, webhook.id);
        keep(webhook);
        caught_up_to_ = webhook.id;
      }
      if (page->size() == catch_up_page) return catch_up();
      caught_up_ = true;
      apply_next();
      end_if_drained();
    });
  });
}

void inbox_state::retry() {
  resting_ = false;
  if (!caught_up_) return catch_up();
  apply_next();
}

caf::result<bool> inbox_state::begin_drain() {
  drained_ = self->make_response_promise<caf::typed_response_promise<bool>>();
  auto promise = *drained_;
  retry();
  end_if_drained();
  return promise;
}

void inbox_state::end_if_drained() {
  if (!drained_ || storing_ || applying_ || !unstored_.empty() ||
      (caught_up_ && !unapplied_.empty()))
    return;
  drained_->deliver(true);
}

inbox_actor::behavior_type inbox(inbox_state::pointer self, inbox_environment environment) {
  auto& state = self->state;
  state.environment = std::move(environment);
  state.catch_up();
  state.remove_old();
  state.look_for_due();
  return {
      [&state](const webhook_received& webhook) { state.take(webhook); },
      [](const step& next) { (*next.run)(); },
      [&state](tick) { state.retry(); },
      [&state](tidy) { state.remove_old(); },
      [&state](try_again) { state.look_for_due(); },
      [&state](drain) { return state.begin_drain(); },
  };
}

}  // namespace omnistream::actors
