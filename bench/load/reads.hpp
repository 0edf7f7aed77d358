#pragma once

#include <string>
#include <vector>

#include "bench/load/open_loop.hpp"

namespace omnistream::load {

/// A read of the dashboard: its name among the figures and its path.
struct read_kind {
  std::string name;
  std::string path;
};

/// Requests for these reads in turn.
open_loop::maker reads_in_turn(const api_client& api, const std::vector<read_kind>& kinds);

/// The latencies by name. Throws std::runtime_error if an answer was not 2xx.
figures told_by_name(const std::vector<read_kind>& kinds, const std::vector<kind_figures>& all);

/// Reads of a campaign with so many recipients: its page and the list, and pages of its recipients
/// from the beginning, the middle and the end.
std::vector<read_kind> campaign_reads(const std::string& campaign, std::int64_t recipients);

}  // namespace omnistream::load
