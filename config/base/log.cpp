#include "config/base/log.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

namespace omnistream::log {
namespace {

spdlog::level::level_enum spdlog_level(level of) {
  switch (of) {
    case level::debug:
      return spdlog::level::debug;
    case level::info:
      return spdlog::level::info;
    case level::warn:
      return spdlog::level::warn;
    case level::error:
      return spdlog::level::err;
    case level::off:
      break;
  }
  return spdlog::level::off;
}

std::string_view name_of(level of) {
  constexpr std::array<std::string_view, 5> names = {"debug", "info", "warn", "error", "off"};
  return names[static_cast<std::size_t>(of)];
}

bool json_wanted(format how) {
  return how == format::json || (how == format::automatic && ::isatty(STDERR_FILENO) == 0);
}

std::atomic<bool>& writes_json() {
  static std::atomic<bool> flag{json_wanted(format::automatic)};
  return flag;
}

/// Never destroyed: destructors of other statics may still log.
spdlog::logger& logger() {
  static auto* const made = [] {
    auto* const instance =
        new spdlog::logger("omnistream", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    instance->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    instance->set_level(spdlog::level::info);
    return instance;
  }();
  return *made;
}

template <class Number>
void append_number(std::string& line, Number number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  line.append(digits.data(), end);
}

/// Printable ASCII that JSON takes as it is: nearly everything we log.
bool is_plain(std::string_view text) {
  for (const char c : text)
    if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
  return true;
}

enum class alphabet { unicode, ascii };

void append_quoted(std::string& line, std::string_view text, alphabet allowed) {
  if (is_plain(text)) {
    line.append(1, '"').append(text).append(1, '"');
    return;
  }
  line += nlohmann::json(text).dump(-1, ' ', allowed == alphabet::ascii,
                                    nlohmann::json::error_handler_t::replace);
}

/// `text` cut to its limit; `kept` owns the cut text when there is one.
std::string_view limited(std::string_view text, std::string& kept) {
  if (text.size() <= text_bytes_max) return text;
  kept.assign(text.substr(0, text_bytes_max)).append("...");
  return kept;
}

struct append_json_value {
  std::string& line;

  void operator()(std::string_view text) const {
    std::string kept;
    append_quoted(line, limited(text, kept), alphabet::unicode);
  }
  void operator()(bool flag) const { line += flag ? "true" : "false"; }
  void operator()(double number) const {
    if (std::isfinite(number)) return append_number(line, number);
    line += "null";  // JSON knows neither NaN nor infinity
  }
  void operator()(auto number) const { append_number(line, number); }
};

/// Bare where that is unambiguous, else quoted; ASCII only, as a terminal obeys control characters.
void append_text_word(std::string& line, std::string_view text) {
  std::string kept;
  text = limited(text, kept);
  if (!text.empty() && is_plain(text) && text.find_first_of(" =") == std::string_view::npos)
    line += text;
  else
    append_quoted(line, text, alphabet::ascii);
}

struct append_text_value {
  std::string& line;

  void operator()(std::string_view text) const { append_text_word(line, text); }
  void operator()(bool flag) const { line += flag ? "true" : "false"; }
  void operator()(auto number) const { append_number(line, number); }
};

}  // namespace

void append_json(std::string& line, const event& what) {
  const append_json_value value{line};
  line.append("{\"time\":\"").append(format_rfc3339(what.time)).append("\",\"level\":\"");
  line.append(name_of(what.severity)).append("\",\"component\":");
  value(what.component);
  line += ",\"msg\":";
  value(what.message);
  for (const auto& field : what.fields) {
    line += ',';
    value(field.key);
    line += ':';
    std::visit(value, field.value);
  }
  line += '}';
}

void append_text(std::string& line, const event& what) {
  constexpr std::size_t level_width = 5;
  const auto name = name_of(what.severity);
  line.append(format_rfc3339(what.time))
      .append(1, ' ')
      .append(name)
      .append(level_width - name.size(), ' ');
  line += ' ';
  append_text_word(line, what.component);
  line += ": ";
  std::string kept;
  const auto message = limited(what.message, kept);
  if (is_plain(message))
    line += message;
  else
    append_quoted(line, message, alphabet::ascii);
  for (const auto& field : what.fields) {
    line += ' ';
    append_text_word(line, field.key);
    line += '=';
    std::visit(append_text_value{line}, field.value);
  }
}

void configure(level least, format how) {
  writes_json().store(json_wanted(how), std::memory_order_relaxed);
  logger().set_level(spdlog_level(least));
}

bool enabled(level of) {
  return of != level::off && logger().should_log(spdlog_level(of));
}

void write(level of, std::string_view component, std::string_view message,
           std::span<const field> fields) {
  if (!enabled(of)) return;
  thread_local std::string line;
  line.clear();
  const event what{std::chrono::floor<std::chrono::milliseconds>(system_now()), of, component,
                   message, fields};
  if (writes_json().load(std::memory_order_relaxed))
    append_json(line, what);
  else
    append_text(line, what);
  logger().log(spdlog_level(of), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace omnistream::log
