#pragma once

#include <string>
#include <string_view>

#include "http/api/exchange.hpp"
#include "http/api/services.hpp"

namespace omnistream::http::api {

/// An upload that is right in itself.
struct new_media {
  uuid id;
  media_place place = media_place::folder;  ///< where to keep it
  std::string filename;                     ///< empty: it has none
  std::string_view content_type;
  std::string_view kind;
  std::string_view content;  ///< lives as long as the request
};

/// Stores the caller's upload and answers 201 with it: its row first, then its bytes, so that a
/// crash leaves nothing that nobody knows. 409 `media_full` if the tenant's media would take more
/// than media.bytes_per_tenant_max; 503 `media_store_unavailable` if the S3 server did not take it.
void keep_media(const exchange_ptr& on, new_media what);

extern const contract::failure media_full;
extern const contract::failure media_store_down;

}  // namespace omnistream::http::api
