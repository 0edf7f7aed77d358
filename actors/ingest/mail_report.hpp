#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// Mails that nobody wrote. `mail` is one as SendGrid's Inbound Parse has it; what is read of it
/// are its `headers`, `envelope`, `from`, `text`, `email` (the whole mail as it came) and those of
/// its `attachments` that are parts of a report. All functions are pure and throw on no input.
namespace omnistream::actors {

/// Somebody who did not get a mail.
struct failed_recipient {
  std::string address;      ///< in small letters; may be empty
  std::optional<int> code;  ///< of SMTP
  std::string why;          ///< as the server has it, in one line, bounded; may be empty
};

/// What a mail server reports of a mail that it could not deliver.
struct mail_failure {
  std::vector<std::string> message_ids;      ///< one of them is that mail's; the likeliest first
  std::vector<failed_recipient> recipients;  ///< at least one, each once
};

/// Whether a mail server wrote it, of whatever became of a mail.
bool is_report(const nlohmann::json& mail);

/// Nothing if it is no report of a failure (RFC 3464), but one of a mail that is only late or has
/// arrived.
std::optional<mail_failure> failure_reported_by(const nlohmann::json& mail);

/// Whether a program sent it: an automatic answer, such as that somebody is away (RFC 3834), or a
/// report of a mail server.
bool is_automatic(const nlohmann::json& mail);

}  // namespace omnistream::actors
