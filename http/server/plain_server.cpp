#include "http/server/restinio_server.hpp"

namespace omnistream::http::server {
namespace {

struct plain_security {
  using stream = asio::ip::tcp::socket;
  explicit plain_security(const listener_options&) {}
  stream secure(asio::ip::tcp::socket socket) { return socket; }
};

}  // namespace

std::unique_ptr<server_backend> make_plain_server(const listener_options& options,
                                                  request_handler handler, admission_check admit) {
  return std::make_unique<restinio_server<plain_security>>(options, std::move(handler),
                                                           std::move(admit));
}

}  // namespace omnistream::http::server
