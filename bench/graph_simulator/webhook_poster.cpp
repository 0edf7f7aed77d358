#include "bench/graph_simulator/webhook_poster.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <curl/curl.h>

namespace graph_simulator {
namespace {

constexpr long connect_timeout_ms = 5'000;
constexpr int poll_ms_max = 1'000;

std::size_t discard(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

void start_curl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!started) throw std::runtime_error("libcurl could not be started.");
}

/// One connection's place: it posts one webhook after another.
class post_slot {
 public:
  explicit post_slot(const simulator_options& options)
      : easy_(curl_easy_init(), &curl_easy_cleanup) {
    if (!easy_) throw std::runtime_error("libcurl could not make a handle.");
    auto* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_URL, options.webhook_url.c_str());
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.webhook_timeout_ms));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &discard);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  }

  CURL* prepare(webhook next) {
    current_ = std::move(next);
    curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
    list = curl_slist_append(list, "Expect:");
    list = curl_slist_append(list, ("X-Hub-Signature-256: " + current_.signature).c_str());
    headers_.reset(list);
    auto* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, current_.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(current_.body.size()));
    return easy;
  }
  webhook take() { return std::move(current_); }

 private:
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers_{nullptr,
                                                                       &curl_slist_free_all};
  webhook current_;
};

struct multi_cleanup {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

}  // namespace

class webhook_poster::impl {
 public:
  impl(const simulator_options& options, start_time start, std::function<instant()> clock)
      : options_(options), clock_(std::move(clock)), scheduler_(options.statuses), batch_(start) {
    start_curl();
    multi_.reset(curl_multi_init());
    if (!multi_) throw std::runtime_error("libcurl could not make a multi handle.");
    for (std::size_t i = 0; i < options.webhook_connections; ++i) {
      slots_.push_back(std::make_unique<post_slot>(options_));
      idle_.push_back(slots_.back().get());
    }
    thread_ = std::thread([this] { run(); });
  }

  ~impl() {
    stopping_ = true;
    curl_multi_wakeup(multi_.get());
    thread_.join();
    for (auto* easy : posting_) curl_multi_remove_handle(multi_.get(), easy);
  }

  void put(accepted_message message) {
    const std::unique_lock lock(mutex_);
    messages_.push_back(std::move(message));
    wake_if_asleep();
  }

  void put(webhook_change change) {
    const std::unique_lock lock(mutex_);
    changes_.push_back(std::move(change));
    wake_if_asleep();
  }

  webhook_figures figures() const {
    const std::unique_lock lock(mutex_);
    auto result = published_;
    result.pending += messages_.size() + changes_.size() + in_transit_;
    result.webhooks.posted -= baseline_.webhooks.posted;
    result.webhooks.acknowledged -= baseline_.webhooks.acknowledged;
    result.webhooks.repeated -= baseline_.webhooks.repeated;
    for (std::size_t i = 0; i < result.statuses.size(); ++i)
      result.statuses[i] -= baseline_.statuses[i];
    result.duplicates -= baseline_.duplicates;
    result.dropped -= baseline_.dropped;
    return result;
  }

  void reset_counts() {
    const std::unique_lock lock(mutex_);
    baseline_ = published_;
  }

 private:
  void run() {
    while (!stopping_) {
      take_inbox();
      fill_batches(clock_());
      start_posts(clock_());
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      collect_answers();
      publish();
      curl_multi_poll(multi_.get(), nullptr, 0, wait_ms(), nullptr);
    }
  }

  void take_inbox() {
    {
      const std::unique_lock lock(mutex_);
      taken_messages_.swap(messages_);
      taken_changes_.swap(changes_);
      sleeps_long_ = false;
      // Neither in the inbox nor in the published figures until publish().
      in_transit_ = taken_messages_.size() + taken_changes_.size();
    }
    for (auto& message : taken_messages_) scheduler_.add(std::move(message));
    taken_messages_.clear();
    for (auto& change : taken_changes_) {
      const auto due = change.due;
      later_.emplace(due, std::move(change));
    }
    taken_changes_.clear();
  }

  bool is_change_due(instant now) const { return !later_.empty() && later_.begin()->first <= now; }

  void add_statuses(instant now) {
    scheduler_.pop(now, options_.webhook_batch_max - batch_.size(),
                   [this](const due_status& status) {
                     batch_.add(status);
                     ++live_.statuses[static_cast<std::size_t>(status.status)];
                     if (status.is_duplicate) ++live_.duplicates;
                   });
  }

