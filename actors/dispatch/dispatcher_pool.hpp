#pragma once

#include <map>
#include <string>

#include "actors/dispatch/dispatcher.hpp"

namespace omnistream::actors {

/// Finds or makes the dispatcher of a number, page, Instagram account or address. At most
/// `dispatchers_max` of them send at once; one more takes the place of one that has had nothing to
/// send for `dispatcher_idle`, and if there is none, what is offered for it is given back and tried
/// again later.
inline constexpr std::chrono::seconds dispatcher_idle{120};

struct dispatcher_pool_state {
  using pointer = dispatcher_pool_actor::stateful_pointer<dispatcher_pool_state>;
  static inline const char* name = "dispatcher_pool";

  explicit dispatcher_pool_state(pointer actor) : self(actor) {}

  pointer self;
  dispatcher_environment environment;
  std::size_t dispatchers_max = 0;
  struct employed {
    dispatcher_actor handle;
    timestamp last_used;
  };
  std::map<std::string, employed> by_sender;
};

dispatcher_pool_actor::behavior_type dispatcher_pool(dispatcher_pool_state::pointer self,
                                                     dispatcher_environment environment,
                                                     std::size_t dispatchers_max);

}  // namespace omnistream::actors
