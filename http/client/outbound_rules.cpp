#include "http/client/outbound_rules.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>

namespace omnistream::http::client {
namespace {

field_error wrong(std::string code, std::string message) {
  return {"url", std::move(code), std::move(message)};
}

/// libcurl's parser, with what was given to it.
class parsed_url {
 public:
  explicit parsed_url(const std::string& text)
      : handle_(curl_url()),
        fault_(handle_ == nullptr ? CURLUE_OUT_OF_MEMORY
                                  : curl_url_set(handle_.get(), CURLUPART_URL, text.c_str(),
                                                 CURLU_DISALLOW_USER)) {}

  CURLUcode fault() const { return fault_; }

  /// Nothing if the URL has no such part.
  std::optional<std::string> part(CURLUPart which) const {
    char* text = nullptr;
    if (curl_url_get(handle_.get(), which, &text, 0) != CURLUE_OK) return std::nullopt;
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
    return std::string(text);
  }

 private:
  struct deleter {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
  };
  std::unique_ptr<CURLU, deleter> handle_;
  CURLUcode fault_;
};

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

/// What can be said of the text alone. libcurl forgives much that other parsers read differently;
/// none of that is taken.
std::optional<field_error> check_text(const std::string& url) {
  if (url.size() > outbound_url_bytes_max)
    return wrong("too_long",
                 "Must have at most " + std::to_string(outbound_url_bytes_max) + " characters.");
  if (!is_printable_ascii(url))
    return wrong("invalid",
                 "Must be ASCII without blanks: an international host name as xn--..., other "
                 "characters percent-encoded.");
  const auto host = url.find("://");
  const bool whole = host != std::string::npos && host + 3 < url.size() && url[host + 3] != '/';
  if (!whole || url.find('\\') != std::string::npos)
    return wrong("invalid", "Must be a URL such as https://example.com/hooks.");
  if (url.find('#') != std::string::npos) return wrong("invalid", "Must have no fragment (`#`).");
  return std::nullopt;
}

std::optional<field_error> check_parts(const outbound_rules& rules, const parsed_url& url) {
  switch (url.fault()) {
    case CURLUE_OK:
      break;
    case CURLUE_USER_NOT_ALLOWED:
      return wrong("invalid", "Must hold no user name and password; requests are signed instead.");
    case CURLUE_BAD_PORT_NUMBER:
      return wrong("invalid", "Must have a port from 1 to 65535, if any.");
    case CURLUE_UNSUPPORTED_SCHEME:
      return wrong("not_allowed", "Must begin with https://.");
    default:
      return wrong("invalid", "Must be a URL such as https://example.com/hooks.");
  }
  const auto scheme = url.part(CURLUPART_SCHEME);
  if (scheme != "https" && !(rules.allow_http && scheme == "http"))
    return wrong("not_allowed", rules.allow_http ? "Must begin with https:// or http://."
                                                 : "Must begin with https://.");
  if (url.part(CURLUPART_PORT) == "0")
    return wrong("invalid", "Must have a port from 1 to 65535, if any.");
  if (url.part(CURLUPART_ZONEID))
    return wrong("not_allowed", "Must not name a network interface behind the address.");
  return std::nullopt;
}

std::optional<field_error> check_host(const outbound_rules& rules, std::string host,
                                      const resolve_host& resolve) {
  if (host.empty() || !is_printable_ascii(host) || host.ends_with('.'))
    return wrong("invalid", "Must have a host, in ASCII and without a dot at its end.");
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  bool all_allowed = true;
  const bool found = resolve(host, [&](const sockaddr& one) {
    all_allowed = rules.allows(one);
    return all_allowed;
  });
  if (!found)
    return wrong("unresolvable",
                 "Must have a host that can be found: its name has no address, or its name server "
                 "does not answer.");
  if (!all_allowed)
    return wrong("not_allowed", "Must have a host on the Internet, with public addresses only.");
  return std::nullopt;
}

}  // namespace

bool outbound_rules::allows(const ip_address& one) const {
  return is_public(one) || std::ranges::any_of(allowed_networks, [&](const ip_network& network) {
           return network.contains(one);
         });
}

bool outbound_rules::allows(const sockaddr& one) const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (one.sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(one).sin_addr;
  } else if (one.sa_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(one).sin6_addr;
    if (!IN6_IS_ADDR_V4MAPPED(&v6)) bytes = &v6;
  }
  if (bytes == nullptr || ::inet_ntop(one.sa_family, bytes, text.data(), text.size()) == nullptr)
    return false;
  const auto address = ip_address::parse(text.data());
  return address && allows(*address);
}

outbound_rules outbound_rules_of(const config::settings& settings) {
  outbound_rules rules;
  rules.allow_http = settings.outgoing_webhooks_allow_http;
  rules.allowed_networks = parse_networks(settings.outgoing_webhooks_allowed_networks)
                               .value_or(std::vector<ip_network>{});
  return rules;
}

bool resolve_by_system(const std::string& host, const std::function<bool(const sockaddr&)>& each) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* all = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &all) != 0) return false;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(all, &::freeaddrinfo);
  for (const auto* one = all; one != nullptr; one = one->ai_next)
    if (!each(*one->ai_addr)) break;
  return all != nullptr;
}

std::optional<field_error> check_outbound_url(const outbound_rules& rules, const std::string& url,
                                              const resolve_host& resolve) {
  if (auto fault = check_text(url)) return fault;
  const parsed_url parsed(url);
  if (auto fault = check_parts(rules, parsed)) return fault;
  return check_host(rules, parsed.part(CURLUPART_HOST).value_or(""), resolve);
}

}  // namespace omnistream::http::client
