#include "bench/load/many_calls.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "bench/load/interruption.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::milliseconds look_interval{2};
constexpr std::chrono::milliseconds repeat_pause{50};
constexpr std::size_t repeats_max = 100'000;

struct answer {
  std::size_t place;
  int status;
  std::string body;
};

/// What the client's thread hands over. It outlives a call that is given up.
class answers {
 public:
  void add(answer one) {
    const std::lock_guard lock(mutex_);
    list_.push_back(std::move(one));
  }
  std::deque<answer> take_all() {
    const std::lock_guard lock(mutex_);
    return std::exchange(list_, {});
  }

 private:
  std::mutex mutex_;
  std::deque<answer> list_;
};

}  // namespace

void call_all(api_client& to, const std::vector<http::client::http_request>& requests,
              std::size_t at_once,
              const std::function<void(std::size_t place, std::string_view body)>& take) {
  const auto came = std::make_shared<answers>();
  std::deque<std::size_t> refused;
  auto repeat_at = steady::now();
  std::size_t next = 0, open = 0, done = 0, repeats = 0;
  const auto submit = [&](std::size_t place) {
    ++open;
    to.client().submit(requests[place], [came, place](const http::client::http_response& got) {
      came->add({place, got.status, std::string(got.status == 0 ? got.error : got.body)});
    });
  };
  while (done < requests.size()) {
    for (const auto& one : came->take_all()) {
      --open;
      if ((one.status == 429 || one.status == 503) && ++repeats < repeats_max) {
        refused.push_back(one.place);
        repeat_at = steady::now() + repeat_pause;
        continue;
      }
      if (one.status < 200 || one.status >= 300)
        throw std::runtime_error(requests[one.place].url + " was answered " +
                                 std::to_string(one.status) + ": " + one.body);
      ++done;
      if (take) take(one.place, one.body);
    }
    for (; !refused.empty() && open < at_once && steady::now() >= repeat_at; refused.pop_front())
      submit(refused.front());
    while (next < requests.size() && open < at_once && refused.empty()) submit(next++);
    sleep_for(look_interval);
  }
}

}  // namespace omnistream::load
