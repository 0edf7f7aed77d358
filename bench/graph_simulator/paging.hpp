#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/graph_simulator/call.hpp"

namespace graph_simulator {

/// One object of a list: its id, which orders the list (shorter ones first), and how it looks.
using listed_object = std::pair<std::string, nlohmann::ordered_json>;

inline constexpr std::size_t page_limit_default = 25;
inline constexpr std::size_t page_limit_max = 1000;

/// A page of a list by `limit` and `after` or `before`, as the Graph API gives it: `data`, and
/// `paging` with cursors, `next` and `previous` only where there is more. `objects` are in the
/// order of their ids.
reply page_reply(world& state, const call& what, std::vector<listed_object> objects);

/// The names in `fields=a,b{c},d`; nothing in the list means the defaults are wanted.
std::vector<std::string> read_fields(const call& what);

/// The wanted fields of an object and its id; 100 when one of them does not exist on that `type` of
/// node.
verdict pick_fields(const nlohmann::ordered_json& all, const std::vector<std::string>& wanted,
                    std::string_view type, nlohmann::ordered_json& picked);

}  // namespace graph_simulator
