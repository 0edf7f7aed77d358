#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "config/base/time.hpp"

namespace omnistream::http::api {

/// Slows down whoever guesses passwords: so many failed logins from one address for one email, and
/// the next ones are refused for a while. An attempt counts as failed from its beginning, so that
/// many at once gain nothing; succeeding forgets them all. In memory of this process. Thread-safe.
class login_throttle {
 public:
  static constexpr std::size_t failures_max = 10;
  static constexpr std::chrono::minutes window{15};
  static constexpr std::size_t entries_max = 10'000;

  /// Begins an attempt; or, if there were too many, says how long to wait.
  std::optional<std::chrono::seconds> begin(const std::string& who, timestamp now);
  void succeeded(const std::string& who);
  /// The attempt begun last came to no verdict on the password.
  void withdraw(const std::string& who);

 private:
  void make_room(timestamp now);

  std::mutex guard_;
  std::unordered_map<std::string, std::deque<timestamp>> attempts_;
};

}  // namespace omnistream::http::api
