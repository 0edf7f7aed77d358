#pragma once

#include <optional>
#include <string>

#include "http/contract/table.hpp"

/// The chapter on live events.
namespace omnistream::http::contract {

struct events_query {
  std::optional<std::string> last_event_id;
};
const table<events_query>& table_for(const events_query*);

/// What comes in the stream, for the document.
const std::string& events_description();

}  // namespace omnistream::http::contract
