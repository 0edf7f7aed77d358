#pragma once

#include <chrono>
#include <thread>

namespace omnistream::test {

/// Asks `condition` again and again until it is true or `limit` is over; gives its last word. The
/// limit only bounds a failing test.
template <class Condition>
bool eventually(Condition condition, std::chrono::seconds limit = std::chrono::seconds(30)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace omnistream::test
