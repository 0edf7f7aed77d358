#pragma once

#include "bench/load/outgoing_backlog.hpp"
#include "bench/load/outgoing_crowd.hpp"
#include "bench/load/outgoing_deliveries.hpp"

namespace omnistream::load {

struct outgoing_options {
  outgoing_deliveries_options deliveries{};
  outgoing_crowd_options crowd{};
  outgoing_backlog_options backlog{};
};

/// All figures of outgoing webhooks, one after the other, each on a server of its own.
figures outgoing(const outgoing_options& options, progress& shown);

}  // namespace omnistream::load
