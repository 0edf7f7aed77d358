#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/base/time.hpp"

namespace omnistream {

/// 128 bits, RFC 9562. A plain value: cheap to copy, ordered bytewise, so version 7 ids order by
/// time.
class uuid {
 public:
  constexpr uuid() = default;
  explicit constexpr uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  /// The canonical 36-character form in either case; nothing else is a uuid.
  static std::optional<uuid> parse(std::string_view text);
  /// A fresh version 7 id: milliseconds of `at` and 74 random bits. Thread-safe.
  static uuid v7(timestamp at);
  /// The same with an order of its own: of those of one millisecond the one with the higher place
  /// comes later. `place`: at most v7_place_max.
  static uuid v7(timestamp at, std::uint16_t place);
  static constexpr std::uint16_t v7_place_max = 0x0fff;

  std::string to_string() const;  ///< lower-case canonical form
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  bool is_nil() const { return *this == uuid{}; }
  auto operator<=>(const uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// Ids of campaigns and recipients. A campaign's id is version 7 with its last 32 bits zero; a
/// recipient's id is its campaign's id with version 8 and the recipient's sequence number in those
/// 32 bits. So a status webhook that carries a recipient's id names its row's primary key
/// (campaign, seq) without any index on a second id.
uuid new_campaign_id(timestamp at);
uuid recipient_id(const uuid& campaign_id, std::uint32_t seq);
struct recipient_key {
  uuid campaign_id;
  std::uint32_t seq = 0;
  auto operator<=>(const recipient_key&) const = default;
};
/// The way back; nothing if `id` is not a recipient's id.
std::optional<recipient_key> recipient_key_of(const uuid& id);

}  // namespace omnistream

template <>
struct std::hash<omnistream::uuid> {
  std::size_t operator()(const omnistream::uuid& id) const noexcept {
    std::size_t value = 1469598103934665603ULL;
    for (auto byte : id.bytes()) value = (value ^ byte) * 1099511628211ULL;
    return value;
  }
};
