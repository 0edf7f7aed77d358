#include "actors/dispatch/sending_account.hpp"

#include <array>

namespace omnistream::actors {
namespace {

constexpr std::array<std::string_view, channels> names{"whatsapp", "messenger", "instagram",
                                                       "email"};

}  // namespace

std::string_view to_string(channel_kind channel) {
  return names.at(static_cast<std::size_t>(channel));
}

std::optional<channel_kind> parse_channel(std::string_view text) {
  for (std::size_t i = 0; i < channels; ++i)
    if (names[i] == text) return static_cast<channel_kind>(i);
  return std::nullopt;
}

std::string_view taker_of(channel_kind channel) {
  return channel == channel_kind::email ? "the mail server" : "Meta";
}

}  // namespace omnistream::actors
