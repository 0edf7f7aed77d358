#pragma once

#include <algorithm>
#include <set>
#include <vector>

namespace omnistream::actors {

/// Keeps account of the recipients a campaign has claimed through its cursor and whose outcome is
/// not committed yet. Pure. Its one promise: settled() is the highest sequence number at or below
/// which every claimed recipient is recorded, so a crash leaves only the few above it uncertain.
class send_window {
 public:
  /// Starts where the last run ended; everything up to `claimed` is recorded.
  explicit send_window(int claimed = 0) : claimed_(claimed) {}

  void claim(int seq) { outstanding_.insert(seq); }  ///< claimed and now on its way
  void advance(int claimed) { claimed_ = claimed; }  ///< the cursor was committed up to here
  void record(int seq) {
    outstanding_.erase(seq);
  }  ///< its outcome was committed; retries are unknown here
  int claimed() const { return claimed_; }
  int settled() const { return settled_with({}); }
  /// What settled() will be when these (sorted) are recorded too: for the very commit that records
  /// them.
  int settled_with(const std::vector<int>& seqs) const {
    for (const int seq : outstanding_)
      if (!std::binary_search(seqs.begin(), seqs.end(), seq)) return seq - 1;
    return claimed_;
  }
  std::size_t outstanding() const { return outstanding_.size(); }

 private:
  int claimed_;
  std::set<int> outstanding_;
};

}  // namespace omnistream::actors
