#include "config/sources.hpp"

#include <algorithm>
#include <numeric>

extern char** environ;

namespace omnistream::config {
namespace {

constexpr std::string_view own_prefix = "OMNISTREAM_";
constexpr std::string_view file_suffix = "_file";
constexpr std::string_view variable_file_suffix = "_FILE";

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

std::vector<std::string> variable_names() {
  std::vector<std::string> names{std::string(config_variable)};
  for (const auto& row : properties()) {
    names.push_back(environment_name(row));
    if (is_secret(row)) names.push_back(names.back() + std::string(variable_file_suffix));
  }
  return names;
}

/// `OMNISTREAM_META_APP_SECRET` is the vendor's META_APP_SECRET with our prefix: that one is meant,
/// however far.
std::optional<std::string> nearest_variable(std::string_view unknown) {
  const auto names = variable_names();
  const std::string bare(unknown.substr(own_prefix.size()));
  if (std::find(names.begin(), names.end(), bare) != names.end()) return bare;
  return nearest(unknown, names);
}

}  // namespace

std::optional<std::string> nearest(std::string_view unknown,
                                   const std::vector<std::string>& candidates) {
  constexpr std::size_t compared_max = 128;
  if (unknown.empty() || unknown.size() > compared_max) return std::nullopt;
  std::size_t best = std::max<std::size_t>(2, unknown.size() / 3) + 1;
  std::optional<std::string> found;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(unknown, candidate);
    if (distance >= best) continue;
    best = distance;
    found = candidate;
  }
  return found;
}

std::string suggestion(const std::optional<std::string>& near) {
  return near ? "; did you mean " + *near + "?" : ".";
}

named_property find_named(std::string_view name) {
  if (const auto* exact = find_property(name)) return {exact, false};
  if (!name.ends_with(file_suffix)) return {};
  const auto* of_file = find_property(name.substr(0, name.size() - file_suffix.size()));
  if (of_file == nullptr || !is_secret(*of_file)) return {};
  return {of_file, true};
}

environment process_environment() {
  environment variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos && equals != 0)
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

void read_environment(const environment& variables, findings& into) {
  std::map<std::string, named_property> known;
  for (const auto& row : properties()) {
    known[environment_name(row)] = {&row, false};
    if (is_secret(row))
      known[environment_name(row) + std::string(variable_file_suffix)] = {&row, true};
  }
  for (const auto& [name, value] : variables) {
    if (value.empty() || name == config_variable) continue;
    if (const auto found = known.find(name); found != known.end())
      into.values.push_back(
          {found->second.target, value, found->second.in_file, "environment variable " + name});
    else if (name.starts_with(own_prefix))
      into.errors.push_back(
          {name, "unknown",
           "Environment variable " + name + " is no setting" + suggestion(nearest_variable(name))});
  }
}

void read_command_line(const command_line& line, findings& into) {
  for (const auto& [name, value] : line.values) {
    const auto found = find_named(name);
    if (found.target == nullptr) {
      into.errors.push_back(
          {name, "unknown", "The command line sets " + name + ", which is no setting."});
      continue;
    }
    const auto option = option_name(*found.target) + (found.in_file ? "-file" : "");
    into.values.push_back({found.target, value, found.in_file, "option " + option});
  }
}

}  // namespace omnistream::config
