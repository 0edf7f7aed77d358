#include "http/api/form_data.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "config/base/text.hpp"

namespace omnistream::http::api {
namespace {

constexpr std::size_t boundary_bytes_max = 70;
constexpr std::string_view line_end = "\r\n";

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

/// The quoted text that `rest` begins with, which it loses. Some senders write the backslashes of
/// Windows' folders as they are.
std::string take_quoted(std::string_view& rest) {
  std::string text;
  rest.remove_prefix(1);
  while (!rest.empty() && rest.front() != '"') {
    if (rest.starts_with("\\\"") || rest.starts_with("\\\\")) rest.remove_prefix(1);
    text += rest.front();
    rest.remove_prefix(1);
  }
  if (!rest.empty()) rest.remove_prefix(1);
  return text;
}

/// A form's field or file name, in which browsers write a quote and line ends percent-encoded.
std::string decoded_name(std::string text) {
  constexpr std::pair<std::string_view, char> codes[] = {
      {"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}};
  for (const auto& [code, stands_for] : codes)
    for (auto at = text.find(code); at != std::string::npos; at = text.find(code, at + 1))
      text.replace(at, code.size(), 1, stands_for);
  return text;
}

/// A parameter of a header's value: `form-data; name="file"`.
std::optional<std::string> parameter(std::string_view value, std::string_view wanted) {
  auto rest = value.substr(std::min(value.find(';'), value.size()));
  while (!rest.empty()) {
    rest = trimmed(rest.substr(1));  // the semicolon
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = lower(trimmed(rest.substr(0, equals)));
    rest = trimmed(rest.substr(equals + 1));
    std::string text;
    if (rest.starts_with('"')) {
      text = take_quoted(rest);
    } else {
      text = trimmed(rest.substr(0, rest.find(';')));
    }
    rest = rest.substr(std::min(rest.find(';'), rest.size()));
    if (name == wanted) return text;
  }
  return std::nullopt;
}

problem bad_form(std::string why) {
  return problems::bad_request("bad_form", "The body is no multipart/form-data: " + why);
}

problem wrong_type() {
  return {415,
          "unsupported_media_type",
          "Send the body with Content-Type: multipart/form-data and its boundary.",
          {},
          {}};
}

/// Reads the header lines of a part.
std::optional<form_part> part_of(std::string_view head, std::string_view content) {
  form_part part;
  part.content = content;
  bool named = false;
  while (!head.empty()) {
    const auto line = head.substr(0, head.find(line_end));
    head.remove_prefix(std::min(line.size() + line_end.size(), head.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto name = lower(trimmed(line.substr(0, colon)));
    const auto value = trimmed(line.substr(colon + 1));
    if (name == "content-type") part.content_type = value;
    if (name != "content-disposition" || !lower(value).starts_with("form-data")) continue;
    const auto given = parameter(value, "name");
    named = given.has_value();
    part.name = decoded_name(given.value_or(""));
    part.filename = decoded_name(parameter(value, "filename").value_or(""));
  }
  return named ? std::optional(part) : std::nullopt;
}

}  // namespace

result<std::vector<form_part>> read_form(std::string_view content_type, std::string_view body) {
  if (!lower(content_type).starts_with("multipart/form-data")) return wrong_type();
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > boundary_bytes_max) return wrong_type();
  const auto delimiter = std::string(line_end) + "--" + *boundary;
  if (!body.starts_with(std::string_view(delimiter).substr(line_end.size())))
    return bad_form("it does not begin with the boundary.");
  std::vector<form_part> parts;
  auto rest = body.substr(delimiter.size() - line_end.size());
  while (!rest.starts_with("--")) {
    if (parts.size() == form_parts_max) return bad_form("it has too many fields.");
    if (!rest.starts_with(line_end)) return bad_form("a boundary does not end its line.");
    const auto head_end = rest.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return bad_form("a field has no end of its header.");
    const auto content_begin = head_end + 2 * line_end.size();
    // The end of the header may be the line end that the boundary begins with.
    const auto content_end = rest.find(delimiter, head_end + line_end.size());
    if (content_end == std::string_view::npos) return bad_form("the last boundary is missing.");
    const auto content = content_end < content_begin
                             ? std::string_view()
                             : rest.substr(content_begin, content_end - content_begin);
    const auto head = rest.substr(0, head_end);
    auto part = part_of(head.substr(std::min(line_end.size(), head.size())), content);
    if (!part) return bad_form("a field has no name.");
    parts.push_back(std::move(*part));
    rest = rest.substr(content_end + delimiter.size());
  }
  return parts;
}

}  // namespace omnistream::http::api
