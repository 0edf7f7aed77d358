#include "http/api/identity.hpp"

namespace omnistream::http::api {

identity_ptr identity_cache::find(const std::string& credential) const {
  std::lock_guard lock(guard_);
  const auto found = entries_.find(credential);
  if (found == entries_.end() || found->second.until < std::chrono::steady_clock::now())
    return nullptr;
  return found->second.who;
}

std::uint64_t identity_cache::generation() const {
  std::lock_guard lock(guard_);
  return generation_;
}

void identity_cache::remember(const std::string& credential, identity_ptr who,
                              std::uint64_t looked_up_in) {
  std::lock_guard lock(guard_);
  if (looked_up_in != generation_) return;
  // Full means that somebody tries out credentials or there are very many callers: starting over
  // costs each a lookup.
  if (entries_.size() >= entries_max) entries_.clear();
  entries_[credential] = {std::move(who), std::chrono::steady_clock::now() + time_to_live};
}

void identity_cache::forget_agent(const uuid& agent) {
  {
    std::lock_guard lock(guard_);
    ++generation_;
    std::erase_if(entries_,
                  [&agent](const auto& one) { return one.second.who->agent_id == agent; });
  }
  if (forgotten_) forgotten_();
}

void identity_cache::forget_all() {
  {
    std::lock_guard lock(guard_);
    ++generation_;
    entries_.clear();
  }
  if (forgotten_) forgotten_();
}

}  // namespace omnistream::http::api
