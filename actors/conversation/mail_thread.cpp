#include "actors/conversation/mail_thread.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "actors/ingest/mail_header.hpp"
#include "actors/json_member.hpp"
#include "config/base/text.hpp"

namespace omnistream::actors {
namespace {

using nlohmann::json;

constexpr std::size_t message_id_bytes_max = 512;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins(std::string_view text, std::string_view with) {
  return text.size() >= with.size() &&
         std::ranges::equal(text.substr(0, with.size()), with, {}, lower, lower);
}

/// The member of that name, or the header field.
std::string said(const json& content, const char* member, std::string_view field) {
  auto own = text_of(content, member);
  return own.empty() ? own_field(content, field) : own;
}

void add_ids(std::string_view text, std::vector<std::string>& to) {
  while (true) {
    const auto open = text.find('<');
    const auto close = open == std::string_view::npos ? open : text.find('>', open);
    if (close == std::string_view::npos) return;
    const auto id = text.substr(open, close + 1 - open);
    if (is_message_id(id)) to.emplace_back(id);
    text.remove_prefix(close + 1);
  }
}

/// The same of a member that may be a list of texts, or of the header field.
std::vector<std::string> ids_said(const json& content, const char* member, std::string_view field) {
  std::vector<std::string> ids;
  const auto list = content.find(member);
  if (list != content.end() && list->is_array()) {
    for (const auto& one : *list)
      if (one.is_string()) add_ids(one.get_ref<const std::string&>(), ids);
  }
  if (ids.empty()) add_ids(said(content, member, field), ids);
  return ids;
}

}  // namespace

bool is_message_id(std::string_view text) {
  return text.size() > 2 && text.size() <= message_id_bytes_max && text.front() == '<' &&
         text.find('>') == text.size() - 1 && std::ranges::count(text, '<') == 1 &&
         text.find('@') != std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

mail_place place_of(const json& content) {
  mail_place place;
  if (!content.is_object()) return place;
  place.subject = trimmed(text_of(content, "subject"));
  const auto own = ids_said(content, "message_id", "Message-ID");
  if (!own.empty()) place.message_id = own.front();
  place.references = ids_said(content, "references", "References");
  if (place.references.empty()) place.references = ids_said(content, "in_reply_to", "In-Reply-To");
  return place;
}

std::vector<std::string> answered_by(const json& content) {
  std::vector<std::string> answered;
  if (!content.is_object()) return answered;
  auto named = ids_said(content, "in_reply_to", "In-Reply-To");
  auto before = ids_said(content, "references", "References");
  std::move(before.rbegin(), before.rend(), std::back_inserter(named));
  for (auto& id : named)
    if (answered.size() < mail_references_max && std::ranges::find(answered, id) == answered.end())
      answered.push_back(std::move(id));
  return answered;
}

std::string answers_wanted_at(const json& content) {
  return content.is_object() ? said(content, "reply_to", "Reply-To") : std::string();
}

std::string reply_subject(std::string_view subject) {
  subject = trimmed(subject);
  while (begins(subject, "re:")) subject = trimmed(subject.substr(3));
  return subject.empty() ? "Re:" : "Re: " + std::string(subject);
}

std::vector<std::string> references_after(const mail_place& mail) {
  auto all = mail.references;
  if (!mail.message_id.empty()) all.push_back(mail.message_id);
  if (all.size() > mail_references_max)
    all.erase(all.begin() + 1, all.end() - static_cast<std::ptrdiff_t>(mail_references_max) + 1);
  return all;
}

}  // namespace omnistream::actors
