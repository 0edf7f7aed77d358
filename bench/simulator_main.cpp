#include <exception>
#include <iostream>

#include <signal.h>

#include "bench/graph_simulator/options.hpp"
#include "bench/graph_simulator/server.hpp"

namespace {

/// Blocks the signals that end the program, for this thread and all it will start; returns the set
/// to wait for.
sigset_t block_ending_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return ending;
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto options = graph_simulator::read_options(argc, argv, exit_code);
  if (!options) return exit_code;
  const auto ending = block_ending_signals();
  try {
    graph_simulator::server server(*options);
    std::cout << "graph-simulator listening on http://" << options->address << ":" << server.port()
              << std::endl;
    int signal_number = 0;
    sigwait(&ending, &signal_number);
    server.stop();
    std::cout << "graph-simulator ended: " << server.stats() << std::endl;
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "graph-simulator: " << error.what() << std::endl;
    return 1;
  }
}
