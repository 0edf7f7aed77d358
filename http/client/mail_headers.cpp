#include "http/client/mail_headers.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/core.h>

#include "config/base/crypto.hpp"
#include "config/base/text.hpp"

namespace omnistream::http::client {
namespace {

constexpr std::size_t address_bytes_max = 254;  ///< RFC 5321
/// A longer plain text is encoded, as that can be folded anywhere. RFC 5322 allows 998 bytes.
constexpr std::size_t plain_bytes_max = 600;
/// Of one encoded word: 52 characters of base64 then, which with what stands around it and the
/// field's name are less than the 76 that RFC 2047 allows in a line.
constexpr std::size_t word_bytes_max = 39;
constexpr std::size_t piece_bytes_max = 60;  ///< of a parameter in pieces

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

/// In UTF-8 such a byte is not the first of its character.
bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// One line: what ends lines, and other control characters, are blanks.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(line, is_control, ' ');
  return line;
}

bool is_plain(std::string_view text) {
  return text.size() <= plain_bytes_max && text.find("=?") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Encoded words, each with whole characters, in lines of their own.
std::string encoded_words(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    auto size = std::min(text.size(), word_bytes_max);
    while (size > 1 && size < text.size() && continues_character(text[size])) --size;
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + crypto::base64_encode(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return words;
}

std::string encoded(std::string_view text) {
  const auto line = one_line(text);
  return is_plain(line) ? line : encoded_words(line);
}

std::string in_quotes(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    made += c;
  }
  return made + '"';
}

std::string written(const mailbox& who) {
  const auto name = one_line(who.name);
  if (name.empty()) return who.address;
  return (is_plain(name) ? in_quotes(name) : encoded_words(name)) + " <" + who.address + '>';
}

bool stands_in_parameter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

bool is_plain_part(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c <= '~' && c != '<' && c != '>' && c != ',' && c != ';' && c != '"';
  });
}

/// Within quotes stand blanks and commas as well.
bool is_quoted_part(std::string_view text) {
  if (text.size() <= 2 || text.front() != '"' || text.back() != '"') return false;
  return std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
    return c >= ' ' && c <= '~' && c != '<' && c != '>' && c != '"' && c != '\\';
  });
}

/// Who can be written to: ASCII, as not every server takes more (SMTPUTF8).
bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > address_bytes_max) return false;
  const auto person = text.substr(0, at);
  return (is_plain_part(person) || is_quoted_part(person)) && is_plain_part(text.substr(at + 1));
}

std::string unquoted(std::string_view name) {
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  std::string plain;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '\\' && i + 2 < name.size()) ++i;
    plain += name[i];
  }
  return plain;
}

}  // namespace

std::optional<mailbox> mailbox_of(std::string_view text) {
  mailbox read;
  const auto open = text.rfind('<');
  const auto close = text.rfind('>');
  if (open != std::string_view::npos && close != std::string_view::npos && open < close) {
    read.name = unquoted(trimmed(text.substr(0, open)));
    text = text.substr(open + 1, close - open - 1);
  }
  read.address = trimmed(text);
  if (!is_address(read.address)) return std::nullopt;
  return read;
}

std::string text_header(std::string_view name, std::string_view text) {
  return std::string(name) + ": " + encoded(text);
}

std::string mailbox_header(std::string_view name, const std::vector<mailbox>& who) {
  std::string line(name);
  line += ": ";
  for (std::size_t i = 0; i < who.size(); ++i) {
    if (i > 0) line += ",\r\n ";
    line += written(who[i]);
  }
  return line;
}

std::string ids_header(std::string_view name, const std::vector<std::string>& ids) {
  std::string line(name);
  line += ':';
  for (std::size_t i = 0; i < ids.size(); ++i) line += (i > 0 ? "\r\n " : " ") + ids[i];
  return line;
}

std::string date_header(timestamp at) {
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("Date: {}, {} {} {} {:02}:{:02}:{:02} +0000",
                     days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                     months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// The plain name is for those who do not know RFC 2231, by which the other stands in pieces, as no
/// line may be long.
std::string attachment_header(std::string_view filename) {
  const auto name = one_line(filename);
  std::string plain;
  std::vector<std::string> pieces(1);
  for (const char c : name) {
    const bool as_it_is = stands_in_parameter(c);
    if (!continues_character(c)) plain += as_it_is || c == ' ' ? c : '_';
    if (pieces.back().size() > piece_bytes_max) pieces.emplace_back();
    pieces.back() +=
        as_it_is ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  auto line = "Content-Disposition: attachment; filename=\"" + plain + '"';
  if (plain == name) return line;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const auto number = pieces.size() > 1 ? std::to_string(i) + '*' : std::string();
    line += ";\r\n filename*" + number + '=' + (i == 0 ? "UTF-8''" : "") + pieces[i];
  }
  return line;
}

}  // namespace omnistream::http::client
