#pragma once

#include <algorithm>
#include <chrono>

namespace omnistream::actors {

/// How far a campaign claims ahead of its dispatcher: enough that the number never waits for the
/// database, and no more, because whatever is claimed when the process dies becomes uncertain. So
/// it follows the time that claims take. Pure.
class claim_ahead {
 public:
  using milliseconds = std::chrono::milliseconds;

  static constexpr milliseconds ahead_min{200};
  static constexpr milliseconds ahead_max{500};
  static constexpr int messages_min = 20;

  /// A claim took so long, from asking to the committed answer.
  void note(milliseconds took) { slowest_ = std::max(took, slowest_ * 7 / 8); }

  /// How many messages may wait at the dispatcher; claims come when half of them are gone.
  /// 0 messages per second is unlimited: one batch.
  int messages(int messages_per_second, int claim_batch_max) const {
    if (messages_per_second == 0) return claim_batch_max;
    const auto ahead = std::clamp(4 * slowest_, ahead_min, ahead_max);
    const auto wanted = static_cast<int>(messages_per_second * ahead.count() / 1'000);
    return std::clamp(wanted, messages_min, std::max(messages_min, claim_batch_max));
  }

 private:
  milliseconds slowest_{0};  ///< of the last claims; forgotten by an eighth per claim
};

}  // namespace omnistream::actors
