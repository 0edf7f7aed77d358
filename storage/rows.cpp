#include <charconv>

#include <libpq-fe.h>

#include "storage/session.hpp"

namespace omnistream::storage {
namespace {

/// A statement whose columns are not what the code reads: a mistake of ours, never of the data.
[[noreturn]] void misread(const pg_result* result, int column, const char* wanted) {
  const bool exists = column >= 0 && column < PQnfields(result);
  const char* name = exists ? PQfname(result, column) : nullptr;
  throw std::logic_error("column " + std::to_string(column) + " (" +
                         (name != nullptr ? name : "missing") + ") of a result is not " + wanted);
}

/// Reads a decimal number and moves `text` past it.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
  return true;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

/// `.123456`, up to PostgreSQL's six digits; trailing zeros are left out by it.
int take_micros(std::string_view& text) {
  if (!take(text, '.')) return 0;
  int micros = 0;
  int digits = 0;
  for (; digits < 6 && !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits) {
    micros = micros * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

/// `2026-01-02 03:04:05.678+00`: timestamptz as text under DateStyle ISO and time zone UTC, which
/// every connection sets.
std::optional<timestamp> parse_timestamptz(std::string_view text) {
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  const bool well_formed = take_number(text, y) && take(text, '-') && take_number(text, mo) &&
                           take(text, '-') && take_number(text, d) && take(text, ' ') &&
                           take_number(text, h) && take(text, ':') && take_number(text, mi) &&
                           take(text, ':') && take_number(text, s);
  if (!well_formed) return std::nullopt;
  const int micros = take_micros(text);
  if (text != "+00") return std::nullopt;
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  return timestamp{sys_days{date}} + hours{h} + minutes{mi} + seconds{s} + microseconds{micros};
}

}  // namespace

rows::rows(pg_result* result) : result_(result, [](pg_result* owned) { PQclear(owned); }) {}

int rows::size() const {
  return PQntuples(result_.get());
}

std::int64_t rows::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(),
                  count);  // empty for commands that touch no rows
  return count;
}

bool rows::is_null(int row, int column) const {
  if (row < 0 || row >= size() || column < 0 || column >= PQnfields(result_.get()))
    misread(result_.get(), column, "there");
  return PQgetisnull(result_.get(), row, column) != 0;
}

std::string_view rows::text(int row, int column) const {
  if (row < 0 || row >= size() || column < 0 || column >= PQnfields(result_.get()))
    misread(result_.get(), column, "there");
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t rows::integer(int row, int column) const {
  const auto digits = text(row, column);
  std::int64_t value = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec != std::errc{} || end.ptr != digits.data() + digits.size())
    misread(result_.get(), column, "an integer");
  return value;
}

std::vector<std::int64_t> rows::integers(int row, int column) const {
  auto list = text(row, column);
  std::vector<std::int64_t> values;
  bool well_formed = take(list, '{');
  while (well_formed && !take(list, '}')) {
    std::int64_t value = 0;
    well_formed = (values.empty() || take(list, ',')) && take_number(list, value);
    values.push_back(value);
  }
  if (!well_formed || !list.empty()) misread(result_.get(), column, "an array of integers");
  return values;
}

bool rows::boolean(int row, int column) const {
  const auto letter = text(row, column);
  if (letter != "t" && letter != "f") misread(result_.get(), column, "a boolean");
  return letter == "t";
}

uuid rows::id(int row, int column) const {
  const auto value = uuid::parse(text(row, column));
  if (!value) misread(result_.get(), column, "a uuid");
  return *value;
}

timestamp rows::time(int row, int column) const {
  const auto value = parse_timestamptz(text(row, column));
  if (!value) misread(result_.get(), column, "a timestamptz");
  return *value;
}

std::optional<std::string> rows::optional_text(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return std::string(text(row, column));
}

std::optional<uuid> rows::optional_id(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return id(row, column);
}

std::optional<timestamp> rows::optional_time(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return time(row, column);
}

}  // namespace omnistream::storage
