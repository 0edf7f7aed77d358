#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "http/server/connection_table.hpp"
#include "http/server/listener.hpp"

namespace omnistream::http::server {

/// What a header says of the body that follows it.
struct announced_body {
  bool chunked = false;
  std::uint64_t bytes = 0;  ///< of a body that is not chunked; 0: none follows
  bool exists() const { return chunked || bytes > 0; }
};

/// Decides about requests while they come in, so that nothing is kept that nobody asked for: the
/// header when it is complete, the body piece by piece. io thread only. A refused request has its
/// answer in the record's farewell; the connection is to be closed then.
class request_intake {
 public:
  request_intake(const listener_options& options, admission_check admit, connection_table& table);

  void begin(connection_record& on);
  /// The header is complete in `on.incoming`. False: refused.
  bool take_header(connection_record& on, const announced_body& body);
  bool take_body(connection_record& on, std::string_view piece);
  /// The request is complete: it is the caller's now.
  request finish(connection_record& on);

 private:
  bool admit_body(connection_record& on, const announced_body& body);

  const std::size_t header_bytes_max_;
  const std::size_t body_bytes_max_;
  const admission_check admit_;
  const std::shared_ptr<body_budget> bodies_;
  connection_table& table_;
};

}  // namespace omnistream::http::server
