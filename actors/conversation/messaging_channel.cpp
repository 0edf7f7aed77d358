#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "actors/conversation/outgoing_channel.hpp"
#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> types{"text",  "image",    "video",
                                                "audio", "document", "interactive"};
constexpr std::size_t messenger_text_characters_max = 2'000;
constexpr std::size_t instagram_text_bytes_max = 1'000;

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

json attachment(const std::string& type, const json& medium) {
  const bool is_uploaded = medium.contains("id");
  json payload;
  payload[is_uploaded ? "attachment_id" : "url"] = medium.at(is_uploaded ? "id" : "link");
  return {{"type", type == "document" ? "file" : type}, {"payload", std::move(payload)}};
}

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
    if (std::ranges::find(types, what.type) == types.end())
      return not_on_channel("type", name() +
                                        " takes text, image, video, audio, document and "
                                        "interactive messages with buttons.");
    if (what.type == "interactive") return refuse_interactive(what.object);
    if (what.type == "text") {
      if (what.object.contains("preview_url"))
        return not_on_channel("text.preview_url", name() + " decides on previews itself.");
      return refuse_text("text.body", text_in(what.type, what.object));
    }
    for (const auto* lost : {"caption", "filename"})
      if (what.object.contains(lost))
        return not_on_channel(what.type + '.' + lost, name() + " has none: send a text besides.");
    if (what.object.contains("media_id"))
      return not_on_channel(what.type + ".media_id", name() + " takes a link.");
    if (is_instagram_ && what.object.contains("id"))
      return not_on_channel(what.type + ".id", "Instagram takes a link.");
    return std::nullopt;
  }

  result<kept_message> keep(storage::session& in, const conversation_for_sending& where,
                            const message_draft& what) const override {
    const auto context = replied_to(in, where.id, what);
    if (!context) return context.error();
    return kept_message{content_of(what, what.object, *context), std::nullopt};
  }

  /// The body of POST /{id}/messages. Messenger repeats our id in the echo of the message;
  /// Instagram has no such thing.
  std::string body(const outgoing_content& what) const override {
    const auto& type = what.content.at("type").get_ref<const std::string&>();
    const auto& object = what.content.at(type);
    json message;
    if (type == "text" || type == "interactive")
      message["text"] = text_in(type, object);
    else
      message["attachment"] = attachment(type, object);
    if (type == "interactive") message["quick_replies"] = quick_replies(object);
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
    if (object.at("type") != "button")
      return not_on_channel("interactive.type", name() + " takes buttons only.");
    for (const auto* lost : {"header", "footer"})
      if (object.contains(lost))
        return not_on_channel(std::string("interactive.") + lost, name() + " has none.");
    return refuse_text("interactive.body.text", text_in("interactive", object));
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
