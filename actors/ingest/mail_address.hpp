#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Addresses as mails have them (RFC 5322, 3.4). All functions are pure.
namespace omnistream::actors {

inline constexpr std::size_t email_address_bytes_max = 320;  ///< RFC 3696: 64 + 1 + 255
/// Further ones are not looked at. Gmail and Outlook.com send to no more than so many at once.
inline constexpr std::size_t email_recipients_max = 500;

/// The address in `Name <a@b.example>`, `a@b.example (Name)` or `mailto:a@b.example`, in small
/// letters; nothing if it is none.
std::optional<std::string> email_address_of(std::string_view text);

/// What stands in front of `<address>`, or else in the first comment, as it is written there.
std::string_view mailbox_name_in(std::string_view text);

/// Adds the addresses of a header such as To that are not there yet: commas separate them, but for
/// those within quotes and comments.
void add_email_addresses(std::string_view text, std::vector<std::string>& found);

/// All addresses in a header such as To, or Reply-To, each once, in small letters.
std::vector<std::string> email_addresses_in(std::string_view text);

}  // namespace omnistream::actors
