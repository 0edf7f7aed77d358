#include "bench/load/closed_port.hpp"

#include <stdexcept>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace omnistream::load {

closed_port::closed_port() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int share = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool bound = setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &share, sizeof share) == 0 &&
                     bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                     getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  if (!bound) {
    close(socket_);
    throw std::runtime_error("no port is free");
  }
  number_ = ntohs(address.sin_port);
}

closed_port::~closed_port() {
  close(socket_);
}

}  // namespace omnistream::load
