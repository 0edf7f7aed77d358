#include "tests/end_to_end/support/http_client.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace omnistream::test {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, count);
  return count;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* to) {
  const std::string_view line(bytes, count);
  if (const auto colon = line.find(':'); colon != std::string_view::npos)
    static_cast<http_headers*>(to)->emplace_back(line.substr(0, colon),
                                                 trimmed(line.substr(colon + 1)));
  return count;
}

bool can_bind(std::uint16_t port) {
  const int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(to, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(to, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(to);
  return bound;
}

}  // namespace

std::string http_answer::header(std::string_view name) const {
  for (const auto& [known, value] : headers)
    if (same_name(known, name)) return value;
  return {};
}

nlohmann::json http_answer::json() const {
  return nlohmann::json::parse(body, nullptr, false);
}

std::string http_answer::code() const {
  const auto problem = json();
  return problem.is_object() ? problem.value("code", "") : "";
}

struct http_client::handle {
  CURL* curl = curl_easy_init();
};

http_client::http_client(std::uint16_t port)
    : handle_(std::make_unique<handle>()), host_("http://127.0.0.1:" + std::to_string(port)) {}

http_client::~http_client() {
  curl_easy_cleanup(handle_->curl);
}

http_answer http_client::send(const std::string& method, const std::string& path,
                              const std::string& body, const http_headers& headers) {
  http_answer got;
  CURL* to = handle_->curl;
  curl_easy_reset(to);
  curl_slist* lines = curl_slist_append(nullptr, "Expect:");
  bool typed = false;
  for (const auto& [name, value] : headers) {
    lines = curl_slist_append(lines, (name + ": " + value).c_str());
    typed = typed || same_name(name, "Content-Type");
  }
  if (!typed && !body.empty()) lines = curl_slist_append(lines, "Content-Type: application/json");
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> kept(lines,
                                                                         &curl_slist_free_all);
  const auto url = host_ + path;
  curl_easy_setopt(to, CURLOPT_URL, url.c_str());
  curl_easy_setopt(to, CURLOPT_PROXY, "");
  curl_easy_setopt(to, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(to, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(to, CURLOPT_TIMEOUT_MS, static_cast<long>(limit_.count()));
  curl_easy_setopt(to, CURLOPT_HTTPHEADER, lines);
  if (!body.empty() || (method != "GET" && method != "DELETE")) {
    curl_easy_setopt(to, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(to, CURLOPT_POSTFIELDS, body.c_str());
  }
  curl_easy_setopt(to, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(to, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(to, CURLOPT_WRITEDATA, &got.body);
  curl_easy_setopt(to, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(to, CURLOPT_HEADERDATA, &got.headers);
  if (curl_easy_perform(to) != CURLE_OK) return {};
  long status = 0;
  curl_easy_getinfo(to, CURLINFO_RESPONSE_CODE, &status);
  got.status = static_cast<int>(status);
  return got;
}

std::uint16_t free_port() {
  constexpr int first = 20'000;
  constexpr int count = 12'000;
  static int next = static_cast<int>(getpid()) * 101;
  for (int tried = 0; tried < count; ++tried) {
    const auto port = static_cast<std::uint16_t>(first + next++ % count);
    if (can_bind(port)) return port;
  }
  throw std::runtime_error("no port is free");
}

}  // namespace omnistream::test
