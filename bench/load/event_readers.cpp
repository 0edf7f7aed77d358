#include "bench/load/event_readers.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <stdexcept>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace omnistream::load {
namespace {

constexpr std::string_view mark_begins = "<<t=";
constexpr std::string_view mark_ends = ">>";
constexpr std::size_t mark_bytes_max = 40;
constexpr int wait_ms = 100;

}  // namespace

std::string time_mark(steady::time_point at) {
  return std::string(mark_begins) + std::to_string(at.time_since_epoch().count()) +
         std::string(mark_ends);
}

std::vector<steady::time_point> mark_finder::take(std::string_view piece) {
  rest_ += piece;
  std::vector<steady::time_point> found;
  std::size_t from = 0;
  while (true) {
    const auto begin = rest_.find(mark_begins, from);
    const auto end = begin == std::string::npos ? begin : rest_.find(mark_ends, begin);
    if (end == std::string::npos) break;
    steady::rep count = 0;
    std::from_chars(rest_.data() + begin + mark_begins.size(), rest_.data() + end, count);
    found.emplace_back(steady::duration(count));
    from = end + mark_ends.size();
  }
  rest_.erase(0, std::max(from, rest_.size() - std::min(rest_.size(), mark_bytes_max)));
  return found;
}

event_readers::event_readers(std::uint16_t port, const std::string& api_key, int streams) {
  try {
    for (int i = 0; i < streams; ++i) connect(port, api_key);
  } catch (...) {
    for (const auto& one : streams_) ::close(one.socket);
    throw;
  }
  open_ = streams;
  thread_ = std::thread([this] { run(); });
}

event_readers::~event_readers() {
  stopping_ = true;
  thread_.join();
  for (const auto& one : streams_) ::close(one.socket);
}

latencies event_readers::times() const {
  const std::lock_guard lock(mutex_);
  return times_;
}

/// With the head of the answer; what the stream says first comes after it.
void event_readers::connect(std::uint16_t port, const std::string& api_key) {
  auto& added = streams_.emplace_back();
  added.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto request =
      "GET /api/events HTTP/1.1\r\nHost: load\r\nX-API-Key: " + api_key + "\r\n\r\n";
  char answer[4'096];
  ssize_t got = -1;
  if (::connect(added.socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      ::send(added.socket, request.data(), request.size(), MSG_NOSIGNAL) > 0)
    got = ::recv(added.socket, answer, sizeof answer, 0);
  const std::string_view head(answer, got > 0 ? static_cast<std::size_t>(got) : 0);
  if (!head.starts_with("HTTP/1.1 200 "))
    throw std::runtime_error("a stream of events was not opened: " + std::string(head));
  ::fcntl(added.socket, F_SETFL, O_NONBLOCK);
}

void event_readers::run() {
  const int all = ::epoll_create1(EPOLL_CLOEXEC);
  for (auto& one : streams_) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.ptr = &one;
    ::epoll_ctl(all, EPOLL_CTL_ADD, one.socket, &wanted);
  }
  std::vector<epoll_event> ready(256);
  while (!stopping_) {
    const int count = ::epoll_wait(all, ready.data(), static_cast<int>(ready.size()), wait_ms);
    for (int i = 0; i < count; ++i) {
      auto& from = *static_cast<stream*>(ready[static_cast<std::size_t>(i)].data.ptr);
      const auto before = open_.load();
      read(from);
      if (open_ < before) ::epoll_ctl(all, EPOLL_CTL_DEL, from.socket, nullptr);
    }
  }
  ::close(all);
}

void event_readers::read(stream& from) {
  char bytes[64 * 1024];
  const auto got = ::recv(from.socket, bytes, sizeof bytes, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    --open_;
    return;
  }
  const auto now = steady::now();
  const auto marks = from.marks.take({bytes, static_cast<std::size_t>(got)});
  if (marks.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const auto at : marks) times_.add(now - at);
  events_ += marks.size();
}

}  // namespace omnistream::load
