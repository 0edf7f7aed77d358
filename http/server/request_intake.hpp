#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "http/server/connection_table.hpp"
#include "http/server/gate.hpp"
#include "http/server/listener.hpp"

namespace omnistream::http::server {

/// What a header says of the body that follows it.
struct announced_body {
  bool chunked = false;
  std::uint64_t bytes = 0;  ///< of a body that is not chunked; 0: none follows
  bool exists() const { return chunked || bytes > 0; }
};

/// Runs what is passed on the io thread.
using run_gate = gate<std::function<void()>>;

/// Decides about requests while they come in, so that nothing is kept that nobody asked for: the
/// header when it is complete, the body piece by piece. io thread only. A refused request has its
/// answer in the record's farewell; the connection is to be closed then.
class request_intake {
 public:
  request_intake(const listener_options& options, admission_check admit, connection_table& table,
                 std::shared_ptr<run_gate> to_io_thread);

  void begin(connection_record& on);
  /// The header is complete in `on.incoming`. False: refused.
  bool take_header(connection_record& on, const announced_body& body);
  bool take_body(connection_record& on, std::string_view piece);
  /// The request is complete: it is the caller's now.
  request finish(connection_record& on);

 private:
  bool admit_body(connection_record& on, const announced_body& body);
  void hold(connection_record& on, const admission& verdict);
  void decide(std::uint64_t connection, std::uint64_t lookup, std::optional<response> refusal);

  const std::size_t header_bytes_max_;
  const std::size_t body_bytes_max_;
  const admission_check admit_;
  const std::array<std::shared_ptr<body_budget>, 3> budgets_;  ///< by body_sender
  connection_table& table_;
  const std::shared_ptr<run_gate> to_io_thread_;
  std::uint64_t last_lookup_ = 0;
};

}  // namespace omnistream::http::server
