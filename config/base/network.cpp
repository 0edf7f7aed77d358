#include "config/base/network.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include <arpa/inet.h>

namespace omnistream {
namespace {

constexpr int v4_offset_bits = 96;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
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
