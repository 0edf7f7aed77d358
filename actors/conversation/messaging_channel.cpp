#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "actors/conversation/message_upload.hpp"
#include "actors/conversation/outgoing_channel.hpp"
#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 7> types{"text",     "image",       "video",   "audio",
                                                "document", "interactive", "reaction"};
constexpr std::size_t messenger_text_characters_max = 2'000;
constexpr std::size_t instagram_text_bytes_max = 1'000;
constexpr std::size_t template_text_characters_max = 640;
constexpr std::size_t button_title_characters_max = 20;

/// The text of a message that has one.
const std::string& text_in(const std::string& type, const json& object) {
  return type == "text" ? object.at("body").get_ref<const std::string&>()
                        : object.at("body").at("text").get_ref<const std::string&>();
}

/// Quick replies stand below the text; a press comes back with the button's id.
json quick_replies(const json& interactive) {
  auto list = json::array();
  for (const auto& button : interactive.at("action").at("buttons"))
    list.push_back({{"content_type", "text"},
                    {"title", button.at("reply").at("title")},
                    {"payload", button.at("reply").at("id")}});
  return list;
}

/// A `media_id` gives way to Meta's id of the upload before it is sent.
json attachment(const std::string& type, const json& medium) {
  json payload;
  for (const auto& [ours, metas] :
       {std::pair{"media_id", "media_id"}, {"id", "attachment_id"}, {"link", "url"}})
    if (medium.contains(ours)) payload[metas] = medium[ours];
  return {{"type", type == "document" ? "file" : type}, {"payload", std::move(payload)}};
}

/// The text and the one link of a `cta_url`.
json link_template(const json& interactive) {
  const auto& shown = interactive.at("action").at("parameters");
  const json link{
      {"type", "web_url"}, {"url", shown.at("url")}, {"title", shown.at("display_text")}};
  return {{"type", "template"},
          {"payload",
           {{"template_type", "button"},
            {"text", interactive.at("body").at("text")},
            {"buttons", json::array({link})}}}};
}

/// Cards side by side, as Meta's generic template.
json card_template(const json& interactive) {
  auto elements = json::array();
  for (const auto& card : interactive.at("action").at("cards")) {
    json element{{"title", card.at("title")}};
    for (const auto* same : {"subtitle", "image_url"})
      if (card.contains(same)) element[same] = card[same];
    if (card.contains("url"))
      element["default_action"] = {{"type", "web_url"}, {"url", card["url"]}};
    for (const auto& button : card.value("buttons", json::array())) {
      json shown{{"title", button.at("title")}};
      shown["type"] = button.contains("url") ? "web_url" : "postback";
      shown[button.contains("url") ? "url" : "payload"] =
          button.contains("url") ? button["url"] : button.at("id");
      element["buttons"].push_back(std::move(shown));
    }
    elements.push_back(std::move(element));
  }
  return {{"type", "template"},
          {"payload", {{"template_type", "generic"}, {"elements", std::move(elements)}}}};
}

/// What a list of conversations shows of cards: their titles.
std::string titles_of(const json& interactive) {
  std::string all;
  for (const auto& card : interactive.at("action").at("cards"))
    all += (all.empty() ? "" : ", ") + card.at("title").get_ref<const std::string&>();
  return all;
}

bool is_interactive(const std::string& type, const json& object, std::string_view kind) {
  return type == "interactive" && object.at("type") == kind;
}

/// The heart, which is all that Instagram has, with or without the mark that it is colourful.
bool is_heart(const std::string& emoji) {
  return emoji == "\u2764" || emoji == "\u2764\ufe0f";
}

/// The one sticker that can be sent to Instagram, as the id of ours and as the type of Meta's.
constexpr std::string_view heart_sticker = "like_heart";

/// Messenger and Instagram: the Send API of pages and of Instagram accounts.
class messaging final : public outgoing_channel {
 public:
  explicit messaging(bool is_instagram) : is_instagram_(is_instagram) {}

  std::optional<std::chrono::hours> window(std::string_view /*type*/,
                                           bool as_human_agent) const override {
    return as_human_agent ? human_agent_window : service_window;
  }

  bool reaches(const message_addressee& to) const override { return to.channel_id.has_value(); }

  std::optional<problem> refuse(const message_draft& what) const override {
    if (is_instagram_ && what.type == "sticker") return refuse_sticker(what.object);
    if (std::ranges::find(types, what.type) == types.end())
      return not_on_channel("type", name() +
                                        " takes text, image, video, audio, document, reaction and "
                                        "interactive messages with buttons, a link or cards.");
    if (what.type == "reaction") return refuse_reaction(what);
    if (what.type == "interactive") return refuse_interactive(what.object);
    if (what.type == "text") {
      if (what.object.contains("preview_url"))
        return not_on_channel("text.preview_url", name() + " decides on previews itself.");
      return refuse_text("text.body", text_in(what.type, what.object));
    }
    for (const auto* lost : {"caption", "filename"})
      if (what.object.contains(lost))
        return not_on_channel(what.type + '.' + lost, name() + " has none: send a text besides.");
    for (const auto* uploaded : {"media_id", "id"})
      if (is_instagram_ && what.object.contains(uploaded))
        return not_on_channel(what.type + '.' + uploaded, "Instagram takes a link only.");
    return std::nullopt;
  }

  result<kept_message> keep(storage::session& in, const conversation_for_sending& where,
                            const message_draft& what) const override {
    const auto context = replied_to(in, where.id, what);
    if (!context) return context.error();
    if (auto why = refuse_reaction_target(in, where, what)) return *why;
    if (auto why = refuse_upload(in, where.tenant_id, what, channel_kind::messenger)) return *why;
    auto content = content_of(what, what.object, *context);
    if (is_interactive(what.type, what.object, "cards"))
      content["rendered"] = {{"body", titles_of(what.object)}};
    return kept_message{std::move(content), std::nullopt};
  }

