#pragma once

#include <cstdint>
#include <memory>

#include "http/server/listener.hpp"

namespace omnistream::http::server {

/// What a listener stands on. Two of them exist, one without and one with TLS, each in a
/// translation unit of its own, because RESTinio takes long to compile.
class server_backend {
 public:
  virtual ~server_backend() = default;
  virtual std::uint16_t port() const = 0;
  virtual void stop_accepting() = 0;
  virtual void stop() = 0;
};

std::unique_ptr<server_backend> make_plain_server(const listener_options& options,
                                                  request_handler handler, admission_check admit);
std::unique_ptr<server_backend> make_tls_server(const listener_options& options,
                                                request_handler handler, admission_check admit);

}  // namespace omnistream::http::server
