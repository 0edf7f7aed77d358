#include "config/base/network.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <string>

#include <arpa/inet.h>

#include "config/base/text.hpp"

namespace omnistream {
namespace {

constexpr int v4_offset_bits = 96;

/// IANA's IPv4 Special-Purpose Address Registry (RFC 6890 and what followed), without the rows that
/// it calls globally reachable, and what is not unicast.
constexpr std::string_view special_v4[] = {
    "0.0.0.0/8",        // this network; Linux connects 0.0.0.0 to itself
    "10.0.0.0/8",       // private
    "100.64.0.0/10",    // behind a carrier's translator
    "127.0.0.0/8",      // loopback
    "169.254.0.0/16",   // link-local; 169.254.169.254 tells a cloud machine's credentials
    "172.16.0.0/12",    // private
    "192.0.0.0/24",     // protocol assignments
    "192.0.2.0/24",     // documentation
    "192.88.99.0/24",   // 6to4 relays, given up
    "192.168.0.0/16",   // private
    "198.18.0.0/15",    // benchmarks
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, and broadcast
};

/// The same for IPv6, of which only 2000::/3 is given to anybody: the blocks around it hold the
/// unspecified, loopback, mapped and translated (64:ff9b::/96, 64:ff9b:1::/48), discard-only,
/// segment routing, unique local, link-local, site-local and multicast addresses.
constexpr std::string_view special_v6[] = {
    "::/3",          "4000::/2", "8000::/1",
    "2001::/23",      // protocol assignments: Teredo, benchmarks, ORCHID; no servers
    "2001:db8::/32",  // documentation
    "2002::/16",      // 6to4
    "3fff::/20",      // documentation
};

std::vector<ip_network> parsed(std::span<const std::string_view> blocks) {
  std::vector<ip_network> networks;
  for (const auto block : blocks) networks.push_back(ip_network::parse(block).value());
  return networks;
}

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
  if (text.size() > INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated(text);
  ip_address parsed;
  if (::inet_pton(AF_INET6, terminated.c_str(), parsed.bytes_.data()) == 1) {
    static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    parsed.is_v4_ = std::equal(mapped.begin(), mapped.end(), parsed.bytes_.begin());
    return parsed;
  }
  if (::inet_pton(AF_INET, terminated.c_str(), parsed.bytes_.data() + v4_offset_bits / 8) != 1)
    return std::nullopt;
  parsed.bytes_[10] = 0xFF;
  parsed.bytes_[11] = 0xFF;
  parsed.is_v4_ = true;
  return parsed;
}

std::optional<ip_network> ip_network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = ip_address::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  ip_network parsed;
  parsed.first_ = *address;
  if (slash == std::string_view::npos) return parsed;
  const auto digits = text.substr(slash + 1);
  int bits = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  const bool is_v4 = address->is_v4_ && text.find(':') == std::string_view::npos;
  if (fault != std::errc{} || end != digits.data() + digits.size() || bits < 0 ||
      bits > (is_v4 ? 32 : 128))
    return std::nullopt;
  parsed.prefix_bits_ = bits + (is_v4 ? v4_offset_bits : 0);
  for (int bit = parsed.prefix_bits_; bit < 128; ++bit)
    if ((address->bytes_[static_cast<std::size_t>(bit) / 8] >> (7 - bit % 8)) & 1)
      return std::nullopt;
  return parsed;
}

bool ip_network::contains(const ip_address& one) const {
  const auto whole = static_cast<std::ptrdiff_t>(prefix_bits_ / 8);
  if (!std::equal(first_.bytes_.begin(), first_.bytes_.begin() + whole, one.bytes_.begin()))
    return false;
  const int rest = prefix_bits_ % 8;
  if (rest == 0) return true;
  const auto at = static_cast<std::size_t>(whole);
  return (first_.bytes_[at] ^ one.bytes_[at]) >> (8 - rest) == 0;
}

bool is_public(const ip_address& one) {
  static const auto v4 = parsed(special_v4);
  static const auto v6 = parsed(special_v6);
  return std::ranges::none_of(one.is_v4_ ? v4 : v6,
                              [&](const ip_network& block) { return block.contains(one); });
}

std::optional<std::vector<ip_network>> parse_networks(std::string_view list) {
  std::vector<ip_network> networks;
  if (trimmed(list).empty()) return networks;
  while (true) {
    const auto comma = list.find(',');
    const auto network = ip_network::parse(trimmed(list.substr(0, comma)));
    if (!network) return std::nullopt;
    networks.push_back(*network);
    if (comma == std::string_view::npos) return networks;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace omnistream
