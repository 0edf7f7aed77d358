#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace omnistream::http::api {

/// A type of media that can be uploaded: those that WhatsApp takes, up to the size it takes.
struct media_type {
  std::string_view name;  ///< `image/jpeg`
  std::string_view kind;  ///< as messages name it: image, video, audio, document, sticker
  std::uint64_t bytes_max;
  /// Whether a browser may show it by itself. Nothing that could carry a program.
  bool shown_inline;
};

std::span<const media_type> media_types();

/// Null if there is no such type. Parameters such as a charset, and capitals, do not matter.
const media_type* find_media_type(std::string_view content_type);

}  // namespace omnistream::http::api
