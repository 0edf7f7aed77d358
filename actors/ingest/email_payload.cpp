#include "actors/ingest/email_payload.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "actors/conversation/mail_thread.hpp"
#include "actors/ingest/encoded_words.hpp"
#include "actors/ingest/mail_address.hpp"
#include "actors/ingest/mail_authenticity.hpp"
#include "actors/ingest/mail_header.hpp"
#include "actors/ingest/payload_json.hpp"
#include "actors/ingest/short_mail.hpp"
#include "actors/json_text.hpp"
#include "config/base/crypto.hpp"
#include "config/base/text.hpp"
#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

constexpr std::size_t message_id_bytes_max = 512;
constexpr std::size_t name_bytes_max = 200;

/// Without ends of lines, which encoded words can hold, and other control characters.
std::string in_one_line(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return text;
}

/// A name as lists can show it: one line of bounded length.
std::string shown_name(std::string_view text) {
  auto name = trimmed(text);
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
    name = name.substr(1, name.size() - 2);
  const auto line = in_one_line(with_words_decoded(name));
  return std::string(utf8_beginning(trimmed(line), name_bytes_max));
}

/// Adds the addresses of a member, which may be one text or a list of them.
void add_addresses(const json& object, const char* name, std::vector<std::string>& found) {
  add_email_addresses(text_or_number(object, name), found);
  const auto list = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || list == object.end() || !list->is_array()) return;
  for (const auto& one : *list)
    if (one.is_string()) add_email_addresses(without_nul(one.get<std::string>()), found);
}

/// Whom it was sent to: the envelope knows of blind copies too. SendGrid writes it as JSON in a
/// text.
std::vector<std::string> recipients_of(const json& mail) {
  std::vector<std::string> found;
  const auto as_text = text_or_number(mail, "envelope");
  json_cursor walk(as_text);
  walk.take_value();
  const auto envelope = walk.finished() ? document(as_text) : json{};
  add_addresses(envelope.is_object() ? envelope : object_at(mail, "envelope"), "to", found);
  add_addresses(mail, "to", found);
  add_addresses(mail, "cc", found);
  return found;
}

/// A mail server that does not say who it is.
constexpr const char* nameless_server = "mailer-daemon@unknown.invalid";

/// Whether it says whom it was sent to, and what.
bool has_marks_of_mail(const short_mail& mail) {
  const auto says = [&mail](const char* name) {
    return mail.content.contains(name) || mail.rest.contains(name);
  };
  return !mail.addressed.empty() &&
         std::ranges::any_of(
             std::array{"subject", "text", "html", "headers", "email", "message_id"}, says);
}

/// A sender that names nobody, as mail servers have it.
bool is_nobody(std::string_view from) {
  constexpr std::string_view server = "mailer-daemon";
  from = trimmed(from);
  if (const auto open = from.rfind('<'); open != std::string_view::npos && from.ends_with('>'))
    from = trimmed(from.substr(open + 1, from.size() - open - 2));
  return from.empty() || std::ranges::equal(from.substr(0, server.size()), server, {}, [](char c) {
           return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
         });
}

/// Who sent it: of several authors the first.
std::optional<std::string> sender_of(const short_mail& mail) {
  auto from = text_or_number(mail.content, "from");
  if (trimmed(from).empty()) from = own_field(mail.content, "From");
  if (auto address = email_address_of(from)) return address;
  if (auto several = email_addresses_in(from); !several.empty()) return std::move(several.front());
  const bool may_be_nobody =
      is_report(mail.content) || (is_nobody(from) && has_marks_of_mail(mail));
  return may_be_nobody ? std::optional<std::string>(nameless_server) : std::nullopt;
}

/// Some posters leave it to others to read what headers encode. `from` stays one that can be read.
void decode_words(json& content, const inbound_email& read) {
  const auto subject = text_or_number(content, "subject");
  if (auto said = with_words_decoded(subject); said != subject)
    content["subject"] = in_one_line(std::move(said));
  const auto from = text_or_number(content, "from");
  if (with_words_decoded(from) == from) return;
  std::string name;
  for (const char c : read.name) {
    if (c == '"' || c == '\\') name += '\\';
    name += c;
  }
  content["from"] = '"' + name + "\" <" + read.from + '>';
}

/// Its Message-ID, or else what stands for all that it says.
std::string id_of(const json& mail, const inbound_email& read) {
  const auto message_id = std::string(trimmed(text_or_number(mail, "message_id")));
  if (!message_id.empty() && message_id.size() <= message_id_bytes_max) return message_id;
  const auto hash = crypto::sha256_hex(read.content_json);
  return read.rest_json ? crypto::sha256_hex(hash + crypto::sha256_hex(*read.rest_json)) : hash;
}

}  // namespace

std::optional<inbound_email> parse_email(std::string_view text) {
  auto mail = shorten_mail(text);
  auto from = mail ? sender_of(*mail) : std::nullopt;
  if (!from) return std::nullopt;
  auto& content = mail->content;
  inbound_email read;
  read.from = std::move(*from);
  read.name = shown_name(text_or_number(content, "sender_name"));
  if (read.name.empty()) read.name = shown_name(mailbox_name_in(text_or_number(content, "from")));
  read.to = recipients_of(mail->addressed);
  read.answered = answered_by(content);
  read.is_automatic = is_automatic(content);
  if (is_report(content))
    read.failure = failure_reported_by(mail->rest.empty() ? content : document(text));
  decode_words(content, read);
  content["verified"] = is_sender_verified(content, read.from);
  read.content_json = printed(content);
  read.rest_json = rest_json_of(*mail);
  read.external_id = "email:" + read.from + " " + id_of(content, read);
  return read;
}

bool is_email(std::string_view text) {
  const auto mail = shorten_mail(text);
  return mail && (has_marks_of_mail(*mail) || sender_of(*mail));
}

}  // namespace omnistream::actors
