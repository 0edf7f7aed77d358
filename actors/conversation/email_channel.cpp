#include <algorithm>
#include <cstdint>
#include <utility>

#include "actors/conversation/mail_thread.hpp"
#include "actors/conversation/media_types.hpp"
#include "actors/conversation/outgoing_channel.hpp"
#include "actors/ingest/mail_address.hpp"
#include "actors/json_member.hpp"
#include "config/base/time.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using nlohmann::json;
using storage::session;

/// Where a mail goes and what it answers.
struct thread {
  std::string address;  ///< of the account
  std::string from_name;
  std::optional<std::string> reply_to;
  std::string to;
  mail_place answered;
};

problem no_mail_server() {
  return problems::wrong_state("no_mail_server",
                               "The email account names no mail server; set smtp_host and what "
                               "belongs to it in its config.");
}

json parsed(const storage::rows& row, int column) {
  return row.is_null(0, column) ? json() : json::parse(row.text(0, column));
}

/// What every mail server takes.
bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

/// Where the answer to a mail goes: where its writer wants it, or else where they wrote from. Not
/// to ourselves.
std::optional<std::string> address_of_answer(const json& received, const std::string& ours) {
  for (auto& one : email_addresses_in(answers_wanted_at(received)))
    if (one != ours && is_ascii(one)) return std::move(one);
  auto from = email_address_of(text_of(received, "from"));
  return from == ours ? std::nullopt : std::move(from);
}

/// Whoever wrote the mail that is answered gets the answer, and where that is one of ours whoever
/// wrote last: not only the contact writes in a thread.
result<thread> thread_of(session& in, const conversation_for_sending& where,
                         const message_draft& what) {
  const auto row = in.execute(sql::mail_thread, where.id, what.reply_to);
  if (row.empty()) return problems::not_found("conversation");
  const auto config = parsed(row, 2);
  if (text_of(config, "smtp_host").empty()) return no_mail_server();
  thread found;
  found.address = row.text(0, 0);
  found.from_name = text_of(config, "from_name");
  if (found.from_name.empty()) found.from_name = row.text(0, 1);
  if (const auto other = text_of(config, "reply_to"); !other.empty()) found.reply_to = other;
  const int received = row.boolean(0, 5) ? 4 : 3;
  found.to = address_of_answer(parsed(row, received), found.address)
                 .value_or(where.around.contact.channel_id.value_or(""));
  found.answered = place_of(parsed(row, 4));
  return found;
}

problem wrong_attachment(std::size_t number, const char* code, const std::string& message) {
  return problems::invalid_field("email.attachments." + std::to_string(number) + ".media_id", code,
                                 message);
}

/// The uploads that a mail names, as they are kept with it.
result<json> attachments_of(session& in, const uuid& tenant, const json& wanted) {
  auto kept = json::array();
  std::uint64_t bytes = 0;
  for (const auto& one : wanted) {
    const auto id = uuid::parse(one.at("media_id").get_ref<const std::string&>()).value_or(uuid{});
    const auto row = in.execute(sql::mail_upload, tenant, id);
    if (row.empty()) return wrong_attachment(kept.size(), "not_found", "There is no such upload.");
    const auto* type = find_media_type(row.text(0, 1));
    if (type == nullptr || bytes_max(*type, channel_kind::email) == 0)
      return wrong_attachment(
          kept.size(), "not_on_channel",
          "By mail go files of these types: " + types_taken(channel_kind::email) + ".");
    bytes += static_cast<std::uint64_t>(row.integer(0, 2));
    if (bytes > mail_attachments_bytes_max)
      return wrong_attachment(
          kept.size(), "too_large",
          "The attachments of a mail may have " + bytes_text(mail_attachments_bytes_max) +
              " together; up to this one they have " + std::to_string(bytes) + " bytes.");
    kept.push_back({{"media_id", id.to_string()},
                    {"filename", one.value("filename", row.optional_text(0, 0).value_or("file"))},
                    {"content_type", row.text(0, 1)},
                    {"size_bytes", row.integer(0, 2)}});
  }
  return kept;
}

/// What a mail that is no bare text says.
result<json> mail_of(session& in, const uuid& tenant, const json& wanted) {
  json content{{"type", "email"}};
  for (const auto* name : {"text", "html", "cc", "bcc"})
    if (wanted.contains(name)) content[name] = wanted[name];
  if (!wanted.contains("attachments")) return content;
  auto attachments = attachments_of(in, tenant, wanted["attachments"]);
  if (!attachments) return attachments.error();
  content["attachments"] = std::move(*attachments);
  return content;
}

/// Our own, before it is sent: whoever answers names it.
std::string new_message_id(const std::string& address) {
  return '<' + uuid::v7(system_now()).to_string() + address.substr(address.rfind('@')) + '>';
}

/// Mails: kept flat as those that come in, with the headers that they are sent with.
class email final : public outgoing_channel {
 public:
  std::optional<std::chrono::hours> window(std::string_view /*type*/,
                                           bool /*as_human_agent*/) const override {
    return std::nullopt;
  }

  bool reaches(const message_addressee& to) const override { return to.channel_id.has_value(); }

  std::optional<problem> refuse(const message_draft& what) const override {
    if (what.as_human_agent) return not_on_channel("tag", "Mails have no tags.");
    if (what.type != "text" && what.type != "email")
      return not_on_channel("type", "By mail go text and email messages; files are attachments.");
    if (what.object.contains("preview_url"))
      return not_on_channel("text.preview_url", "Mails have no previews.");
    return std::nullopt;
  }

  result<kept_message> keep(session& in, const conversation_for_sending& where,
                            const message_draft& what) const override {
    const auto target = replied_to(in, where.id, what);
    if (!target) return target.error();
    const auto in_thread = thread_of(in, where, what);
    if (!in_thread) return in_thread.error();
    auto content = what.type == "email" ? mail_of(in, where.tenant_id, what.object)
                                        : result<json>(content_of(what, what.object, std::nullopt));
    if (!content) return content.error();
    auto id = new_message_id(in_thread->address);
    content->update(headers_of(*in_thread, what, id));
    return kept_message{std::move(*content), std::move(id)};
  }

  /// What the sender of mails reads: the mail with its texts where those of others have them.
  std::string body(const outgoing_content& what) const override {
    auto mail = what.content;
    if (mail.at("type") == "text") mail["text"] = json(what.content.at("text").at("body"));
    mail["tenant_id"] = what.tenant_id.to_string();
    mail["outgoing_id"] = what.message_id.to_string();
    mail["claim"] = what.claim.to_string();
    return mail.dump();
  }

 private:
  static json headers_of(const thread& in, const message_draft& what, const std::string& id) {
    const auto own = text_of(what.object, "subject");
    json headers{{"from", in.from_name + " <" + in.address + '>'},
                 {"to", in.to},
                 {"subject", own.empty() ? reply_subject(in.answered.subject) : own},
                 {"message_id", id}};
    if (in.reply_to) headers["reply_to"] = *in.reply_to;
    if (!in.answered.message_id.empty()) headers["in_reply_to"] = in.answered.message_id;
    if (auto references = references_after(in.answered); !references.empty())
      headers["references"] = std::move(references);
    return headers;
  }
};

}  // namespace

const outgoing_channel& email_channel() {
  static const email channel;
  return channel;
}

}  // namespace omnistream::actors
