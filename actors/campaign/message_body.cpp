#include "actors/campaign/message_body.hpp"

#include <algorithm>

#include "actors/json_text.hpp"
#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

constexpr std::size_t phone_digits_min = 5;
constexpr std::size_t phone_digits_max = 15;  // E.164
constexpr std::size_t spaces_in_a_row_max = 4;
constexpr std::size_t filename_bytes_max = 240;

std::string quoted(const std::string& key) {
  return '"' + key + '"';
}

/// What is wrong with a text parameter by Meta's rules; empty if nothing.
std::string_view fault_of_text(std::string_view value) {
  if (value.find_first_not_of(' ') == std::string_view::npos) return "must not be empty.";
  if (value.size() > template_plan::parameter_characters_max &&
      utf8_length(value) > template_plan::parameter_characters_max)
    return "must have at most 1024 characters.";
  std::size_t spaces = 0;
  for (const char c : value) {
    if (c == '\n' || c == '\r') return "must not contain a line break.";
    if (c == '\t') return "must not contain a tab.";
    spaces = c == ' ' ? spaces + 1 : 0;
    if (spaces > spaces_in_a_row_max) return "must not contain more than four spaces in a row.";
  }
  return {};
}

std::string_view fault_of_link(std::string_view value) {
  constexpr std::string_view scheme = "https://";
  if (!value.starts_with(scheme) || value.size() == scheme.size())
    return "must be a link that begins with https://.";
  if (value.size() > template_plan::link_bytes_max) return "must be a link of at most 2048 bytes.";
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  if (std::ranges::any_of(value, blank)) return "must be a link without spaces.";
  return {};
}

std::string_view fault_of_media_id(std::string_view value) {
  const auto lawful = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  if (value.empty() || value.size() > template_plan::media_id_bytes_max ||
      !std::ranges::all_of(value, lawful))
    return "must be an id as Meta's media upload gives it.";
  return {};
}

std::string_view fault_of_filename(std::string_view value) {
  if (value.size() > filename_bytes_max) return "must be a file name of at most 240 bytes.";
  return fault_of_text(value);
}

/// The last part of a link's path: WhatsApp shows it as the document's name instead of "Untitled".
std::string_view filename_of(std::string_view link) {
  link = link.substr(0, link.find_first_of("?#"));
  link.remove_prefix(std::string_view("https://").size());
  const auto slash = link.rfind('/');
  if (slash == std::string_view::npos) return {};
  const auto name = link.substr(slash + 1);
  return name.size() <= filename_bytes_max ? name : std::string_view{};
}

/// Appends the digits of an E.164 number, with or without `+`; false if it is none.
bool append_digits(std::string_view phone, std::string& out) {
  if (phone.starts_with('+')) phone.remove_prefix(1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (phone.size() < phone_digits_min || phone.size() > phone_digits_max ||
      !std::ranges::all_of(phone, digit))
    return false;
  out += phone;
  return true;
}

}  // namespace

/// Remembers where the value of each wanted key stands; a sentence if the variables cannot be used.
std::string template_plan::read(std::string_view variables_json, raw_values& values) const {
  if (variables_json.empty()) return {};
  json_cursor cursor(variables_json);
  if (!cursor.enter_object()) return "The variables are not a JSON object.";
  std::string_view key;
  while (cursor.next_member(key)) {
    const auto found = std::ranges::find(keys_, key);
    const auto kind = cursor.peek();
    auto raw = cursor.take_value();
    if (found == keys_.end() || kind == json_cursor::kind::null || cursor.failed()) continue;
    if (kind == json_cursor::kind::object || kind == json_cursor::kind::array)
      return "The variable " + quoted(*found) + " must be a text, a number or a boolean.";
    if (kind == json_cursor::kind::string) raw = raw.substr(1, raw.size() - 2);
    values[static_cast<std::size_t>(found - keys_.begin())] = raw;
  }
  return cursor.finished() ? std::string{} : "The variables are not valid JSON.";
}

std::string template_plan::fault_at(std::size_t key, const slot& place,
                                    std::string_view fault) const {
  std::string sentence = "The variable " + quoted(keys_[key]) + " (" + place.description + ") ";
  return sentence += fault;
}

/// Appends the constant text in front of the place and its value; a sentence if there is no lawful
/// value.
std::string template_plan::write(const slot& place, const raw_values& values,
                                 std::string& out) const {
  if (place.written_as != form::text) return write_medium(place, values, out);
  auto raw = values[place.key];
  if (!raw && place.other_key != std::string::npos) raw = values[place.other_key];
  std::string value;
  if (raw)
    decode_json_string(*raw, value);
  else if (place.fallback.empty())
    return "The variable " + quoted(keys_[place.key]) + " is missing: it fills " +
           place.description + ".";
  else
    value = place.fallback;
  if (const auto fault = fault_of_text(value); !fault.empty())
    return fault_at(place.key, place, fault);
  out += place.prefix;
  append_json_escaped(value, out);
  return {};
}

/// A medium by its id, else by its link; a document with its name.
std::string template_plan::write_medium(const slot& place, const raw_values& values,
                                        std::string& out) const {
  const bool by_id = values[place.other_key].has_value();
  const auto key = by_id ? place.other_key : place.key;
  std::string value;
  if (values[key])
    decode_json_string(*values[key], value);
  else if (place.fallback.empty())
    return "The variable " + quoted(keys_[place.key]) + " or " + quoted(keys_[place.other_key]) +
           " is missing: it fills " + place.description + ".";
  else
    value = place.fallback;
  const auto fault = by_id ? fault_of_media_id(value) : fault_of_link(value);
  if (!fault.empty()) return fault_at(key, place, fault);
  out += place.prefix;
  out += by_id ? R"("id":")" : R"("link":")";
  append_json_escaped(value, out);
  if (place.written_as != form::document) return {};
  std::string name;
  if (values[place.name_key]) {
    decode_json_string(*values[place.name_key], name);
    if (const auto wrong = fault_of_filename(name); !wrong.empty())
      return fault_at(place.name_key, place, wrong);
  } else if (!by_id) {
    name = filename_of(value);
  }
  if (name.empty()) return {};
  out += R"(","filename":")";
  append_json_escaped(name, out);
  return {};
}

std::string template_plan::fill(std::string_view variables_json, std::string& out) const {
  raw_values values;
  auto error = read(variables_json, values);
  for (const auto& place : slots_) {
    if (!error.empty()) return error;
    error = write(place, values, out);
  }
  out += ending_;
  return error;
}

rendered_message template_plan::render(const message_recipient& recipient) const {
  rendered_message message;
  std::string& body = message.body;
  body.reserve(1'024);
  body += opening_;
  if (!append_digits(recipient.phone_number, body)) {
    message.error = "The phone number is not valid: it needs 5 to 15 digits with the country code.";
  } else {
    body += R"(","biz_opaque_callback_data":")";
    append_json_escaped(recipient.id, body);
    message.error = fill(recipient.variables_json, body);
  }
  if (!message.ok()) body.clear();
  return message;
}

std::optional<std::string> template_plan::check(std::string_view variables_json) const {
  std::string ignored;
  auto error = fill(variables_json, ignored);
  if (error.empty()) return std::nullopt;
  return error;
}

}  // namespace omnistream::actors
