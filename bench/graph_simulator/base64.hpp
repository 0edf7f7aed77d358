#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace graph_simulator {

/// RFC 4648 with padding.
std::string base64(std::string_view bytes);
/// The way back; nothing for what base64() never makes.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace graph_simulator
