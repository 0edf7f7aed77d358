#include "http/api/phone_numbers.hpp"

#include <phonenumbers/phonenumberutil.h>

namespace omnistream::http::api {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t number_bytes_max = 40;

enum class demand { valid, possible };

std::optional<std::string> read(const std::string& number, const std::string& country,
                                demand needed) {
  const auto& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber parsed;
  if (util.Parse(number, country, &parsed) != PhoneNumberUtil::NO_PARSING_ERROR)
    return std::nullopt;
  const bool good =
      needed == demand::valid ? util.IsValidNumber(parsed) : util.IsPossibleNumber(parsed);
  if (!good) return std::nullopt;
  std::string text;
  util.Format(parsed, PhoneNumberUtil::E164, &text);
  return text;
}

}  // namespace

std::optional<std::string> to_e164(std::string_view number, const std::string& country) {
  if (number.empty() || number.size() > number_bytes_max) return std::nullopt;
  const std::string text(number);
  const bool international = text.front() == '+';
  // A valid reading beats a merely possible one: number plans grow faster than any library's
  // tables, so a number of the right length is taken too, and Meta has the last word.
  for (const auto needed : {demand::valid, demand::possible}) {
    if (auto found = read(text, country, needed)) return found;
    if (international) continue;
    if (auto found = read("+" + text, country, needed)) return found;
  }
  return std::nullopt;
}

}  // namespace omnistream::http::api
