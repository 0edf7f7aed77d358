#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The notes chapter of the contract.
namespace omnistream::http::contract {

inline constexpr std::size_t note_body_characters_max = 4'000;
inline constexpr std::size_t note_mentions_max = 20;

struct notes_query {
  std::int64_t page;
  std::int64_t per_page;
};
const table<notes_query>& table_for(const notes_query*);

struct note_create {
  std::string body;
  std::optional<std::vector<uuid>> mentions;
};
const table<note_create>& table_for(const note_create*);

struct note_change {
  std::optional<std::string> body;
  std::optional<std::vector<uuid>> mentions;
};
const table<note_change>& table_for(const note_change*);

shape_ptr note_shape();

}  // namespace omnistream::http::contract
