#include "actors/ingest/mail_authenticity.hpp"

#include <algorithm>
#include <string>

#include "actors/ingest/mail_address.hpp"
#include "actors/ingest/payload_json.hpp"
#include "actors/json_text.hpp"
#include "config/base/text.hpp"

namespace omnistream::actors {
namespace {

using json = nlohmann::json;

std::string_view domain_of(std::string_view address) {
  return address.substr(std::min(address.rfind('@') + 1, address.size()));
}

/// Whether who answers for `domain` answers for `from`: the same or one above it, not a whole
/// top-level domain.
bool answers_for(std::string_view domain, std::string_view from) {
  if (domain.find('.') == std::string_view::npos) return false;
  return from == domain || (from.size() > domain.size() && from.ends_with(domain) &&
                            from[from.size() - domain.size() - 1] == '.');
}

std::string small(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

/// `{@example.com : pass, @other.example : fail}`
bool is_signed_for(std::string_view dkim, std::string_view domain) {
  while (true) {
    const auto at = dkim.find('@');
    if (at == std::string_view::npos) return false;
    dkim.remove_prefix(at + 1);
    const auto entry = dkim.substr(0, dkim.find_first_of(",}"));
    const auto colon = entry.find(':');
    if (colon == std::string_view::npos || trimmed(entry.substr(colon + 1)) != "pass") continue;
    if (answers_for(trimmed(entry.substr(0, colon)), domain)) return true;
  }
}

/// The sender in the envelope, which is what SPF is about.
std::string envelope_sender(const json& mail) {
  const auto text = text_or_number(mail, "envelope");
  json_cursor walk(text);
  walk.take_value();
  const auto envelope = walk.finished() ? document(text) : object_at(mail, "envelope");
  return email_address_of(text_or_number(envelope, "from")).value_or("");
}

}  // namespace

bool is_sender_verified(const json& mail, std::string_view from) {
  const auto domain = domain_of(from);
  if (is_signed_for(small(text_or_number(mail, "dkim")), domain)) return true;
  if (small(text_or_number(mail, "SPF")) != "pass") return false;
  const auto sender = envelope_sender(mail);
  return answers_for(domain_of(sender), domain);
}

}  // namespace omnistream::actors
