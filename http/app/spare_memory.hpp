#pragma once

#include <cstddef>

namespace omnistream::http::app {

/// Gives back to the system what large requests left free in the heap; glibc by itself keeps it.
/// That locks the heap for some milliseconds, so it is done only after the process has grown. One
/// thread.
class spare_memory {
 public:
  /// Growth of the resident set that is worth the pause.
  static constexpr std::size_t growth_bytes = 4 * 1'024 * 1'024;

  /// To be called now and then; true if something was given back.
  bool give_back_if_grown();

 private:
  std::size_t resident_before_ = 0;
};

}  // namespace omnistream::http::app
