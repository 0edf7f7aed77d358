#pragma once

#include <set>

#include "config/base/uuid.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// Entities that must look at themselves after what a webhook or an answer of Meta's changed.
struct whom_to_wake {
  std::set<uuid> campaigns;
  std::set<uuid> conversations;
  /// Conversations with somebody whose channel tells no name, and who has none: see
  /// engine_options::ask_names.
  std::set<uuid> nameless;

  /// Rows of an id, which may be NULL, and whether it is a conversation's.
  void add(const storage::rows& stopped) {
    for (int i = 0; i < stopped.size(); ++i)
      if (!stopped.is_null(i, 0))
        (stopped.boolean(i, 1) ? conversations : campaigns).insert(stopped.id(i, 0));
  }
};

}  // namespace omnistream::actors
