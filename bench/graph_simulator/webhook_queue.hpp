#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "bench/graph_simulator/clock.hpp"

namespace graph_simulator {

/// Counts of webhooks: each body counts once as posted and once as acknowledged; every further try
/// is a repetition.
struct webhook_counts {
  std::uint64_t posted = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t repeated = 0;
};

/// One webhook on its way.
struct webhook {
  std::string body;
  std::string signature;
  std::size_t changes = 0;
  int tries = 0;
};

/// Webhooks that wait to be posted for the first time or again. What was not answered 200 is
/// repeated: at once, then after 0.5 s, 1 s, 2 s and so on up to 30 s, without end. Repetitions do
/// not hold up newer webhooks, so the order is not kept. Pure: times are passed in. Not
/// thread-safe.
class webhook_queue {
 public:
  static constexpr std::size_t bytes_max = 64 << 20;  ///< then full(): the caller stops adding

  void add(webhook fresh, instant now);
  /// The next one to post at `now`, counted as a try; nothing if none is due.
  std::optional<webhook> take(instant now);
  /// What became of a webhook that was taken.
  void answered(webhook tried, bool acknowledged, instant now);

  bool full() const { return bytes_ >= bytes_max; }
  instant next_due() const { return waiting_.empty() ? instant::max() : waiting_.begin()->first; }
  std::size_t pending_changes() const { return pending_changes_; }  ///< waiting or on their way
  const webhook_counts& counts() const { return counts_; }
  void reset_counts() { counts_ = {}; }

  /// How long to wait after `tries` tries without success.
  static instant back_off(int tries);

 private:
  std::multimap<instant, webhook> waiting_;
  std::size_t bytes_ = 0;  ///< of all bodies, also of those on their way
  std::size_t pending_changes_ = 0;
  webhook_counts counts_;
};

}  // namespace graph_simulator
