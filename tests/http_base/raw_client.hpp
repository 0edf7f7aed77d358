#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace omnistream::testing {

/// A TCP connection to a server on loopback, for tests that must say things no HTTP library says.
class raw_client {
 public:
  static constexpr std::chrono::seconds patience{20};

  explicit raw_client(std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      ::close(socket_);
      throw std::runtime_error("connect refused");
    }
  }
  ~raw_client() { ::close(socket_); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  /// False when the peer has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  struct answer {
    int status = 0;  ///< 0: the connection ended without one
    std::string head;
    std::string body;
    std::string header(std::string_view name) const {
      const auto at = head.find("\r\n" + std::string(name) + ": ");
      if (at == std::string::npos) return {};
      const auto from = at + name.size() + 4;
      return head.substr(from, head.find("\r\n", from) - from);
    }
  };

  /// The next whole answer; `has_body` is false for the answer to HEAD.
  answer receive(bool has_body = true) {
    answer got;
    while (buffer_.find("\r\n\r\n") == std::string::npos)
      if (!fill()) return got;
    const auto end = buffer_.find("\r\n\r\n") + 4;
    got.head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    got.status = std::atoi(got.head.c_str() + 9);
    if (!has_body || got.status < 200) return got;
    const auto length = static_cast<std::size_t>(std::atol(got.header("Content-Length").c_str()));
    while (buffer_.size() < length && fill()) {
    }
    got.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return got;
  }

  /// What comes until `end` has come, and that; less if the connection ends before.
  std::string until(std::string_view end) {
    auto found = buffer_.find(end);
    while (found == std::string::npos && fill()) found = buffer_.find(end);
    const auto length = found == std::string::npos ? buffer_.size() : found + end.size();
    auto got = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return got;
  }

  /// True when something can be received now, be it the end.
  bool readable() const {
    pollfd waiting{socket_, POLLIN, 0};
    return !buffer_.empty() || ::poll(&waiting, 1, 0) > 0;
  }

  /// True when the server ends the connection (within the patience) without another byte.
  bool closed() { return buffer_.empty() && !fill(); }

 private:
  bool fill() {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) <= 0)
      throw std::runtime_error("the server neither answered nor closed");
    char bytes[16 * 1024];
    const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int socket_;
  std::string buffer_;
};

}  // namespace omnistream::testing
