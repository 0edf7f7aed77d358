#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace omnistream::http::server {

/// What the server knows of one open connection. Owned by its socket, used on the io thread only.
struct connection_record {
  std::uint64_t id = 0;
  int descriptor = -1;               ///< to end the connection from outside; -1 once it is closed
  bool request_in_hand = false;      ///< a complete request waits for its answer
  std::size_t unanswered_bytes = 0;  ///< received since the last answer began to leave
  std::function<void(std::uint64_t)> on_gone;

  connection_record(std::uint64_t number, int fd, std::function<void(std::uint64_t)> gone)
      : id(number), descriptor(fd), on_gone(std::move(gone)) {}
  ~connection_record() { on_gone(id); }
  connection_record(const connection_record&) = delete;
  connection_record& operator=(const connection_record&) = delete;
};

/// The reason RESTinio gave in its log for the close it does next. Both happen in one call on the
/// io thread, so one place per server is enough; whoever closes takes it.
class last_failure {
 public:
  void note(std::string cause) { cause_ = std::move(cause); }
  std::string take() { return std::exchange(cause_, {}); }

 private:
  std::string cause_;
};

}  // namespace omnistream::http::server
