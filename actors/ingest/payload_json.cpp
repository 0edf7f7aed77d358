#include "actors/ingest/payload_json.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

constexpr std::int64_t seconds_max = 253'402'300'799;  // the end of year 9999

std::optional<std::int64_t> number_in(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// JSON's \u0000 is lawful, but neither text nor jsonb of PostgreSQL can hold it.
void replace_nul_escapes(std::string& dumped) {
  for (std::size_t at = dumped.find('\\'); at != std::string::npos; at = dumped.find('\\', at + 2))
    if (dumped.compare(at, 6, "\\u0000") == 0) dumped.replace(at, 6, "\\ufffd");
}

/// The UTF-16 unit that the escape at `at` stands for; nothing if none is there.
std::optional<unsigned> unit_at(std::string_view text, std::size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  const auto* digits = text.data() + at + 2;
  const auto [end, fault] = std::from_chars(digits, digits + 4, unit, 16);
  if (fault != std::errc{} || end != digits + 4) return std::nullopt;
  return unit;
}

/// Who cuts texts by UTF-16 units leaves half a pair, which JSON's grammar allows and no text can
/// hold.
std::string without_half_pairs(std::string text) {
  const auto is_high = [](unsigned unit) { return unit >= 0xd800 && unit <= 0xdbff; };
  const auto is_low = [](unsigned unit) { return unit >= 0xdc00 && unit <= 0xdfff; };
  for (std::size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at)) {
    const auto unit = unit_at(text, at);
    const auto next = unit ? unit_at(text, at + 6) : std::nullopt;
    const bool pair = unit && next && is_high(*unit) && is_low(*next);
    if (unit && !pair && (is_high(*unit) || is_low(*unit))) text.replace(at, 6, "\\ufffd");
    at += pair ? 12 : unit ? 6 : 2;
  }
  return text;
}

}  // namespace

std::optional<timestamp> time_of_seconds(std::string_view digits) {
  const auto seconds = number_in(digits);
  if (!seconds || *seconds <= 0 || *seconds > seconds_max) return std::nullopt;
  return timestamp{std::chrono::seconds{*seconds}};
}

std::optional<timestamp> time_of_milliseconds(std::string_view digits) {
  const auto milliseconds = number_in(digits);
  if (!milliseconds || *milliseconds <= 0 || *milliseconds / 1'000 > seconds_max)
    return std::nullopt;
  return timestamp{std::chrono::milliseconds{*milliseconds}};
}

std::string without_nul(std::string text) {
  for (auto at = text.find('\0'); at != std::string::npos; at = text.find('\0', at))
    text.replace(at, 1, "\xef\xbf\xbd");
  return text;
}

std::string text_or_number(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  if (found == object.end()) return {};
  if (found->is_string()) return without_nul(found->get<std::string>());
  return found->is_number_integer() ? found->dump() : std::string{};
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= id_bytes_max;
}

const json& object_at(const json& object, const char* name) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : none;
}

json document(std::string_view text) {
  auto parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded())
    parsed = json::parse(without_half_pairs(std::string(text)), nullptr, false);
  return parsed.is_discarded() ? json{} : parsed;
}

std::string printed(const json& value) {
  auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  replace_nul_escapes(text);
  return text;
}

}  // namespace omnistream::actors
