#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http/api/exchange.hpp"
#include "http/api/media_store.hpp"

namespace omnistream::http::api {

/// A file of the caller's tenant.
struct stored_media {
  uuid id;
  media_place place = media_place::folder;
  std::string content_type;
  std::string filename;  ///< empty: it has none
  std::string sha256;    ///< in hex
  std::uint64_t size_bytes = 0;
};

/// Answers with the medium, or with what of it the request wants (Range, If-Range, If-None-Match).
/// Of one that is large a piece at a time is read and sent, so that it costs little memory however
/// slowly the client reads, wherever it is kept. 503 `media_store_unavailable`. Any thread.
/// `content`: its bytes where they are at hand.
void send_media(const exchange_ptr& on, stored_media what,
                std::shared_ptr<const std::string> content = nullptr);

}  // namespace omnistream::http::api
