#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bench/load/figures.hpp"
#include "bench/load/listening_program.hpp"
#include "bench/load/progress.hpp"
#include "config/base/time.hpp"

namespace omnistream::load {

/// The secret of all subscriptions.
inline constexpr const char* delivery_secret = "whsec_bG9hZC10ZXN0ZXItb3V0Z29pbmctc2VjcmV0LTMy";

/// Our own subscriber (`omnistream-load subscriber`) as a process of its own, so that its processor
/// time is told apart.
class subscriber_program : public listening_program {
 public:
  explicit subscriber_program(const std::filesystem::path& folder, std::uint16_t port = 0);

  /// Waits until that many events came, as long as any come. Throws std::runtime_error, also if one
  /// was not signed as it should be.
  void await(const std::string& doing, std::int64_t events, progress& shown);
  figures stats();
  void forget_stats();
  double cpu_seconds() const;
};

/// When the last delivery came, from a subscriber's stats.
timestamp last_arrival(const figures& stats);

}  // namespace omnistream::load
