#include "http/client/mime_message.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <stdexcept>

#include "http/client/mail_headers.hpp"

namespace omnistream::http::client {
namespace {

void check(CURLcode code) {
  if (code != CURLE_OK)
    throw std::runtime_error(std::string("libcurl refuses a part: ") + curl_easy_strerror(code));
}

/// CR LF whatever ended the lines.
std::string with_mail_lines(std::string_view text) {
  std::string made;
  made.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' && text[i] != '\n') {
      made += text[i];
      continue;
    }
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    made += "\r\n";
  }
  return made;
}

}  // namespace

mime_message::mime_message(CURL* easy, const outgoing_mail& what) : body_(curl_mime_init(easy)) {
  if (body_ == nullptr) throw std::bad_alloc();
  for (const auto& line : what.headers) add_header(line);
  const bool both = !what.text.empty() && !what.html.empty();
  if (both && what.attachments.empty()) add_header("Content-Type: multipart/alternative");
  add_texts(easy, what);
  for (const auto& one : what.attachments) add_attachment(one);
}

void mime_message::add_header(const std::string& line) {
  auto* longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(headers_.release());
  headers_.reset(longer);
}

/// Where there are two and attachments, the two are one part, of which a reader shows either.
void mime_message::add_texts(CURL* easy, const outgoing_mail& what) {
  const bool both = !what.text.empty() && !what.html.empty();
  mime_ptr own;
  if (both && !what.attachments.empty()) own.reset(curl_mime_init(easy));
  auto* to = own ? own.get() : body_.get();
  if (!what.text.empty()) add_text(to, what.text, "text/plain; charset=utf-8");
  if (!what.html.empty()) add_text(to, what.html, "text/html; charset=utf-8");
  if (!own) return;
  auto* part = curl_mime_addpart(body_.get());
  if (part == nullptr) throw std::bad_alloc();
  check(curl_mime_subparts(part, own.release()));
  check(curl_mime_type(part, "multipart/alternative"));
}

void mime_message::add_text(curl_mime* to, const std::string& text, const char* type) {
  texts_.push_back(with_mail_lines(text));
  add_data(to, texts_.back(), type, "quoted-printable");
}

void mime_message::add_attachment(const mail_attachment& what) {
  auto* part = add_data(body_.get(), *what.bytes, what.content_type.c_str(), "base64");
  auto* list = curl_slist_append(nullptr, attachment_header(what.filename).c_str());
  if (list == nullptr) throw std::bad_alloc();
  check(curl_mime_headers(part, list, 1));
}

curl_mimepart* mime_message::add_data(curl_mime* to, std::string_view bytes, const char* type,
                                      const char* encoder) {
  auto* part = curl_mime_addpart(to);
  if (part == nullptr) throw std::bad_alloc();
  readers_.push_back({bytes});
  last_ = &readers_.back();
  check(curl_mime_data_cb(part, static_cast<curl_off_t>(bytes.size()), &mime_message::on_read,
                          &mime_message::on_seek, nullptr, last_));
  check(curl_mime_type(part, type));
  check(curl_mime_encoder(part, encoder));
  return part;
}

std::size_t mime_message::on_read(char* into, std::size_t size, std::size_t count, void* from) {
  auto& source = *static_cast<reader*>(from);
  const auto taken = std::min(size * count, source.bytes.size() - source.at);
  std::memcpy(into, source.bytes.data() + source.at, taken);
  source.at += taken;
  return taken;
}

int mime_message::on_seek(void* in, curl_off_t offset, int origin) {
  auto& source = *static_cast<reader*>(in);
  const bool known =
      origin == SEEK_SET && offset >= 0 && static_cast<std::size_t>(offset) <= source.bytes.size();
  if (!known) return CURL_SEEKFUNC_FAIL;
  source.at = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

}  // namespace omnistream::http::client
