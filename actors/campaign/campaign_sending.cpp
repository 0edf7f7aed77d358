#include "actors/campaign/campaign_sending.hpp"

#include <algorithm>
#include <set>

#include "config/base/log.hpp"

namespace omnistream::actors {

campaign_sending::campaign_sending(uuid campaign, campaign_store& store, campaign_options options,
                                   wall_clock now, hooks with)
    : campaign_(campaign),
      store_(store),
      options_(options),
      now_(std::move(now)),
      with_(std::move(with)) {}

void campaign_sending::prepare(const loaded_campaign& from, bool fresh) {
  account_ = from.account;
  total_ = from.state.total;
  sent_ = from.state.sent;
  ended_ = from.state.status != campaign_status::sending &&
           from.state.status != campaign_status::scheduled &&
           from.state.status != campaign_status::draft;
  auto compiled = template_plan::compile(from.source);
  plan_ = compiled ? std::make_shared<const template_plan>(std::move(compiled).value()) : nullptr;
  plan_error_ = compiled ? "" : compiled.error().detail;
  if (!fresh) return;
  window_ = send_window(from.claimed_seq);
  claim_token_ = 1;
  const bool may_have_lost = from.settled_seq < from.claimed_seq || from.retries_claimed ||
                             from.state.status == campaign_status::sending;
  if (!may_have_lost) return refresh_due();
  needs_recovery_ = true;
  recover();
}

void campaign_sending::recover() {
  if (recovering_) return;
  recovering_ = true;
  store_.recover(campaign_, now_() + options_.uncertain_timeout,
                 [this, run = with_.on_actor](auto counters) {
                   run([this, counters] {
                     recovering_ = false;
                     if (!counters) return with_.look_again(options_.retry_store);
                     needs_recovery_ = false;
                     refresh_due();
                     with_.counted(*counters);
                     if (running_) supply();
                   });
                 });
}

bool campaign_sending::retry_due() const {
  return due_.retry && *due_.retry <= now_();
}

/// Claiming waits for recording: what is claimed while nothing can be recorded only piles up.
bool campaign_sending::can_supply() const {
  return running_ && !ended_ && !claiming_ && !needs_recovery_ && !withdrawing_ &&
         account_ != nullptr &&
         unrecorded_.size() < 4 * static_cast<std::size_t>(options_.claim_batch_max);
}

void campaign_sending::supply() {
  running_ = true;
  if (!can_supply()) return;
  if (claim_in_doubt_) return claim();
  if (window_.claimed() >= total_ && !retry_due()) return;
  if (const auto wait = options_.hold.left(now_())) return with_.look_again(*wait);
  // Claims come in halves of the window: fewer, larger commits.
  if (waiting_ * 2 <= window()) claim();
}

int campaign_sending::window() const {
  return ahead_.messages(account_->messages_per_second, options_.claim_batch_max);
}

void campaign_sending::claim() {
  // A claim whose answer got lost is asked for again exactly as it was.
  if (!claim_in_doubt_)
    claim_at_most_ = std::min(options_.claim_batch_max, std::max(1, window() - waiting_));
  claiming_ = true;
  claim_began_ = now_();
  store_.claim(campaign_, window_.claimed(), claim_at_most_, claim_token_, now_(),
               [this, run = with_.on_actor](result<claimed_batch> batch) {
                 run([this, batch = std::move(batch)] { claimed(batch); });
               });
}

void campaign_sending::claimed(result<claimed_batch> batch) {
  claiming_ = false;
  if (!batch) return claim_failed(batch.error());
  claim_in_doubt_ = false;
  ahead_.note(std::chrono::duration_cast<std::chrono::milliseconds>(now_() - claim_began_));
  for (const auto& one : batch->recipients)
    if (!one.retry) window_.claim(one.seq);
  window_.advance(batch->claimed_seq);
  const bool took_retries = note_retries(batch->recipients);
  ++claim_token_;
  if (took_retries || retry_due()) {
    due_.retry.reset();  // until it is known again
    refresh_due();
  }
  if (withdrawing_) {
    for (const auto& one : batch->recipients) returned_.push_back(untried(one, now_()));
    return ask_back();
  }
  hand_over(std::move(batch).value());
  supply();
}

void campaign_sending::claim_failed(const problem& why) {
  log::warn("campaign", "could not claim recipients; trying again",
            {{"campaign_id", campaign_.to_string()}, {"reason", why.detail}});
  if (why.code == "in_doubt") claim_in_doubt_ = true;
  if (why.status != 503) claim_in_doubt_ = false;  // refused: nothing of ours is claimed any more
  if (withdrawing_ && !claim_in_doubt_) return ask_back();
  with_.look_again(options_.retry_store);
}

/// A retry can only be claimed after its hold was committed. So whatever of it still waits to be
/// recorded (its commit was in doubt) has been recorded, and must not be again: that would release
/// what is being sent now. True if there are retries among them.
bool campaign_sending::note_retries(const std::vector<claimed_recipient>& batch) {
  std::set<int> seqs;
  for (const auto& one : batch)
    if (one.retry) seqs.insert(one.seq);
  if (seqs.empty()) return false;
  std::erase_if(unrecorded_, [&seqs](const auto& one) { return seqs.contains(one.seq); });
  for (const int seq : seqs) {
    window_.record(seq);
    retry_tokens_[seq] = claim_token_;
  }
  if (recording_) superseded_.merge(seqs);
  return true;
}

void campaign_sending::hand_over(claimed_batch batch) {
  auto items = std::make_shared<std::vector<send_item>>();
  for (auto& to : batch.recipients) {
    const auto id = recipient_id(campaign_, static_cast<std::uint32_t>(to.seq)).to_string();
    auto message = plan_ ? plan_->render({id, to.phone_number, to.variables_json})
                         : rendered_message{"", plan_error_};
    if (message.ok())
      items->push_back(
          {to.seq, to.attempt, to.retry, std::move(to.phone_number), std::move(message.body)});
    else
      keep(unsendable(to, std::move(message.error), now_()));
  }
  with_dispatcher_ += static_cast<int>(items->size());
  waiting_ += static_cast<int>(items->size());
  offered_number_ = account_->sender_id;
  if (!items->empty())
    with_.offer_items({{entity_kind::campaign, campaign_}, account_, items, window() / 2});
  flush();
}

void campaign_sending::take(const outcomes& report) {
  const auto until = now_() + options_.uncertain_timeout;
  if (std::any_of(report.list->begin(), report.list->end(), [](const auto& one) {
        return !one.returned && one.result.what == send_result::certainty::accepted;
      }))
    sent_ = std::max(sent_, 1);
  // Reports on what a predecessor offered are recorded, but were never counted here.
  waiting_ = std::max(0, waiting_ - report.left_queue);
  for (const auto& outcome : *report.list) {
    with_dispatcher_ = std::max(0, with_dispatcher_ - 1);
    if (outcome.returned && withdrawing_) {
      returned_.push_back(outcome);
      continue;
    }
    judge(outcome);
    keep(to_record(outcome, {ended_, sent_ > 0}, until, with_.jitter()));
  }
  if (report.withdrawal && asked_back_) finish_stop();
  flush();
  if (running_) supply();
}

void campaign_sending::judge(const send_outcome& outcome) {
  if (ended_) return;
  if (auto refused = wider_refusal_of(outcome, sent_ > 0))
    with_.stopped_by_meta(std::move(*refused));
}

void campaign_sending::stop(std::function<void(std::vector<int>)> stopped) {
  running_ = false;
  if (stopped) stopped_ = std::move(stopped);
  if (withdrawing_) return;
  withdrawing_ = true;
  settle_claim();
}

/// What is to be taken back is known only when the last claim is.
void campaign_sending::settle_claim() {
  if (claiming_) return;
  if (claim_in_doubt_)
    claim();
  else
    ask_back();
}

void campaign_sending::ask_back() {
  if (with_dispatcher_ == 0) return finish_stop();
  if (asked_back_) return;
  asked_back_ = true;
  with_.take_back({{entity_kind::campaign, campaign_}, offered_number_});
}

void campaign_sending::finish_stop() {
  withdrawing_ = asked_back_ = false;
  if (auto stopped = std::exchange(stopped_, nullptr)) {
    std::vector<int> seqs;
    for (const auto& outcome : returned_) seqs.push_back(outcome.seq);
    std::sort(seqs.begin(), seqs.end());
    stopped(std::move(seqs));
  } else {
    release();
  }
  if (running_) supply();
}

void campaign_sending::release() {
  for (const auto& outcome : std::exchange(returned_, {}))
    keep(to_record(outcome, {ended_, sent_ > 0}, now_(), 0));
  flush();
}

void campaign_sending::end(const std::vector<int>& recorded_as_cancelled) {
  ended_ = true;
  returned_.clear();
  for (const int seq : recorded_as_cancelled) {
    window_.record(seq);
    retry_tokens_.erase(seq);
  }
}

void campaign_sending::keep(recorded_outcome outcome) {
  if (const auto out = retry_tokens_.extract(outcome.seq)) outcome.claim_token = out.mapped();
  unrecorded_.push_back(std::move(outcome));
}

/// A commit for each pair of messages would cost more than sending them.
bool campaign_sending::lingers() {
  if (!unrecorded_since_) unrecorded_since_ = now_();
  const auto left = *unrecorded_since_ + options_.record_linger - now_();
  if (left <= timestamp::duration{0} || left > options_.record_linger ||
      unrecorded_.size() >= static_cast<std::size_t>(options_.claim_batch_max / 4))
    return false;
  with_.look_again(std::chrono::ceil<std::chrono::milliseconds>(left));
  return true;
}

void campaign_sending::flush() {
  if (recording_ || unrecorded_.empty() || lingers()) return;
  unrecorded_since_.reset();
  recording_ = true;
  auto outcomes = std::exchange(unrecorded_, {});
  std::vector<int> seqs;
  for (const auto& outcome : outcomes) seqs.push_back(outcome.seq);
  std::sort(seqs.begin(), seqs.end());
  const int settled = settled_with(seqs);
  auto list = std::make_shared<const std::vector<recorded_outcome>>(std::move(outcomes));
  store_.record(campaign_, list, settled, [this, list, run = with_.on_actor](auto counters) {
    run([this, list, counters] { recorded(list, counters); });
  });
}

void campaign_sending::recorded(std::shared_ptr<const std::vector<recorded_outcome>> list,
                                result<campaign_counters> counters) {
  recording_ = false;
  const auto superseded = std::exchange(superseded_, {});
  if (!counters) {
    // Nothing is forgotten: the same list goes first when the database is back. Recording is
    // idempotent.
    log::warn("campaign", "could not record outcomes; trying again",
              {{"campaign_id", campaign_.to_string()}, {"reason", counters.error().detail}});
    auto again = *list;
    std::erase_if(again, [&](const auto& one) { return superseded.contains(one.seq); });
    unrecorded_.insert(unrecorded_.begin(), again.begin(), again.end());
    return with_.look_again(options_.retry_store);
  }
  using kind = recorded_outcome::kind;
  note_outcomes(*list);
  for (const auto& outcome : *list) window_.record(outcome.seq);
  sent_ = std::max(sent_, counters->sent);
  if (std::any_of(list->begin(), list->end(), [](const auto& one) {
        return one.what == kind::retry || one.what == kind::uncertain;
      }))
    refresh_due();
  flush();
  with_.counted(*counters);
  if (running_) supply();
}

void campaign_sending::look() {
  if (needs_recovery_) recover();
  flush();
  if (due_unknown_) refresh_due();
  if (withdrawing_ && claim_in_doubt_) settle_claim();
  if (due_.uncertain && *due_.uncertain <= now_() && !giving_up_) give_up();
  if (running_) supply();
}

void campaign_sending::give_up() {
  giving_up_ = true;
  store_.give_up_uncertain(campaign_, now_(), [this, run = with_.on_actor](auto counters) {
    run([this, counters] {
      giving_up_ = false;
      if (!counters) return with_.look_again(options_.retry_store);
      refresh_due();
      with_.counted(*counters);
    });
  });
}

/// One question at a time, so that no older answer replaces a newer one.
void campaign_sending::refresh_due() {
  due_unknown_ = true;
  if (std::exchange(asking_due_, true)) return;
  due_unknown_ = false;
  store_.next_due(campaign_, [this, run = with_.on_actor](result<due_times> due) {
    run([this, due] {
      asking_due_ = false;
      if (!due) {
        due_unknown_ = true;
        return with_.look_again(options_.retry_store);
      }
      due_ = *due;
      if (due_unknown_) refresh_due();
      if (const auto next = next_due())
        with_.look_again(std::max(std::chrono::ceil<std::chrono::milliseconds>(*next - now_()),
                                  std::chrono::milliseconds{1}));
    });
  });
}

/// Retries count only while there is somebody to send them.
std::optional<timestamp> campaign_sending::next_due() const {
  if (!due_.retry || !running_) return due_.uncertain;
  if (!due_.uncertain) return due_.retry;
  return std::min(*due_.retry, *due_.uncertain);
}

bool campaign_sending::exhausted() const {
  return running_ && !busy() && due_known() && window_.claimed() >= total_ && !due_.retry &&
         !due_.uncertain;
}

bool campaign_sending::busy() const {
  return claiming_ || claim_in_doubt_ || recording_ || needs_recovery_ || giving_up_ ||
         withdrawing_ || with_dispatcher_ > 0 || !unrecorded_.empty();
}

}  // namespace omnistream::actors
