#include "http/client/transfer.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

#include "config/base/text.hpp"

namespace omnistream::http::client {
namespace {

static_assert(LIBCURL_VERSION_NUM >= 0x075700, "CURLOPT_QUICK_EXIT is needed");

constexpr std::size_t buffer_kept_bytes_max =
    64 * 1'024;  ///< larger response buffers are given back

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  if (const auto code = curl_easy_setopt(easy, option, value); code != CURLE_OK)
    throw std::runtime_error(std::string("libcurl refuses an option: ") + curl_easy_strerror(code));
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

const std::shared_ptr<const header_list>& no_headers() {
  static const auto list = header_list::make({});
  return list;
}

void empty(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > buffer_kept_bytes_max) buffer.shrink_to_fit();
}

}  // namespace

bool header_list::add(std::initializer_list<std::string_view> lines) {
  for (const auto line : lines) {
    const auto colon = line.find(':');
    const bool clean = line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
    auto* longer =
        clean && colon != 0 && colon != std::string_view::npos
            ? curl_slist_append(static_cast<curl_slist*>(lines_), std::string(line).c_str())
            : nullptr;
    if (longer == nullptr) return false;
    lines_ = longer;
  }
  return true;
}

std::shared_ptr<const header_list> header_list::make(
    std::initializer_list<std::string_view> lines) {
  std::shared_ptr<header_list> made(new header_list);
  // libcurl repeats a request without "Expect" when a server refuses that header: never send it.
  return made->add({"Expect:"}) && made->add(lines) ? made : nullptr;
}

std::shared_ptr<const header_list> header_list::make_signed(
    std::initializer_list<std::string_view> lines) {
  // libcurl would sign the header "Expect:" though it is not sent.
  std::shared_ptr<header_list> made(new header_list);
  return made->add(lines) ? made : nullptr;
}

header_list::~header_list() {
  curl_slist_free_all(static_cast<curl_slist*>(lines_));
}

std::optional<std::string_view> http_response::header(std::string_view name) const {
  for (std::size_t at = 0; at < headers.size();) {
    const auto end = std::min(headers.find('\n', at), headers.size());
    const auto line = headers.substr(at, end - at);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && same_name(line.substr(0, colon), name))
      return trimmed(line.substr(colon + 1));
    at = end + 1;
  }
  return std::nullopt;
}

transfer::transfer(const client_options& options)
    : easy_(curl_easy_init()),
      total_timeout_(options.total_timeout),
      response_bytes_max_(options.response_bytes_max),
      cut_large_answers_(options.cut_large_answers),
      https_only_(options.https_only),
      may_connect_(options.may_connect) {
  if (easy_ == nullptr) throw std::bad_alloc();
  set_fixed_options(options);
}

