#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/dispatch/sending_account.hpp"

namespace omnistream::actors {

/// A type of media that can be uploaded, and what each channel takes of it. Nothing that a browser
/// or a computer runs is among them.
struct media_type {
  std::string_view name;  ///< `image/jpeg`
  /// As messages name it: image, video, audio, document, sticker. A document may be of any type.
  std::string_view kind;
  /// Whether a browser may show it by itself. Nothing that could carry a program.
  bool shown_inline;
  /// The most bytes that a channel takes of one; 0: none. Of Instagram all are: it takes links.
  std::uint64_t whatsapp_bytes_max;
  std::uint64_t messenger_bytes_max;
  std::uint64_t email_bytes_max;
};

/// All attachments of a mail together: what most mail servers take, with what base64 adds.
inline constexpr std::uint64_t mail_attachments_bytes_max = 20'000'000;

/// Null if there is no such type. Parameters such as a charset, and capitals, do not matter.
const media_type* find_media_type(std::string_view content_type);

/// The most bytes of it that the channel takes; 0: it takes none.
std::uint64_t bytes_max(const media_type& type, channel_kind channel);
/// The same for the channel that takes most.
std::uint64_t bytes_max(const media_type& type);

/// Whether a message of this type can carry it.
bool carries(std::string_view message_type, const media_type& type);

/// For people: `image/jpeg, image/png up to 5 MB`: what messages of this type may carry on the
/// channel; an empty type: all that any of them may. Empty if there is nothing.
std::string types_taken(channel_kind channel, std::string_view message_type = {});

/// `5 MB`, `500 kB` or `123 bytes`, exactly.
std::string bytes_text(std::uint64_t bytes);

}  // namespace omnistream::actors
