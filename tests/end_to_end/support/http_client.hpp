#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace omnistream::test {

using http_headers = std::vector<std::pair<std::string, std::string>>;

/// An answer as it came; status 0 if there was none.
struct http_answer {
  int status = 0;
  http_headers headers;
  std::string body;

  /// The first header of that name, compared without case; "" if absent.
  std::string header(std::string_view name) const;
  /// The body; a discarded value if it is no JSON.
  nlohmann::json json() const;
  /// The problem's code; "" if it is none.
  std::string code() const;
};

/// Calls one host of the loopback address over a kept-alive connection. For one thread.
class http_client {
 public:
  explicit http_client(std::uint16_t port);
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// `path` with its query. A body goes as application/json unless a Content-Type is given.
  http_answer send(const std::string& method, const std::string& path, const std::string& body = {},
                   const http_headers& headers = {});
  void set_timeout(std::chrono::milliseconds limit) { limit_ = limit; }

 private:
  struct handle;
  std::unique_ptr<handle> handle_;
  std::string host_;
  std::chrono::milliseconds limit_{60'000};
};

/// A port of the loopback address that nobody listens on, outside of the range the kernel takes
/// for outgoing connections: so it stays free while the server that has it is down.
std::uint16_t free_port();

}  // namespace omnistream::test
