#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http/api/exchange.hpp"

namespace omnistream::http::api {

/// A file of the caller's tenant.
struct stored_media {
  uuid id;
  std::string content_type;
  std::string filename;  ///< empty: it has none
  std::string sha256;    ///< in hex
  std::uint64_t size_bytes = 0;
};

/// Answers with the medium, or with what of it the request wants (Range, If-Range, If-None-Match).
/// Of one that is large a piece at a time is read and sent, so that it costs little memory however
/// slowly the client reads. Any thread; the disk is read on a thread of its own. `content`: its
/// bytes where they are at hand.
void send_media(const exchange_ptr& on, stored_media what,
                std::shared_ptr<const std::string> content = nullptr);

}  // namespace omnistream::http::api
