#pragma once

#include <map>
#include <string>

#include "actors/dispatch/dispatcher.hpp"

namespace omnistream::actors {

/// Finds or makes the dispatcher of a phone number. At most `dispatchers_max` numbers send at once;
/// what is offered for one more is given back at once, and its campaign tries again.
struct dispatcher_pool_state {
  using pointer = dispatcher_pool_actor::stateful_pointer<dispatcher_pool_state>;
  static inline const char* name = "dispatcher_pool";

  explicit dispatcher_pool_state(pointer actor) : self(actor) {}

  pointer self;
  dispatcher_environment environment;
  std::size_t dispatchers_max = 0;
  std::map<std::string, dispatcher_actor> by_number;
};

dispatcher_pool_actor::behavior_type dispatcher_pool(dispatcher_pool_state::pointer self,
                                                     dispatcher_environment environment,
                                                     std::size_t dispatchers_max);

}  // namespace omnistream::actors
