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
  of.owed.reset();
  of.retries = 0;
  if (of.is_being_told) {
    if (of.last != is_typing)
      of.owed = is_typing;
    else
      of.is_promised = true;
    return {};
  }
  if (is_over(of.told[is_typing ? 1 : 0], now)) {
    begin(of, is_typing, now);
    return {true, std::nullopt};
  }
  if (of.last == is_typing) return {};
  of.owed = is_typing;
  return {false, await(of, now)};
}

std::optional<bool> typing_pauses::due(const uuid& conversation, const uuid& agent, timestamp now) {
  const std::lock_guard lock(guard_);
  const auto found = all_.find({conversation, agent});
  if (found == all_.end()) return std::nullopt;
  auto& of = found->second;
  of.is_awaited = false;
  if (of.is_being_told) return std::nullopt;  // when that has ended there is a look at what is owed
  const auto owed = std::exchange(of.owed, std::nullopt);
  if (owed) begin(of, *owed, now);
  return owed;
}

std::optional<std::chrono::milliseconds> typing_pauses::ended(const uuid& conversation,
                                                              const uuid& agent, outcome what,
                                                              timestamp now) {
  const std::lock_guard lock(guard_);
  const auto found = all_.find({conversation, agent});
  if (found == all_.end()) return std::nullopt;
  auto& of = found->second;
  of.is_being_told = false;
  if (what == outcome::told) return of.owed ? await(of, now) : std::nullopt;
  of.told[of.last ? 1 : 0].reset();
  const bool missed = std::exchange(of.last, !of.last);
  const bool is_expected = what == outcome::failed || of.is_promised;
  if (is_expected && !of.owed && of.retries < retries_max) {
    ++of.retries;
    of.owed = missed;
  }
  if (!of.owed || std::exchange(of.is_awaited, true)) return std::nullopt;
  return retry_wait;
}

/// Nothing if somebody comes for what is owed already.
std::optional<std::chrono::milliseconds> typing_pauses::await(news& of, timestamp now) {
  if (std::exchange(of.is_awaited, true)) return std::nullopt;
  const auto& told = of.told[*of.owed ? 1 : 0];
  if (is_over(told, now)) return std::chrono::milliseconds{0};
  return std::chrono::ceil<std::chrono::milliseconds>(*told + pause - now);
}

void typing_pauses::begin(news& of, bool is_typing, timestamp now) {
  of.told[is_typing ? 1 : 0] = now;
  of.last = is_typing;
  of.is_being_told = true;
  of.is_promised = false;
}

bool typing_pauses::make_room(timestamp now) {
  if (all_.size() < told_max) return true;
  std::erase_if(all_, [now](const auto& one) {
    const auto& of = one.second;
    return !of.is_awaited && !of.is_being_told && is_over(of.told[0], now) &&
           is_over(of.told[1], now);
  });
  return all_.size() < told_max;
}

}  // namespace omnistream::http::api
