#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/mail_report.hpp"

namespace omnistream::actors {

/// A mail somebody sent us, as SendGrid's Inbound Parse has it in JSON mode.
struct inbound_email {
  std::string from;             ///< the address, in small letters
  std::string name;             ///< of the sender; may be empty
  std::vector<std::string> to;  ///< the same of those in its envelope, `to` and `cc`
  std::string external_id;      ///< from its sender and Message-ID, or else from all that it says
  std::vector<std::string> answered;  ///< Message-IDs of mails that it answers: see answered_by()
  /// The document, and `verified`: see is_sender_verified(). Without what is long: see short_mail.
  /// Encoded words in its subject and in the sender's name are decoded.
  std::string content_json;
  /// An object of the members that are long, whole; null: there are none.
  std::shared_ptr<const std::string> rest_json;
  bool is_automatic = false;            ///< nobody wrote it: see is_automatic()
  std::optional<mail_failure> failure;  ///< it reports that a mail was not delivered
};

/// Reads one. Nothing where shorten_mail() gives nothing, or if nobody can be told to have sent it.
/// Mail servers need not say who they are: their reports, and mails of nobody or of
/// `MAILER-DAEMON`, are from mailer-daemon@unknown.invalid. All texts are valid UTF-8 without NUL,
/// the JSON is valid and PostgreSQL takes it as jsonb.
std::optional<inbound_email> parse_email(std::string_view json);

/// Whether it is a mail, for much less memory than parse_email() where it is long. One that says
/// whom it was sent to and what is a mail also if parse_email() does not find its sender.
bool is_email(std::string_view json);

}  // namespace omnistream::actors
