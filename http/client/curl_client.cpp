#include "http/client/curl_client.hpp"

#include <csignal>
#include <stdexcept>

#include "http/client/multi_loop.hpp"
#include "http/client/transfer.hpp"

namespace omnistream::http::client {
namespace {

struct http_work {
  using transfer = client::transfer;
  using request = http_request;
  using callback = curl_client::callback;

  static void refuse(const callback& done, std::string_view why) {
    http_response response;
    response.what = http_response::outcome::not_sent;
    response.error = why;
    done(response);
  }
};

}  // namespace

void use_libcurl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised.");
}

void block_broken_pipes() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

class curl_client::loop : public multi_loop<http_work> {
 public:
  using multi_loop::multi_loop;
};

curl_client::curl_client(client_options options)
    : loop_(std::make_unique<loop>(std::move(options))) {}
curl_client::~curl_client() = default;

void curl_client::stop() {
  loop_->stop();
}

void curl_client::submit(http_request request, callback done) {
  loop_->submit(std::move(request), std::move(done));
}

std::size_t curl_client::in_flight() const {
  return loop_->in_flight();
}

}  // namespace omnistream::http::client
