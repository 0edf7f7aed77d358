#include "http/contract/constraints.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "config/base/time.hpp"
#include "config/base/utf8.hpp"
#include "config/base/uuid.hpp"

namespace omnistream::http::contract {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool all(std::string_view text, bool (*is)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is);
}

bool is_phone_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  constexpr std::string_view between = " -.()";
  std::ptrdiff_t digits = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      ++digits;
    } else if (between.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return digits >= 5 && digits <= 17;
}

bool is_slug(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.back() == '-') return false;
  return text.find("--") == std::string_view::npos &&
         all(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_identifier(std::string_view text) {
  return all(text, [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_language(std::string_view text) {
  const auto bar = text.find('_');
  const auto first = text.substr(0, bar);
  if (first.size() < 2 || first.size() > 3 || !all(first, is_lower)) return false;
  if (bar == std::string_view::npos) return true;
  const auto region = text.substr(bar + 1);
  return region.size() >= 2 && region.size() <= 4 &&
         all(region, [](char c) { return is_upper(c) || is_lower(c); });
}

struct pattern_entry {
  text_pattern pattern;
  std::string_view regex;
  std::string_view example;
  std::string_view described;
  bool (*matches)(std::string_view);
};

constexpr std::array patterns{
    pattern_entry{text_pattern::phone_number, R"(^\+?[ \-.()]*(?:[0-9][ \-.()]*){5,17}$)",
                  "6281234567890", "a phone number", is_phone_number},
    pattern_entry{text_pattern::slug, "^[a-z0-9]+(?:-[a-z0-9]+)*$", "my-tenant",
                  "a slug of lower case letters, digits and single hyphens", is_slug},
    pattern_entry{text_pattern::identifier, "^[a-z0-9_]+$", "order_update",
                  "a name of lower case letters, digits and underscores", is_identifier},
    pattern_entry{text_pattern::country, "^[A-Z]{2}$", "ID", "an ISO 3166-1 alpha-2 country code",
                  [](std::string_view text) { return text.size() == 2 && all(text, is_upper); }},
    pattern_entry{text_pattern::language, "^[a-z]{2,3}(?:_[A-Za-z]{2,4})?$", "id",
                  "a language code such as id or en_US", is_language},
    pattern_entry{text_pattern::digits, "^[0-9]+$", "1234567890", "a string of digits",
                  [](std::string_view text) { return all(text, is_digit); }},
    pattern_entry{text_pattern::token, "^[!-~]+$", "EAAG...",
                  "printable ASCII characters without spaces",
                  [](std::string_view text) {
                    return all(text, [](char c) { return c > ' ' && c < 0x7F; });
                  }},
};

const pattern_entry* find(text_pattern pattern) {
  for (const auto& entry : patterns)
    if (entry.pattern == pattern) return &entry;
  return nullptr;
}

bool is_host_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         all(label, [](char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '-'; });
}

/// One @, a local part without spaces or control characters, a domain of at least two labels.
bool is_email(std::string_view text) {
  constexpr std::size_t bytes_max = 254;
  constexpr std::size_t local_bytes_max = 64;
  const auto at = text.rfind('@');
  if (text.size() > bytes_max || at == std::string_view::npos || at == 0 || at > local_bytes_max)
    return false;
  const auto local = text.substr(0, at);
  constexpr std::string_view special = "!#$%&'*+-/=?^_`{|}~.";
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos)
    return false;
  for (const char c : local)
    if (!is_lower(c) && !is_upper(c) && !is_digit(c) && special.find(c) == std::string_view::npos)
      return false;
  auto domain = text.substr(at + 1);
  int labels = 0;
  while (true) {
    const auto dot = domain.find('.');
    if (!is_host_label(domain.substr(0, dot))) return false;
    ++labels;
    if (dot == std::string_view::npos) return labels >= 2;
    domain.remove_prefix(dot + 1);
  }
}

/// An absolute http or https URL; other schemes have no use here and some are dangerous.
bool is_web_uri(std::string_view text) {
  constexpr std::size_t bytes_max = 2048;
  if (text.size() > bytes_max) return false;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    const auto rest = text.substr(scheme.size());
    const auto host = rest.substr(0, rest.find_first_of("/?#"));
    return !host.empty() && host.front() != ':' && all(rest, [](char c) {
      return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>';
    });
  }
  return false;
}

bool is_date(std::string_view text) {
  return text.size() == 10 && parse_rfc3339(std::string(text) + "T00:00:00Z").has_value();
}

bool has_format(text_format format, std::string_view text) {
  switch (format) {
    case text_format::none:
      return true;
    case text_format::uuid:
      return uuid::parse(text).has_value();
    case text_format::date_time:
      return parse_rfc3339(text).has_value();
    case text_format::date:
      return is_date(text);
    case text_format::email:
      return is_email(text);
    case text_format::uri:
      return is_web_uri(text);
  }
  return false;
}

std::string plural(std::size_t count, std::string_view noun) {
  return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

/// 1 rather than 1.000000 for what is a whole number.
std::string number_text(double value) {
  return nlohmann::json(std::floor(value) == value && std::abs(value) < 9e15
                            ? nlohmann::json(static_cast<std::int64_t>(value))
                            : nlohmann::json(value))
      .dump();
}

std::string joined(const std::vector<std::string>& values) {
  std::string list;
  for (const auto& value : values) list += (list.empty() ? "" : ", ") + value;
  return list;
}

template <class Value>
std::optional<violation> check_range(const value_spec& spec, Value value) {
  const auto as_double = static_cast<double>(value);
  const bool low = spec.minimum && as_double < *spec.minimum;
  const bool high = spec.maximum && as_double > *spec.maximum;
  if (!low && !high) return std::nullopt;
  if (spec.minimum && spec.maximum)
    return violation{"out_of_range", "Must be between " + number_text(*spec.minimum) + " and " +
                                         number_text(*spec.maximum) + "."};
  return violation{"out_of_range", low ? "Must be at least " + number_text(*spec.minimum) + "."
                                       : "Must be at most " + number_text(*spec.maximum) + "."};
}

}  // namespace

std::optional<violation> check_text(const value_spec& spec, std::string_view text) {
  if (spec.size_min || spec.size_max) {
    const auto length = utf8_length(text);
    if (spec.size_min && length < *spec.size_min)
      return violation{"too_short",
                       "Must have at least " + plural(*spec.size_min, "character") + "."};
    if (spec.size_max && length > *spec.size_max)
      return violation{"too_long",
                       "Must have at most " + plural(*spec.size_max, "character") + "."};
  }
  if (!spec.allowed.empty() &&
      std::find(spec.allowed.begin(), spec.allowed.end(), text) == spec.allowed.end())
    return violation{"not_in_enum", "Must be one of: " + joined(spec.allowed) + "."};
  const auto* pattern = find(spec.pattern);
  if (!has_format(spec.format, text) || (pattern != nullptr && !pattern->matches(text)))
    return violation{"bad_format", "Must be " + describe(spec) + "."};
  return std::nullopt;
}

std::optional<violation> check_integer(const value_spec& spec, std::int64_t value) {
  return check_range(spec, value);
}

std::optional<violation> check_number(const value_spec& spec, double value) {
  return check_range(spec, value);
}

std::optional<violation> check_count(const value_spec& spec, std::size_t count) {
  if (spec.size_min && count < *spec.size_min)
    return violation{"too_few_items", "Must have at least " + plural(*spec.size_min, "item") + "."};
  if (spec.size_max && count > *spec.size_max)
    return violation{"too_many_items", "Must have at most " + plural(*spec.size_max, "item") + "."};
  return std::nullopt;
}

violation zero_character() {
  return {"bad_format", "Must not contain the zero character (\\u0000)."};
}

violation wrong_type(const value_spec& wanted, std::string_view got) {
  return {"wrong_type", "Must be " + describe(wanted) + ", not " + std::string(got) + "."};
}

std::string describe(const value_spec& spec) {
  if (const auto* pattern = find(spec.pattern)) return std::string(pattern->described);
  switch (spec.type) {
    case value_type::string:
      switch (spec.format) {
        case text_format::none:
          return "a string";
        case text_format::uuid:
          return "a UUID";
        case text_format::date_time:
          return "an RFC 3339 date-time such as 2026-01-02T03:04:05Z";
        case text_format::date:
          return "a date such as 2026-01-02";
        case text_format::email:
          return "an email address";
        case text_format::uri:
          return "an http or https URL";
      }
      return "a string";
    case value_type::boolean:
      return "true or false";
    case value_type::integer:
      return "an integer";
    case value_type::number:
      return "a number";
    case value_type::object:
    case value_type::map:
      return "an object";
    case value_type::array:
      return "an array";
    case value_type::any:
      return "a JSON value";
  }
  return "a JSON value";
}

std::string_view regex_of(text_pattern pattern) {
  const auto* entry = find(pattern);
  return entry == nullptr ? std::string_view{} : entry->regex;
}

std::string_view example_of(text_pattern pattern) {
  const auto* entry = find(pattern);
  return entry == nullptr ? std::string_view{} : entry->example;
}

std::string_view name_of(text_format format) {
  switch (format) {
    case text_format::none:
      return "";
    case text_format::uuid:
      return "uuid";
    case text_format::date_time:
      return "date-time";
    case text_format::date:
      return "date";
    case text_format::email:
      return "email";
    case text_format::uri:
      return "uri";
  }
  return "";
}

}  // namespace omnistream::http::contract
