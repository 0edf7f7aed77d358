#include "bench/load/webhook_flood.hpp"

#include <deque>
#include <mutex>
#include <stdexcept>

#include "bench/load/interruption.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::milliseconds look_interval{5};
/// How long a webhook that was refused waits, at least.
constexpr std::chrono::milliseconds repeat_pause{50};
constexpr std::uint64_t repeats_max = 100'000;

class poster {
 public:
  poster(api_client& to, const std::vector<signed_webhook>& webhooks)
      : to_(to), webhooks_(webhooks) {}

  void begin(std::size_t connections) {
    for (std::size_t i = 0; i < connections; ++i) post_next();
  }

  std::size_t answered() {
    const std::lock_guard lock(mutex_);
    return answered_;
  }

  /// Posts again what was refused, as many at once as there were.
  void repeat() {
    std::deque<std::size_t> again;
    {
      const std::lock_guard lock(mutex_);
      if (result_.repeated > repeats_max)
        throw std::runtime_error("the server refuses webhooks; last answer: " +
                                 std::to_string(last_refusal_));
      again.swap(refused_);
    }
    for (const auto index : again) post(index);
  }

  flood_figures result() {
    const std::lock_guard lock(mutex_);
    return result_;
  }

 private:
  void post_next() {
    std::size_t index = 0;
    {
      const std::lock_guard lock(mutex_);
      if (next_ == webhooks_.size()) return;
      index = next_++;
    }
    post(index);
  }

  void post(std::size_t index) {
    auto request = to_.request("POST", "/webhook", webhooks_[index].body);
    request.headers = webhooks_[index].headers;
    const auto began = steady::now();
    to_.client().submit(std::move(request), [this, index, began](const auto& got) {
      if (note(index, got.status, steady::now() - began)) post_next();
    });
  }

  bool note(std::size_t index, int status, std::chrono::nanoseconds latency) {
    const std::lock_guard lock(mutex_);
    if (status == 200) {
      ++answered_;
      result_.times.add(latency);
      return true;
    }
    ++result_.repeated;
    last_refusal_ = status;
    refused_.push_back(index);
    return false;
  }

  api_client& to_;
  const std::vector<signed_webhook>& webhooks_;
  std::mutex mutex_;
  std::size_t next_ = 0;
  std::size_t answered_ = 0;
  int last_refusal_ = 0;
  std::deque<std::size_t> refused_;
  flood_figures result_;
};

}  // namespace

flood_figures flood(api_client& to, const std::vector<signed_webhook>& webhooks,
                    std::size_t connections, progress& shown) {
  poster all(to, webhooks);
  const auto began = steady::now();
  auto repeat_at = began + repeat_pause;
  all.begin(connections);
  std::size_t answered = 0;
  while ((answered = all.answered()) < webhooks.size()) {
    shown.show("posting", static_cast<std::int64_t>(answered),
               static_cast<std::int64_t>(webhooks.size()));
    sleep_for(look_interval);
    if (steady::now() < repeat_at) continue;
    all.repeat();
    repeat_at = steady::now() + repeat_pause;
  }
  auto told = all.result();
  told.seconds = std::chrono::duration<double>(steady::now() - began).count();
  return told;
}

}  // namespace omnistream::load
