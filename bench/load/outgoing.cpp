#include "bench/load/outgoing.hpp"

namespace omnistream::load {

figures outgoing(const outgoing_options& options, progress& shown) {
  figures told;
  told["deliveries"] = outgoing_deliveries(options.deliveries, shown);
  told["crowd"] = outgoing_crowd(options.crowd, shown);
  told["backlog"] = outgoing_backlog(options.backlog, shown);
  return told;
}

}  // namespace omnistream::load
