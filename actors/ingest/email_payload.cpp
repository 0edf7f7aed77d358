#include "actors/ingest/email_payload.hpp"

#include <algorithm>
#include <utility>

#include "actors/ingest/mail_authenticity.hpp"
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

/// Who can have written, in any script.
bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.size() <= email_address_bytes_max && std::ranges::none_of(text, [](unsigned char c) {
           return c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == ',' || c == ';';
         });
}

/// A name as lists can show it: one line of bounded length.
std::string shown_name(std::string_view text) {
  auto name = trimmed(text);
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
    name = name.substr(1, name.size() - 2);
  std::string shown(utf8_beginning(name, name_bytes_max));
  std::ranges::replace_if(
      shown, [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return shown;
}

/// What stands in front of `<address>`.
std::string name_in(std::string_view text) {
  const auto open = text.rfind('<');
  return open == std::string_view::npos ? std::string{} : shown_name(text.substr(0, open));
}

/// Adds the addresses of a header such as To: commas separate them, but for those within quotes.
void add_addresses(std::string_view text, std::vector<std::string>& found) {
  bool quoted = false;
  std::size_t from = 0;
  for (std::size_t at = 0; at <= text.size() && found.size() < email_recipients_max; ++at) {
    if (at < text.size() && quoted && text[at] == '\\') {
      ++at;
      continue;
    }
    if (at < text.size() && text[at] == '"') quoted = !quoted;
    if (at < text.size() && (text[at] != ',' || quoted)) continue;
    if (auto address = email_address_of(text.substr(from, at - from)))
      if (std::ranges::find(found, *address) == found.end()) found.push_back(std::move(*address));
    from = at + 1;
  }
}

/// The same where a member may be one text or a list of them.
void add_addresses(const json& object, const char* name, std::vector<std::string>& found) {
  add_addresses(text_or_number(object, name), found);
  const auto list = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || list == object.end() || !list->is_array()) return;
  for (const auto& one : *list)
    if (one.is_string()) add_addresses(without_nul(one.get<std::string>()), found);
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

struct sent_mail {
  short_mail mail;
  std::string from;
};

/// As parse_email().
std::optional<sent_mail> sent_by_somebody(std::string_view text) {
  auto mail = shorten_mail(text);
  if (!mail) return std::nullopt;
  auto from = email_address_of(text_or_number(mail->content, "from"));
  if (!from && !is_report(mail->content)) return std::nullopt;
  return sent_mail{std::move(*mail), std::move(from).value_or(nameless_server)};
}

/// Its Message-ID, or else what stands for all that it says.
std::string id_of(const json& mail, const inbound_email& read) {
  const auto message_id = std::string(trimmed(text_or_number(mail, "message_id")));
  if (!message_id.empty() && message_id.size() <= message_id_bytes_max) return message_id;
  const auto hash = crypto::sha256_hex(read.content_json);
  return read.rest_json ? crypto::sha256_hex(hash + crypto::sha256_hex(*read.rest_json)) : hash;
}

}  // namespace

std::optional<std::string> email_address_of(std::string_view text) {
  const auto open = text.rfind('<');
  const auto close = text.rfind('>');
  if (open != std::string_view::npos && close != std::string_view::npos && open < close)
    text = text.substr(open + 1, close - open - 1);
  text = trimmed(text);
  if (!is_address(text)) return std::nullopt;
  std::string address(text);
  std::ranges::transform(address, address.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return address;
}

std::vector<std::string> email_addresses_in(std::string_view text) {
  std::vector<std::string> found;
  add_addresses(text, found);
  return found;
}

std::optional<inbound_email> parse_email(std::string_view text) {
  auto sent = sent_by_somebody(text);
  if (!sent) return std::nullopt;
  auto& mail = sent->mail;
  auto& content = mail.content;
  inbound_email read;
  read.from = std::move(sent->from);
  read.name = shown_name(text_or_number(content, "sender_name"));
  if (read.name.empty()) read.name = name_in(text_or_number(content, "from"));
  read.to = recipients_of(mail.addressed);
  read.is_automatic = is_automatic(content);
  if (is_report(content))
    read.failure = failure_reported_by(mail.rest.empty() ? content : document(text));
  content["verified"] = is_sender_verified(content, read.from);
  read.content_json = printed(content);
  read.rest_json = rest_json_of(mail);
  read.external_id = "email:" + read.from + " " + id_of(content, read);
  return read;
}

bool is_email(std::string_view text) {
  return sent_by_somebody(text).has_value();
}

}  // namespace omnistream::actors
