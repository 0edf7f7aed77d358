#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// Mails that nobody wrote. `mail` is one as SendGrid's Inbound Parse has it; what is read of it
/// are its `headers`, `envelope`, `from`, `text`, `email` (the whole mail as it came) and those of
/// its `attachments` that are parts of a report. All functions are pure and throw on no input.
namespace omnistream::actors {

/// What a mail server reports of a mail that it could not deliver.
struct mail_failure {
  std::vector<std::string> message_ids;  ///< one of them is that mail's; the likeliest first
  std::string recipient;                 ///< who did not get it, in small letters; may be empty
  std::optional<int> code;               ///< of SMTP
  std::string reason;                    ///< for people: at most 500 bytes
};

/// Nothing if it is no such report (RFC 3464), or one of a mail that is only late or has arrived.
/// Of several who did not get the mail it is the first.
std::optional<mail_failure> failure_reported_by(const nlohmann::json& mail);

/// Whether a program sent it: an automatic answer, such as that somebody is away (RFC 3834), or a
/// report of a mail server.
bool is_automatic(const nlohmann::json& mail);

}  // namespace omnistream::actors
