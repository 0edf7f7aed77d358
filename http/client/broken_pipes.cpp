#include "http/client/broken_pipes.hpp"

#include <csignal>

namespace omnistream::http::client {

void block_broken_pipes() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

}  // namespace omnistream::http::client
