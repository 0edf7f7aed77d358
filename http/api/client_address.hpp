#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/base/network.hpp"
#include "http/server/listener.hpp"

namespace omnistream::http::api {

/// Finds out from which address a request came, where proxies stand before the server:
/// X-Forwarded-For is believed as far as those named in `http.trusted_proxies` wrote it. Immutable.
class client_address {
 public:
  /// `trusted` as the setting has it; what the settings would refuse counts as nobody.
  explicit client_address(std::string_view trusted);

  /// The address nearest to us that is no trusted proxy's; of several headers, as if they were one.
  std::string of(const server::request& from) const;

 private:
  bool trusts(std::string_view address) const;

  std::vector<ip_network> trusted_;
};

}  // namespace omnistream::http::api
