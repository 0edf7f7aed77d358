#include <algorithm>

#include <CLI/CLI.hpp>

#include "config/sources.hpp"

namespace omnistream::config {
namespace {

std::string group_of(const property& row) {
  return std::string(row.name.substr(0, row.name.find('.')));
}

/// `67108864 (64 MiB)`: whole MiB and KiB are easier to read.
std::string default_text(const property& row) {
  const settings defaults;
  const auto text = value_text(row, defaults);
  const auto* integer = std::get_if<integer_kind>(&row.kind);
  if (integer == nullptr || row.name.find("_bytes_") == std::string_view::npos) return text;
  constexpr std::int64_t mib = 1024 * 1024;
  if (integer->initial % mib != 0) return text;
  return text + " (" + std::to_string(integer->initial / mib) + " MiB)";
}

std::string value_name(const property& row) {
  if (std::holds_alternative<integer_kind>(row.kind)) return "NUMBER";
  if (std::holds_alternative<boolean_kind>(row.kind)) return "true|false";
  if (is_secret(row)) return "SECRET";
  if (const auto* path = std::get_if<path_kind>(&row.kind))
    return path->what == path_to::file ? "FILE" : "FOLDER";
  if (std::holds_alternative<text_kind>(row.kind)) return "TEXT";
  auto names = allowed_values(row);
  for (auto comma = names.find(", "); comma != std::string::npos; comma = names.find(", "))
    names.replace(comma, 2, "|");
  return names;
}

/// Breaks lines at spaces; CLI11 indents what follows a newline but does not break by itself.
std::string wrapped(const std::string& text) {
  constexpr std::size_t width_max = 78;
  std::string lines;
  std::size_t column = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    const auto length = end - at;
    if (column != 0 && column + 1 + length > width_max) {
      lines += '\n';
      column = 0;
    } else if (column != 0) {
      lines += ' ';
      ++column;
    }
    lines.append(text, at, length);
    column += length;
    at = end + 1;
  }
  return lines;
}

std::string help_text(const property& row) {
  std::string text(row.help);
  if (const auto initial = default_text(row); !initial.empty())
    text += " Default: " + initial + ".";
  if (std::holds_alternative<integer_kind>(row.kind))
    text += " Range: " + allowed_values(row) + ".";
  return text + " Environment: " + environment_name(row) + ".";
}

void add_option(CLI::App& app, command_line& line, const property& row, bool in_file) {
  const auto name = std::string(row.name) + (in_file ? "_file" : "");
  const auto help =
      in_file ? "File that holds " + std::string(row.name) +
                    ". Environment: " + environment_name(row) + "_FILE."
              : help_text(row) +
                    (is_secret(row) ? " On the command line every local user can see it." : "");
  app.add_option_function<std::string>(
         option_name(row) + (in_file ? "-file" : ""),
         [&line, name](const std::string& text) { line.values[name] = text; }, wrapped(help))
      ->type_name(in_file ? "FILE" : value_name(row))
      ->group("Settings: " + group_of(row))
      ->take_last();
}

std::vector<std::string> option_names() {
  std::vector<std::string> names{"--config"};
  for (const auto& row : properties()) {
    names.push_back(option_name(row));
    if (is_secret(row)) names.push_back(names.back() + "-file");
  }
  return names;
}

std::string markdown_cell(std::string text, bool code) {
  if (text.empty()) return "";
  for (auto bar = text.find('|'); bar != std::string::npos; bar = text.find('|', bar + 2))
    text.insert(bar, "\\");
  return code ? '`' + text + '`' : text;
}

}  // namespace

void add_settings(CLI::App& app, command_line& line) {
  app.add_option(
         "--config", line.config_file,
         wrapped("TOML file of settings. Else the file that OMNISTREAM_CONFIG names, else "
                 "omnistream.toml in the data folder or in the current folder, if there is one. "
                 "The environment overrides the file, and the command line both."))
      ->type_name("FILE")
      ->group("Settings: file")
      ->take_last();
  for (const auto& row : properties()) {
    add_option(app, line, row, false);
    if (is_secret(row)) add_option(app, line, row, true);
  }
}

std::optional<std::string> nearest_option(std::string_view unknown) {
  return nearest(unknown.substr(0, unknown.find('=')), option_names());
}

std::string settings_markdown() {
  std::string table =
      "| Setting | Environment | Default | Values | Meaning |\n|---|---|---|---|---|\n";
  for (const auto& row : properties()) {
    const auto initial = default_text(row);
    const auto space = initial.find(' ');  // only the number itself is code
    const auto shown = space == std::string::npos
                           ? markdown_cell(initial, true)
                           : markdown_cell(initial.substr(0, space), true) + initial.substr(space);
    table += "| `" + std::string(row.name) + "` | `" + environment_name(row) + "` | " + shown +
             " | " + markdown_cell(allowed_values(row), false) + " | " +
             markdown_cell(std::string(row.help), false) + " |\n";
  }
  return table;
}

}  // namespace omnistream::config
