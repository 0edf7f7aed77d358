#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/contract/error_list.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The contacts chapter of the contract.
namespace omnistream::http::contract {

inline constexpr std::size_t contact_tags_max = 50;
inline constexpr std::size_t tag_characters_max = 64;

/// Says of each tag in the field `tags` that has nothing to read that it is `blank`.
void refuse_blank_tags(const std::vector<std::string>& tags, error_list& errors);

struct contacts_query {
  std::int64_t page;
  std::int64_t per_page;
  std::optional<std::string> search;
  std::optional<std::string> tag;
};
const table<contacts_query>& table_for(const contacts_query*);

struct contact_change {
  patch<std::string> name;
  patch<std::string> email;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::string> phone_number;
  std::optional<bool> opted_out;
};
const table<contact_change>& table_for(const contact_change*);

shape_ptr contact_shape();
shape_ptr contact_conversation_shape();

}  // namespace omnistream::http::contract
