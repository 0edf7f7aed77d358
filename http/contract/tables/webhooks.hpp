#pragma once

#include <string>

#include "http/contract/table.hpp"

namespace omnistream::http::contract {

/// The query of Meta's handshake.
struct webhook_verification {
  std::string mode;
  std::string verify_token;
  std::string challenge;
};
const table<webhook_verification>& table_for(const webhook_verification*);

}  // namespace omnistream::http::contract
