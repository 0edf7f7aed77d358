#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace omnistream {

/// An IPv4 or IPv6 address. IPv4 and the IPv6 form that maps it (`::ffff:10.0.0.1`) are the same.
class ip_address {
 public:
  static std::optional<ip_address> parse(std::string_view text);
  bool operator==(const ip_address&) const = default;

 private:
  friend class ip_network;
  friend bool is_public(const ip_address& one);
  std::array<std::uint8_t, 16> bytes_{};  ///< as IPv6
  bool is_v4_ = false;
};

/// A block of addresses: `10.0.0.0/8`, `fd00::/8`, or one address.
class ip_network {
 public:
  /// Nothing if it is none, or if bits beyond the prefix are set: then it is not clear what is
  /// meant.
  static std::optional<ip_network> parse(std::string_view text);
  bool contains(const ip_address& one) const;

 private:
  ip_address first_;
  int prefix_bits_ = 128;  ///< of the IPv6 form
};

/// Whether an address belongs to somebody on the Internet: a unicast address outside every block
/// that IANA's registries of special addresses do not call globally reachable. Of IPv6, forms that
/// carry an IPv4 address to a translator or through a tunnel are not public either, as they would
/// reach the private address inside; `::ffff:` followed by an IPv4 address is that IPv4 address.
bool is_public(const ip_address& one);

/// Blocks with commas, and white space if any, between them; an empty text is an empty list.
/// Nothing if one of them is none.
std::optional<std::vector<ip_network>> parse_networks(std::string_view list);

}  // namespace omnistream