/// Everything that matters is set here, defaults of libcurl too, so that it can be read in one
/// place.
void transfer::set_fixed_options(const client_options& options) {
  auto* easy = easy_.get();
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy, CURLOPT_ERRORBUFFER, curl_error_);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer must not hold up the client's thread: without it, libcurl
  // waits there for the lookup that it has given up.
  set(easy, CURLOPT_QUICK_EXIT, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, https_only_ ? "https" : "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_file.empty()) set(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  set(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(options.idle_connection_max.count()));
  if (options.signer) {
    const auto& by = *options.signer;
    const auto scope = "aws:amz:" + by.region + ':' + by.service;
    set(easy, CURLOPT_AWS_SIGV4, scope.c_str());
    set(easy, CURLOPT_USERNAME, by.key_id.c_str());
    set(easy, CURLOPT_PASSWORD, by.key.reveal().c_str());
  }
  if (may_connect_) {
    set(easy, CURLOPT_OPENSOCKETFUNCTION, &transfer::on_socket);
    set(easy, CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
    set(easy, CURLOPT_PROXY, "");  // none, also if the environment names one
  }
  set(easy, CURLOPT_PREREQFUNCTION, &transfer::on_attempt);
  set(easy, CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION, &transfer::on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &transfer::on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
}

bool transfer::prepare(http_request request, curl_client::callback done) {
  request_ = std::move(request);
  if (request_.headers == nullptr) request_.headers = no_headers();
  done_ = std::move(done);
  written_ = attempted_again_ = too_large_ = cut_ = address_refused_ = false;
  empty(body_);
  empty(headers_);
  curl_error_[0] = '\0';
  try {
    set_request_options();
  } catch (const std::runtime_error&) {  // a text longer than libcurl takes
    return false;
  }
  return true;
}

void transfer::set_request_options() {
  auto* easy = easy_.get();
  set(easy, CURLOPT_URL, request_.url.c_str());
  set(easy, CURLOPT_HTTPHEADER, static_cast<curl_slist*>(request_.headers->lines_));
  set(easy, CURLOPT_TIMEOUT_MS,
      static_cast<long>(request_.total_timeout.value_or(total_timeout_).count()));
  if (request_.method == "GET" && request_.body.empty()) {
    set(easy, CURLOPT_HTTPGET, 1L);
    set(easy, CURLOPT_CUSTOMREQUEST, static_cast<char*>(nullptr));
    return;
  }
  if (request_.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
    set(easy, CURLOPT_CUSTOMREQUEST, static_cast<char*>(nullptr));
    return;
  }
  // Every other method goes as a POST under its own name: libcurl's way to send a body from memory,
  // in one piece with the headers.
  set(easy, CURLOPT_POST, 1L);
  const std::string_view body =
      request_.body_owner != nullptr ? request_.large_body : std::string_view(request_.body);
  set(easy, CURLOPT_POSTFIELDS, body.data());
  set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  set(easy, CURLOPT_CUSTOMREQUEST,
      request_.method == "POST" ? static_cast<const char*>(nullptr) : request_.method.c_str());
}

/// libcurl calls this with each address that it is about to dial. The last place where it can be
/// refused, after every resolver.
curl_socket_t transfer::on_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& me = *static_cast<transfer*>(self);
  if (!me.may_connect_(address->addr)) {
    me.address_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/// libcurl calls this on a ready connection in front of every attempt to write the request, its own
/// repetitions too. This is the one gate through which a message passes once.
int transfer::on_attempt(void* self, char*, char*, int, int) {
  auto& me = *static_cast<transfer*>(self);
  if (me.written_ && !me.repeatable()) {
    me.attempted_again_ = true;
    return CURL_PREREQFUNC_ABORT;
  }
  me.written_ = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t transfer::response_bytes_max() const {
  return request_.response_bytes_max.value_or(response_bytes_max_);
}

bool transfer::take_bytes(std::string& into, const char* data, std::size_t size) {
  too_large_ = too_large_ || headers_.size() + body_.size() + size > response_bytes_max();
  if (too_large_) return false;
  into.append(data, size);
  return true;
}

std::size_t transfer::on_header(char* line, std::size_t size, std::size_t count, void* self) {
  auto& me = *static_cast<transfer*>(self);
  const std::string_view text(line, size * count);
  if (text.starts_with("HTTP/")) me.headers_.clear();  // of 100 Continue or of a proxy's CONNECT
  return me.take_bytes(me.headers_, line, size * count) ? size * count : 0;
}

std::size_t transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& me = *static_cast<transfer*>(self);
  const auto used = me.headers_.size() + me.body_.size();
  if (me.cut_large_answers_ && used + size * count > me.response_bytes_max()) {
    me.body_.append(data, me.response_bytes_max() - used);
    me.cut_ = true;
    return 0;
  }
  if (me.body_.empty()) me.make_room();
  return me.take_bytes(me.body_, data, size * count) ? size * count : 0;
}

/// For the body that the server tells of, so that a large one is not moved while it grows.
void transfer::make_room() {
  curl_off_t told = -1;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &told);
  if (told > 0 && static_cast<std::size_t>(told) <= response_bytes_max())
    body_.reserve(static_cast<std::size_t>(told));
}

bool transfer::repeatable() const {
  return request_.repeatable || request_.method == "GET" || request_.method == "HEAD";
}

void transfer::finish(CURLcode code) {
  using outcome = http_response::outcome;
  http_response response;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  std::string error;
  if (code == CURLE_OK || cut_) {
    response.what = outcome::answered;
    response.body = body_;
    response.body_buffer = &body_;
  } else {
    response.what = written_ && !repeatable() ? outcome::uncertain : outcome::not_sent;
    error = failure(code);
    response.error = error;
  }
  response.headers = headers_;
  tell(response);
}

std::string transfer::failure(CURLcode code) const {
  if (too_large_)
    return "The answer is larger than " + std::to_string(response_bytes_max()) + " bytes.";
  if (attempted_again_) return "The connection was closed before the server answered.";
  if (address_refused_ && code == CURLE_COULDNT_CONNECT)
    return "The host has an address that must not be connected to.";
  if (https_only_ && code == CURLE_UNSUPPORTED_PROTOCOL)
    return "The URL does not begin with https.";
  return curl_error_[0] != '\0' ? curl_error_ : curl_easy_strerror(code);
}

void transfer::abandon(const char* why) {
  using outcome = http_response::outcome;
  http_response response;
  response.what = written_ && !repeatable() ? outcome::uncertain : outcome::not_sent;
  response.error = why;
  tell(response);
}

void transfer::tell(http_response response) {
  const auto done = std::exchange(done_, nullptr);
  done(response);
  request_ = {};
  empty(body_);
}

}  // namespace omnistream::http::client
