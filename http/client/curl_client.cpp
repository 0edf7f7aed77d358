#include "http/client/curl_client.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include <curl/curl.h>

#include "http/client/broken_pipes.hpp"
#include "http/client/transfer.hpp"

namespace omnistream::http::client {
namespace {

using steady = std::chrono::steady_clock;

/// libcurl's own timers end the poll earlier; this only bounds how long a lost wake-up could cost.
constexpr int poll_ms_max = 1'000;

/// A thousand answers a second that come one by one would cost a round each, and a round costs more
/// than an answer. After a round with fewer than this, the next one waits for more of them.
constexpr std::size_t few_handled = 32;

/// libcurl's global state, once for the program and never given back: other users of libcurl may
/// outlive us.
void use_libcurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised.");
}

struct job {
  http_request request;
  curl_client::callback done;
};

void refuse(const curl_client::callback& done, std::string_view why) {
  http_response response;
  response.what = http_response::outcome::not_sent;
  response.error = why;
  done(response);
}

constexpr std::string_view queue_is_full = "Too many requests are waiting to be sent.";
constexpr std::string_view client_stops = "The server is shutting down.";

}  // namespace

/// The client's thread with all that belongs to it. What other threads touch is under mutex_.
class curl_client::loop {
 public:
  explicit loop(client_options options) : options_(std::move(options)) {
    use_libcurl();
    multi_.reset(curl_multi_init());
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS,
                      static_cast<long>(options_.connections_max));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS,
                      static_cast<long>(options_.connections_per_host_max));
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS,
                      static_cast<long>(options_.connections_max));
    thread_ = std::thread([this] { run(); });
  }

  ~loop() { stop(); }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_.get());
    if (thread_.joinable()) thread_.join();
  }

  void submit(job what) {
    bool wake = false;
    {
      std::unique_lock lock(mutex_);
      if (ended_) {
        lock.unlock();
        return refuse(what.done, client_stops);
      }
      const bool full = queue_.size() >= options_.requests_queued_max;
      if (stopping_ || full)
        refused_.push_back({std::move(what.done), full ? queue_is_full : client_stops});
      else
        queue_.push_back(std::move(what));
      wake = std::exchange(sleeping_, false);
    }
    if (wake) curl_multi_wakeup(multi_.get());
  }

  std::size_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  struct multi_deleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  struct refusal {
    callback done;
    std::string_view why;
  };

  void run() {
    block_broken_pipes();
    std::optional<steady::time_point> deadline;
    while (true) {
      const auto began = steady::now();
      handled_ = 0;
      const bool stopping = take_jobs();
      if (stopping && !deadline) deadline = steady::now() + options_.drain_timeout;
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      collect();
      if (deadline && steady::now() >= *deadline) abandon_all();
      if (deadline && idle_for_good()) return;
      if (!stopping && handled_ < few_handled && options_.gather.count() > 0)
        std::this_thread::sleep_until(began + options_.gather);
      sleep(deadline);
    }
  }

  /// Starts what there is room for and refuses what must be refused.
  bool take_jobs() {
    const std::size_t room = options_.requests_in_flight_max - active_.size();
    bool stopping = false;
    {
      const std::lock_guard lock(mutex_);
      stopping = stopping_;
      while (stopping && !queue_.empty()) {
        refused_.push_back({std::move(queue_.front().done), client_stops});
        queue_.pop_front();
      }
      while (starting_.size() < room && !queue_.empty()) {
        starting_.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      refusing_.swap(refused_);
    }
    for (const auto& one : refusing_) refuse(one.done, one.why);
    refusing_.clear();
    handled_ += starting_.size();
    for (auto& one : starting_) start(std::move(one));
    starting_.clear();
    return stopping;
  }

  void start(job what) {
    auto used = take_transfer();
    const bool taken = used->prepare(std::move(what.request), std::move(what.done)) &&
                       curl_multi_add_handle(multi_.get(), used->handle()) == CURLM_OK;
    if (!taken) {
      used->abandon("libcurl did not take the request.");
      idle_.push_back(std::move(used));
      return;
    }
    used->set_slot(active_.size());
    active_.push_back(std::move(used));
    in_flight_.store(active_.size(), std::memory_order_relaxed);
  }

  std::unique_ptr<transfer> take_transfer() {
    if (idle_.empty()) return std::make_unique<transfer>(options_);
    auto used = std::move(idle_.back());
    idle_.pop_back();
    return used;
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      ++handled_;
      const CURLcode code = message->data.result;
      void* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      release(static_cast<transfer*>(owner), [code](transfer& ended) { ended.finish(code); });
    }
  }

  void abandon_all() {
    while (!active_.empty())
      release(active_.back().get(),
              [](transfer& ended) { ended.abandon("The server shut down before the answer."); });
  }

  /// Takes a transfer out of libcurl, lets `end` tell its outcome and keeps it for the next
  /// request.
  template <class F>
  void release(transfer* ended, F end) {
    curl_multi_remove_handle(multi_.get(), ended->handle());
    end(*ended);
    const auto at = ended->slot();
    std::swap(active_[at], active_.back());
    active_[at]->set_slot(at);
    idle_.push_back(std::move(active_.back()));
    active_.pop_back();
    in_flight_.store(active_.size(), std::memory_order_relaxed);
  }

  /// Nothing is left to do, and nothing is taken any more.
  bool idle_for_good() {
    const std::lock_guard lock(mutex_);
    return ended_ = active_.empty() && queue_.empty() && refused_.empty();
  }

  void sleep(std::optional<steady::time_point> deadline) {
    {
      const std::lock_guard lock(mutex_);
      const bool room = active_.size() < options_.requests_in_flight_max;
      if ((room && !queue_.empty()) || !refused_.empty()) return;
      sleeping_ = true;
    }
    auto wait = std::chrono::milliseconds{poll_ms_max};
    if (deadline)
      wait = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*deadline - steady::now()),
                        std::chrono::milliseconds{0}, wait);
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
    const std::lock_guard lock(mutex_);
    sleeping_ = false;
  }

  const client_options options_;
  std::unique_ptr<CURLM, multi_deleter> multi_;
  // The client's thread only.
  std::vector<std::unique_ptr<transfer>> active_;
  std::vector<std::unique_ptr<transfer>> idle_;
  std::vector<job> starting_;
  std::vector<refusal> refusing_;
  std::size_t handled_ = 0;  ///< requests begun and ended in this round
  std::atomic<std::size_t> in_flight_ = 0;

  std::mutex mutex_;
  std::deque<job> queue_;
  std::vector<refusal> refused_;
  bool sleeping_ = false;
  bool stopping_ = false;
  bool ended_ = false;  ///< the thread takes nothing any more

  std::thread thread_;
};

curl_client::curl_client(client_options options)
    : loop_(std::make_unique<loop>(std::move(options))) {}
curl_client::~curl_client() = default;

void curl_client::stop() {
  loop_->stop();
}

void curl_client::submit(http_request request, callback done) {
  loop_->submit({std::move(request), std::move(done)});
}

std::size_t curl_client::in_flight() const {
  return loop_->in_flight();
}

}  // namespace omnistream::http::client
