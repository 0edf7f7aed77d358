#include <fstream>

#include <toml++/toml.h>

#include "config/sources.hpp"

namespace omnistream::config {
namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;

/// The file's text; nothing, and an error, if it cannot be read.
std::optional<std::string> read_text(const std::filesystem::path& path, findings& into) {
  const auto refuse = [&](const std::string& why) {
    into.errors.push_back(
        {"config", "unreadable", "The settings file " + path.string() + " " + why});
    return std::nullopt;
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return refuse(error ? "cannot be read: " + error.message() + "." : "is not a file.");
  std::ifstream file(path, std::ios::binary);
  std::string text(file_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof()))
    return refuse("cannot be read; may this user read it?");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > file_bytes_max) return refuse("is larger than 1 MiB.");
  return text;
}

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a fraction";
    case toml::node_type::boolean:
      return "a boolean";
    default:
      return "a date or time";
  }
}

std::string_view wanted_type(const named_property& of) {
  if (!of.in_file && std::holds_alternative<integer_kind>(of.target->kind)) return "an integer";
  if (!of.in_file && std::holds_alternative<boolean_kind>(of.target->kind)) return "a boolean";
  return "a string";
}

std::string text_of(const toml::node& node) {
  if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
  if (const auto* boolean = node.as_boolean()) return boolean->get() ? "true" : "false";
  if (const auto* text = node.as_string()) return text->get();
  return {};
}

/// Walks the tables and translates what has a setting's name.
class toml_reader {
 public:
  toml_reader(const std::filesystem::path& file, findings& into)
      : file_(file.string()), into_(into) {
    for (const auto& row : properties()) {
      names_.emplace_back(row.name);
      if (is_secret(row)) names_.push_back(names_.back() + "_file");
    }
  }

  void read(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const auto name = prefix + std::string(key.str());
      if (const auto found = find_named(name); found.target != nullptr)
        read_value(found, name, node);
      else if (const auto* inner = node.as_table(); inner != nullptr && is_group(name))
        read(*inner, name + '.');
      else
        into_.errors.push_back(
            {name, "unknown",
             name + " (" + place(node) + ") is no setting" + suggestion(nearest(name, names_))});
    }
  }

 private:
  bool is_group(const std::string& name) const {
    for (const auto& known : names_)
      if (known.starts_with(name + '.')) return true;
    return false;
  }

  void read_value(const named_property& found, const std::string& name, const toml::node& node) {
    if (type_name(node) == wanted_type(found))
      into_.values.push_back({found.target, text_of(node), found.in_file, place(node)});
    else
      into_.errors.push_back({name, "wrong_type",
                              name + " must be " + std::string(wanted_type(found)) + ", not " +
                                  std::string(type_name(node)) + " (" + place(node) + ")."});
  }

  std::string place(const toml::node& node) const {
    return file_ + " line " + std::to_string(node.source().begin.line);
  }

  std::string file_;
  findings& into_;
  std::vector<std::string> names_;
};

}  // namespace

void read_toml(const std::filesystem::path& file, findings& into) {
  const auto text = read_text(file, into);
  if (!text) return;
  try {
    const toml::table parsed = toml::parse(*text, file.string());
    toml_reader(file, into).read(parsed, "");
  } catch (const toml::parse_error& error) {
    into.errors.push_back({"config", "not_toml",
                           "The settings file " + file.string() + " is not TOML: line " +
                               std::to_string(error.source().begin.line) + ", column " +
                               std::to_string(error.source().begin.column) + ": " +
                               std::string(error.description()) + "."});
  }
}

}  // namespace omnistream::config
