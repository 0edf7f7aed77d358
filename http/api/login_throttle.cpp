#include "http/api/login_throttle.hpp"

#include <algorithm>

namespace omnistream::http::api {

std::optional<std::chrono::seconds> login_throttle::begin(const std::string& who, timestamp now) {
  const std::lock_guard lock(guard_);
  if (attempts_.size() >= entries_max && !attempts_.contains(who)) make_room(now);
  auto& times = attempts_[who];
  while (!times.empty() && times.front() + window <= now) times.pop_front();
  if (times.size() >= failures_max)
    return std::chrono::ceil<std::chrono::seconds>(times.front() + window - now);
  times.push_back(now);
  return std::nullopt;
}

void login_throttle::succeeded(const std::string& who) {
  const std::lock_guard lock(guard_);
  attempts_.erase(who);
}

void login_throttle::withdraw(const std::string& who) {
  const std::lock_guard lock(guard_);
  const auto found = attempts_.find(who);
  if (found == attempts_.end()) return;
  if (!found->second.empty()) found->second.pop_back();
  if (found->second.empty()) attempts_.erase(found);
}

void login_throttle::make_room(timestamp now) {
  std::erase_if(attempts_, [now](const auto& one) {
    return one.second.empty() || one.second.back() + window <= now;
  });
  if (attempts_.size() < entries_max) return;
  // All of them are recent: whoever tried longest ago is the least likely to be guessing now.
  attempts_.erase(std::min_element(
      attempts_.begin(), attempts_.end(),
      [](const auto& a, const auto& b) { return a.second.back() < b.second.back(); }));
}

}  // namespace omnistream::http::api
