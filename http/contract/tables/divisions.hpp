#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The divisions chapter of the contract.
namespace omnistream::http::contract {

inline constexpr std::size_t division_name_characters_max = 100;
inline constexpr std::size_t division_agents_per_call_max = 1'000;

struct division_create {
  std::string name;
  patch<std::string> description;
};
const table<division_create>& table_for(const division_create*);

struct division_change {
  std::optional<std::string> name;
  patch<std::string> description;
};
const table<division_change>& table_for(const division_change*);

/// Who comes into a division, or leaves it.
struct division_agents {
  std::vector<uuid> agent_ids;
};
const table<division_agents>& table_for(const division_agents*);

shape_ptr division_shape();
shape_ptr division_with_agents_shape();
shape_ptr division_deleted_shape();
shape_ptr division_agents_added_shape();
shape_ptr division_agents_removed_shape();

}  // namespace omnistream::http::contract
