#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>

#include "http/server/connection_record.hpp"

namespace omnistream::http::server {

/// The open connections of one server by their phase, and which of them have been in it too long.
/// All of a phase have the same limit, so who entered first is overdue first, and looking costs the
/// same with ten and with ten thousand connections. io thread only.
class connection_table {
 public:
  using clock = std::chrono::steady_clock;
  struct limits {
    std::chrono::milliseconds idle;
    std::chrono::milliseconds header;
    std::chrono::milliseconds body;
    std::chrono::milliseconds spare;  ///< younger ones are not closed to make room
  };

  /// `on_gone` is called after a connection has left.
  connection_table(const limits& allowed, std::function<void()> on_gone)
      : allowed_(allowed), on_gone_(std::move(on_gone)) {}

  void add(connection_record& who, clock::time_point now);
  void remove(connection_record& who);
  /// Nothing leads out of the phase `ending`.
  void enter(connection_record& who, connection_phase next, clock::time_point now);

  std::size_t size() const { return by_id_.size(); }
  connection_record* find(std::uint64_t id) const;
  /// Whoever has been in its phase for too long; null if nobody has.
  connection_record* overdue(clock::time_point now) const;
  /// Whom to close when others wait for room: who has been idle the longest, else who has been
  /// sending a header the longest; null if everybody is busy or has just come.
  connection_record* dispensable(clock::time_point now) const;

  template <class Action>
  void for_each(Action&& action) const {
    for (const auto& [id, who] : by_id_) action(*who);
  }

 private:
  using queue = std::list<connection_record*>;
  static constexpr std::size_t phases = static_cast<std::size_t>(connection_phase::ending) + 1;

  queue& of(connection_phase phase) { return queues_[static_cast<std::size_t>(phase)]; }
  connection_record* first_older(connection_phase phase, clock::time_point since) const;

  const limits allowed_;
  const std::function<void()> on_gone_;
  std::array<queue, phases> queues_;
  std::unordered_map<std::uint64_t, connection_record*> by_id_;
};

}  // namespace omnistream::http::server
