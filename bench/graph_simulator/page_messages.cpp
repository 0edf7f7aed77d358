#include "bench/graph_simulator/page_messages.hpp"

#include <algorithm>
#include <utility>

#include "bench/graph_simulator/hashing.hpp"
#include "bench/graph_simulator/json_checks.hpp"
#include "bench/graph_simulator/message_endpoint.hpp"
#include "bench/graph_simulator/status_scheduler.hpp"

namespace graph_simulator {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t depth_max = 16;
constexpr std::size_t messenger_text_characters_max = 2'000;
constexpr std::size_t instagram_text_bytes_max = 1'000;
constexpr std::size_t metadata_characters_max = 1'000;
constexpr std::size_t quick_replies_max = 13;
constexpr std::string_view instagram_of_page = "178414";  // and the page's id

bool is_instagram(const messaging_person& person) {
  return person.object == "instagram";
}

/// Ids of messages look otherwise than WhatsApp's.
std::string make_mid(const world& state, std::string_view person, std::uint64_t index) {
  const auto nonce = mix(static_cast<std::uint64_t>(state.start.count()) ^ 0x3d);
  return "m_" + make_wamid(person, nonce, index).substr(std::string_view("wamid.").size());
}

std::int64_t milliseconds(const world& state, instant at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(state.start + at).count();
}

ordered_json frame(const world& state, std::string_view from, std::string_view to, instant at) {
  return {{"sender", {{"id", from}}},
          {"recipient", {{"id", to}}},
          {"timestamp", milliseconds(state, at)}};
}

void tell(world& state, const messaging_person& person, const ordered_json& element, instant due) {
  state.sink->tell({person.account,
                    element.dump(-1, ' ', true, ordered_json::error_handler_t::replace),
                    person.object, due});
}

// -- sending

verdict check_template_buttons(const json& list) {
  if (!list.is_array() || list.empty() || list.size() > 3)
    return errors::wrong_type("message['payload']['buttons']", "an array of 1 to 3");
  for (const auto& one : list) {
    if (!one.is_object()) return errors::wrong_type("buttons", "objects");
    const bool is_link = one.value("type", json()) == "web_url";
    if (!is_link && one.value("type", json()) != "postback")
      return errors::wrong_type("buttons['type']", "one of {POSTBACK, WEB_URL}");
    const auto* content = is_link ? "url" : "payload";
    if (auto wrong = check_keys(one, {"type", content, "title"}, "buttons")) return wrong;
    if (auto wrong = check_text(one, content, "buttons", is_link ? 2'048 : 1'000)) return wrong;
    if (auto wrong = check_text(one, "title", "buttons", 20)) return wrong;
  }
  return {};
}

/// One of up to ten cards.
verdict check_element(const json& element) {
  if (auto wrong = check_keys(
          element, {"title", "subtitle", "image_url", "default_action", "buttons"}, "elements"))
    return wrong;
  if (auto wrong = check_text(element, "title", "elements", 80)) return wrong;
  if (element.size() < 2) return errors::invalid("A card has more than a title.");
  if (element.contains("subtitle"))
    if (auto wrong = check_text(element, "subtitle", "elements", 80)) return wrong;
  if (element.contains("image_url"))
    if (auto wrong = check_text(element, "image_url", "elements", 2'048)) return wrong;
  if (const auto press = element.find("default_action"); press != element.end()) {
    if (auto wrong = check_keys(*press, {"type", "url"}, "default_action")) return wrong;
    if (auto wrong = check_text(*press, "url", "default_action", 2'048)) return wrong;
  }
  return element.contains("buttons") ? check_template_buttons(element["buttons"]) : verdict{};
}

/// A text with buttons below, or cards side by side.
verdict check_template(const json& payload) {
  if (payload.value("template_type", json()) == "button") {
    if (auto wrong =
            check_keys(payload, {"template_type", "text", "buttons"}, "message['payload']"))
      return wrong;
    if (auto wrong = check_text(payload, "text", "message['payload']", 640)) return wrong;
    return check_template_buttons(payload.value("buttons", json()));
  }
  if (payload.value("template_type", json()) != "generic")
    return errors::wrong_type("message['payload']['template_type']", "one of {BUTTON, GENERIC}");
  if (auto wrong = check_keys(payload, {"template_type", "elements"}, "message['payload']"))
    return wrong;
  const auto elements = payload.value("elements", json());
  if (!elements.is_array() || elements.empty() || elements.size() > 10)
    return errors::wrong_type("message['payload']['elements']", "an array of 1 to 10");
  for (const auto& one : elements)
    if (auto wrong = check_element(one)) return wrong;
  return {};
}

verdict check_attachment(const json& attachment, bool on_instagram) {
  if (auto wrong = check_keys(attachment, {"type", "payload"}, "message['attachment']"))
    return wrong;
  const auto type = attachment.value("type", json());
  if (on_instagram && type == "like_heart" && !attachment.contains("payload")) return {};
  if (type == "template") {
    const auto filled = attachment.value("payload", json());
    return filled.is_object() ? check_template(filled) : errors::required("message['payload']");
  }
  if (type != "image" && type != "video" && type != "audio" && type != "file")
    return errors::wrong_type("message['attachment']['type']",
                              "one of {AUDIO, FILE, IMAGE, TEMPLATE, VIDEO}");
  const auto payload = attachment.value("payload", json());
  if (auto wrong =
          check_keys(payload, {"url", "attachment_id", "is_reusable"}, "message['payload']"))
    return wrong;
  const char* key = payload.contains("url") || on_instagram ? "url" : "attachment_id";
  return check_text(payload, key, "message['payload']", 2'048);
}

verdict check_quick_replies(const json& list) {
  if (!list.is_array() || list.empty() || list.size() > quick_replies_max)
    return errors::wrong_type("message['quick_replies']", "an array of 1 to 13");
  for (const auto& one : list) {
    if (auto wrong = check_keys(one, {"content_type", "title", "payload"}, "quick_replies"))
      return wrong;
    if (one.value("content_type", json()) != "text")
      return errors::wrong_type("quick_replies['content_type']", "one of {TEXT}");
    if (auto wrong = check_text(one, "title", "quick_replies", 20)) return wrong;
    if (auto wrong = check_text(one, "payload", "quick_replies", 1'000)) return wrong;
  }
  return {};
}

verdict check_content(const json& message, bool on_instagram) {
  if (auto wrong =
          check_keys(message, {"text", "attachment", "quick_replies", "metadata"}, "message"))
    return wrong;
  if (message.contains("text") == message.contains("attachment"))
    return errors::invalid("Either text or attachment must be set.");
  if (message.contains("metadata"))
    if (auto wrong = check_text(message, "metadata", "message", metadata_characters_max))
      return wrong;
  if (message.contains("attachment")) {
    if (message.contains("quick_replies"))
      return errors::invalid("Quick replies stand below a text.");
    return check_attachment(message["attachment"], on_instagram);
  }
  if (auto wrong = check_text(message, "text", "message", messenger_text_characters_max))
    return wrong;
  if (on_instagram &&
      message["text"].get_ref<const std::string&>().size() > instagram_text_bytes_max)
    return errors::invalid("The text is longer than 1000 bytes.");
  return message.contains("quick_replies") ? check_quick_replies(message["quick_replies"])
                                           : verdict{};
}

verdict check_frame(const json& body) {
  if (auto wrong =
          check_keys(body, {"recipient", "messaging_type", "tag", "message", "reply_to"}, "body"))
    return wrong;
  const auto type = body.value("messaging_type", json());
  if (type != "RESPONSE" && type != "UPDATE" && type != "MESSAGE_TAG")
    return errors::wrong_type("messaging_type", "one of {MESSAGE_TAG, RESPONSE, UPDATE}");
  if ((type == "MESSAGE_TAG") != (body.value("tag", json()) == "HUMAN_AGENT"))
    return errors::wrong_type("tag", "HUMAN_AGENT, with the messaging type MESSAGE_TAG");
  if (auto wrong = check_keys(body["recipient"], {"id"}, "recipient")) return wrong;
  if (auto wrong = check_text(body["recipient"], "id", "recipient", 64)) return wrong;
  if (!body.contains("message")) return errors::required("message");
  if (!body.contains("reply_to")) return {};
  if (auto wrong = check_keys(body["reply_to"], {"mid"}, "reply_to")) return wrong;
  return check_text(body["reply_to"], "mid", "reply_to", 512);
}

/// What is no message: that somebody types, has read, or how they feel about a message.
verdict check_action(const json& body) {
  if (auto wrong = check_keys(body, {"recipient", "sender_action", "payload"}, "body"))
    return wrong;
  if (auto wrong = check_keys(body["recipient"], {"id"}, "recipient")) return wrong;
  if (auto wrong = check_text(body["recipient"], "id", "recipient", 64)) return wrong;
  const auto& action = body["sender_action"];
  const bool reacts = action == "react";
  if (!reacts && action != "unreact") {
    if (body.contains("payload")) return errors::invalid("This action has no payload.");
    if (action == "typing_on" || action == "typing_off" || action == "mark_seen") return {};
    return errors::wrong_type("sender_action",
                              "one of {MARK_SEEN, REACT, TYPING_OFF, TYPING_ON, UNREACT}");
  }
  const auto payload = body.value("payload", json());
  if (auto wrong = check_keys(payload, {"message_id", "reaction"}, "payload")) return wrong;
  if (auto wrong = check_text(payload, "message_id", "payload", 512)) return wrong;
  if (reacts) return check_text(payload, "reaction", "payload", 64);
  return payload.contains("reaction") ? errors::invalid("What is taken back is not named.")
                                      : verdict{};
}

/// Who is written to, if they wrote to this page or account; null if not.
const messaging_person* find_person(const world& state, const std::string& node, const json& body) {
  const auto known = state.people.find(body["recipient"]["id"].get<std::string>());
  if (known == state.people.end()) return nullptr;
  const auto& person = known->second;
  const bool through_page =
      is_instagram(person) && person.account == std::string(instagram_of_page) + node;
  return person.account == node || through_page ? &person : nullptr;
}

verdict check_window(const world& state, const messaging_person& person, const json& body,
                     instant now) {
  if (!state.options.service_window) return {};
  const auto allowed = std::chrono::hours{body.contains("tag") ? 7 * 24 : 24};
  if (now - person.wrote_at < allowed) return {};
  return api_error{10, is_instagram(person) ? 2534022 : 2018278, "",
                   "(#10) This message is sent outside of allowed window."};
}

ordered_json echo_of(const world& state, const call& what, const messaging_person& person,
                     const json& body, const std::string& mid) {
  const auto& message = body["message"];
  auto echo = frame(state, person.account, body["recipient"]["id"].get<std::string>(), what.now);
  auto& said = echo["message"];
  said["mid"] = mid;
  said["is_echo"] = true;
  if (!is_instagram(person)) {
    said["app_id"] = 400'000'000'000'001;
    if (message.contains("metadata")) said["metadata"] = message["metadata"];
  }
  if (message.contains("text")) {
    said["text"] = message["text"];
  } else {
    const auto& sent = message["attachment"];
    said["attachments"] = ordered_json::array(
        {{{"type", sent["type"]},
          {"payload",
           {{"url",
             sent.value("payload", json::object()).value("url", "https://cdn.example/1")}}}}});
  }
  if (body.contains("reply_to")) said["reply_to"] = body["reply_to"];
  return echo;
}

void tell_receipts(world& state, const call& what, const messaging_person& person,
                   const std::string& id, const std::string& mid, std::uint64_t index) {
  accepted_message message;
  message.index = index;
  const auto fate = decide_fate(message, state.options.statuses);
  const std::chrono::milliseconds delay{state.options.statuses.status_delay_ms};
  const auto receipt = [&](const char* name, instant at, ordered_json content) {
    auto element = frame(state, id, person.account, at);
    element[name] = std::move(content);
    tell(state, person, element, at);
  };
  const auto delivered_at = what.now + 2 * delay, read_at = what.now + 3 * delay;
  if (fate.delivered && !is_instagram(person))
    receipt(
        "delivery", delivered_at,
        {{"mids", ordered_json::array({mid})}, {"watermark", milliseconds(state, delivered_at)}});
  if (!fate.read) return;
  if (is_instagram(person))
    receipt("read", read_at, {{"mid", mid}});
  else
    receipt("read", read_at, {{"watermark", milliseconds(state, read_at)}});
}

reply accept(world& state, call& what, const messaging_person& person, const json& body) {
  const auto index = state.next_index++;
  const auto id = body["recipient"]["id"].get<std::string>();
  const auto mid = make_mid(state, id, index);
  const auto metadata = body["message"].value("metadata", "");
  count_accepted(state, metadata);
  if (state.recorded.size() >= world::recorded_max) state.recorded.pop_front();
  state.recorded.push_back({index, mid, what.node, metadata, what.http.body});
  tell(state, person, echo_of(state, what, person, body, mid), what.now);
  tell_receipts(state, what, person, id, mid, index);
  auto result = json_reply({{"recipient_id", id}, {"message_id", mid}});
  if (what.what_happens.what == fault_kind::reset_after) {
    ++state.counts.resets_after;
    result.abort = true;
  }
  return result;
}

/// Answered without an id, as no message comes of it. Told by nobody.
reply act(world& state, call& what, const messaging_person& person, const json& body) {
  if (body["sender_action"] == "react" && is_instagram(person) &&
      body["payload"]["reaction"] != "love")
    return refuse_message(state, errors::wrong_type("payload['reaction']", "one of {LOVE}"),
                          what.node);
  if (auto wrong = check_window(state, person, body, what.now))
    return refuse_message(state, *wrong, what.node);
  if (state.recorded.size() >= world::recorded_max) state.recorded.pop_front();
  state.recorded.push_back({state.next_index++, "", what.node, "", what.http.body});
  return json_reply({{"recipient_id", body["recipient"]["id"]}});
}

// -- people

/// What somebody did, with the id of a message in it.
std::optional<std::string> read_event(const json& body, ordered_json& element, std::string& mid) {
  if (!body.is_object()) return "The body must be a JSON object.";
  for (const char* key : {"object", "account_id", "from"})
    if (!body.contains(key) || !body[key].is_string() ||
        body[key].get_ref<const std::string&>().empty())
      return std::string(key) + " must be a non-empty string.";
  if (body["object"] != "page" && body["object"] != "instagram")
    return "object must be page or instagram.";
  for (const auto& [key, value] : body.items()) {
    if (key == "object" || key == "account_id" || key == "from") continue;
    if (key == "text" && value.is_string())
      element["message"]["text"] = value;
    else if (value.is_object())
      element[key] = value;
    else
      return key + " must be an object as Meta has it; text a string.";
  }
  if (!element.contains("message")) return {};
  auto& message = element["message"];
  if (!message.contains("mid")) message["mid"] = mid;
  if (!message["mid"].is_string()) return "mid must be a string.";
  mid = message["mid"];
  return {};
}

}  // namespace

bool is_page_message(std::string_view body) {
  if (body.find("\"messaging_product\"") != std::string_view::npos) return false;
  if (nesting_depth(body) > depth_max) return false;
  const auto read = json::parse(body, nullptr, false);
  return read.is_object() && read.contains("recipient") && read["recipient"].is_object();
}

reply post_page_message(world& state, call& what) {
  const auto& fault = what.what_happens;
  if (fault.what == fault_kind::reset_before) {
    ++state.counts.resets_before;
    reply result;
    result.abort = true;
    return result;
  }
  const auto refuse = [&](const api_error& error) {
    return refuse_message(state, error, what.node);
  };
  if (fault.what == fault_kind::error)
    return refuse({fault.code, fault.subcode, "Asked for by a fault."});
  const auto body = json::parse(what.http.body, nullptr, false);
  const bool is_action = body.contains("sender_action");
  if (auto wrong = is_action ? check_action(body) : check_frame(body)) return refuse(*wrong);
  const auto* person = find_person(state, what.node, body);
  if (person == nullptr) return refuse({100, 2018001, "", "(#100) No matching user found"});
  if (is_action) return act(state, what, *person, body);
  if (auto wrong = check_content(body["message"], is_instagram(*person))) return refuse(*wrong);
  if (auto wrong = check_window(state, *person, body, what.now)) return refuse(*wrong);
  auto* sender = state.numbers.find_or_add(what.node);
  if (sender == nullptr) return refuse(errors::unknown_object("POST", what.node));
  if (!sender->window.allows(what.now, state.options.mps)) return refuse({613, 0});
  sender->window.accept(what.now);
  return accept(state, what, *person, body);
}

reply post_messaging(world& state, call& what) {
  if (nesting_depth(what.http.body) > depth_max)
    return complaint_reply("The body is nested too deeply.");
  const auto body = json::parse(what.http.body, nullptr, false);
  ordered_json content;
  auto mid = make_mid(state, "in", ++state.inbound_count);
  if (auto wrong = read_event(body, content, mid)) return complaint_reply(*wrong);
  const std::string from = body["from"];
  if (state.people.size() >= world::people_max) state.people.clear();
  auto& person = state.people[from];
  person = {body["object"] == "page" ? "page" : "instagram", body["account_id"], what.now};
  auto element = frame(state, from, person.account, what.now);
  element.update(content);
  tell(state, person, element, what.now);
  return json_reply({{"id", mid}});
}

}  // namespace graph_simulator
