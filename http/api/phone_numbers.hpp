#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace omnistream::http::api {

/// The number in E.164 (`+6281234567890`), read by libphonenumber as somebody in `country` (ISO
/// 3166-1) would write it; digits that begin with another country's code are understood without `+`
/// as well. Nothing if no phone number can look like that. Thread-safe.
std::optional<std::string> to_e164(std::string_view number, const std::string& country);

}  // namespace omnistream::http::api
