#include "http/contract/codec.hpp"

#include <charconv>
#include <cmath>
#include <system_error>

namespace omnistream::http::contract {
namespace {

violation beyond(const value_spec& spec, double least, double most) {
  auto bounds = spec;
  if (!bounds.minimum) bounds.minimum = least;
  if (!bounds.maximum) bounds.maximum = most;
  // Beyond every bound, so that there is a sentence for it.
  auto broken = check_number(bounds, HUGE_VAL);
  return broken ? *broken : violation{"out_of_range", "Is too large."};
}

/// The text a query parameter brings may be anything; JSON numbers have been looked at before.
bool is_number(std::string_view text) {
  json_reader in(text);
  if (in.peek() != json_reader::kind::number) return false;
  return in.take_number().size() == text.size() && !in.failed();
}

}  // namespace

bool expect(json_reader& in, json_reader::kind wanted, const value_spec& spec, error_list& errors) {
  const auto got = in.peek();
  if (got == wanted) return true;
  if (got == json_reader::kind::fault) return false;
  if (got == json_reader::kind::null) {
    errors.add({"null_not_allowed", "Must be " + describe(spec) + ", not null."});
  } else {
    errors.add(wrong_type(spec, json_reader::describe(got)));
  }
  in.skip();
  return false;
}

bool room_for_more(const value_spec& spec, std::size_t count, bool& told, error_list& errors) {
  if (!spec.size_max || count < *spec.size_max) return true;
  if (!told) {
    told = true;
    if (auto broken = check_count(spec, count + 1)) errors.add(std::move(*broken));
  }
  return false;
}

std::optional<violation> read_number(std::string_view text, const value_spec& spec, double& out) {
  if (!is_number(text)) return wrong_type(spec, "that text");
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || !std::isfinite(value))
    return beyond(spec, -1.7976931348623157e308, 1.7976931348623157e308);
  if (auto broken = check_number(spec, value)) return broken;
  out = value;
  return std::nullopt;
}

std::optional<violation> read_integer(std::string_view text, const value_spec& spec,
                                      std::int64_t least, std::int64_t most, std::int64_t& out) {
  if (!is_number(text)) return wrong_type(spec, "that text");
  const auto low = static_cast<double>(least);
  const auto high = static_cast<double>(most);
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec == std::errc::result_out_of_range) return beyond(spec, low, high);
  if (read.ptr != end) {
    double real = 0;
    if (read_number(text, {}, real)) return beyond(spec, low, high);
    if (std::floor(real) != real) return wrong_type(spec, "a fraction");
    constexpr double exact_max = 9007199254740992.0;  // 2^53: beyond it doubles skip integers
    if (std::abs(real) > exact_max) return beyond(spec, low, high);
    value = static_cast<std::int64_t>(real);
  }
  if (value < least || value > most) return beyond(spec, low, high);
  if (auto broken = check_integer(spec, value)) return broken;
  out = value;
  return std::nullopt;
}

}  // namespace omnistream::http::contract
