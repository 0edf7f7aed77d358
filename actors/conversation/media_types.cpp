#include "actors/conversation/media_types.hpp"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

namespace omnistream::actors {
namespace {

constexpr std::uint64_t kb = 1'000;
constexpr std::uint64_t mb = 1'000 * kb;
constexpr std::uint64_t messenger_max = 25 * mb;  ///< of an image, a video, an audio or a file
constexpr std::uint64_t mail_max = mail_attachments_bytes_max;

constexpr bool shown = true;
constexpr bool offered = false;

/// WhatsApp's as Meta's documentation of the Cloud API lists them.
constexpr media_type table[] = {
    {"audio/aac", "audio", shown, 16 * mb, messenger_max, mail_max},
    {"audio/amr", "audio", shown, 16 * mb, messenger_max, mail_max},
    {"audio/mp4", "audio", shown, 16 * mb, messenger_max, mail_max},
    {"audio/mpeg", "audio", shown, 16 * mb, messenger_max, mail_max},
    {"audio/ogg", "audio", shown, 16 * mb, messenger_max, mail_max},
    {"audio/wav", "audio", shown, 0, messenger_max, mail_max},
    {"audio/webm", "audio", shown, 0, messenger_max, mail_max},
    {"audio/x-m4a", "audio", shown, 0, messenger_max, mail_max},
    {"audio/x-wav", "audio", shown, 0, messenger_max, mail_max},
    {"application/gzip", "document", offered, 0, messenger_max, mail_max},
    {"application/json", "document", offered, 0, messenger_max, mail_max},
    {"application/msword", "document", offered, 100 * mb, messenger_max, mail_max},
    {"application/pdf", "document", offered, 100 * mb, messenger_max, mail_max},
    {"application/rtf", "document", offered, 0, messenger_max, mail_max},
    {"application/vnd.ms-excel", "document", offered, 100 * mb, messenger_max, mail_max},
    {"application/vnd.ms-powerpoint", "document", offered, 100 * mb, messenger_max, mail_max},
    {"application/vnd.oasis.opendocument.presentation", "document", offered, 0, messenger_max,
     mail_max},
    {"application/vnd.oasis.opendocument.spreadsheet", "document", offered, 0, messenger_max,
     mail_max},
    {"application/vnd.oasis.opendocument.text", "document", offered, 0, messenger_max, mail_max},
    {"application/vnd.openxmlformats-officedocument.presentationml.presentation", "document",
     offered, 100 * mb, messenger_max, mail_max},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document", offered,
     100 * mb, messenger_max, mail_max},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", offered,
     100 * mb, messenger_max, mail_max},
    {"application/vnd.rar", "document", offered, 0, messenger_max, mail_max},
    {"application/x-7z-compressed", "document", offered, 0, messenger_max, mail_max},
    {"application/x-zip-compressed", "document", offered, 0, messenger_max, mail_max},
    {"application/xml", "document", offered, 0, messenger_max, mail_max},
    {"application/zip", "document", offered, 0, messenger_max, mail_max},
    {"text/calendar", "document", offered, 0, messenger_max, mail_max},
    {"text/csv", "document", offered, 0, messenger_max, mail_max},
    {"text/plain", "document", offered, 100 * mb, messenger_max, mail_max},
    {"text/vcard", "document", offered, 0, messenger_max, mail_max},
    {"text/xml", "document", offered, 0, messenger_max, mail_max},
    {"image/gif", "image", shown, 0, messenger_max, mail_max},
    {"image/jpeg", "image", shown, 5 * mb, messenger_max, mail_max},
    {"image/png", "image", shown, 5 * mb, messenger_max, mail_max},
    {"image/webp", "sticker", shown, 500 * kb, messenger_max, mail_max},
    // Of these Messenger makes no pictures.
    {"image/bmp", "document", offered, 0, messenger_max, mail_max},
    {"image/heic", "document", offered, 0, messenger_max, mail_max},
    {"image/heif", "document", offered, 0, messenger_max, mail_max},
    {"image/tiff", "document", offered, 0, messenger_max, mail_max},
    {"video/3gpp", "video", shown, 16 * mb, messenger_max, mail_max},
    {"video/mp4", "video", shown, 16 * mb, messenger_max, mail_max},
    {"video/quicktime", "video", shown, 0, messenger_max, mail_max},
    {"video/webm", "video", shown, 0, messenger_max, mail_max},
    {"video/x-msvideo", "video", shown, 0, messenger_max, mail_max},
};

}  // namespace

const media_type* find_media_type(std::string_view content_type) {
  auto name = content_type.substr(0, content_type.find(';'));
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  const auto found = std::find_if(std::begin(table), std::end(table), [name](const auto& one) {
    return std::equal(one.name.begin(), one.name.end(), name.begin(), name.end(),
                      [](char a, unsigned char b) { return a == std::tolower(b); });
  });
  return found == std::end(table) ? nullptr : found;
}

std::uint64_t bytes_max(const media_type& type, channel_kind channel) {
  switch (channel) {
    case channel_kind::whatsapp:
      return type.whatsapp_bytes_max;
    case channel_kind::messenger:
      return type.messenger_bytes_max;
    case channel_kind::instagram:
      return 0;
    case channel_kind::email:
      return type.email_bytes_max;
  }
  return 0;
}

std::uint64_t bytes_max(const media_type& type) {
  return std::max({type.whatsapp_bytes_max, type.messenger_bytes_max, type.email_bytes_max});
}

bool carries(std::string_view message_type, const media_type& type) {
  return message_type == "document" || message_type == type.kind;
}

std::string types_taken(channel_kind channel, std::string_view message_type) {
  std::vector<std::pair<std::uint64_t, std::string>> by_size;
  for (const auto& type : table) {
    const auto size = bytes_max(type, channel);
    if (size == 0 || (!message_type.empty() && !carries(message_type, type))) continue;
    auto group = std::ranges::find(by_size, size, [](const auto& one) { return one.first; });
    if (group == by_size.end()) group = by_size.emplace(group, size, "");
    group->second += (group->second.empty() ? "" : ", ") + std::string(type.name);
  }
  std::string text;
  for (const auto& [size, names] : by_size)
    text += (text.empty() ? "" : "; ") + names + " up to " + bytes_text(size);
  return text;
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes % mb == 0) return std::to_string(bytes / mb) + " MB";
  if (bytes % kb == 0) return std::to_string(bytes / kb) + " kB";
  return std::to_string(bytes) + " bytes";
}

}  // namespace omnistream::actors