  /// The body of POST /{id}/messages. Messenger repeats our id in the echo of the message;
  /// Instagram has no such thing.
  std::string body(const outgoing_content& what) const override {
    const auto& type = what.content.at("type").get_ref<const std::string&>();
    const auto& object = what.content.at(type);
    if (type == "reaction") return reaction_body(what, object).dump();
    json message;
    if (is_interactive(type, object, "cta_url"))
      message["attachment"] = link_template(object);
    else if (is_interactive(type, object, "cards"))
      message["attachment"] = card_template(object);
    else if (type == "sticker")
      message["attachment"] = {{"type", heart_sticker}};
    else if (type == "text" || type == "interactive")
      message["text"] = text_in(type, object);
    else
      message["attachment"] = attachment(type, object);
    if (is_interactive(type, object, "button")) message["quick_replies"] = quick_replies(object);
    if (!is_instagram_) message["metadata"] = what.message_id.to_string();
    json body{{"recipient", {{"id", what.to.channel_id.value_or("")}}},
              {"messaging_type", "RESPONSE"},
              {"message", std::move(message)}};
    if (const auto tag = what.content.find("tag"); tag != what.content.end()) {
      body["messaging_type"] = "MESSAGE_TAG";
      body["tag"] = *tag;
    }
    if (const auto context = what.content.find("context"); context != what.content.end())
      body["reply_to"] = {{"mid", context->at("message_id")}};
    return body.dump();
  }

 private:
  /// A reaction is no message of its own there: Meta gives it no id.
  json reaction_body(const outgoing_content& what, const json& reaction) const {
    const auto& emoji = reaction.at("emoji").get_ref<const std::string&>();
    json payload{{"message_id", reaction.at("message_id")}};
    if (!emoji.empty()) payload["reaction"] = is_instagram_ ? "love" : emoji;
    return {{"recipient", {{"id", what.to.channel_id.value_or("")}}},
            {"sender_action", emoji.empty() ? "unreact" : "react"},
            {"payload", std::move(payload)}};
  }

  std::optional<problem> refuse_reaction(const message_draft& what) const {
    if (what.as_human_agent)
      return not_on_channel("tag", "Meta takes reactions within 24 hours only.");
    const auto& emoji = what.object.at("emoji").get_ref<const std::string&>();
    if (is_instagram_ && !emoji.empty() && !is_heart(emoji))
      return not_on_channel("reaction.emoji", "Instagram takes the heart only.");
    return std::nullopt;
  }

  static std::optional<problem> refuse_sticker(const json& object) {
    if (object.contains("id") && object["id"] == heart_sticker) return std::nullopt;
    return not_on_channel("sticker.id", "Instagram takes the sticker like_heart only.");
  }

  std::string name() const { return is_instagram_ ? "Instagram" : "Messenger"; }

  std::optional<problem> refuse_text(const char* field, const std::string& text) const {
    if (is_instagram_ && text.size() > instagram_text_bytes_max)
      return problems::invalid_field(field, "too_long",
                                     "Instagram takes at most " +
                                         std::to_string(instagram_text_bytes_max) +
                                         " bytes of text.");
    if (!is_instagram_ && utf8_length(text) > messenger_text_characters_max)
      return problems::invalid_field(field, "too_long",
                                     "Messenger takes at most " +
                                         std::to_string(messenger_text_characters_max) +
                                         " characters.");
    return std::nullopt;
  }

  std::optional<problem> refuse_interactive(const json& object) const {
    const auto& kind = object.at("type");
    if (kind != "button" && kind != "cta_url" && kind != "cards")
      return not_on_channel("interactive.type", name() + " takes buttons, a link or cards.");
    for (const auto* lost : {"header", "footer"})
      if (object.contains(lost))
        return not_on_channel(std::string("interactive.") + lost, name() + " has none.");
    if (kind == "cards") return std::nullopt;
    if (kind == "cta_url") return refuse_link(object);
    return refuse_text("interactive.body.text", text_in("interactive", object));
  }

  /// Meta shows the text in one bubble with the link.
  std::optional<problem> refuse_link(const json& object) const {
    if (utf8_length(text_in("interactive", object)) > template_text_characters_max)
      return problems::invalid_field("interactive.body.text", "too_long",
                                     name() + " takes at most " +
                                         std::to_string(template_text_characters_max) +
                                         " characters above a link.");
    const auto shown = object.at("action").value("parameters", json());
    for (const auto* needed : {"url", "display_text"})
      if (!shown.is_object() || !shown.contains(needed) || !shown[needed].is_string() ||
          shown[needed].get_ref<const std::string&>().empty())
        return problems::invalid_field(std::string("interactive.action.parameters.") + needed,
                                       "required", "A link has its url and its display_text.");
    if (!shown["url"].get_ref<const std::string&>().starts_with("https://"))
      return problems::invalid_field("interactive.action.parameters.url", "wrong_format",
                                     name() + " takes https:// links only.");
    if (utf8_length(shown["display_text"].get_ref<const std::string&>()) >
        button_title_characters_max)
      return problems::invalid_field(
          "interactive.action.parameters.display_text", "too_long",
          "A button has at most " + std::to_string(button_title_characters_max) + " characters.");
    return std::nullopt;
  }

  bool is_instagram_;
};

}  // namespace

const outgoing_channel& messenger_channel() {
  static const messaging channel{false};
  return channel;
}

const outgoing_channel& instagram_channel() {
  static const messaging channel{true};
  return channel;
}

}  // namespace omnistream::actors
