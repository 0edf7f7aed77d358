// clang-format off: the TLS header specialises templates of the other one.
#include <restinio/http_server.hpp>
#include <restinio/tls.hpp>
// clang-format on

#include "http/server/restinio_server.hpp"

namespace omnistream::http::server {
namespace {

class tls_security {
 public:
  using stream = restinio::impl::tls_socket_t;

  explicit tls_security(const listener_options& options)
      : context_(std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server)) {
    context_->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                          asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                          asio::ssl::context::no_tlsv1_1);
    load("certificate", options.tls_certificate_file, [&](asio::error_code& error) {
      context_->use_certificate_chain_file(options.tls_certificate_file, error);
    });
    load("key", options.tls_key_file, [&](asio::error_code& error) {
      context_->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
    });
  }

  stream secure(asio::ip::tcp::socket socket) {
    stream secured(static_cast<asio::io_context&>(socket.get_executor().context()), context_);
    secured.asio_ssl_stream().next_layer() = std::move(socket);
    return secured;
  }

 private:
  template <class Load>
  static void load(std::string_view what, const std::string& file, Load&& load_file) {
    asio::error_code error;
    load_file(error);
    if (error)
      throw std::runtime_error("the TLS " + std::string(what) + " in " + file +
                               " cannot be used: " + error.message());
  }

  std::shared_ptr<asio::ssl::context> context_;
};

}  // namespace

std::unique_ptr<server_backend> make_tls_server(const listener_options& options,
                                                request_handler handler, admission_check admit) {
  return std::make_unique<restinio_server<tls_security>>(options, std::move(handler),
                                                         std::move(admit));
}

}  // namespace omnistream::http::server
