#include "config/base/text.hpp"

#include <algorithm>
#include <iterator>

namespace omnistream {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

bool is_blank(std::string_view text) {
  constexpr std::string_view unseen[] = {
      " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085", "\u00a0",
      "\u00ad", "\u1680", "\u180e", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
      "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u200b", "\u200c",
      "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202f", "\u205f", "\u2060",
      "\u2800", "\u3000", "\u3164", "\ufe0f", "\ufeff"};
  while (!text.empty()) {
    const auto* const found = std::find_if(std::begin(unseen), std::end(unseen),
                                           [&](auto one) { return text.starts_with(one); });
    if (found == std::end(unseen)) return false;
    text.remove_prefix(found->size());
  }
  return true;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string made;
  for (const unsigned char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      made += static_cast<char>(c);
    else
      made.append({'%', digits[c >> 4], digits[c & 15]});
  }
  return made;
}

}  // namespace omnistream
