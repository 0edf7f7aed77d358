#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ingest/mail_report.hpp"

namespace omnistream::actors {

inline constexpr std::size_t email_address_bytes_max = 320;  ///< RFC 3696: 64 + 1 + 255
/// Further ones are not looked at. Gmail and Outlook.com send to no more than so many at once.
inline constexpr std::size_t email_recipients_max = 500;

/// A mail somebody sent us, as SendGrid's Inbound Parse has it in JSON mode.
struct inbound_email {
  std::string from;             ///< the address, in small letters
  std::string name;             ///< of the sender; may be empty
  std::vector<std::string> to;  ///< the same of those in its envelope, `to` and `cc`
  std::string external_id;      ///< from its sender and Message-ID, or else from all that it says
  /// The document, and `verified`: see is_sender_verified(). Without what is long: see short_mail.
  std::string content_json;
  /// An object of the members that are long, whole; null: there are none.
  std::shared_ptr<const std::string> rest_json;
  bool is_automatic = false;            ///< nobody wrote it: see is_automatic()
  std::optional<mail_failure> failure;  ///< it reports that a mail was not delivered
};

/// The address in `Name <a@b.example>` or `a@b.example`, in small letters; nothing if it is none.
std::optional<std::string> email_address_of(std::string_view text);

/// All addresses in a header such as To, or Reply-To, each once, in small letters.
std::vector<std::string> email_addresses_in(std::string_view text);

/// Reads one. Nothing where shorten_mail() gives nothing, or if it has no sender and is no report
/// of a mail server: such a report is from mailer-daemon@unknown.invalid. All texts are valid UTF-8
/// without NUL, the JSON is valid and PostgreSQL takes it as jsonb.
std::optional<inbound_email> parse_email(std::string_view json);

/// Whether parse_email() gives one, for much less memory where it is long.
bool is_email(std::string_view json);

}  // namespace omnistream::actors
