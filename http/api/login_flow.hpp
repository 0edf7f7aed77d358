#pragma once

#include <memory>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "http/api/account_login.hpp"

namespace omnistream::http::api {

/// A member of Meta's JSON that should be a text; empty if it is none.
inline std::string meta_text(const nlohmann::json& from, const char* name) {
  const auto found = from.find(name);
  return found != from.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// One login on its way through its steps, of which one runs at a time, on any thread.
template <class Flow>
struct login_flow : std::enable_shared_from_this<Flow> {
  login_flow(services& services, login_caller caller, actors::reply_ptr to)
      : with(services), by(std::move(caller)), answer(std::move(to)) {}

  /// The callback of a step: goes on with what it came to, or tells the caller of the problem.
  template <class T, class Next>
  auto step(Next go_on) {
    return [self = this->shared_from_this(), go_on](result<T> came) {
      if (!came) return (*self->answer)(came.error());
      go_on(*self, std::move(*came));
    };
  }

  services& with;
  const login_caller by;
  const actors::reply_ptr answer;
};

}  // namespace omnistream::http::api
