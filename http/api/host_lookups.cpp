#include "http/api/host_lookups.hpp"

#include <algorithm>
#include <utility>

namespace omnistream::http::api {

host_lookups::host_lookups() {
  for (std::size_t i = 0; i < threads; ++i)
    workers_.emplace_back([this](const std::stop_token& stopping) { work(stopping); });
}

host_lookups::~host_lookups() {
  stop();
}

bool host_lookups::submit(const uuid& tenant, std::function<void()> job) {
  {
    const std::lock_guard lock(guard_);
    const auto found = of_tenant_.find(tenant);
    const auto own = found == of_tenant_.end() ? 0 : found->second.all;
    if (stopped_ || own >= per_tenant_max || waiting_.size() >= waiting_max) return false;
    ++of_tenant_[tenant].all;
    waiting_.push_back({tenant, std::move(job)});
  }
  changed_.notify_one();
  return true;
}

void host_lookups::stop() {
  std::deque<lookup> dropped;
  {
    const std::lock_guard lock(guard_);
    stopped_ = true;
    dropped.swap(waiting_);
  }
  dropped.clear();
  for (auto& worker : workers_) worker.request_stop();
  workers_.clear();  // joins
}

/// The first whose tenant has not enough at work already.
std::deque<host_lookups::lookup>::iterator host_lookups::next() {
  return std::find_if(waiting_.begin(), waiting_.end(), [this](const lookup& one) {
    return of_tenant_.at(one.tenant).at_work < at_work_per_tenant_max;
  });
}

void host_lookups::work(const std::stop_token& stopping) {
  for (;;) {
    lookup taken;
    {
      std::unique_lock lock(guard_);
      if (!changed_.wait(lock, stopping, [this] { return next() != waiting_.end(); })) return;
      const auto found = next();
      taken = std::move(*found);
      waiting_.erase(found);
      ++of_tenant_.at(taken.tenant).at_work;
    }
    taken.job();
    taken.job = nullptr;
    ended(taken.tenant);
  }
}

void host_lookups::ended(const uuid& tenant) {
  {
    const std::lock_guard lock(guard_);
    const auto found = of_tenant_.find(tenant);
    --found->second.at_work;
    if (--found->second.all == 0) of_tenant_.erase(found);
  }
  changed_.notify_one();
}

}  // namespace omnistream::http::api
