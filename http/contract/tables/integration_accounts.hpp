#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The integration accounts chapter of the contract.
namespace omnistream::http::contract {

/// The config of an account as a caller sends it: names and single values (texts, numbers, truth
/// values, null). The fields WhatsApp knows are checked as declared by account_config_shape().
struct account_config {
  std::map<std::string, nlohmann::json> values;

  bool has(const std::string& name) const;          ///< there and not null
  std::string text(const std::string& name) const;  ///< empty if absent
};

inline constexpr std::size_t config_fields_max = 50;
inline constexpr std::size_t config_text_characters_max = 4'096;

/// Open: other channels have other fields.
shape_ptr account_config_shape();
/// As it is shown, with masks.
shape_ptr account_config_shown_shape();

template <>
struct codec<account_config> {
  static value_spec spec();
  static void read(json_reader& in, const value_spec& spec, account_config& out,
                   error_list& errors);
  static void write(const account_config& value, std::string& out);
};

struct accounts_query {
  std::optional<std::string> channel;
};
const table<accounts_query>& table_for(const accounts_query*);

struct account_create {
  std::string channel;
  std::optional<std::string> account_key;
  std::string display_name;
  bool is_active = true;
  bool is_default = false;
  std::optional<uuid> division_id;
  std::optional<account_config> config;
};
const table<account_create>& table_for(const account_create*);

struct account_change {
  std::optional<std::string> display_name;
  std::optional<bool> is_active;
  std::optional<bool> is_default;
  patch<uuid> division_id;
  std::optional<account_config> config;
};
const table<account_change>& table_for(const account_change*);

shape_ptr account_shape();
shape_ptr account_health_shape();

}  // namespace omnistream::http::contract
