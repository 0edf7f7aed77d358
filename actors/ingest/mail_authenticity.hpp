#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

namespace omnistream::actors {

/// Whether a mail is from whom it says, by what the mail server that posted it found: a DKIM
/// signature that is right, or a server that SPF allows, of the domain of `from` or of one above
/// it. As SendGrid tells it, in `dkim`, `SPF` and `envelope`; worth as much as the word of whoever
/// posted it. Pure.
bool is_sender_verified(const nlohmann::json& mail, std::string_view from);

}  // namespace omnistream::actors
