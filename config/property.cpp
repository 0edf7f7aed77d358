#include "config/property.hpp"

#include <algorithm>
#include <charconv>

namespace omnistream::config {
namespace {

constexpr std::size_t text_bytes_max = 4096;

template <class... Handlers>
struct overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>  // clang-tidy 14 cannot deduce it
overloaded(Handlers...)->overloaded<Handlers...>;

/// A value as it may be shown in a message: short and printable.
std::string quoted(std::string_view text) {
  constexpr std::size_t shown_max = 80;
  std::string shown(text.substr(0, shown_max));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c >= 0 && (c < ' ' || c == 0x7f); }, '?');
  return '"' + shown + (text.size() > shown_max ? "...\"" : "\"");
}

std::optional<std::string> check_text(std::string_view text) {
  if (text.size() > text_bytes_max)
    return "must not be longer than " + std::to_string(text_bytes_max) + " bytes";
  const bool control = std::any_of(text.begin(), text.end(),
                                   [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
  if (control) return "must be one line without control characters";
  return std::nullopt;
}

std::optional<std::string> check_text(std::string_view text, text_check own_check) {
  if (auto wrong = check_text(text)) return wrong;
  return own_check == nullptr ? std::nullopt : own_check(text);
}

std::string list_of(std::span<const std::string_view> names) {
  std::string list;
  for (const auto name : names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

/// Assigns one text to one kind of member.
struct assign_text {
  settings& in;
  std::string_view text;
  std::string allowed;
  using outcome = std::optional<std::string>;

  outcome operator()(const boolean_kind& kind) const {
    if (text != "true" && text != "false") return "must be true or false, not " + quoted(text);
    in.*kind.member = text == "true";
    return std::nullopt;
  }
  outcome operator()(const integer_kind& kind) const {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < kind.minimum ||
        number > kind.maximum)
      return "must be a whole number from " + allowed + ", not " + quoted(text);
    in.*kind.member = number;
    return std::nullopt;
  }
  outcome operator()(const text_kind& kind) const {
    if (auto wrong = check_text(text, kind.check)) return *wrong + ", not " + quoted(text);
    in.*kind.member = std::string(text);
    return std::nullopt;
  }
  outcome operator()(const secret_kind& kind) const {
    if (auto wrong = check_text(text, kind.check)) return wrong;
    in.*kind.member = secret{std::string(text)};
    return std::nullopt;
  }
  outcome operator()(const path_kind& kind) const {
    if (auto wrong = check_text(text)) return *wrong + ", not " + quoted(text);
    in.*kind.member = std::string(text);
    return std::nullopt;
  }
  template <class Enum>
  outcome operator()(const choice_kind<Enum>& kind) const {
    const auto found = std::find(kind.names.begin(), kind.names.end(), text);
    if (found == kind.names.end()) return "must be one of " + allowed + ", not " + quoted(text);
    in.*kind.member = static_cast<Enum>(found - kind.names.begin());
    return std::nullopt;
  }
};

}  // namespace

const property* find_property(std::string_view name) {
  for (const auto& candidate : properties())
    if (candidate.name == name) return &candidate;
  return nullptr;
}

std::string environment_name(const property& of) {
  if (!of.vendor_environment.empty()) return std::string(of.vendor_environment);
  std::string name = "OMNISTREAM_";
  for (const char c : of.name)
    name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

std::string option_name(const property& of) {
  std::string name = "--" + std::string(of.name);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '_'; }, '-');
  return name;
}

bool is_secret(const property& of) {
  return std::holds_alternative<secret_kind>(of.kind);
}

std::string allowed_values(const property& of) {
  return std::visit(overloaded{[](const boolean_kind&) { return std::string("true or false"); },
                               [](const integer_kind& kind) {
                                 return std::to_string(kind.minimum) + " to " +
                                        std::to_string(kind.maximum);
                               },
                               [](const text_kind&) { return std::string("text"); },
                               [](const secret_kind&) { return std::string("secret text"); },
                               [](const path_kind& kind) {
                                 return std::string(kind.what == path_to::file ? "file" : "folder");
                               },
                               [](const auto& kind) { return list_of(kind.names); }},
                    of.kind);
}

std::string value_text(const property& of, const settings& from) {
  return std::visit(
      overloaded{[&](const boolean_kind& kind) {
                   return std::string(from.*kind.member ? "true" : "false");
                 },
                 [&](const integer_kind& kind) { return std::to_string(from.*kind.member); },
                 [&](const text_kind& kind) { return from.*kind.member; },
                 [&](const secret_kind& kind) { return (from.*kind.member).reveal(); },
                 [&](const path_kind& kind) { return from.*kind.member; },
                 [&](const auto& kind) {
                   return std::string(kind.names[static_cast<std::size_t>(from.*kind.member)]);
                 }},
      of.kind);
}

std::string shown_value(const property& of, const settings& from) {
  auto text = value_text(of, from);
  return is_secret(of) && !text.empty() ? "***" : text;
}

std::optional<std::string> assign(const property& to, settings& in, std::string_view text) {
  return std::visit(assign_text{in, text, allowed_values(to)}, to.kind);
}

void assign_default(const property& to, settings& in) {
  std::visit(overloaded{[&](const text_kind& kind) { in.*kind.member = std::string(kind.initial); },
                        [&](const secret_kind& kind) { in.*kind.member = secret{}; },
                        [&](const path_kind& kind) { (in.*kind.member).clear(); },
                        [&](const auto& kind) { in.*kind.member = kind.initial; }},
             to.kind);
}

}  // namespace omnistream::config
