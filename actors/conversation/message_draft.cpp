#include "actors/conversation/message_draft.hpp"

#include <utility>

namespace omnistream::actors {

using nlohmann::json;

std::string to_json(const message_draft& draft) {
  json text{{"type", draft.type}, {"object", draft.object}};
  if (draft.reply_to) text["reply_to"] = draft.reply_to->to_string();
  if (const auto& from = draft.from_template) {
    text["template"] = {{"name", from->name}, {"language", from->language}};
    if (from->id) text["template"]["id"] = from->id->to_string();
  }
  return text.dump();
}

message_draft draft_from_json(std::string_view text) {
  const auto from = json::parse(text);
  message_draft draft{from.at("type"), from.at("object"), std::nullopt, std::nullopt};
  if (from.contains("reply_to"))
    draft.reply_to = uuid::parse(from["reply_to"].get_ref<const std::string&>());
  if (const auto chosen = from.find("template"); chosen != from.end()) {
    draft.from_template = {std::nullopt, chosen->at("name"), chosen->at("language")};
    if (chosen->contains("id"))
      draft.from_template->id = uuid::parse((*chosen)["id"].get_ref<const std::string&>());
  }
  return draft;
}

std::string meta_body(const uuid& id, const message_addressee& to, const json& content) {
  const auto& type = content.at("type").get_ref<const std::string&>();
  json body{{"messaging_product", "whatsapp"},
            {"recipient_type", "individual"},
            {"type", type},
            {type, content.at(type)},
            {"biz_opaque_callback_data", id.to_string()}};
  if (to.phone_number)
    body["to"] = to.phone_number->substr(to.phone_number->starts_with('+') ? 1 : 0);
  else
    body["recipient"] = to.user_id.value_or("");
  if (const auto context = content.find("context"); context != content.end())
    body["context"] = *context;
  return body.dump();
}

json content_of(const std::string& type, json object,
                const std::optional<std::string>& replied_to) {
  json content{{"type", type}, {type, std::move(object)}};
  if (replied_to) content["context"] = {{"message_id", *replied_to}};
  return content;
}

}  // namespace omnistream::actors
