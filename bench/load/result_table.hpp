#pragma once

#include <string>
#include <vector>

#include "bench/load/figures.hpp"

namespace omnistream::load {

/// A number for people: 12,345 - 12.3 - 0.0123; three significant digits below 1,000.
std::string readable(double value);

/// Rows of cells as columns that line up; numbers to the right. The first row is the head.
std::string aligned(const std::vector<std::vector<std::string>>& rows);
/// The same as a table in Markdown.
std::string markdown(const std::vector<std::vector<std::string>>& rows);

/// Every figure as a row of its name and value: `{"page": {"p50_ms": 1}}` is `page p50 (ms)`, `1`.
std::vector<std::vector<std::string>> rows_of(const figures& all);

}  // namespace omnistream::load
