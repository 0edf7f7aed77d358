#pragma once

#include <string>
#include <string_view>

#include "http/api/exchange.hpp"
#include "http/api/services.hpp"

namespace omnistream::http::api {

/// An upload that is right in itself.
struct new_media {
  uuid id;
  std::string filename;  ///< empty: it has none
  std::string_view content_type;
  std::string_view kind;
  std::string_view content;  ///< lives as long as the request
};

/// Stores the caller's upload and answers 201 with it: its row first, then its file, so that a
/// crash leaves no file that nobody knows. 409 `media_full` if the tenant's media would take more
/// than media.bytes_per_tenant_max.
void keep_media(const exchange_ptr& on, new_media what);

extern const contract::failure media_full;

/// Removes what was being written when the server ended. Blocking; called once, before the first
/// request.
void remove_unfinished_media(storage::pool& pool, const media_files& files);

}  // namespace omnistream::http::api
