#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/result.hpp"

namespace omnistream::http::api {

/// One field of a form. The content points into the body it was read from.
struct form_part {
  std::string name;
  std::string filename;      ///< empty: none was given
  std::string content_type;  ///< empty: none was given
  std::string_view content;
};

inline constexpr std::size_t form_parts_max = 16;

/// The fields of a multipart/form-data body (RFC 7578). 415 `unsupported_media_type` if the content
/// type is another one or names no boundary, 400 `bad_form` if the body is not what it says.
result<std::vector<form_part>> read_form(std::string_view content_type, std::string_view body);

}  // namespace omnistream::http::api
