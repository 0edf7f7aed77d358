#pragma once

#include <cstddef>

namespace omnistream::http::app {

/// Gives back to the system what large requests left free in the heap; glibc by itself keeps it.
/// That locks the heap for some milliseconds, so it is done only after the process has grown, and
/// then a few times: what made it grow may still be in use. One thread.
class spare_memory {
 public:
  /// Growth of the resident set that is worth the pause.
  static constexpr std::size_t growth_bytes = 4 * 1'024 * 1'024;
  static constexpr int times_after_growth = 5;

  /// To be called now and then; true if something was given back.
  bool give_back_if_grown();

 private:
  std::size_t resident_before_ = 0;  ///< after the last time
  int times_left_ = 0;
};

}  // namespace omnistream::http::app
