#include "actors/ingest/mail_header.hpp"

#include <algorithm>

#include "actors/ingest/payload_json.hpp"
#include "config/base/text.hpp"

namespace omnistream::actors {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_field(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         std::ranges::equal(line.substr(0, name.size()), name, {}, lower, lower);
}

/// A member that is a text, which may be long.
std::string_view text_in(const nlohmann::json& mail, const char* name) {
  const auto found = mail.find(name);
  return found == mail.end() || !found->is_string()
             ? std::string_view()
             : std::string_view(found->get_ref<const std::string&>());
}

}  // namespace

std::vector<std::string> header_fields(std::string_view lines, std::string_view name,
                                       std::size_t at_most) {
  std::vector<std::string> values;
  bool inside = false;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool goes_on = line.starts_with(' ') || line.starts_with('\t');
    if (inside && goes_on) {
      values.back() += line;
      continue;
    }
    if (inside && values.size() == at_most) break;
    inside = begins_field(line, name);
    if (inside) values.emplace_back(line.substr(name.size() + 1));
  }
  for (auto& value : values) value = std::string(trimmed(value));
  return values;
}

std::string header_field(std::string_view lines, std::string_view name) {
  auto values = header_fields(lines, name, 1);
  return values.empty() ? std::string() : std::move(values.front());
}

std::pair<std::string_view, std::string_view> block_of(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (trimmed(text.substr(at, end - at)).empty())
      return {text.substr(0, at), text.substr(std::min(end + 1, text.size()))};
    at = end + 1;
  }
  return {text, {}};
}

std::string own_field(const nlohmann::json& mail, std::string_view name) {
  auto value = header_field(text_in(mail, "headers"), name);
  if (value.empty()) value = header_field(block_of(text_in(mail, "email")).first, name);
  return without_nul(std::move(value));
}

}  // namespace omnistream::actors
