#pragma once

#include <memory>
#include <optional>
#include <string>

#include <curl/curl.h>

#include "http/client/mime_message.hpp"
#include "http/client/smtp_client.hpp"

namespace omnistream::http::client {

/// One easy handle of libcurl, used for one mail after the other. Not thread-safe.
class smtp_transfer {
 public:
  explicit smtp_transfer(const client_options& options);
  smtp_transfer(const smtp_transfer&) = delete;
  smtp_transfer& operator=(const smtp_transfer&) = delete;

  CURL* handle() const { return easy_.get(); }

  /// Where the client keeps it among the active ones.
  std::size_t slot() const { return slot_; }
  void set_slot(std::size_t slot) { slot_ = slot; }

  /// Sets the handle up for a mail; nothing is sent yet. False: abandon() it.
  bool prepare(outgoing_mail what, smtp_client::callback done);

  /// Tells the callback what came of it, and lets go of the mail. `code` is libcurl's.
  void finish(CURLcode code);
  /// The same for a mail that libcurl was not allowed to end.
  void abandon(const char* why);

 private:
  struct easy_deleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct list_deleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static std::size_t on_reply(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);

  void set_fixed_options(const client_options& options);
  void set_mail_options();
  void take_reply(std::string_view line);
  smtp_response::outcome outcome_of(CURLcode code) const;
  smtp_response::outcome unanswered() const;
  smtp_response::stage stage_of(CURLcode code) const;
  std::string failure(CURLcode code) const;
  void tell(const smtp_response& response);

  std::unique_ptr<CURL, easy_deleter> easy_;
  const std::function<bool(const sockaddr&)> may_connect_;
  std::size_t slot_ = 0;
  outgoing_mail mail_;
  std::unique_ptr<curl_slist, list_deleter> recipients_;
  std::optional<mime_message> message_;
  smtp_client::callback done_;
  int replies_ = 0;               ///< that are complete
  int code_ = 0;                  ///< of the last one
  std::string reply_;             ///< its text, without codes
  std::string lines_;             ///< the same of the next one, as far as it came
  bool writing_ = false;          ///< the server has asked for the mail
  bool address_refused_ = false;  ///< by may_connect
  char curl_error_[CURL_ERROR_SIZE] = "";
};

}  // namespace omnistream::http::client
