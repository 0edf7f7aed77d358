#include "http/server/request_intake.hpp"

#include <algorithm>
#include <utility>

#include "http/server/canned_answer.hpp"
#include "http/server/request_checks.hpp"

namespace omnistream::http::server {
namespace {

/// A longer body is given more room as it comes: what is announced may never arrive.
constexpr std::size_t bytes_reserved_max = 256 * 1024;
/// So much of a body is read before it is known whose it is: of all connections together little.
constexpr std::size_t unheld_bytes_max = 16 * 1024;

/// A part of the budget, so that others cannot use up all of it. The largest body is always taken
/// when it comes alone.
std::shared_ptr<body_budget> part_of_budget(const listener_options& options, std::size_t parts) {
  return std::make_shared<body_budget>(
      std::max(options.body_bytes_in_flight_max / parts, options.body_bytes_max));
}

bool refused_with(connection_record& on, response why) {
  on.farewell = std::move(why);
  return false;
}

bool too_large(connection_record& on) {
  if (on.too_large) return refused_with(on, std::exchange(on.too_large, nullptr)());
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
                               connection_table& table, std::shared_ptr<run_gate> to_io_thread)
    : header_bytes_max_(options.header_bytes_max),
      body_bytes_max_(options.body_bytes_max),
      admit_(std::move(admit)),
      budgets_{part_of_budget(options, 2), part_of_budget(options, 4), part_of_budget(options, 4)},
      table_(table),
      to_io_thread_(std::move(to_io_thread)) {}

void request_intake::begin(connection_record& on) {
  table_.enter(on, connection_phase::header, connection_table::clock::now());
  on.incoming = {};
  on.share.reset();
  on.continue_wanted = false;
  on.held = 0;
}

bool request_intake::take_header(connection_record& on, const announced_body& body) {
  on.incoming.remote_address = on.peer;
  if (auto refused = refuse(on.incoming, header_bytes_max_))
    return refused_with(on, std::move(*refused));
  return !body.exists() || admit_body(on, body);
}

bool request_intake::admit_body(connection_record& on, const announced_body& body) {
  on.body_bytes_max = body_bytes_max_;
  on.too_large = nullptr;
  admission verdict;
  if (admit_) {
    verdict = admit_(on.incoming);
    if (verdict.refusal) return refused_with(on, std::move(*verdict.refusal));
    on.body_bytes_max = std::min(on.body_bytes_max, verdict.body_bytes_max);
    on.too_large = std::move(verdict.too_large);
  }
  if (body.bytes > on.body_bytes_max) return too_large(on);
  const auto& budget = budgets_.at(static_cast<std::size_t>(verdict.from));
  if (!budget->has_room(body.bytes)) return too_much_at_once(on);
  on.share = std::make_shared<body_share>(budget);
  on.incoming.body.reserve(std::min<std::size_t>(body.bytes, bytes_reserved_max));
  on.continue_wanted = is_same_name(on.incoming.header("Expect"), "100-continue");
  table_.enter(on, connection_phase::body, connection_table::clock::now());
  if (verdict.look_up && (body.chunked || body.bytes > unheld_bytes_max)) hold(on, verdict);
  return true;
}

void request_intake::hold(connection_record& on, const admission& verdict) {
  on.held = ++last_lookup_;
  verdict.look_up([this, io_thread = to_io_thread_, connection = on.id,
                   lookup = on.held](std::optional<response> refusal) {
    io_thread->pass(
        [this, connection, lookup, why = std::move(refusal)] { decide(connection, lookup, why); });
  });
}

void request_intake::decide(std::uint64_t connection, std::uint64_t lookup,
                            std::optional<response> refusal) {
  auto* on = table_.find(connection);
  if (on == nullptr || on->held != lookup) return;
  on->held = 0;
  if (refusal) {
    on->farewell = std::move(refusal);
    table_.enter(*on, connection_phase::ending, connection_table::clock::now());
    if (on->interrupt_reading) std::exchange(on->interrupt_reading, nullptr)();
  } else if (on->resume_reading) {
    std::exchange(on->resume_reading, nullptr)();
  }
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
  on.too_large = nullptr;
  on.continue_wanted = false;
  on.held = 0;
  on.incoming.body_share = std::move(on.share);
  on.incoming.is_http_1_0 = on.is_http_1_0;
  return std::move(on.incoming);
}

}  // namespace omnistream::http::server
