#pragma once

#include <cstddef>
#include <string_view>

#include <nlohmann/json.hpp>

namespace omnistream::actors {

/// About as many bytes of a mail's attachments stand in lists.
inline constexpr std::size_t attachment_heads_bytes_max = 32 * 1'024;

/// What lists show of a mail's attachments, a valid JSON array with objects: of each its short
/// members, and of long texts, as their contents are, the beginning. Those at the end that find no
/// room are not in it. Pure.
nlohmann::json attachment_heads(std::string_view attachments);

}  // namespace omnistream::actors
