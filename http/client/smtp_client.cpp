#include "http/client/smtp_client.hpp"

#include <utility>

#include "http/client/multi_loop.hpp"
#include "http/client/smtp_transfer.hpp"

namespace omnistream::http::client {
namespace {

struct smtp_work {
  using transfer = smtp_transfer;
  using request = outgoing_mail;
  using callback = smtp_client::callback;

  static void refuse(const callback& done, std::string_view why) {
    smtp_response response;
    response.what = smtp_response::outcome::not_sent;
    response.error = why;
    done(response);
  }
};

}  // namespace

class smtp_client::loop : public multi_loop<smtp_work> {
 public:
  using multi_loop::multi_loop;
};

smtp_client::smtp_client(client_options options)
    : loop_(std::make_unique<loop>(std::move(options))) {}
smtp_client::~smtp_client() = default;

void smtp_client::submit(outgoing_mail what, callback done) {
  loop_->submit(std::move(what), std::move(done));
}

void smtp_client::stop() {
  loop_->stop();
}

}  // namespace omnistream::http::client
