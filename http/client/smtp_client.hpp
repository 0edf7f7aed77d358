#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/client/curl_client.hpp"

namespace omnistream::http::client {

/// A mail server that takes mails for the world, and who we are there.
struct smtp_server {
  enum class security : std::uint8_t {
    starttls,  ///< begins in the clear; nothing is said before TLS is on
    tls,
    none,
  };
  std::string host;  ///< a name or an address, without brackets
  int port = 587;
  security how = security::starttls;
  std::string user;                             ///< empty: nobody logs in
  std::shared_ptr<const std::string> password;  ///< null: none; never logged
};

struct mail_attachment {
  std::string filename;  ///< UTF-8
  std::string content_type;
  std::shared_ptr<const std::string> bytes;
};

/// A mail, ready to be handed over.
struct outgoing_mail {
  smtp_server via;
  std::string from;                  ///< address for the envelope, where failures are reported to
  std::vector<std::string> to;       ///< addresses for the envelope: everybody who gets it
  std::vector<std::string> headers;  ///< as mail_headers.hpp makes them, without those of MIME
  std::string text;                  ///< UTF-8; this or html is there
  std::string html;
  std::vector<mail_attachment> attachments;
};

/// What is known after a mail was to be handed over.
struct smtp_response {
  enum class outcome : std::uint8_t {
    accepted,   ///< the server has it
    refused,    ///< by the server: `code` says whether for good
    unusable,   ///< the server cannot be used as it is set: no TLS, a wrong certificate, an address
                ///< that must not be connected to
    not_sent,   ///< it did not come to the mail: safe to send again
    broken,     ///< the connection broke within the mail, which servers drop then
    uncertain,  ///< broke after the mail was written: it may or may not have been accepted
  };
  enum class stage : std::uint8_t { greeting, login, mail };

  outcome what = outcome::uncertain;
  stage where = stage::mail;  ///< when refused: what was
  int code = 0;               ///< when refused: of the reply
  std::string_view text;      ///< when refused: the reply without its codes, in one line
  std::string_view error;     ///< one sentence, unless accepted or refused
};

/// SMTP over libcurl's multi interface on one thread of its own: connections are kept and reused,
/// certificates are checked. A mail is never written twice.
class smtp_client {
 public:
  /// Called exactly once on the client's thread; must be short and must not throw. The views die
  /// with the call.
  using callback = std::function<void(const smtp_response&)>;

  explicit smtp_client(client_options options);
  ~smtp_client();  ///< as stop()
  smtp_client(const smtp_client&) = delete;
  smtp_client& operator=(const smtp_client&) = delete;

  /// Takes the mail at once; any thread, also from a callback. Never blocks on the network.
  void submit(outgoing_mail what, callback done);

  /// As curl_client::stop().
  void stop();

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

}  // namespace omnistream::http::client
