#include "actors/ingest/short_mail.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "actors/ingest/mail_attachments.hpp"
#include "actors/ingest/payload_json.hpp"
#include "actors/json_text.hpp"
#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

using members = std::map<std::string, std::string_view>;

/// What is read of mails, so it has room before all other members.
constexpr std::array<const char*, 15> read_first{
    "from",       "to",   "cc",  "envelope", "sender_name", "subject", "message_id", "in_reply_to",
    "references", "dkim", "SPF", "text",     "headers",     "email",   "html"};
constexpr std::array<const char*, 3> addressing{"to", "cc", "envelope"};

/// Of several with one name the last.
std::optional<members> members_of(std::string_view text) {
  json_cursor walk(text);
  if (!walk.enter_object()) return std::nullopt;
  members found;
  for (std::string_view key; walk.next_member(key);) {
    std::string name;
    decode_json_string(key, name);
    found.insert_or_assign(std::move(name), walk.take_value());
  }
  if (!walk.finished()) return std::nullopt;
  return found;
}

bool is_plain_number(std::string_view number) {
  constexpr std::size_t characters_max = 32;
  constexpr int exponent_max = 20;
  const auto e = number.find_first_of("eE");
  if (number.size() > characters_max) return false;
  if (e == std::string_view::npos) return true;
  auto digits = number.substr(e + 1);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int exponent = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  return read.ec == std::errc{} && exponent >= -exponent_max && exponent <= exponent_max;
}

/// Of valid JSON.
bool has_plain_numbers(std::string_view text) {
  constexpr std::string_view number_characters = "+-.0123456789eE";
  for (std::size_t at = 0; (at = text.find_first_of("\"-0123456789", at)) < text.size();) {
    if (text[at] == '"') {
      for (++at; text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
      ++at;
      continue;
    }
    const auto end = std::min(text.find_first_not_of(number_characters, at), text.size());
    if (!is_plain_number(text.substr(at, end - at))) return false;
    at = end;
  }
  return true;
}

/// The beginning of a long string, as it stands in JSON.
std::string beginning_of(std::string_view raw) {
  constexpr std::size_t cut_bytes_max = 12;  // of what is left of an escape or a character
  std::string text;
  decode_json_string(raw.substr(1, short_mail::member_bytes_max), text);
  return std::string(utf8_beginning(text, text.size() - cut_bytes_max));
}

/// Puts members into a mail as long as there is room.
class shortening {
 public:
  explicit shortening(short_mail& mail) : mail_(mail) {}

  void add(const std::string& name, std::string_view raw) {
    if (raw.size() <= short_mail::member_bytes_max) return add_short(name, raw);
    const bool is_text = raw.front() == '"';
    // Escapes may make a short text look long, by up to six bytes for one.
    if (is_text && raw.size() <= 6 * short_mail::member_bytes_max) {
      std::string text;
      decode_json_string(raw.substr(1, raw.size() - 2), text);
      if (text.size() <= short_mail::member_bytes_max) return add_short(name, raw, text.size());
    }
    mail_.rest.emplace(name, raw);
    if (is_text && takes(short_mail::member_bytes_max)) mail_.content[name] = beginning_of(raw);
  }

 private:
  void add_short(const std::string& name, std::string_view raw) {
    add_short(name, raw, raw.size());
  }
  void add_short(const std::string& name, std::string_view raw, std::size_t bytes) {
    if (takes(name.size() + bytes))
      mail_.content[name] = document(raw);
    else
      mail_.rest.emplace(name, raw);
  }
  bool takes(std::size_t bytes) {
    if (bytes > room_) return false;
    room_ -= bytes;
    return true;
  }

  short_mail& mail_;
  std::size_t room_ = short_mail::content_bytes_max;
};

/// Whether PostgreSQL takes it as it stands: it is JSON with plain numbers already.
bool is_storable_json(std::string_view raw) {
  for (const auto* const escape : {"\\u0000", "\\ud", "\\uD"})
    if (raw.find(escape) != std::string_view::npos) return false;
  return is_utf8(raw);
}

}  // namespace

std::optional<short_mail> shorten_mail(std::string_view text) {
  auto all = members_of(text);
  if (!all || !has_plain_numbers(text)) return std::nullopt;
  all->erase("verified");
  short_mail mail;
  for (const auto* name : addressing)
    if (const auto found = all->find(name); found != all->end())
      mail.addressed[name] = document(found->second);
  shortening into(mail);
  for (const auto* name : read_first)
    if (const auto found = all->extract(name)) into.add(found.key(), found.mapped());
  for (const auto& [name, raw] : *all) into.add(name, raw);
  if (const auto list = mail.rest.find("attachments");
      list != mail.rest.end() && list->second.starts_with('['))
    mail.content["attachments"] = attachment_heads(list->second);
  return mail;
}

std::shared_ptr<const std::string> rest_json_of(const short_mail& mail) {
  if (mail.rest.empty()) return nullptr;
  std::size_t size = 1;
  for (const auto& [name, raw] : mail.rest) size += name.size() + raw.size() + 4;
  std::string text;
  text.reserve(size);
  for (const auto& [name, raw] : mail.rest) {
    text += text.empty() ? "{\"" : ",\"";
    append_json_escaped(name, text);
    text += "\":";
    if (is_storable_json(raw))
      text += raw;
    else
      text += printed(document(raw));
  }
  return std::make_shared<const std::string>(std::move(text += '}'));
}

}  // namespace omnistream::actors
