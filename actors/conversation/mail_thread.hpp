#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

/// The place of mails in their thread, by RFC 5322. All functions are pure.
namespace omnistream::actors {

inline constexpr std::size_t mail_references_max = 20;

/// What a mail says of its place; each part may be empty.
struct mail_place {
  std::string subject;
  std::string message_id;               ///< with its angle brackets
  std::vector<std::string> references;  ///< the mails before it, the oldest first
};

/// Of a mail's content, one that came in or one of ours. What is no Message-ID is left out.
mail_place place_of(const nlohmann::json& content);

/// The mails that a mail answers, the newest first, at most mail_references_max: what its
/// In-Reply-To names, then its References.
std::vector<std::string> answered_by(const nlohmann::json& content);

/// Where the writer of a mail that came in wants the answer, as its Reply-To says; may be empty.
std::string answers_wanted_at(const nlohmann::json& content);

/// The subject of an answer: with one `Re:`.
std::string reply_subject(std::string_view subject);

/// The references of an answer: at most mail_references_max, among them the first of the thread and
/// the mail itself.
std::vector<std::string> references_after(const mail_place& mail);

/// Whether it is `<left@right>` in printable ASCII, at most 512 bytes: what can stand in a header.
bool is_message_id(std::string_view text);

}  // namespace omnistream::actors
