#pragma once

#include <string>

#include "bench/load/figures.hpp"
#include "bench/load/line_chart.hpp"

namespace omnistream::load {

struct report_options {
  std::string from;    ///< JSON file that `all` wrote
  std::string plots;   ///< folder for the plots; empty: none
  std::string readme;  ///< file whose part between the markers is replaced; empty: none
};

/// Writes what people look at from a run that is over; the Markdown of the bounds is the result.
/// Throws std::runtime_error if a file cannot be read or written.
std::string report(const report_options& options);

// -- its parts; pure

line_chart throughput_over_recipients(const figures& run);
line_chart latency_over_load(const figures& run);
/// Machine, bounds and cost per message of a run.
std::string run_markdown(const figures& run);
/// `text` with what stands between the markers `<!-- figures -->` and `<!-- /figures -->` replaced.
/// Throws std::runtime_error if they are not there.
std::string with_figures(const std::string& text, const std::string& between);

}  // namespace omnistream::load
