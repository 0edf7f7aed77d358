#include "bench/load/open_loop.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::milliseconds look_interval{20};

}  // namespace

steady::time_point even_schedule::due(std::uint64_t n) const {
  const std::chrono::duration<double> after(static_cast<double>(n) / per_second_);
  return start_ + std::chrono::round<steady::duration>(after);
}

open_loop::open_loop(api_client& to, double per_second, std::size_t kinds, maker make,
                     std::uint64_t requests)
    : to_(to),
      schedule_(steady::now(), per_second),
      make_(std::move(make)),
      requests_(requests),
      figures_(kinds),
      thread_([this] { run(); }) {}

open_loop::~open_loop() {
  stopping_ = true;
  thread_.join();
  while (under_way_ != 0) std::this_thread::sleep_for(look_interval);
}

void open_loop::run() {
  for (std::uint64_t n = 0; n < requests_; ++n) {
    const auto due = schedule_.due(n);
    for (auto now = steady::now(); now < due && !stopping_; now = steady::now())
      std::this_thread::sleep_until(std::min<steady::time_point>(due, now + look_interval));
    if (stopping_ || is_interrupted()) break;
    offer(n, due);
  }
  offered_all_ = true;
}

void open_loop::offer(std::uint64_t n, steady::time_point due) {
  auto planned = make_(n);
  ++under_way_;
  to_.client().submit(std::move(planned.what),
                      [this, due, kind = planned.kind](const http::client::http_response& got) {
                        const auto latency = steady::now() - due;
                        {
                          const std::lock_guard lock(mutex_);
                          auto& of = figures_.at(kind);
                          if (got.status >= 200 && got.status < 300)
                            of.times.add(latency);
                          else
                            ++of.others[got.status];
                        }
                        --under_way_;
                      });
}

std::vector<kind_figures> open_loop::run_to_end() {
  while (!offered_all_) sleep_for(look_interval);
  return finish();
}

std::vector<kind_figures> open_loop::finish() {
  stopping_ = true;
  while (!offered_all_ || under_way_ != 0) sleep_for(look_interval);
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace omnistream::load
