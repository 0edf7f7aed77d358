#include "bench/load/result_table.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <utility>

namespace omnistream::load {
namespace {

bool is_number(const std::string& cell) {
  return !cell.empty() && std::isdigit(static_cast<unsigned char>(cell.front())) != 0 &&
         cell.find_first_not_of("0123456789.,") == std::string::npos;
}

/// `sent_per_s` -> `sent (per s)`: the unit that ends a name is told apart.
std::string readable_name(std::string name) {
  static const std::pair<const char*, const char*> units[] = {
      {"_per_s", "/s"}, {"_us", "µs"}, {"_ms", "ms"}, {"_mb", "MB"}, {"_s", "s"}};
  std::string unit;
  for (const auto& [suffix, shown] : units) {
    if (!name.ends_with(suffix)) continue;
    name.resize(name.size() - std::string_view(suffix).size());
    unit = std::string(" (") + shown + ")";
    break;
  }
  std::replace(name.begin(), name.end(), '_', ' ');
  return name + unit;
}

std::string cell_of(const figures& value) {
  if (value.is_number()) return readable(value.get<double>());
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_null()) return "-";
  std::string list;
  for (const auto& one : value) list += (list.empty() ? "" : "  ") + cell_of(one);
  return list;
}

/// Latencies fit into one row.
bool is_latencies(const figures& value) {
  return value.contains("p99_ms") && value.contains("count");
}

std::string latencies_cell(const figures& of) {
  std::string cell;
  for (const char* key : {"p50_ms", "p90_ms", "p99_ms", "max_ms"})
    cell += (cell.empty() ? "" : " / ") + readable(of.value(key, 0.0));
  return cell + "  of " + readable(of.value("count", 0.0)) +
         (of.value("too_short", false) ? ", too few to tell p99" : "");
}

void collect(const figures& from, const std::string& before,
             std::vector<std::vector<std::string>>& rows) {
  for (const auto& [key, value] : from.items()) {
    const auto name = before.empty() ? key : before + " " + key;
    if (value.is_object() && is_latencies(value))
      rows.push_back({readable_name(name) + " p50 / p90 / p99 / max (ms)", latencies_cell(value)});
    else if (value.is_object())
      collect(value, name, rows);
    else
      rows.push_back({readable_name(name), cell_of(value)});
  }
}

/// Characters, not bytes: names may hold µ.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::vector<std::size_t> widths_of(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  return widths;
}

}  // namespace

std::string readable(double value) {
  if (!std::isfinite(value)) return "-";
  const double size = std::abs(value);
  const int decimals = size >= 100 || value == std::round(value) ? 0
                       : size >= 10                              ? 1
                       : size >= 1                               ? 2
                       : size >= 0.01                            ? 3
                                                                 : 5;
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, size);
  std::string digits = text;
  const auto point = std::min(digits.find('.'), digits.size());
  for (auto at = static_cast<std::ptrdiff_t>(point) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return (value < 0 ? "-" : "") + digits;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  const auto widths = widths_of(rows);
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - width_of(row[i]), ' ');
      line += (i == 0 ? "" : "  ") + (is_number(row[i]) ? blanks + row[i] : row[i] + blanks);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string markdown(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    text += "|";
    for (const auto& cell : rows[r]) text += " " + cell + " |";
    text += "\n";
    if (r != 0) continue;
    text += "|";
    for (std::size_t i = 0; i < rows[r].size(); ++i) text += i == 0 ? "---|" : "---:|";
    text += "\n";
  }
  return text;
}

std::vector<std::vector<std::string>> rows_of(const figures& all) {
  std::vector<std::vector<std::string>> rows;
  collect(all, "", rows);
  return rows;
}

}  // namespace omnistream::load
