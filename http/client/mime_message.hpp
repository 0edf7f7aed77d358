#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "http/client/smtp_client.hpp"

namespace omnistream::http::client {

/// A mail as libcurl writes it: its texts quoted-printable, its attachments base64. Reads from the
/// mail, which outlives it, as it is written. Used once.
class mime_message {
 public:
  /// Throws std::bad_alloc, and std::runtime_error where libcurl refuses a part.
  mime_message(CURL* easy, const outgoing_mail& what);
  mime_message(const mime_message&) = delete;
  mime_message& operator=(const mime_message&) = delete;

  curl_mime* body() const { return body_.get(); }
  /// The mail's own header fields, and what kind of parts it is made of.
  curl_slist* headers() const { return headers_.get(); }

  /// Whether libcurl has read it to its end. Before that the server cannot have been told that this
  /// is all.
  bool all_read() const { return last_ == nullptr || last_->at == last_->bytes.size(); }

 private:
  struct mime_deleter {
    void operator()(curl_mime* mime) const { curl_mime_free(mime); }
  };
  struct list_deleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using list_ptr = std::unique_ptr<curl_slist, list_deleter>;
  using mime_ptr = std::unique_ptr<curl_mime, mime_deleter>;
  /// How far one part was read.
  struct reader {
    std::string_view bytes;
    std::size_t at = 0;
  };

  static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* from);
  static int on_seek(void* in, curl_off_t offset, int origin);

  void add_header(const std::string& line);
  void add_texts(CURL* easy, const outgoing_mail& what);
  void add_text(curl_mime* to, const std::string& text, const char* type);
  void add_attachment(const mail_attachment& what);
  curl_mimepart* add_data(curl_mime* to, std::string_view bytes, const char* type,
                          const char* encoder);

  std::deque<std::string> texts_;  ///< with the ends of lines that mails have
  std::deque<reader> readers_;
  reader* last_ = nullptr;
  list_ptr headers_;
  mime_ptr body_;
};

}  // namespace omnistream::http::client
