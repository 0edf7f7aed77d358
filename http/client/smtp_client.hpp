#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

namespace omnistream::http::client {

/// Limits and ways of one client.
struct smtp_options {
  std::size_t connections_max = 64;             ///< and mails on their way at once
  std::size_t connections_per_server_max = 16;  ///< further mails wait for it, others go past them
  std::size_t mails_waiting_max = 20'000;       ///< for their turn; further ones are refused
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds total_timeout{60'000};  ///< of one mail, connecting included
  std::chrono::seconds idle_connection_max{20};     ///< kept ones are closed after it
  std::string ca_file;                              ///< PEM; empty: the system's
  /// If set: whether an address may be connected to. Asked with each address that is dialled.
  std::function<bool(const sockaddr&)> may_connect;
};

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
  /// If set: whether the mail may be written. Asked once, on the mail's thread, when the server is
  /// ready for its first byte; may block for a second or two.
  std::function<bool()> may_begin{};
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
  std::string text;           ///< when refused: the reply without its codes, in one line
  std::string error;          ///< one sentence, unless accepted or refused
};

/// SMTP over libcurl, each mail on a thread of its own: while it waits for the answer to a mail
/// libcurl blocks, however long the server takes. Threads are made when they are needed, keep their
/// last connection for the next mail, and check certificates. A mail is never written twice.
class smtp_client {
 public:
  /// Called exactly once, on the mail's thread, or within submit() if the client takes it no more;
  /// must be short and must not throw.
  using callback = std::function<void(smtp_response)>;

  explicit smtp_client(smtp_options options);
  ~smtp_client();  ///< as stop()
  smtp_client(const smtp_client&) = delete;
  smtp_client& operator=(const smtp_client&) = delete;

  /// Takes the mail at once; any thread, also from a callback. Never blocks on the network.
  void submit(outgoing_mail what, callback done);

  /// Refuses what waits (not_sent) and ends what is on its way, within about a second. All
  /// callbacks were called when it returns. Must not be called from a callback.
  void stop();

 private:
  class pool;
  std::unique_ptr<pool> pool_;
};

}  // namespace omnistream::http::client
