#pragma once

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct all_options {
  enum class extent {
    quick,  ///< six minutes: smaller, shorter, noisier
    full,   ///< fifty minutes
    huge,   ///< and 10,000,000 recipients
  };
  extent how = extent::full;
};

/// Every figure of the table, one step after the other, each on a server of its own:
/// `{"bounds": [...], "machine": {...}, "extent", "figures": {step: ...}, "errors": {step: why}}`.
/// A step that fails is an error, and the others go on. Throws `interrupted` alone.
figures run_all(const all_options& options, progress& shown);

}  // namespace omnistream::load
