#pragma once

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace omnistream::http::client::testing_support {

inline constexpr int patience_ms = 10'000;  ///< no single step of a script takes longer

/// One accepted connection, played by hand. Every wait is bounded.
class connection {
 public:
  explicit connection(int fd) : fd_(fd) {}
  ~connection() { close(); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Reads headers and the whole body; nothing if the peer closes first. `wire` keeps whatever
  /// came.
  std::optional<std::string> read_request() {
    std::size_t end = std::string::npos;
    while ((end = wire.find("\r\n\r\n")) == std::string::npos)
      if (!read_some()) return std::nullopt;
    const auto at = wire.find("Content-Length: ");
    const std::size_t length = at < end ? std::strtoul(wire.c_str() + at + 16, nullptr, 10) : 0;
    while (wire.size() < end + 4 + length)
      if (!read_some()) return std::nullopt;
    auto request = wire.substr(0, end + 4 + length);
    wire.erase(0, request.size());
    return request;
  }

  /// False when the peer has closed or patience ends.
  bool read_some(std::size_t bytes_max = 65'536) {
    pollfd one{fd_, POLLIN, 0};
    if (fd_ < 0 || ::poll(&one, 1, patience_ms) <= 0) return false;
    std::string buffer(bytes_max, '\0');
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    wire.append(buffer, 0, static_cast<std::size_t>(got));
    return true;
  }

  bool write(const std::string& text) {
    for (std::size_t at = 0; at < text.size();) {
      const auto sent = ::send(fd_, text.data() + at, text.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return false;
      at += static_cast<std::size_t>(sent);
    }
    return true;
  }

  bool answer(const std::string& body, const std::string& status = "200 OK",
              const std::string& headers = "") {
    return write("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
  }

  void wait_for_close() {
    while (read_some()) {
    }
  }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  /// RST instead of FIN.
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }

  int fd() const { return fd_; }

  std::string wire;  ///< read and not yet taken

 private:
  int fd_;
};

/// Listens on a free port of the loopback and plays `script` on each connection in a thread of its
/// own.
class scripted_server {
 public:
  using script =
      std::function<void(connection&, int number)>;  ///< number of the connection, from 1

  explicit scripted_server(script play) : play_(std::move(play)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~scripted_server() {
    stopping_ = true;
    acceptor_.join();
    {
      // Ends reads that still wait; the scripts' threads close their sockets.
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& one : players_) one.join();
    ::close(listener_);
  }

  int port() const { return port_; }
  std::string url(const std::string& path = "") const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  int connections() const { return connections_; }

 private:
  void accept_all() {
    while (!stopping_) {
      pollfd one{listener_, POLLIN, 0};
      if (::poll(&one, 1, 10) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      {
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
      }
      players_.emplace_back([this, fd, number = ++connections_] {
        connection peer(fd);
        play_(peer, number);
        const std::lock_guard lock(mutex_);
        std::erase(open_, fd);
        peer.close();
      });
    }
  }

  script play_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> players_;
  std::thread acceptor_;
};

/// Values that callbacks on other threads leave, waited for with a deadline.
template <class T>
class collected {
 public:
  void add(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
  }
  std::vector<T> values() const {
    const std::lock_guard lock(mutex_);
    return values_;
  }
  /// All values once there are `count`, or what there is when patience ends.
  std::vector<T> wait_for(std::size_t count) const {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds{2 * patience_ms};
    while (values().size() < count && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return values();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<T> values_;
};

}  // namespace omnistream::http::client::testing_support
