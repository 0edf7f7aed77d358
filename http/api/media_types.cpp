#include "http/api/media_types.hpp"

#include <algorithm>
#include <cctype>

namespace omnistream::http::api {
namespace {

constexpr std::uint64_t mb = 1'000'000;

constexpr media_type table[] = {
    {"audio/aac", "audio", 16 * mb, true},
    {"audio/amr", "audio", 16 * mb, true},
    {"audio/mp4", "audio", 16 * mb, true},
    {"audio/mpeg", "audio", 16 * mb, true},
    {"audio/ogg", "audio", 16 * mb, true},
    {"application/msword", "document", 100 * mb, false},
    {"application/pdf", "document", 100 * mb, false},
    {"application/vnd.ms-excel", "document", 100 * mb, false},
    {"application/vnd.ms-powerpoint", "document", 100 * mb, false},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", "document",
     100 * mb, false},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document", 100 * mb,
     false},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document",
     100 * mb, false},
    {"text/plain", "document", 100 * mb, false},
    {"image/jpeg", "image", 5 * mb, true},
    {"image/png", "image", 5 * mb, true},
    {"image/webp", "sticker", mb / 2, true},
    {"video/3gpp", "video", 16 * mb, true},
    {"video/mp4", "video", 16 * mb, true},
};

}  // namespace

std::span<const media_type> media_types() {
  return table;
}

const media_type* find_media_type(std::string_view content_type) {
  auto name = content_type.substr(0, content_type.find(';'));
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  const auto found = std::find_if(std::begin(table), std::end(table), [name](const auto& one) {
    return std::equal(one.name.begin(), one.name.end(), name.begin(), name.end(),
                      [](char a, unsigned char b) { return a == std::tolower(b); });
  });
  return found == std::end(table) ? nullptr : found;
}

}  // namespace omnistream::http::api
