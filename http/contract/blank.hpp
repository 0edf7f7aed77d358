#pragma once

#include <string_view>

#include "config/base/text.hpp"
#include "http/contract/error_list.hpp"

namespace omnistream::http::contract {

/// Says that there is nothing in `text` to read, the value where the reading stands. An empty one
/// is too short already, or allowed.
inline void refuse_blank(std::string_view text, error_list& errors) {
  if (!text.empty() && is_blank(text)) errors.add({"blank", "There is nothing in it to read."});
}
/// The same of a member of the object where the reading stands.
inline void refuse_blank(std::string_view member, std::string_view text, error_list& errors) {
  const error_list::scope inside(errors, member);
  refuse_blank(text, errors);
}

}  // namespace omnistream::http::contract
