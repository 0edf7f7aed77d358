#pragma once

#include <string>
#include <vector>

#include "config/property.hpp"

/// The three places that settings come from, each read into the same form. Used by `resolve`.
namespace omnistream::config {

/// One value as a source gives it.
struct given_value {
  const property* target;
  std::string text;    ///< the value, or the path of the file that holds it
  bool in_file;        ///< `text` is a path (`<setting>_file`)
  std::string source;  ///< for messages: `environment variable OMNISTREAM_HTTP_PORT`
};

/// What reading found, good and bad.
struct findings {
  std::vector<given_value> values;
  std::vector<field_error> errors;
};

void read_toml(const std::filesystem::path& file, findings& into);
void read_environment(const environment& variables, findings& into);
void read_command_line(const command_line& line, findings& into);

/// The name of the environment variable that names the TOML file; no setting, as a file cannot name
/// itself.
inline constexpr std::string_view config_variable = "OMNISTREAM_CONFIG";

/// The setting called `name`, or the secret setting that `name` is the `_file` variant of.
struct named_property {
  const property* target = nullptr;
  bool in_file = false;
};
named_property find_named(std::string_view name);

/// The candidate with the least edit distance to `unknown`, if it is near enough to be meant.
std::optional<std::string> nearest(std::string_view unknown,
                                   const std::vector<std::string>& candidates);
/// `; did you mean X?`, or a full stop.
std::string suggestion(const std::optional<std::string>& near);

}  // namespace omnistream::config
