#pragma once

#include <optional>
#include <string>

#include "bench/load/all.hpp"
#include "bench/load/broadcast.hpp"
#include "bench/load/dashboard.hpp"
#include "bench/load/inbox.hpp"
#include "bench/load/live.hpp"
#include "bench/load/outgoing.hpp"
#include "bench/load/pacing.hpp"
#include "bench/load/recipients.hpp"
#include "bench/load/report.hpp"
#include "bench/load/restart.hpp"
#include "bench/load/subscriber_server.hpp"
#include "bench/load/webhooks.hpp"
#include "bench/load/wrk.hpp"

namespace omnistream::load {

/// The command line.
struct load_options {
  std::string command;
  std::optional<std::string> json;  ///< where the figures go: a file, or `-` for standard output
  broadcast_options broadcast{};
  webhooks_options webhooks{};
  pacing_options pacing{};
  recipients_options recipients{};
  dashboard_options dashboard{};
  restart_options restart{};
  outgoing_options outgoing{};
  live_load_options live{};
  inbox_options inbox{};
  ceiling_options ceiling{};
  all_options all{};
  report_options report{};
  subscriber_options subscriber{};
};

/// Reads the command line. Help and mistakes are printed: nothing is returned then, and `exit_code`
/// is 0 or 2.
std::optional<load_options> read_options(int argc, const char* const* argv, int& exit_code);

}  // namespace omnistream::load
