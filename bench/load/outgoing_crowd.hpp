#pragma once

#include "bench/load/figures.hpp"
#include "bench/load/progress.hpp"

namespace omnistream::load {

struct outgoing_crowd_options {
  int tenants = 20;
  int subscriptions = 50;  ///< of each tenant
  int dead = 100;          ///< of all of them: nobody listens there
  int slow = 100;          ///< of all of them: answer after ten seconds
  int rate = 1'000;        ///< events per second of all
  int seconds = 20;
};

/// Changes contacts at a fixed rate, each change told to all subscriptions of the tenant, some of
/// which are dead or slow. Tells how long the others waited from an event to its arrival. Throws if
/// one of these events did not arrive, or not in order.
figures outgoing_crowd(const outgoing_crowd_options& options, progress& shown);

}  // namespace omnistream::load
