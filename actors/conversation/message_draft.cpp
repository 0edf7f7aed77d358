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
  if (draft.as_human_agent) text["as_human_agent"] = true;
  return text.dump();
}

message_draft draft_from_json(std::string_view text) {
  const auto from = json::parse(text);
  message_draft draft{from.at("type"), from.at("object"), {}, {}, from.contains("as_human_agent")};
  if (from.contains("reply_to"))
    draft.reply_to = uuid::parse(from["reply_to"].get_ref<const std::string&>());
  if (const auto chosen = from.find("template"); chosen != from.end()) {
    draft.from_template = {std::nullopt, chosen->at("name"), chosen->at("language")};
    if (chosen->contains("id"))
      draft.from_template->id = uuid::parse((*chosen)["id"].get_ref<const std::string&>());
  }
  return draft;
}

json content_of(const message_draft& draft, json object,
                const std::optional<std::string>& replied_to) {
  json content{{"type", draft.type}, {draft.type, std::move(object)}};
  if (replied_to) content["context"] = {{"message_id", *replied_to}};
  if (draft.as_human_agent) content["tag"] = "HUMAN_AGENT";
  return content;
}

}  // namespace omnistream::actors
