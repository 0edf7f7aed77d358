#include "http/api/client_address.hpp"

#include <algorithm>

#include "http/server/request_checks.hpp"

namespace omnistream::http::api {
namespace {

/// `203.0.113.7`, `203.0.113.7:4711`, `[2001:db8::1]:4711` -> the address alone.
std::string_view without_port(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  const auto colon = text.find(':');
  return colon == text.rfind(':') ? text.substr(0, colon) : text;
}

/// Each proxy adds at the end of the last header whom it has spoken with.
std::vector<std::string_view> forwarded_for(const server::request& from) {
  std::vector<std::string_view> chain;
  for (const auto& [name, value] : from.headers) {
    if (!server::is_same_name(name, "X-Forwarded-For")) continue;
    for (std::string_view rest = value;;) {
      const auto comma = rest.find(',');
      chain.push_back(without_port(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return chain;
}

}  // namespace

client_address::client_address(std::string_view trusted)
    : trusted_(parse_networks(trusted).value_or(std::vector<ip_network>{})) {}

bool client_address::trusts(std::string_view address) const {
  const auto parsed = ip_address::parse(address);
  return parsed && std::any_of(trusted_.begin(), trusted_.end(),
                               [&parsed](const auto& block) { return block.contains(*parsed); });
}

std::string client_address::of(const server::request& from) const {
  std::string_view nearest = from.remote_address;
  if (trusted_.empty()) return std::string(nearest);
  auto chain = forwarded_for(from);
  while (trusts(nearest) && !chain.empty() && ip_address::parse(chain.back())) {
    nearest = chain.back();
    chain.pop_back();
  }
  return std::string(nearest);
}

}  // namespace omnistream::http::api
