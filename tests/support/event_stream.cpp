#include "tests/support/event_stream.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace omnistream::test {
namespace {

/// The value of a line `name: value`; nothing if it is another line.
std::optional<std::string> field(const std::string& line, const std::string& name) {
  if (!line.starts_with(name + ":")) return std::nullopt;
  auto value = line.substr(name.size() + 1);
  if (value.starts_with(' ')) value.erase(0, 1);
  return value;
}

}  // namespace

event_stream::event_stream(std::uint16_t port, const std::string& credential,
                           const std::string& last_event_id, const std::string& query)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return;
  auto request = "GET /api/events" + query + " HTTP/1.1\r\nHost: test\r\n" + credential +
                 "\r\nAccept: text/event-stream\r\n";
  if (!last_event_id.empty()) request += "Last-Event-ID: " + last_event_id + "\r\n";
  request += "\r\n";
  ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
  const auto deadline = clock::now() + patience;
  auto end = std::string::npos;
  while ((end = raw_.find("\r\n\r\n")) == std::string::npos && fill(deadline)) {
  }
  if (end == std::string::npos) return;
  head_ = raw_.substr(0, end + 4);
  raw_.erase(0, end + 4);
  status_ = std::atoi(head_.c_str() + 9);
}

event_stream::~event_stream() {
  ::close(socket_);
}

bool event_stream::fill(clock::time_point deadline) {
  if (ended_) return false;
  const auto left = std::chrono::ceil<milliseconds>(deadline - clock::now()).count();
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) <= 0) return false;
  char bytes[64 * 1024];
  const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
  ended_ = got <= 0;
  if (!ended_) raw_.append(bytes, static_cast<std::size_t>(got));
  return !ended_;
}

void event_stream::take_chunks() {
  while (true) {
    const auto line = raw_.find("\r\n");
    if (line == std::string::npos) return;
    const auto length = static_cast<std::size_t>(std::strtoul(raw_.c_str(), nullptr, 16));
    if (raw_.size() < line + 2 + length + 2) return;
    complete_ = length == 0;
    text_ += raw_.substr(line + 2, length);
    raw_.erase(0, line + 2 + length + 2);
  }
}

std::optional<streamed_event> event_stream::take_event() {
  const auto end = text_.find("\n\n");
  if (end == std::string::npos) return std::nullopt;
  streamed_event taken;
  std::string data;
  for (std::size_t from = 0; from <= end;) {
    const auto stop = text_.find('\n', from);
    const auto line = text_.substr(from, stop - from);
    if (auto value = field(line, "event")) taken.type = *value;
    if (auto value = field(line, "data")) data += *value;
    if (auto value = field(line, "id")) position_ = taken.id = *value;
    from = stop + 1;
  }
  text_.erase(0, end + 2);
  if (!data.empty()) taken.data = nlohmann::json::parse(data);
  return taken;
}

std::optional<streamed_event> event_stream::next(milliseconds limit) {
  const auto deadline = clock::now() + limit;
  do {
    take_chunks();
    while (auto found = take_event())
      if (!found->data.is_null()) return found;
  } while (fill(deadline));
  return std::nullopt;
}

std::optional<streamed_event> event_stream::next_change(milliseconds limit) {
  const auto deadline = clock::now() + limit;
  while (auto found = next(std::chrono::ceil<milliseconds>(deadline - clock::now())))
    if (found->type != "campaign.progress") return found;
  return std::nullopt;
}

std::vector<std::string> event_stream::types_until(const std::string& type, milliseconds limit) {
  std::vector<std::string> types;
  while (types.empty() || types.back() != type) {
    const auto found = next_change(limit);
    if (!found) break;
    types.push_back(found->type);
  }
  return types;
}

bool event_stream::ends(milliseconds limit) {
  const auto deadline = clock::now() + limit;
  while (fill(deadline)) {
  }
  take_chunks();
  return ended_;
}

}  // namespace omnistream::test
