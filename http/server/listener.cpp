#include "http/server/listener.hpp"

#include <stdexcept>
#include <system_error>

#include "http/server/server_backend.hpp"

namespace omnistream::http::server {
namespace {

std::unique_ptr<server_backend> make_backend(const listener_options& options,
                                             request_handler handler, admission_check admit) {
  const bool certificate = !options.tls_certificate_file.empty();
  if (certificate != !options.tls_key_file.empty())
    throw std::runtime_error(
        "TLS needs both a certificate file and a key file; only one of them is set");
  return certificate ? make_tls_server(options, std::move(handler), std::move(admit))
                     : make_plain_server(options, std::move(handler), std::move(admit));
}

}  // namespace

class listener::impl {
 public:
  explicit impl(std::unique_ptr<server_backend> server) : backend(std::move(server)) {}
  std::unique_ptr<server_backend> backend;
};

listener::listener(listener_options options, request_handler handler, admission_check admit) {
  try {
    impl_ = std::make_unique<impl>(make_backend(options, std::move(handler), std::move(admit)));
  } catch (const std::system_error& error) {
    throw std::runtime_error("cannot listen on " + options.address + " port " +
                             std::to_string(options.port) + ": " + error.code().message());
  }
}

listener::~listener() = default;
std::uint16_t listener::port() const {
  return impl_->backend->port();
}
void listener::stop_accepting() {
  impl_->backend->stop_accepting();
}
void listener::stop() {
  impl_->backend->stop();
}

}  // namespace omnistream::http::server
