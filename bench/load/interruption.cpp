#include "bench/load/interruption.hpp"

#include <atomic>
#include <thread>

#include <signal.h>
#include <time.h>
#include <unistd.h>

namespace omnistream::load {
namespace {

std::atomic<bool> wanted = false;

/// How long an interruption may go unnoticed.
constexpr std::chrono::milliseconds look_interval{50};

/// A second signal so soon is the same wish: some programs send it to us and to our group.
constexpr std::chrono::seconds patience{1};

}  // namespace

void note_interruptions() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signal(SIGPIPE, SIG_IGN);
  std::thread([ending] {
    constexpr int ended_by_signal = 128;
    steady::time_point first{};
    int received = 0;
    while (sigwait(&ending, &received) == 0) {
      if (!wanted.exchange(true))
        first = steady::now();
      else if (steady::now() - first > patience)
        _exit(ended_by_signal + received);
    }
  }).detach();
}

bool is_interrupted() {
  return wanted;
}

void sleep_until(steady::time_point when) {
  while (true) {
    if (is_interrupted()) throw interrupted();
    const auto now = steady::now();
    if (now >= when) return;
    std::this_thread::sleep_until(std::min<steady::time_point>(when, now + look_interval));
  }
}

void sleep_for(std::chrono::nanoseconds length) {
  sleep_until(steady::now() + length);
}

}  // namespace omnistream::load
