#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "actors/dispatch/message_sender.hpp"
#include "config/base/metrics.hpp"

namespace omnistream::actors {

/// One number's, page's or address's figures at /metrics, looked up once; they are shown as long as
/// this lives.
class number_figures {
 public:
  explicit number_figures(const std::string& sender_id);

  /// A message's send ended so.
  void ended(send_result::certainty how);
  /// `rate_mps`: messages per second now, 0 is unlimited.
  void now(std::size_t queued, std::size_t in_flight, double rate_mps);

 private:
  std::shared_ptr<metrics::gauge> queued_;
  std::shared_ptr<metrics::gauge> in_flight_;
  std::shared_ptr<metrics::gauge> rate_;
  std::array<std::shared_ptr<metrics::counter>, 4> ended_;  ///< by certainty
};

}  // namespace omnistream::actors
