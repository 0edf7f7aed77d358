#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "config/base/uuid.hpp"

namespace omnistream::http::api {

/// Where host names are looked up: a silent name server keeps a thread for ten seconds and more, so
/// that is done on threads of its own, and no tenant gets all of them. Thread-safe.
class host_lookups {
 public:
  static constexpr std::size_t threads = 4;
  static constexpr std::size_t at_work_per_tenant_max = 2;
  static constexpr std::size_t per_tenant_max = 8;  ///< waiting or at work
  static constexpr std::size_t waiting_max = 64;

  host_lookups();
  ~host_lookups();  ///< as stop()
  host_lookups(const host_lookups&) = delete;
  host_lookups& operator=(const host_lookups&) = delete;

  /// Runs the job when its turn comes. False, and the job is dropped, if too many wait, or too many
  /// of this tenant.
  bool submit(const uuid& tenant, std::function<void()> job);

  /// Drops what waits and ends what is at work: as long as the system looks a name up.
  void stop();

 private:
  struct lookup {
    uuid tenant;
    std::function<void()> job;
  };
  struct counts {
    std::size_t all = 0;  ///< waiting or at work
    std::size_t at_work = 0;
  };
  void work(const std::stop_token& stopping);
  std::deque<lookup>::iterator next();
  void ended(const uuid& tenant);

  std::mutex guard_;
  std::condition_variable_any changed_;
  std::deque<lookup> waiting_;
  std::map<uuid, counts> of_tenant_;
  bool stopped_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace omnistream::http::api
