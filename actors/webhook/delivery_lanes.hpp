#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/webhook/delivery_sender.hpp"

namespace omnistream::actors {

/// How many requests may be under way at once.
struct lane_bounds {
  int all = 256;
  int per_host = 32;
  /// Beyond its half of all lanes a tenant gets more only while nobody else waits, and never these:
  /// they are for who comes next.
  int kept_free = 32;
};

/// Whose a request is and where it goes.
struct lane_key {
  uuid tenant;
  std::string host;  ///< with its port; see host_of
  bool operator==(const lane_key&) const = default;
};

/// `host:port` of a URL in lower case, with the port of its scheme if it names none: what requests
/// share that go to the same server.
std::string host_of(std::string_view url);

/// Which request is next: in turn from each tenant, within it in turn from each host, in order from
/// one host. A host that has all its lanes holds nobody up but itself. Pure; `Item` is what waits.
template <class Item>
class lane_queue {
 public:
  explicit lane_queue(lane_bounds bounds = {}) : bounds_(bounds) {}

  void push(const lane_key& to, Item item) {
    auto& from = tenants_[to.tenant];
    auto& line = from.waiting[to.host];
    line.push_back(std::move(item));
    ++waiting_;
    if (line.size() == 1) line_up(to, from);
  }

  /// The next that may go now, and whose it is; it has its lane until free().
  std::optional<std::pair<lane_key, Item>> pop() {
    if (running_ >= bounds_.all) return std::nullopt;
    for (auto left = turn_.size(); left > 0; --left) {
      const auto tenant = turn_.front();
      turn_.pop_front();
      auto& from = tenants_.at(tenant);
      auto next = has_room(from) ? take(tenant, from) : std::nullopt;
      from.listed = !from.turn.empty();
      if (from.listed) turn_.push_back(tenant);
      if (next) return next;
    }
    return std::nullopt;
  }

  /// A request of pop() has ended.
  void free(const lane_key& key) {
    const auto host = hosts_.find(key.host);
    --host->second.running;
    for (const auto& tenant : std::exchange(host->second.held_up, {}))
      line_up({tenant, key.host}, tenants_.at(tenant));
    if (host->second.running == 0) hosts_.erase(host);
    const auto from = tenants_.find(key.tenant);
    if (--from->second.running == 0 && from->second.waiting.empty()) tenants_.erase(from);
    --running_;
  }

  int running() const { return running_; }
  int waiting() const { return waiting_; }
  /// Nothing waits and nothing is under way: nobody is remembered.
  bool forgotten() const { return tenants_.empty() && hosts_.empty() && turn_.empty(); }

 private:
  struct of_tenant {
    std::map<std::string, std::deque<Item>> waiting;
    std::deque<std::string> turn;  ///< hosts with something that may go, each once
    int running = 0;
    bool listed = false;  ///< in turn_, because its own turn is not empty
  };
  struct of_host {
    int running = 0;
    /// Tenants with something that waits for one of its lanes, each once: who has waited longest
    /// is first.
    std::deque<uuid> held_up;
  };

  /// Something begins to wait: for its turn, or for its host.
  void line_up(const lane_key& key, of_tenant& from) {
    const auto host = hosts_.find(key.host);
    if (host != hosts_.end() && host->second.running >= bounds_.per_host) {
      host->second.held_up.push_back(key.tenant);
      return;
    }
    from.turn.push_back(key.host);
    if (!std::exchange(from.listed, true)) turn_.push_back(key.tenant);
  }

  /// Asked of a tenant that is out of turn_ for the moment.
  bool has_room(const of_tenant& from) const {
    if (from.running < (bounds_.all + 1) / 2) return true;
    return turn_.empty() && bounds_.all - running_ > bounds_.kept_free;
  }

  std::optional<std::pair<lane_key, Item>> take(const uuid& tenant, of_tenant& from) {
    while (!from.turn.empty()) {
      const lane_key key{tenant, std::move(from.turn.front())};
      from.turn.pop_front();
      auto& host = hosts_[key.host];
      if (host.running >= bounds_.per_host) {  // filled since it lined up
        host.held_up.push_back(tenant);
        continue;
      }
      const auto line = from.waiting.find(key.host);
      std::pair<lane_key, Item> next{key, std::move(line->second.front())};
      line->second.pop_front();
      ++host.running;
      ++from.running;
      ++running_;
      --waiting_;
      if (line->second.empty())
        from.waiting.erase(line);
      else if (host.running >= bounds_.per_host)
        host.held_up.push_back(tenant);
      else
        from.turn.push_back(key.host);
      return next;
    }
    return std::nullopt;
  }

  lane_bounds bounds_;
  std::map<uuid, of_tenant> tenants_;
  std::map<std::string, of_host> hosts_;  ///< with something under way
  std::deque<uuid> turn_;                 ///< tenants with something that may go, each once
  int running_ = 0;
  int waiting_ = 0;
};

/// The way out of all subscriptions over one sender: as many requests at once as the bounds allow,
/// the rest waits here. Every subscription has no more than together_max requests at a time, so
/// what waits is bounded by their number. Any thread. What still waits when the lanes end is not
/// sent and not answered; what is under way then may end later.
class delivery_lanes final : public delivery_sender {
 public:
  /// `over` outlives the lanes.
  delivery_lanes(delivery_sender& over, wall_clock now, lane_bounds bounds = {});
  ~delivery_lanes() override;
  delivery_lanes(const delivery_lanes&) = delete;
  delivery_lanes& operator=(const delivery_lanes&) = delete;

  /// The request's time becomes that at which it leaves.
  void send(delivery_request request, std::function<void(delivery_result)> done) override;
  void recall(const uuid& delivery_id) override;

  int running() const;
  int waiting() const;  ///< besides those that were taken back

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace omnistream::actors
