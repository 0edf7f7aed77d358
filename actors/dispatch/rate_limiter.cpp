#include "actors/dispatch/rate_limiter.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

namespace omnistream::actors {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t window_ns = std::chrono::nanoseconds{rate_limiter::window}.count();
constexpr std::int64_t tolerance_min_ns =
    std::chrono::nanoseconds{rate_limiter::tolerance_min}.count();
/// "Long ago": far below every real time, far above overflow.
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min() / 4;

constexpr double slow_down_factor = 0.8;
constexpr double rate_min = 1.0;
constexpr double recovery_per_second = 0.02;  ///< share of the configured rate

std::int64_t to_ns(rate_limiter::time_point at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

rate_limiter::time_point to_time(std::int64_t ns) {
  return rate_limiter::time_point{
      std::chrono::duration_cast<rate_limiter::clock::duration>(std::chrono::nanoseconds{ns})};
}

}  // namespace

rate_limiter::rate_limiter(int messages_per_second)
    : latest_(never), due_(never), paused_until_(never), slowed_at_(never), recovered_at_(never) {
  set_rate(messages_per_second);
}

int rate_limiter::take(time_point at, int wanted) {
  const auto now = observe(at);
  if (wanted <= 0 || now < paused_until_) return 0;
  if (unlimited()) return wanted;
  recover(now);
  int granted = 0;
  while (granted < wanted && earliest(now) <= now) {
    grant(now);
    ++granted;
  }
  return granted;
}

rate_limiter::time_point rate_limiter::next(time_point at) const {
  return to_time(earliest(std::max(to_ns(at), latest_)));
}

void rate_limiter::arrived_late(time_point at, time_point granted, std::chrono::nanoseconds by) {
  const auto now = observe(at);
  const auto was = to_ns(granted);
  const auto found = std::lower_bound(grants_.begin(), grants_.end(), was);
  if (by.count() <= 0 || found == grants_.end() || *found != was) return;
  const auto counts_at = std::min(was + by.count(), now);
  const auto place = std::upper_bound(found, grants_.end(), counts_at);
  *std::rotate(found, std::next(found), place) = counts_at;
}

void rate_limiter::pause_until(time_point until) {
  paused_until_ = std::max(paused_until_, to_ns(until));
}

void rate_limiter::slow_down(time_point at) {
  const auto now = observe(at);
  if (unlimited() || now - slowed_at_ < second) return;
  recover(now);
  slowed_at_ = now;
  recovered_at_ = now;
  current_ = std::max(rate_min, current_ * slow_down_factor);
}

void rate_limiter::set_rate(int messages_per_second) {
  const int rate = std::clamp(messages_per_second, 0, messages_per_second_max);
  while (grants_.size() > static_cast<std::size_t>(rate)) grants_.pop_front();
  rate_ = rate;
  current_ = rate;
}

/// Time never runs backwards in here, or the ring would not be ordered.
rate_limiter::nanoseconds rate_limiter::observe(time_point at) {
  latest_ = std::max(latest_, to_ns(at));
  return latest_;
}

void rate_limiter::recover(nanoseconds now) {
  if (current_ >= rate_) return;
  const double seconds = static_cast<double>(now - recovered_at_) / second;
  current_ = std::min<double>(rate_, current_ + seconds * recovery_per_second * rate_);
  recovered_at_ = now;
}

rate_limiter::nanoseconds rate_limiter::emission_interval() const {
  return static_cast<nanoseconds>(second / current_);
}

rate_limiter::nanoseconds rate_limiter::tolerance() const {
  return std::max(emission_interval(), tolerance_min_ns);
}

/// The law: the n-th last grant must have left the window, n being the whole messages of the
/// current rate.
rate_limiter::nanoseconds rate_limiter::lawful_from() const {
  const auto n = static_cast<std::size_t>(current_);
  if (grants_.size() < n) return never;
  return grants_[grants_.size() - n] + window_ns;
}

rate_limiter::nanoseconds rate_limiter::earliest(nanoseconds now) const {
  const auto allowed = std::max(now, paused_until_);
  if (unlimited()) return allowed;
  return std::max({allowed, due_ - tolerance(), lawful_from()});
}

void rate_limiter::grant(nanoseconds now) {
  due_ = std::max(due_, now) + emission_interval();
  if (grants_.size() >= static_cast<std::size_t>(rate_)) grants_.pop_front();
  grants_.push_back(now);
}

}  // namespace omnistream::actors
