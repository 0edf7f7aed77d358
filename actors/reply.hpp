#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "config/base/result.hpp"

namespace omnistream::actors {

/// A finished answer: JSON text as the client will get it.
struct answer {
  int status = 200;
  std::string json;
};

/// The right to answer one call, passed from actor to actor. Any thread; the first call counts. If
/// the last copy dies unanswered the caller gets 503 `unanswered`, so a lost message never leaves a
/// client waiting.
class reply {
 public:
  using function = std::function<void(result<answer>)>;
  explicit reply(function to) : to_(std::move(to)) {}
  ~reply() {
    if (to_)
      to_(problems::unavailable("unanswered", "The server could not finish this call; try again."));
  }
  reply(const reply&) = delete;
  reply& operator=(const reply&) = delete;

  void operator()(result<answer> what) {
    if (auto to = std::exchange(to_, nullptr)) to(std::move(what));
  }

 private:
  function to_;
};
using reply_ptr = std::shared_ptr<reply>;

}  // namespace omnistream::actors
