#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace omnistream::http::server {

/// How many bytes of request bodies may be in memory at once, of many connections together. Any
/// thread.
class body_budget {
 public:
  explicit body_budget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  bool has_room(std::size_t bytes) const { return used_ + bytes <= bytes_max_; }
  bool take(std::size_t bytes) {
    if (used_.fetch_add(bytes) + bytes <= bytes_max_) return true;
    used_ -= bytes;
    return false;
  }
  void give_back(std::size_t bytes) { used_ -= bytes; }

 private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> used_{0};
};

/// The part of one body; given back when it dies, wherever its request has gone meanwhile.
class body_share {
 public:
  explicit body_share(std::shared_ptr<body_budget> of) : of_(std::move(of)) {}
  ~body_share() { of_->give_back(bytes_); }
  body_share(const body_share&) = delete;
  body_share& operator=(const body_share&) = delete;

  bool grow(std::size_t bytes) {
    if (!of_->take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }

 private:
  std::shared_ptr<body_budget> of_;
  std::size_t bytes_ = 0;
};

}  // namespace omnistream::http::server
