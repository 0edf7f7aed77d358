#pragma once

#include <chrono>
#include <stdexcept>

namespace omnistream::load {

using steady = std::chrono::steady_clock;

/// Somebody pressed Ctrl-C, or SIGTERM came: everything is to be ended and tidied up.
struct interrupted : std::runtime_error {
  interrupted() : std::runtime_error("interrupted") {}
};

/// Takes SIGINT and SIGTERM out of all threads and has them noted; call it before the first thread
/// is started. A signal more than a second later ends the program at once, and its
/// children with it.
void note_interruptions();

bool is_interrupted();

/// Sleep on any thread; throw `interrupted` as soon as somebody wants the end.
void sleep_until(steady::time_point when);
void sleep_for(std::chrono::nanoseconds length);

}  // namespace omnistream::load
