#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "config/base/network.hpp"
#include "config/base/result.hpp"
#include "config/settings.hpp"

namespace omnistream::http::client {

/// Where requests may go whose URL a customer chose: into the Internet, not into our own network.
/// The URL is checked when it is saved (check_outbound_url), and every address again when it is
/// dialled (client_options::may_connect), as a name may point elsewhere by then.
struct outbound_rules {
  bool allow_http = false;                   ///< http:// besides https://
  std::vector<ip_network> allowed_networks;  ///< though they are not public

  bool allows(const ip_address& one) const;
  /// Never allowed: other families than IPv4 and IPv6, and the IPv6 form that maps an IPv4 address,
  /// which no honest name resolves to.
  bool allows(const sockaddr& one) const;
};

/// Those of outgoing webhooks.
outbound_rules outbound_rules_of(const config::settings& settings);

/// Calls `each` with every address of a host until it returns false. False: it has none.
using resolve_host =
    std::function<bool(const std::string& host, const std::function<bool(const sockaddr&)>& each)>;
/// As the system does, which may take seconds. A number in any notation is an address, too.
bool resolve_by_system(const std::string& host, const std::function<bool(const sockaddr&)>& each);

inline constexpr std::size_t outbound_url_bytes_max = 2'048;

/// What is wrong with a URL that a person gives: `invalid`, `too_long`, `not_allowed` or
/// `unresolvable`, of field `url`; nothing if requests may go there. Read by libcurl's own parser,
/// so that what is checked is what is dialled. Blocks while the name is resolved. Which address a
/// name has is not told: that is nothing for strangers to learn about our network.
std::optional<field_error> check_outbound_url(const outbound_rules& rules, const std::string& url,
                                              const resolve_host& resolve = resolve_by_system);

}  // namespace omnistream::http::client
