#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/time.hpp"

/// Header fields of mails as RFC 5322, 2047 and 2231 have them: ASCII whatever the text, folded,
/// with nothing in them that could begin another field. All functions are pure.
namespace omnistream::http::client {

/// Somebody with an address.
struct mailbox {
  std::string name;  ///< UTF-8; may be empty
  std::string address;
  bool operator==(const mailbox&) const = default;
};

/// Reads `Name <a@b.example>` or `a@b.example`; nothing if the address is none that mail servers
/// take: printable ASCII without blanks, brackets, commas and quotes, at most 254 bytes.
std::optional<mailbox> mailbox_of(std::string_view text);

/// `Subject: ...`; `text` is UTF-8.
std::string text_header(std::string_view name, std::string_view text);
/// `To: ...`
std::string mailbox_header(std::string_view name, const std::vector<mailbox>& who);
/// `References: <a@b> <c@d>`, one below the other.
std::string ids_header(std::string_view name, const std::vector<std::string>& ids);
/// `Date: ...` in UTC, whole seconds.
std::string date_header(timestamp at);
/// `Content-Disposition: attachment; ...` with the file's name, UTF-8.
std::string attachment_header(std::string_view filename);

}  // namespace omnistream::http::client
