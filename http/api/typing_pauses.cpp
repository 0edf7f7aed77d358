#include "http/api/typing_pauses.hpp"

namespace omnistream::http::api {
namespace {

bool is_over(const std::optional<timestamp>& last, timestamp now) {
  return !last || now < *last || now - *last >= typing_pauses::pause;
}

}  // namespace

typing_pauses::verdict typing_pauses::say(const uuid& conversation, const uuid& agent,
                                          bool is_typing, timestamp now) {
  const std::lock_guard lock(guard_);
  const std::pair who{conversation, agent};
  auto found = all_.find(who);
  if (found == all_.end()) {
    if (!make_room(now)) return {};
    found = all_.emplace(who, news{}).first;
  }
  auto& of = found->second;
  auto& told = of.told[is_typing ? 1 : 0];
  of.owed.reset();
  if (is_over(told, now)) {
    told = now;
    of.last = is_typing;
    return {true, std::nullopt};
  }
  if (of.last == is_typing) return {};
  of.owed = is_typing;
  if (std::exchange(of.is_awaited, true)) return {};
  return {false, std::chrono::ceil<std::chrono::milliseconds>(*told + pause - now)};
}

std::optional<bool> typing_pauses::due(const uuid& conversation, const uuid& agent, timestamp now) {
  const std::lock_guard lock(guard_);
  const auto found = all_.find({conversation, agent});
  if (found == all_.end()) return std::nullopt;
  auto& of = found->second;
  of.is_awaited = false;
  const auto owed = std::exchange(of.owed, std::nullopt);
  if (!owed) return std::nullopt;
  of.told[*owed ? 1 : 0] = now;
  of.last = *owed;
  return owed;
}

bool typing_pauses::make_room(timestamp now) {
  if (all_.size() < told_max) return true;
  std::erase_if(all_, [now](const auto& one) {
    const auto& of = one.second;
    return !of.is_awaited && is_over(of.told[0], now) && is_over(of.told[1], now);
  });
  return all_.size() < told_max;
}

}  // namespace omnistream::http::api
