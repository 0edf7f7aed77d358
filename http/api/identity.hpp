#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "config/base/uuid.hpp"

namespace omnistream::http::api {

/// Who a caller is and what they may do; the answer of authentication. Immutable.
struct identity {
  uuid tenant_id;
  uuid agent_id;
  std::string role;
  std::string country;  ///< the tenant's, ISO 3166-1: how phone numbers are read
  std::set<std::string, std::less<>> permissions;
  bool can_broadcast = false;
  std::optional<uuid> session_id;  ///< set when the caller came by login, not by API key

  bool may(std::string_view permission) const {
    return permission.empty() || permissions.find(permission) != permissions.end();
  }
};
using identity_ptr = std::shared_ptr<const identity>;

/// Remembers for a short time whom a credential belongs to, so that most calls need no database for
/// it. Whoever changes an agent, a role, a key or a session says so through forget(); the time
/// limit covers what other processes change. Thread-safe.
class identity_cache {
 public:
  static constexpr std::chrono::seconds time_to_live{10};
  static constexpr std::size_t entries_max = 10'000;

  identity_ptr find(const std::string& credential) const;
  /// Rises with every forget(). Whoever looks a credential up takes it before and names it to
  /// remember(): what was looked up before a revocation is not remembered after it.
  std::uint64_t generation() const;
  void remember(const std::string& credential, identity_ptr who, std::uint64_t looked_up_in);
  void forget_agent(const uuid& agent);
  void forget_all();
  /// `tell` is called after every forget(), by whoever calls that. Set before anybody does.
  void on_forget(std::function<void()> tell) { forgotten_ = std::move(tell); }

 private:
  struct entry {
    identity_ptr who;
    std::chrono::steady_clock::time_point until;
  };
  mutable std::mutex guard_;
  std::unordered_map<std::string, entry> entries_;
  std::uint64_t generation_ = 0;
  std::function<void()> forgotten_;
};

}  // namespace omnistream::http::api
