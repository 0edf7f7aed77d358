#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/base/time.hpp"

/// Structured logging to standard error, one line per event, through spdlog. Thread-safe. Before
/// `configure` the level is info and the format is chosen by whether standard error is a terminal.
///
///     log::info("dispatcher", "Rate lowered", {{"phone_number_id", id}, {"rate_mps", 20}});
///
/// A secret is no field value: it does not compile. Texts may hold anything: what is not valid
/// UTF-8 or not printable is escaped, so that one event is always one line and cannot pretend to be
/// another.
namespace omnistream::log {

enum class level { debug, info, warn, error, off };

/// `automatic` is text on a terminal and JSON elsewhere.
enum class format { automatic, json, text };

/// Longer texts are cut here and end with `...`.
inline constexpr std::size_t text_bytes_max = 8192;

/// One key with its value. Views only: made in the call and dead after it. Keys are snake_case
/// names; `time`, `level`, `component` and `msg` are taken.
struct field {
  using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  std::string_view key;
  value_type value;

  field(std::string_view name, std::same_as<bool> auto flag) : key(name), value(bool{flag}) {}
  field(std::string_view name, std::signed_integral auto number)
      : key(name), value(static_cast<std::int64_t>(number)) {}
  field(std::string_view name,
        std::unsigned_integral auto number) requires(!std::same_as<decltype(number), bool>)
      : key(name), value(static_cast<std::uint64_t>(number)) {}
  field(std::string_view name, std::floating_point auto number)
      : key(name), value(double{number}) {}
  field(std::string_view name, std::string_view text) : key(name), value(text) {}
  field(std::string_view name, const std::string& text)
      : key(name), value(std::string_view(text)) {}
  field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
};

/// Sets what is written and how; may be called again at any time.
void configure(level least, format how);

/// Whether an event of this level is written: ask before computing an expensive field.
bool enabled(level of);

/// Writes one event unless its level is off, which costs a few nanoseconds and allocates nothing.
void write(level of, std::string_view component, std::string_view message,
           std::span<const field> fields);

inline void debug(std::string_view component, std::string_view message,
                  std::initializer_list<field> fields = {}) {
  write(level::debug, component, message, fields);
}
inline void info(std::string_view component, std::string_view message,
                 std::initializer_list<field> fields = {}) {
  write(level::info, component, message, fields);
}
inline void warn(std::string_view component, std::string_view message,
                 std::initializer_list<field> fields = {}) {
  write(level::warn, component, message, fields);
}
inline void error(std::string_view component, std::string_view message,
                  std::initializer_list<field> fields = {}) {
  write(level::error, component, message, fields);
}

/// One event at its time.
struct event {
  timestamp time;
  level severity;
  std::string_view component;
  std::string_view message;
  std::span<const field> fields;
};

/// The line for an event, without a newline: what `write` writes. Appends to `line`.
void append_json(std::string& line, const event& what);
void append_text(std::string& line, const event& what);

}  // namespace omnistream::log
