#pragma once

#include <set>

namespace omnistream::actors {

/// Keeps account of the recipients a campaign has claimed through its cursor and not yet recorded.
/// Pure. Its one promise: settled() is the highest sequence number below which every claimed
/// recipient is recorded, so a crash leaves only the few above it uncertain.
class send_window {
 public:
  /// Starts where the last run ended; everything up to `claimed` is recorded.
  explicit send_window(int claimed = 0) : claimed_(claimed) {}

  void claim(int seq) { outstanding_.insert(seq); }  ///< claimed and now on its way
  void advance(int claimed) { claimed_ = claimed; }  ///< the cursor was committed up to here
  void record(int seq) {
    outstanding_.erase(seq);
  }  ///< its outcome is being committed; retries are unknown here
  int claimed() const { return claimed_; }
  int settled() const { return outstanding_.empty() ? claimed_ : *outstanding_.begin() - 1; }
  std::size_t outstanding() const { return outstanding_.size(); }

 private:
  int claimed_;
  std::set<int> outstanding_;
};

}  // namespace omnistream::actors
