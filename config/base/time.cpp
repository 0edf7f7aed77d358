#include "config/base/time.hpp"

#include <array>
#include <cstdio>

namespace omnistream {
namespace {

/// Reads exactly `digits` decimal digits and moves `text` past them; -1 if they are not there.
int take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

/// `.123456789`: microseconds are kept, what is finer is cut.
std::optional<int> take_fraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return 0;
  text.remove_prefix(1);
  int micros = 0;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9';
       text.remove_prefix(1), ++digits)
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  using std::chrono::minutes;
  if (take(text, 'Z') || take(text, 'z')) return minutes{0};
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const int hours = take_number(text, 2);
  if (!take(text, ':')) return std::nullopt;
  const int mins = take_number(text, 2);
  if (hours < 0 || hours > 23 || mins < 0 || mins > 59) return std::nullopt;
  return minutes{sign * (hours * 60 + mins)};
}

}  // namespace

timestamp system_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string format_rfc3339(timestamp at) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{at - day};
  std::array<char, 40> text{};
  int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
      static_cast<int>(time.seconds().count()));
  const int micros = static_cast<int>(time.subseconds().count());
  std::string formatted(text.data(), static_cast<std::size_t>(length));
  if (micros != 0) {
    length = std::snprintf(text.data(), text.size(), micros % 1000 == 0 ? ".%03d" : ".%06d",
                           micros % 1000 == 0 ? micros / 1000 : micros);
    formatted.append(text.data(), static_cast<std::size_t>(length));
  }
  return formatted + 'Z';
}

std::optional<timestamp> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const int y = take_number(text, 4);
  if (y < 0 || !take(text, '-')) return std::nullopt;
  const int mo = take_number(text, 2);
  if (!take(text, '-')) return std::nullopt;
  const int d = take_number(text, 2);
  if (mo < 0 || d < 0 || !(take(text, 'T') || take(text, 't') || take(text, ' ')))
    return std::nullopt;
  const int h = take_number(text, 2);
  if (!take(text, ':')) return std::nullopt;
  const int mi = take_number(text, 2);
  if (!take(text, ':')) return std::nullopt;
  const int s = take_number(text, 2);
  const auto micros = take_fraction(text);
  const auto offset = micros ? take_offset(text) : std::nullopt;
  if (!offset || !text.empty()) return std::nullopt;
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok() || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60) return std::nullopt;
  const auto at = timestamp{sys_days{date}} + hours{h} + minutes{mi} + seconds{s} +
                  microseconds{*micros} - *offset;
  // Years 0001 to 9999 in UTC: what format_rfc3339 can write and PostgreSQL reads back.
  if (at < sys_days{year{1} / January / 1} || at >= sys_days{year{10000} / January / 1})
    return std::nullopt;
  return at;
}

}  // namespace omnistream
