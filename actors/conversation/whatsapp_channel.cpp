#include <utility>

#include "actors/conversation/message_template.hpp"
#include "actors/conversation/message_upload.hpp"
#include "actors/conversation/outgoing_channel.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using nlohmann::json;
using storage::session;

result<filled_template> filled(session& in, const conversation_for_sending& where,
                               const message_draft& what) {
  const auto& wanted = *what.from_template;
  const char* field = wanted.id ? "template.template_id" : "template.name";
  const auto row = in.execute(sql::message_template, where.tenant_id, where.waba_id, wanted.id,
                              wanted.name, wanted.language);
  if (row.empty())
    return not_found_in(field, "template of the account that the conversation is held through");
  if (row.text(0, 2) != "APPROVED")
    return problems::invalid_field(field, "template_not_approved",
                                   "The template is " + std::string(row.text(0, 2)) +
                                       " at Meta; only an approved one can be sent.");
  return fill_template({std::string(row.text(0, 0)), std::string(row.text(0, 1)),
                        std::string(row.text(0, 3)), std::string(row.text(0, 4))},
                       what.object);
}

/// WhatsApp takes every type of message but mails, templates at any time.
class whatsapp final : public outgoing_channel {
 public:
  std::optional<std::chrono::hours> window(std::string_view type,
                                           bool /*as_human_agent*/) const override {
    return type == "template" ? std::nullopt : std::optional(service_window);
  }

  bool reaches(const message_addressee& to) const override { return to.phone_number || to.user_id; }

  std::optional<problem> refuse(const message_draft& what) const override {
    if (what.type == "email") return not_on_channel("type", "WhatsApp takes no mails.");
    if (what.type == "interactive" && what.object.at("type") == "cards")
      return not_on_channel("interactive.type", "WhatsApp has no cards.");
    if (what.as_human_agent)
      return not_on_channel("tag", "WhatsApp has no tags: send a template after 24 hours.");
    return std::nullopt;
  }

  result<kept_message> keep(session& in, const conversation_for_sending& where,
                            const message_draft& what) const override {
    const auto context = replied_to(in, where.id, what);
    if (!context) return context.error();
    if (auto why = refuse_reaction_target(in, where, what)) return *why;
    if (auto why = refuse_upload(in, where.tenant_id, what, channel_kind::whatsapp)) return *why;
    if (!what.from_template)
      return kept_message{content_of(what, what.object, *context), std::nullopt};
    auto made = filled(in, where, what);
    if (!made) return made.error();
    auto content = content_of(what, std::move(made->object), *context);
    if (!made->text.empty()) content["rendered"] = {{"body", made->text}};
    return kept_message{std::move(content), std::nullopt};
  }

  /// The body of POST /{phone_number_id}/messages. Our id comes back with every status.
  std::string body(const outgoing_content& what) const override {
    const auto& type = what.content.at("type").get_ref<const std::string&>();
    json body{{"messaging_product", "whatsapp"},
              {"recipient_type", "individual"},
              {"type", type},
              {type, what.content.at(type)},
              {"biz_opaque_callback_data", what.message_id.to_string()}};
    if (const auto& number = what.to.phone_number)
      body["to"] = number->substr(number->starts_with('+') ? 1 : 0);
    else
      body["recipient"] = what.to.user_id.value_or("");
    if (const auto context = what.content.find("context"); context != what.content.end())
      body["context"] = *context;
    return body.dump();
  }
};

}  // namespace

const outgoing_channel& whatsapp_channel() {
  static const whatsapp channel;
  return channel;
}

}  // namespace omnistream::actors
