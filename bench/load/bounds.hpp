#pragma once

#include <string>
#include <vector>

#include "bench/load/figures.hpp"

namespace omnistream::load {

/// A promise about one figure.
struct bound_rule {
  enum class direction { at_least, at_most };

  const char* name;
  const char* step;   ///< of the run, whose figures hold the value
  const char* value;  ///< JSON pointer below the step
  direction side;
  double bound;
  const char* unit;
};

/// All promises, in the order of the table.
const std::vector<bound_rule>& all_bounds();

/// The promises that a run could check: `{"name", "value", "bound", "unit", "holds"}` each. Of a
/// step that failed the value is null and nothing holds; of a step that was not part of the run
/// there is none. `run` has the figures of each step under "figures" and failures under "errors".
/// Pure.
figures judge(const figures& run, const std::vector<bound_rule>& rules = all_bounds());

/// The table of judged bounds: what, value, bound, holds.
std::vector<std::vector<std::string>> bound_rows(const figures& judged);

}  // namespace omnistream::load
