#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace omnistream::http::server {

/// The way from any thread to the io thread. It outlives the server as long as somebody holds it;
/// after close() what is passed ends here.
template <class... What>
class gate {
 public:
  using deliver_function = std::function<void(What...)>;
  explicit gate(deliver_function deliver) : deliver_(std::move(deliver)) {}

  void pass(What... what) {
    const std::lock_guard lock(mutex_);
    if (deliver_) deliver_(std::move(what)...);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    deliver_ = nullptr;
  }

 private:
  std::mutex mutex_;
  deliver_function deliver_;
};

}  // namespace omnistream::http::server
