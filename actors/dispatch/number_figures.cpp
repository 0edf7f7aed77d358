#include "actors/dispatch/number_figures.hpp"

namespace omnistream::actors {
namespace {

std::shared_ptr<metrics::counter> ended_so(const std::string& sender_id, const char* outcome) {
  return metrics::passing_counter("omnistream_dispatcher_messages_total",
                                  "Messages by how their send ended.",
                                  {{"sender_id", sender_id}, {"outcome", outcome}});
}

}  // namespace

number_figures::number_figures(const std::string& sender_id)
    : queued_(metrics::passing_gauge("omnistream_dispatcher_queue_messages",
                                     "Messages that wait for their turn.",
                                     {{"sender_id", sender_id}})),
      in_flight_(metrics::passing_gauge("omnistream_dispatcher_in_flight_messages",
                                        "Messages handed over, not answered yet.",
                                        {{"sender_id", sender_id}})),
      rate_(metrics::passing_gauge("omnistream_dispatcher_rate_mps",
                                   "Messages per second now; 0 is unlimited.",
                                   {{"sender_id", sender_id}})) {
  using certainty = send_result::certainty;
  const auto of = [this](certainty how) -> auto& {
    return ended_.at(static_cast<std::size_t>(how));
  };
  of(certainty::accepted) = ended_so(sender_id, "accepted");
  of(certainty::rejected) = ended_so(sender_id, "rejected");
  of(certainty::not_sent) = ended_so(sender_id, "not_sent");
  of(certainty::uncertain) = ended_so(sender_id, "uncertain");
}

void number_figures::ended(send_result::certainty how) {
  ended_.at(static_cast<std::size_t>(how))->add();
}

void number_figures::now(std::size_t queued, std::size_t in_flight, double rate_mps) {
  queued_->set(static_cast<double>(queued));
  in_flight_->set(static_cast<double>(in_flight));
  rate_->set(rate_mps);
}

}  // namespace omnistream::actors
