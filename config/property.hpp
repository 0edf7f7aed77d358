#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/settings.hpp"

/// The property table: one row per setting, from which everything else about settings is made.
namespace omnistream::config {

/// What is wrong with a text, as the end of a sentence that begins with the setting's name; nothing
/// if it is good.
using text_check = std::optional<std::string> (*)(std::string_view text);

struct boolean_kind {
  bool settings::*member;
  bool initial;
};
struct integer_kind {
  std::int64_t settings::*member;
  std::int64_t initial, minimum, maximum;
};
struct text_kind {
  std::string settings::*member;
  std::string_view initial;
  text_check check;
};
struct secret_kind {  ///< empty by default
  secret settings::*member;
  text_check check;
};
enum class path_to { file, folder };
struct path_kind {  ///< empty by default; made absolute when resolved
  std::string settings::*member;
  path_to what;
};
template <class Enum>
struct choice_kind {  ///< `names` in the order of the enumerators
  Enum settings::*member;
  Enum initial;
  std::span<const std::string_view> names;
};

struct property {
  std::string_view name;  ///< `group.name_unit`: the TOML key
  std::variant<boolean_kind, integer_kind, text_kind, secret_kind, path_kind,
               choice_kind<log::level>, choice_kind<log::format>, choice_kind<media_place>>
      kind;
  std::string_view help;                     ///< whole sentences
  std::string_view vendor_environment = "";  ///< where the vendor's name is kept
};

/// The table, in the order of help and README.
std::span<const property> properties();
const property* find_property(std::string_view name);

std::string environment_name(const property& of);  ///< `OMNISTREAM_HTTP_PORT`, or the vendor's name
std::string option_name(const property& of);       ///< `--http-port`
bool is_secret(const property& of);

/// What a value may be, for help and README: `0 to 65535`, `debug, info, warn, error, off`, `true
/// or false`, ...
std::string allowed_values(const property& of);
/// The value as a source would give it. Secrets are revealed: see `shown_value`.
std::string value_text(const property& of, const settings& from);
/// The value for people: secrets as `***`, or empty if they are.
std::string shown_value(const property& of, const settings& from);

/// Sets the property from its text; if the text is no such value, changes nothing and returns what
/// is wrong, as the end of a sentence that begins with the setting's name. The complaint never
/// quotes a secret.
std::optional<std::string> assign(const property& to, settings& in, std::string_view text);
void assign_default(const property& to, settings& in);

}  // namespace omnistream::config
