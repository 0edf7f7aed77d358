// What Messenger and Instagram take of a message, and what they are given.

#include <gtest/gtest.h>

#include "actors/conversation/outgoing_channel.hpp"

namespace omnistream::actors {
namespace {

using nlohmann::json;
using std::chrono::hours;

const timestamp now{hours{500'000}};
const uuid our_id{{7}};

json buttons(int count) {
  auto list = json::array();
  for (int i = 1; i <= count; ++i) {
    const auto number = std::to_string(i);
    list.push_back(
        {{"type", "reply"}, {"reply", {{"id", "b" + number}, {"title", "Button " + number}}}});
  }
  return {{"type", "button"}, {"body", {{"text", "Which?"}}}, {"action", {{"buttons", list}}}};
}

message_draft draft(const std::string& type, json object) {
  return {type, std::move(object), {}, {}};
}

/// `field:code` of the 422; empty: it is taken.
std::string refused(const outgoing_channel& channel, const message_draft& what) {
  const auto why = channel.refuse(what);
  if (!why) return "";
  EXPECT_EQ(why->status, 422);
  EXPECT_EQ(why->errors.size(), 1u);
  return why->errors.at(0).field + ':' + why->errors.at(0).code;
}

json body(const outgoing_channel& channel, const message_draft& what,
          const std::optional<std::string>& replied_to = std::nullopt) {
  const auto content = content_of(what, what.object, replied_to);
  return json::parse(channel.body({our_id, uuid{{1}}, {{}, {}, "7001"}, content}));
}

TEST(MessagingChannel, TakesWhatBothChannelsKnow) {
  for (const auto* channel : {&messenger_channel(), &instagram_channel()}) {
    EXPECT_EQ(refused(*channel, draft("text", {{"body", "Hi"}})), "");
    for (const auto* medium : {"image", "video", "audio", "document"})
      EXPECT_EQ(refused(*channel, draft(medium, {{"link", "https://a.example/b"}})), "") << medium;
    EXPECT_EQ(refused(*channel, draft("interactive", buttons(3))), "");
    for (const auto* type : {"location", "contacts", "template"})
      EXPECT_EQ(refused(*channel, draft(type, json::object())), "type:not_on_channel") << type;
  }
}

TEST(MessagingChannel, TakesTheHeartAsASticker) {
  const auto heart = draft("sticker", {{"id", "like_heart"}});
  EXPECT_EQ(refused(instagram_channel(), heart), "");
  EXPECT_EQ(body(instagram_channel(), heart)["message"],
            (json{{"attachment", {{"type", "like_heart"}}}}));
  EXPECT_EQ(refused(instagram_channel(), draft("sticker", {{"id", "1002"}})),
            "sticker.id:not_on_channel");
  EXPECT_EQ(refused(instagram_channel(), draft("sticker", {{"link", "https://a.example/b.webp"}})),
            "sticker.id:not_on_channel");
  EXPECT_EQ(refused(messenger_channel(), heart), "type:not_on_channel");
}

/// What the channel would drop in silence is refused.
TEST(MessagingChannel, RefusesWhatWouldGetLost) {
  const auto& channel = messenger_channel();
  EXPECT_EQ(refused(channel, draft("text", {{"body", "Hi"}, {"preview_url", true}})),
            "text.preview_url:not_on_channel");
  EXPECT_EQ(refused(channel, draft("image", {{"link", "https://a.example/b"}, {"caption", "c"}})),
            "image.caption:not_on_channel");
  EXPECT_EQ(refused(channel, draft("document",
                                   {{"link", "https://a.example/b"}, {"filename", "receipt.pdf"}})),
            "document.filename:not_on_channel");
  auto footed = buttons(1);
  footed["footer"] = {{"text", "Shop"}};
  EXPECT_EQ(refused(channel, draft("interactive", footed)), "interactive.footer:not_on_channel");
  auto list = buttons(1);
  list["type"] = "list";
  EXPECT_EQ(refused(channel, draft("interactive", list)), "interactive.type:not_on_channel");
}

TEST(MessagingChannel, KnowsHowLongATextMayBe) {
  const std::string e_acute = "\u00e9";
  std::string text;
  for (int i = 0; i < 2'000; ++i) text += e_acute;
  EXPECT_EQ(refused(messenger_channel(), draft("text", {{"body", text}})), "");
  EXPECT_EQ(refused(messenger_channel(), draft("text", {{"body", text + "e"}})),
            "text.body:too_long");
  EXPECT_EQ(refused(instagram_channel(), draft("text", {{"body", std::string(1'000, 'e')}})), "");
  EXPECT_EQ(
      refused(instagram_channel(), draft("text", {{"body", std::string(999, 'e') + e_acute}})),
      "text.body:too_long")
      << "bytes are counted";
  auto long_question = buttons(1);
  long_question["body"]["text"] = std::string(1'001, 'e');
  EXPECT_EQ(refused(instagram_channel(), draft("interactive", long_question)),
            "interactive.body.text:too_long");
}

TEST(MessagingChannel, TakesUploadsOnMessengerOnly) {
  const auto upload = draft("image", {{"id", "1857777774821032"}});
  EXPECT_EQ(refused(messenger_channel(), upload), "");
  EXPECT_EQ(body(messenger_channel(), upload)["message"]["attachment"],
            (json{{"type", "image"}, {"payload", {{"attachment_id", "1857777774821032"}}}}));
  EXPECT_EQ(refused(instagram_channel(), upload), "image.id:not_on_channel");
  const auto ours = draft("document", {{"media_id", our_id.to_string()}});
  EXPECT_EQ(refused(messenger_channel(), ours), "");
  EXPECT_EQ(body(messenger_channel(), ours)["message"]["attachment"],
            (json{{"type", "file"}, {"payload", {{"media_id", our_id.to_string()}}}}));
  EXPECT_EQ(refused(instagram_channel(), ours), "document.media_id:not_on_channel");
}

TEST(MessagingChannel, WritesWhatMetaTakes) {
  EXPECT_EQ(body(messenger_channel(), draft("text", {{"body", "Hi"}}), "m_1"),
            (json{{"recipient", {{"id", "7001"}}},
                  {"messaging_type", "RESPONSE"},
                  {"message", {{"text", "Hi"}, {"metadata", our_id.to_string()}}},
                  {"reply_to", {{"mid", "m_1"}}}}));
  EXPECT_EQ(body(instagram_channel(), draft("document", {{"link", "https://a.example/b.pdf"}})),
            (json{{"recipient", {{"id", "7001"}}},
                  {"messaging_type", "RESPONSE"},
                  {"message",
                   {{"attachment",
                     {{"type", "file"}, {"payload", {{"url", "https://a.example/b.pdf"}}}}}}}}));
  EXPECT_EQ(body(instagram_channel(), draft("interactive", buttons(2)))["message"],
            (json{{"text", "Which?"},
                  {"quick_replies",
                   {{{"content_type", "text"}, {"title", "Button 1"}, {"payload", "b1"}},
                    {{"content_type", "text"}, {"title", "Button 2"}, {"payload", "b2"}}}}}));
}

TEST(MessagingChannel, ReactsToMessages) {
  const auto reaction = [](const std::string& emoji) {
    return draft("reaction", {{"message_id", "m_1"}, {"emoji", emoji}});
  };
  const std::string heart = "\u2764\ufe0f", thumb = "\U0001F44D";
  EXPECT_EQ(refused(messenger_channel(), reaction(thumb)), "");
  EXPECT_EQ(body(messenger_channel(), reaction(thumb)),
            (json{{"recipient", {{"id", "7001"}}},
                  {"sender_action", "react"},
                  {"payload", {{"message_id", "m_1"}, {"reaction", thumb}}}}));
  EXPECT_EQ(body(messenger_channel(), reaction("")), (json{{"recipient", {{"id", "7001"}}},
                                                           {"sender_action", "unreact"},
                                                           {"payload", {{"message_id", "m_1"}}}}));
  EXPECT_EQ(refused(instagram_channel(), reaction(thumb)), "reaction.emoji:not_on_channel");
  for (const auto& one : {heart, std::string("\u2764"), std::string()})
    EXPECT_EQ(refused(instagram_channel(), reaction(one)), "");
  EXPECT_EQ(body(instagram_channel(), reaction(heart))["payload"]["reaction"], "love");
  auto late = reaction(heart);
  late.as_human_agent = true;
  EXPECT_EQ(refused(messenger_channel(), late), "tag:not_on_channel");
}

TEST(MessagingChannel, SendsATextWithALink) {
  const auto link = [](const std::string& text, const std::string& title, const std::string& url) {
    return draft(
        "interactive",
        {{"type", "cta_url"},
         {"body", {{"text", text}}},
         {"action",
          {{"name", "cta_url"}, {"parameters", {{"display_text", title}, {"url", url}}}}}});
  };
  const auto order = link("Your order", "Look", "https://shop.example/1");
  for (const auto* channel : {&messenger_channel(), &instagram_channel()}) {
    EXPECT_EQ(refused(*channel, order), "");
    EXPECT_EQ(body(*channel, order)["message"]["attachment"],
              (json{{"type", "template"},
                    {"payload",
                     {{"template_type", "button"},
                      {"text", "Your order"},
                      {"buttons", json::array({{{"type", "web_url"},
                                                {"url", "https://shop.example/1"},
                                                {"title", "Look"}}})}}}}));
  }
  const auto& channel = messenger_channel();
  EXPECT_EQ(refused(channel, link(std::string(641, 'x'), "Look", "https://a.example")),
            "interactive.body.text:too_long");
  EXPECT_EQ(refused(channel, link("x", std::string(21, 'x'), "https://a.example")),
            "interactive.action.parameters.display_text:too_long");
  EXPECT_EQ(refused(channel, link("x", "Look", "http://a.example")),
            "interactive.action.parameters.url:wrong_format");
  EXPECT_EQ(refused(channel, link("x", "", "https://a.example")),
            "interactive.action.parameters.display_text:required");
}

TEST(MessagingChannel, SendsCards) {
  const json cards{{{"title", "Shoes"},
                    {"image_url", "https://a.example/1.png"},
                    {"url", "https://a.example/1"},
                    {"buttons",
                     {{{"title", "Order"}, {"id", "order-1"}},
                      {{"title", "Look"}, {"url", "https://a.example"}}}}},
                   {{"title", "Socks"}, {"subtitle", "Red"}}};
  const auto what = draft("interactive", {{"type", "cards"}, {"action", {{"cards", cards}}}});
  const json elements{{{"title", "Shoes"},
                       {"image_url", "https://a.example/1.png"},
                       {"default_action", {{"type", "web_url"}, {"url", "https://a.example/1"}}},
                       {"buttons",
                        {{{"type", "postback"}, {"title", "Order"}, {"payload", "order-1"}},
                         {{"type", "web_url"}, {"title", "Look"}, {"url", "https://a.example"}}}}},
                      {{"title", "Socks"}, {"subtitle", "Red"}}};
  for (const auto* channel : {&messenger_channel(), &instagram_channel()}) {
    EXPECT_EQ(refused(*channel, what), "");
    EXPECT_EQ(body(*channel, what)["message"]["attachment"],
              (json{{"type", "template"},
                    {"payload", {{"template_type", "generic"}, {"elements", elements}}}}));
  }
  EXPECT_EQ(refused(whatsapp_channel(), what), "interactive.type:not_on_channel");
}

TEST(MessagingChannel, AnswersLateAsAPersonOnly) {
  message_surroundings in;
  in.channel = "messenger";
  in.contact.channel_id = "7001";
  in.last_inbound_at = now - hours{24};
  auto what = draft("text", {{"body", "Hi"}});
  const auto code = [&] {
    const auto why = refuse_message(in, what, now);
    return why ? why->code : "";
  };
  EXPECT_EQ(code(), "service_window_closed");
  what.as_human_agent = true;
  EXPECT_EQ(code(), "");
  const auto late = body(messenger_channel(), what);
  EXPECT_EQ(late["messaging_type"], "MESSAGE_TAG");
  EXPECT_EQ(late["tag"], "HUMAN_AGENT");
  in.last_inbound_at = now - hours{7 * 24};
  EXPECT_EQ(code(), "service_window_closed");
  in.last_inbound_at = now;
  in.contact.channel_id.reset();
  in.contact.phone_number = "+6281299";
  EXPECT_EQ(code(), "contact_without_number") << "a number leads nowhere here";
  EXPECT_EQ(refused(whatsapp_channel(), what), "tag:not_on_channel");
  EXPECT_EQ(refused(whatsapp_channel(), draft("email", json::object())), "type:not_on_channel");
}

}  // namespace
}  // namespace omnistream::actors
