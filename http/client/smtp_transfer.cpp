#include "http/client/smtp_transfer.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <stdexcept>
#include <utility>

#include <unistd.h>

#include "config/base/utf8.hpp"
#include "http/client/broken_pipes.hpp"

namespace omnistream::http::client {
namespace {

using outcome = smtp_response::outcome;
using stage = smtp_response::stage;

constexpr std::size_t reply_bytes_max = 400;  ///< of a reply that are kept
constexpr std::size_t code_digits = 3;
constexpr int code_go_on = 354;  ///< "Start mail input"
constexpr int code_done = 200;
constexpr int code_goodbye = 221;
constexpr int code_refused = 400;

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  if (const auto code = curl_easy_setopt(easy, option, value); code != CURLE_OK)
    throw std::runtime_error(std::string("libcurl refuses an option: ") + curl_easy_strerror(code));
}

/// The domain of the sender, as which we greet: what our machine is called is nobody's business.
std::string url_of(const outgoing_mail& mail) {
  const auto& via = mail.via;
  const bool is_v6 = via.host.find(':') != std::string::npos;
  const auto host = is_v6 ? '[' + via.host + ']' : via.host;
  return (via.how == smtp_server::security::tls ? "smtps://" : "smtp://") + host + ':' +
         std::to_string(via.port) + '/' + mail.from.substr(mail.from.rfind('@') + 1);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Without the code of RFC 3463 in front, such as `5.1.1`.
std::string_view without_status(std::string_view text) {
  const auto end = text.find(' ');
  if (end == std::string_view::npos || !is_digit(text.front())) return text;
  const auto status = text.substr(0, end);
  const bool is_status =
      std::ranges::count(status, '.') == 2 &&
      std::ranges::all_of(status, [](char c) { return is_digit(c) || c == '.'; });
  return is_status ? text.substr(end + 1) : text;
}

/// What cannot go better by itself: somebody must change the account or the server.
bool is_lasting(CURLcode code) {
  switch (code) {
    case CURLE_USE_SSL_FAILED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_LOGIN_DENIED:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return true;
    default:
      return false;
  }
}

}  // namespace

smtp_transfer::smtp_transfer(const smtp_options& options, const std::atomic<bool>& stopping)
    : easy_(curl_easy_init()),
      may_connect_(options.may_connect),
      total_timeout_(options.total_timeout),
      stopping_(stopping) {
  block_broken_pipes();
  if (easy_ == nullptr) throw std::bad_alloc();
  set_fixed_options(options);
}

/// libcurl says goodbye on a connection that is in order, and would wait for the answer for two
/// minutes: there is nothing to be heard any more.
smtp_transfer::~smtp_transfer() {
  cut_off(in_order_ ? SHUT_RD : SHUT_RDWR);
  easy_.reset();
}

void smtp_transfer::cut_off(int ways) {
  for (const auto one : sockets_) ::shutdown(one, ways);
}

void smtp_transfer::set_fixed_options(const smtp_options& options) {
  auto* easy = easy_.get();
  set(easy, CURLOPT_ERRORBUFFER, curl_error_);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_QUICK_EXIT, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(easy, CURLOPT_PROXY, "");  // none, also if the environment names one
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  // What sends a password; the others are for domains of our own.
  set(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options.total_timeout.count()));
  set(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
      static_cast<long>(std::chrono::ceil<std::chrono::seconds>(options.total_timeout).count()));
  set(easy, CURLOPT_MAXCONNECTS, 1L);
  set(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(options.idle_connection_max.count()));
  set(easy, CURLOPT_OPENSOCKETFUNCTION, &smtp_transfer::on_socket);
  set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(easy, CURLOPT_CLOSESOCKETFUNCTION, &smtp_transfer::on_socket_end);
  set(easy, CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION, &smtp_transfer::on_reply);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &smtp_transfer::on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy, CURLOPT_NOPROGRESS, 0L);
  set(easy, CURLOPT_XFERINFOFUNCTION, &smtp_transfer::on_progress);
  set(easy, CURLOPT_XFERINFODATA, static_cast<void*>(this));
}

smtp_response smtp_transfer::send(const outgoing_mail& mail) {
  replies_ = code_ = 0;
  writing_ = address_refused_ = held_back_ = false;
  may_begin_ = mail.may_begin;
  reply_.clear();
  lines_.clear();
  curl_error_[0] = '\0';
  deadline_ = std::chrono::steady_clock::now() + total_timeout_ + std::chrono::seconds{1};
  in_order_ = false;
  smtp_response response;
  try {
    set_mail_options(mail);
    const auto code = curl_easy_perform(easy_.get());
    in_order_ = code == CURLE_OK;
    response = response_of(code);
  } catch (const std::runtime_error& why) {  // a text longer than libcurl takes
    response.what = outcome::unusable;
    response.error = why.what();
  }
  let_go();
  return response;
}

