#include "actors/webhook/delivery_lanes.hpp"

#include <cctype>
#include <condition_variable>
#include <mutex>

namespace omnistream::actors {
namespace {

struct waiting_request {
  delivery_request request;
  std::function<void(delivery_result)> done;  ///< none: it was taken back, only its place is left
};
using waiting_ptr = std::shared_ptr<waiting_request>;

bool names_port(std::string_view host) {
  const auto colon = host.rfind(':');
  return colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
}

}  // namespace

std::string host_of(std::string_view url) {
  const auto scheme_end = url.find("://");
  const bool secure = url.substr(0, scheme_end) != "http";
  if (scheme_end != std::string_view::npos) url.remove_prefix(scheme_end + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  std::string host(url);
  for (auto& c : host) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (!names_port(host)) host += secure ? ":443" : ":80";
  return host;
}

/// Shared with the requests under way, which may end after the lanes.
struct delivery_lanes::state : std::enable_shared_from_this<state> {
  state(delivery_sender& sender, wall_clock clock, lane_bounds bounds)
      : over(sender), now(std::move(clock)), queue(bounds) {}

  /// Starts whatever may go. One thread at a time does, for all that come meanwhile: so a sender
  /// that answers at once makes no recursion.
  void start() {
    std::unique_lock lock(mutex);
    if (std::exchange(starting, true)) return;
    while (!closed) {
      auto next = queue.pop();
      if (!next) break;
      if (!next->second->done) {
        queue.free(next->first);
        continue;
      }
      forget(next->second);
      lock.unlock();
      begin(std::move(next->first), std::move(*next->second));
      lock.lock();
    }
    starting = false;
    begun.notify_all();
  }

  void begin(lane_key key, waiting_request what) {
    what.request.at = now();
    over.send(std::move(what.request), [self = shared_from_this(), key = std::move(key),
                                        done = std::move(what.done)](delivery_result result) {
      {
        const std::lock_guard lock(self->mutex);
        self->queue.free(key);
      }
      done(std::move(result));
      self->start();
    });
  }

  void forget(const waiting_ptr& what) {
    const auto [first, last] = by_id.equal_range(what->request.delivery_id);
    for (auto entry = first; entry != last; ++entry)
      if (entry->second == what) {
        by_id.erase(entry);
        return;
      }
  }

  /// What the first one that waits with this id is to be answered with; none if there is none.
  std::function<void(delivery_result)> take_back(const uuid& id) {
    const std::lock_guard lock(mutex);
    const auto found = by_id.find(id);
    if (found == by_id.end()) return nullptr;
    const auto what = found->second;
    by_id.erase(found);
    what->request = {};
    return std::exchange(what->done, nullptr);
  }

  delivery_sender& over;
  wall_clock now;
  std::mutex mutex;
  std::condition_variable begun;
  lane_queue<waiting_ptr> queue;
  std::multimap<uuid, waiting_ptr> by_id;  ///< of those that wait; a delivery waits once
  bool starting = false;
  bool closed = false;
};

delivery_lanes::delivery_lanes(delivery_sender& over, wall_clock now, lane_bounds bounds)
    : state_(std::make_shared<state>(over, std::move(now), bounds)) {}

delivery_lanes::~delivery_lanes() {
  std::unique_lock lock(state_->mutex);
  state_->closed = true;
  // Whoever is handing a request to the sender below must not do so when that is gone.
  state_->begun.wait(lock, [this] { return !state_->starting; });
}

void delivery_lanes::send(delivery_request request, std::function<void(delivery_result)> done) {
  {
    const std::lock_guard lock(state_->mutex);
    lane_key key{request.tenant_id, host_of(request.url)};
    auto what = std::make_shared<waiting_request>();
    what->request = std::move(request);
    what->done = std::move(done);
    state_->by_id.emplace(what->request.delivery_id, what);
    state_->queue.push(key, std::move(what));
  }
  state_->start();
}

void delivery_lanes::recall(const uuid& delivery_id) {
  delivery_result result;
  result.recalled = true;
  if (const auto done = state_->take_back(delivery_id)) done(std::move(result));
}

int delivery_lanes::running() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.running();
}

int delivery_lanes::waiting() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<int>(state_->by_id.size());
}

}  // namespace omnistream::actors