  void fill_batches(instant now) {
    while (!queue_.full()) {
      const bool was_empty = batch_.size() == 0;
      while (is_change_due(now) && batch_.size() < options_.webhook_batch_max &&
             batch_.takes(later_.begin()->second.object)) {
        batch_.add(later_.begin()->second);
        later_.erase(later_.begin());
      }
      if (batch_.takes(whatsapp_object)) add_statuses(now);
      if (was_empty) batch_began_ = now;
      // What is due and of another kind of object needs a webhook of its own.
      if (batch_.size() < options_.webhook_batch_max && !is_change_due(now)) break;
      flush(now);
    }
    if (batch_.size() > 0 && now >= batch_ends()) flush(now);
  }

  instant batch_ends() const {
    return batch_began_ + std::chrono::milliseconds(options_.webhook_linger_ms);
  }

  void flush(instant now) {
    webhook fresh;
    fresh.changes = batch_.size();
    fresh.body = batch_.finish();
    fresh.signature = sign_webhook(fresh.body, options_.app_secret);
    queue_.add(std::move(fresh), now);
  }

  void start_posts(instant now) {
    while (!idle_.empty()) {
      auto next = queue_.take(now);
      if (!next) return;
      auto* easy = idle_.back()->prepare(std::move(*next));
      idle_.pop_back();
      posting_.push_back(easy);
      curl_multi_add_handle(multi_.get(), easy);
    }
  }

  void collect_answers() {
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      auto* easy = message->easy_handle;
      const bool completed = message->data.result == CURLE_OK;
      long status = 0;
      post_slot* slot = nullptr;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
      curl_multi_remove_handle(multi_.get(), easy);
      std::erase(posting_, easy);
      idle_.push_back(slot);
      queue_.answered(slot->take(), completed && status == 200, clock_());
    }
  }

  void publish() {
    live_.webhooks = queue_.counts();
    live_.dropped = scheduler_.dropped();
    live_.pending = scheduler_.pending() + later_.size() + batch_.size() + queue_.pending_changes();
    const std::unique_lock lock(mutex_);
    published_ = live_;
    in_transit_ = 0;
  }

  // While there is work the thread wakes every linger time and takes whatever came; only in a
  // longer sleep does a new message wake it. Waking for each message would burn the time that
  // batches save.
  int wait_ms() {
    auto due = batch_.size() > 0 ? batch_ends() : scheduler_.next_due();
    if (!later_.empty()) due = std::min(due, later_.begin()->first);
    if (queue_.full()) due = instant::max();  // an answer or a repetition goes first
    if (!idle_.empty()) due = std::min(due, queue_.next_due());
    const std::int64_t linger_ms = std::max<std::int64_t>(options_.webhook_linger_ms, 1);
    const auto left =
        std::min<instant>(due - std::min(due, clock_()), std::chrono::milliseconds(poll_ms_max));
    const std::int64_t wait = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    if (wait <= linger_ms) return static_cast<int>(wait);
    const std::unique_lock lock(mutex_);
    if (!messages_.empty() || !changes_.empty()) return static_cast<int>(linger_ms);
    sleeps_long_ = true;
    return static_cast<int>(wait);
  }

  void wake_if_asleep() {
    if (!std::exchange(sleeps_long_, false)) return;
    curl_multi_wakeup(multi_.get());
  }

  const simulator_options options_;
  std::function<instant()> clock_;
  std::unique_ptr<CURLM, multi_cleanup> multi_;
  std::vector<std::unique_ptr<post_slot>> slots_;
  std::vector<post_slot*> idle_;
  std::vector<CURL*> posting_;
  status_scheduler scheduler_;
  webhook_batch batch_;
  webhook_queue queue_;
  instant batch_began_{};
  std::vector<accepted_message> taken_messages_;
  std::vector<webhook_change> taken_changes_;
  std::multimap<instant, webhook_change> later_;  ///< changes by the time they are due
  webhook_figures live_;

  mutable std::mutex mutex_;  ///< guards what follows, which other threads use
  std::vector<accepted_message> messages_;
  std::vector<webhook_change> changes_;
  std::size_t in_transit_ = 0;
  bool sleeps_long_ = false;
  webhook_figures published_;
  webhook_figures baseline_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

webhook_poster::webhook_poster(const simulator_options& options, start_time start,
                               std::function<instant()> clock)
    : impl_(std::make_unique<impl>(options, start, std::move(clock))) {}
webhook_poster::~webhook_poster() = default;

void webhook_poster::message_accepted(accepted_message message) {
  impl_->put(std::move(message));
}
void webhook_poster::tell(webhook_change change) {
  impl_->put(std::move(change));
}
webhook_figures webhook_poster::figures() const {
  return impl_->figures();
}
void webhook_poster::reset_counts() {
  impl_->reset_counts();
}

}  // namespace graph_simulator