void smtp_transfer::set_mail_options(const outgoing_mail& mail) {
  auto* easy = easy_.get();
  const auto& via = mail.via;
  message_.emplace(easy, mail);
  set(easy, CURLOPT_URL, url_of(mail).c_str());
  const bool in_clear = via.how == smtp_server::security::none;
  set(easy, CURLOPT_USE_SSL, static_cast<long>(in_clear ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  const bool logs_in = !via.user.empty() && via.password != nullptr;
  set(easy, CURLOPT_USERNAME, logs_in ? via.user.c_str() : nullptr);
  set(easy, CURLOPT_PASSWORD, logs_in ? via.password->c_str() : nullptr);
  set(easy, CURLOPT_MAIL_FROM, mail.from.c_str());
  for (const auto& one : mail.to) {
    auto* longer = curl_slist_append(recipients_.get(), one.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(recipients_.release());
    recipients_.reset(longer);
  }
  set(easy, CURLOPT_MAIL_RCPT, recipients_.get());
  set(easy, CURLOPT_HTTPHEADER, message_->headers());
  set(easy, CURLOPT_MIMEPOST, message_->body());
}

/// libcurl calls this with each address that it is about to dial. The last place where it can be
/// refused, after every resolver.
curl_socket_t smtp_transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& me = *static_cast<smtp_transfer*>(self);
  if (me.may_connect_ && !me.may_connect_(address->addr)) {
    me.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  const auto made = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (made >= 0) me.sockets_.push_back(made);
  return made;
}

int smtp_transfer::on_socket_end(void* self, curl_socket_t socket) {
  std::erase(static_cast<smtp_transfer*>(self)->sockets_, socket);
  return ::close(socket);
}

/// libcurl calls this with each line of a reply.
std::size_t smtp_transfer::on_reply(char* line, std::size_t size, std::size_t count, void* self) {
  auto& me = *static_cast<smtp_transfer*>(self);
  me.take_reply({line, size * count});
  if (me.code_ != code_go_on || !me.may_begin_) return size * count;
  me.held_back_ = !std::exchange(me.may_begin_, nullptr)();
  if (!me.held_back_) return size * count;
  // Else libcurl would say goodbye and wait for what the server says to that.
  me.cut_off(SHUT_RDWR);
  return 0;
}

int smtp_transfer::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& me = *static_cast<smtp_transfer*>(self);
  if (!me.stopping_ && std::chrono::steady_clock::now() < me.deadline_) return 0;
  // Else libcurl would say goodbye and wait for what the server says to that.
  me.cut_off(SHUT_RDWR);
  return 1;
}

/// Replies are no body.
std::size_t smtp_transfer::on_body(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

void smtp_transfer::take_reply(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.size() < code_digits || !std::ranges::all_of(line.substr(0, code_digits), is_digit))
    return;
  const auto text = without_status(line.substr(std::min(line.size(), code_digits + 1)));
  if (!text.empty() && lines_.size() + text.size() < reply_bytes_max)
    lines_ += (lines_.empty() ? "" : " ") + std::string(text);
  if (line.size() > code_digits && line[code_digits] == '-') return;
  const auto code = std::stoi(std::string(line.substr(0, code_digits)));
  auto whole = std::exchange(lines_, {});
  // libcurl says goodbye after a refusal, before it tells us.
  if (code == code_goodbye) return;
  ++replies_;
  code_ = code;
  reply_ = std::move(whole);
  writing_ = writing_ || code == code_go_on;
}

/// Nobody answered the mail. A server takes it when it has been told that this was all.
outcome smtp_transfer::unanswered() const {
  if (!writing_ || code_ != code_go_on) return outcome::not_sent;
  return message_ && !message_->all_read() ? outcome::broken : outcome::uncertain;
}

outcome smtp_transfer::outcome_of(CURLcode code) const {
  if (held_back_) return outcome::not_sent;
  // Also where libcurl was ended after the server's word.
  const bool taken = writing_ && code_ >= code_done && code_ < code_go_on;
  if (code == CURLE_OK || taken) return outcome::accepted;
  if (code_ >= code_refused) return outcome::refused;
  if (address_refused_ && code == CURLE_COULDNT_CONNECT) return outcome::unusable;
  if (!writing_ && is_lasting(code)) return outcome::unusable;
  return unanswered();
}

stage smtp_transfer::stage_of(CURLcode code) const {
  long connections = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &connections);
  if (code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED) return stage::login;
  return replies_ == 1 && connections > 0 ? stage::greeting : stage::mail;
}

smtp_response smtp_transfer::response_of(CURLcode code) const {
  smtp_response response;
  response.what = outcome_of(code);
  if (response.what == outcome::refused) {
    response.where = stage_of(code);
    response.code = code_;
    response.text = storable_text(reply_);
  } else if (response.what != outcome::accepted) {
    response.error = storable_text(failure(code));
  }
  return response;
}

std::string smtp_transfer::failure(CURLcode code) const {
  if (held_back_) return "The mail was held back before it was written.";
  if (address_refused_ && code == CURLE_COULDNT_CONNECT)
    return "The mail server has an address that must not be connected to.";
  if (code == CURLE_ABORTED_BY_CALLBACK)
    return stopping_ ? "The server is shutting down." : "The mail server took too long.";
  if (code == CURLE_USE_SSL_FAILED) return "The mail server offers no TLS.";
  if (code == CURLE_LOGIN_DENIED) return "The mail server offers no login with a password.";
  if (code == CURLE_OPERATION_TIMEDOUT) return "The mail server took too long.";
  if (code == CURLE_COULDNT_CONNECT) return "The mail server cannot be reached.";
  if (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING)
    return "The mail server ended the connection.";
  return curl_error_[0] != '\0' ? curl_error_ : curl_easy_strerror(code);
}

/// The handle outlives the mail.
void smtp_transfer::let_go() {
  auto* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_MIMEPOST, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, nullptr);
  message_.reset();
  recipients_.reset();
}

}  // namespace omnistream::http::client
