#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>

#include "http/client/mime_message.hpp"
#include "http/client/smtp_client.hpp"

namespace omnistream::http::client {

/// One easy handle of libcurl with the connection that it keeps, used for one mail after the other.
/// Not thread-safe.
class smtp_transfer {
 public:
  /// Both outlive it. A mail that is on its way when `stopping` becomes true is ended.
  smtp_transfer(const smtp_options& options, const std::atomic<bool>& stopping);
  ~smtp_transfer();
  smtp_transfer(const smtp_transfer&) = delete;
  smtp_transfer& operator=(const smtp_transfer&) = delete;

  /// Hands the mail over. Blocks for options.total_timeout at most.
  smtp_response send(const outgoing_mail& mail);

  /// Whether it may be used again. After anything but a mail that was accepted the server may say
  /// something yet that is no answer to the next one.
  bool in_order() const { return in_order_; }

 private:
  struct easy_deleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct list_deleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static curl_socket_t on_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_socket_end(void* self, curl_socket_t socket);
  static std::size_t on_reply(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  void set_fixed_options(const smtp_options& options);
  void set_mail_options(const outgoing_mail& mail);
  void take_reply(std::string_view line);
  smtp_response::outcome outcome_of(CURLcode code) const;
  smtp_response::outcome unanswered() const;
  smtp_response::stage stage_of(CURLcode code) const;
  std::string failure(CURLcode code) const;
  smtp_response response_of(CURLcode code) const;
  void let_go();
  void cut_off(int ways);

  std::unique_ptr<CURL, easy_deleter> easy_;
  const std::function<bool(const sockaddr&)> may_connect_;
  const std::chrono::milliseconds total_timeout_;
  const std::atomic<bool>& stopping_;
  std::chrono::steady_clock::time_point deadline_;
  std::vector<curl_socket_t> sockets_;  ///< that are open
  bool in_order_ = true;
  std::unique_ptr<curl_slist, list_deleter> recipients_;
  std::optional<mime_message> message_;
  int replies_ = 0;                  ///< that are complete
  int code_ = 0;                     ///< of the last one
  std::string reply_;                ///< its text, without codes
  std::string lines_;                ///< the same of the next one, as far as it came
  bool writing_ = false;             ///< the server has asked for the mail
  std::function<bool()> may_begin_;  ///< until the server asks for it
  bool held_back_ = false;           ///< it may not be written
  bool address_refused_ = false;     ///< by may_connect
  char curl_error_[CURL_ERROR_SIZE] = "";
};

}  // namespace omnistream::http::client
