#include "actors/ingest/mail_report.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "actors/ingest/mail_address.hpp"
#include "actors/ingest/mail_header.hpp"
#include "actors/ingest/payload_json.hpp"
#include "actors/json_text.hpp"
#include "config/base/crypto.hpp"
#include "config/base/text.hpp"
#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

constexpr std::size_t message_ids_max = 20;
constexpr std::size_t reason_bytes_max = 500;  ///< of one recipient
constexpr std::size_t parts_max = 20;          ///< of a report that are looked at

std::string small(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// Whether it comes from a mail server, to which nothing can be sent back (RFC 5321, 4.5.5). Some
/// of them do not say who they are.
bool is_from_server(const json& mail) {
  const auto as_text = text_or_number(mail, "envelope");
  json_cursor walk(as_text);
  walk.take_value();
  const auto envelope = walk.finished() ? document(as_text) : object_at(mail, "envelope");
  if (!envelope.is_object() || !envelope.contains("from")) return false;
  const auto back = text_or_number(envelope, "from");
  const auto author = email_address_of(text_or_number(mail, "from")).value_or("");
  return (back.empty() || back == "<>") &&
         (author.empty() || author.starts_with("mailer-daemon@") ||
          author.starts_with("postmaster@"));
}

/// The texts that a report is made of, behind its own header.
std::vector<std::string> parts_of_report(const json& mail) {
  std::vector<std::string> parts;
  const auto list = mail.find("attachments");
  for (const auto& one : list != mail.end() && list->is_array() ? *list : json::array()) {
    if (!one.is_object() || parts.size() == parts_max) continue;
    auto type = small(text_or_number(one, "type"));
    if (type.empty()) type = small(text_or_number(one, "content_type"));
    if (!type.starts_with("message/") && !type.starts_with("text/rfc822-headers")) continue;
    auto content = text_or_number(one, "content");
    auto decoded = crypto::base64_decode(content);
    parts.push_back(decoded ? storable_text(*decoded) : std::move(content));
  }
  parts.emplace_back(block_of(text_or_number(mail, "email")).second);
  parts.push_back(text_or_number(mail, "text"));
  return parts;
}

/// What is said of one recipient (RFC 3464, 2.3).
struct told_recipient {
  std::string action, recipient, diagnostic, status;
};

/// The text behind `smtp;` or `rfc822;`.
std::string without_type(std::string_view value) {
  const auto semicolon = value.find(';');
  return std::string(
      trimmed(semicolon == std::string_view::npos ? value : value.substr(semicolon + 1)));
}

std::vector<told_recipient> recipients_in(const std::vector<std::string>& parts) {
  std::vector<told_recipient> told;
  for (std::string_view rest : parts)
    while (!rest.empty() && told.size() < email_recipients_max) {
      const auto [block, next] = block_of(rest);
      rest = next;
      auto action = small(header_field(block, "Action"));
      if (action.empty()) continue;
      auto who = without_type(header_field(block, "Original-Recipient"));
      if (who.empty()) who = without_type(header_field(block, "Final-Recipient"));
      told.push_back({std::move(action), std::move(who),
                      without_type(header_field(block, "Diagnostic-Code")),
                      header_field(block, "Status")});
    }
  return told;
}

void add_ids(std::string_view text, std::vector<std::string>& to) {
  while (to.size() < message_ids_max) {
    const auto open = text.find('<');
    const auto close = open == std::string_view::npos ? open : text.find('>', open);
    if (close == std::string_view::npos) return;
    const std::string id(text.substr(open, close + 1 - open));
    if (id.size() <= id_bytes_max && std::ranges::find(to, id) == to.end()) to.push_back(id);
    text.remove_prefix(close + 1);
  }
}

/// The mail that comes back says its own; some servers answer it as people do.
std::vector<std::string> message_ids_in(const json& mail, const std::vector<std::string>& parts) {
  std::vector<std::string> ids;
  for (const auto& part : parts)
    for (const auto& one : header_fields(part, "Message-ID", message_ids_max)) add_ids(one, ids);
  add_ids(own_field(mail, "In-Reply-To"), ids);
  const auto thread = own_field(mail, "References");
  if (const auto last = thread.rfind('<'); last != std::string::npos)
    add_ids(thread.substr(last), ids);
  return ids;
}

/// `550` of `550 5.1.1 No such user`.
std::optional<int> code_in(std::string_view diagnostic) {
  if (diagnostic.size() < 3 || diagnostic[0] < '4' || diagnostic[0] > '5') return std::nullopt;
  int code = 0;
  for (const char c : diagnostic.substr(0, 3)) {
    if (c < '0' || c > '9') return std::nullopt;
    code = code * 10 + (c - '0');
  }
  return code;
}

/// One line of it, with one blank between words.
std::string in_one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = static_cast<unsigned char>(c) <= ' ' || c == 0x7f;
    if (!is_blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  return line;
}

/// Those whom it says so of, each once.
std::vector<failed_recipient> failed_of(const std::vector<told_recipient>& told) {
  std::vector<failed_recipient> failed;
  for (const auto& one : told) {
    if (one.action != "failed") continue;
    auto address = email_address_of(one.recipient).value_or("");
    if (!failed.empty() &&
        (address.empty() ||
         std::ranges::find(failed, address, &failed_recipient::address) != failed.end()))
      continue;
    const auto& why = one.diagnostic.empty() ? one.status : one.diagnostic;
    failed.push_back({std::move(address), code_in(why),
                      std::string(utf8_beginning(in_one_line(why), reason_bytes_max))});
  }
  return failed;
}

/// The same where only their addresses are told.
std::vector<failed_recipient> failed_of(const std::string& addresses) {
  std::vector<failed_recipient> failed;
  for (auto& one : email_addresses_in(addresses)) failed.push_back({std::move(one), {}, {}});
  if (failed.empty() && !addresses.empty()) failed.emplace_back();
  return failed;
}

}  // namespace

bool is_report(const json& mail) {
  if (!mail.is_object()) return false;
  const auto type = small(own_field(mail, "Content-Type"));
  return (type.find("multipart/report") != std::string::npos &&
          type.find("delivery-status") != std::string::npos) ||
         !own_field(mail, "X-Failed-Recipients").empty() || is_from_server(mail);
}

std::optional<mail_failure> failure_reported_by(const json& mail) {
  if (!is_report(mail)) return std::nullopt;
  const auto parts = parts_of_report(mail);
  const auto told = recipients_in(parts);
  auto failed = told.empty() ? failed_of(own_field(mail, "X-Failed-Recipients")) : failed_of(told);
  if (failed.empty()) return std::nullopt;
  return mail_failure{message_ids_in(mail, parts), std::move(failed)};
}

bool is_automatic(const json& mail) {
  if (!mail.is_object()) return false;
  auto submitted = small(own_field(mail, "Auto-Submitted"));
  submitted = trimmed(std::string_view(submitted).substr(0, submitted.find(';')));
  if (!submitted.empty()) return submitted != "no";
  return !own_field(mail, "X-Autoreply").empty() || !own_field(mail, "X-Autorespond").empty() ||
         small(own_field(mail, "Precedence")) == "auto_reply" || is_report(mail);
}

}  // namespace omnistream::actors
