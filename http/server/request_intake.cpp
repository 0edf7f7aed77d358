#include "http/server/request_intake.hpp"

#include <algorithm>
#include <utility>

#include "http/server/canned_answer.hpp"
#include "http/server/request_checks.hpp"

namespace omnistream::http::server {
namespace {

/// A longer body is given more room as it comes: what is announced may never arrive.
constexpr std::size_t bytes_reserved_max = 256 * 1024;

bool refused_with(connection_record& on, response why) {
  on.farewell = std::move(why);
  return false;
}

bool too_large(connection_record& on) {
  return refused_with(
      on, canned_problem(413, "body_too_large",
                         "The body is larger than the " + std::to_string(on.body_bytes_max) +
                             " bytes that are taken here."));
}

bool too_much_at_once(connection_record& on) {
  return refused_with(on, canned_problem(503, "bodies_in_flight",
                                         "Too much is being sent to the server; try again."));
}

}  // namespace

request_intake::request_intake(const listener_options& options, admission_check admit,
                               connection_table& table)
    : header_bytes_max_(options.header_bytes_max),
      body_bytes_max_(options.body_bytes_max),
      admit_(std::move(admit)),
      bodies_(std::make_shared<body_budget>(
          // The largest body is always taken when it comes alone.
          std::max(options.body_bytes_in_flight_max, options.body_bytes_max))),
      table_(table) {}

void request_intake::begin(connection_record& on) {
  table_.enter(on, connection_phase::header, connection_table::clock::now());
  on.incoming = {};
  on.share.reset();
  on.continue_wanted = false;
}

bool request_intake::take_header(connection_record& on, const announced_body& body) {
  on.incoming.remote_address = on.peer;
  if (auto refused = refuse(on.incoming, header_bytes_max_))
    return refused_with(on, std::move(*refused));
  return !body.exists() || admit_body(on, body);
}

bool request_intake::admit_body(connection_record& on, const announced_body& body) {
  on.body_bytes_max = body_bytes_max_;
  if (admit_) {
    auto verdict = admit_(on.incoming);
    if (verdict.refusal) return refused_with(on, std::move(*verdict.refusal));
    on.body_bytes_max = std::min(on.body_bytes_max, verdict.body_bytes_max);
  }
  if (body.bytes > on.body_bytes_max) return too_large(on);
  if (!bodies_->has_room(body.bytes)) return too_much_at_once(on);
  on.share = std::make_shared<body_share>(bodies_);
  on.incoming.body.reserve(std::min<std::size_t>(body.bytes, bytes_reserved_max));
  on.continue_wanted = is_same_name(on.incoming.header("Expect"), "100-continue");
  table_.enter(on, connection_phase::body, connection_table::clock::now());
  return true;
}

bool request_intake::take_body(connection_record& on, std::string_view piece) {
  on.continue_wanted = false;
  if (piece.size() > on.body_bytes_max - on.incoming.body.size()) return too_large(on);
  if (!on.share->grow(piece.size())) return too_much_at_once(on);
  on.incoming.body.append(piece);
  return true;
}

request request_intake::finish(connection_record& on) {
  table_.enter(on, connection_phase::answering, connection_table::clock::now());
  on.farewell.reset();
  on.continue_wanted = false;
  on.incoming.body_share = std::move(on.share);
  return std::move(on.incoming);
}

}  // namespace omnistream::http::server
