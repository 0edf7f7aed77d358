#include <algorithm>
#include <array>
#include <cctype>

#include "bench/graph_simulator/control_endpoints.hpp"
#include "bench/graph_simulator/hashing.hpp"
#include "bench/graph_simulator/json_checks.hpp"

namespace graph_simulator {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t control_depth_max = 16;
constexpr std::size_t text_bytes_max = 64 * 1024;

constexpr std::array<std::string_view, 13> types{
    "text",     "image",    "video",  "audio",       "document", "sticker",    "location",
    "contacts", "reaction", "button", "interactive", "order",    "unsupported"};

bool is_media(std::string_view type) {
  return type == "image" || type == "video" || type == "audio" || type == "document" ||
         type == "sticker";
}

using complaint = std::optional<std::string>;

complaint check_string(const json& body, const char* key, bool is_required) {
  const auto at = body.find(key);
  if (at == body.end()) {
    if (!is_required) return {};
    return std::string(key) + " is missing.";
  }
  if (!at->is_string() || at->get_ref<const std::string&>().empty() ||
      at->get_ref<const std::string&>().size() > text_bytes_max)
    return std::string(key) + " must be a non-empty string.";
  return {};
}

complaint check_inbound(const json& body, std::string& type) {
  if (!body.is_object())
    return "The body must be a JSON object with phone_number_id, from and text.";
  for (const char* key : {"phone_number_id", "from"})
    if (auto wrong = check_string(body, key, true)) return wrong;
  for (const char* key : {"type", "name", "id"})
    if (auto wrong = check_string(body, key, false)) return wrong;
  const auto& from = body["from"].get_ref<const std::string&>();
  if (from.size() > 15 ||
      !std::ranges::all_of(from, [](unsigned char c) { return std::isdigit(c); }))
    return "from must be up to 15 digits.";
  type = body.value("type", "text");
  if (std::ranges::find(types, std::string_view(type)) == types.end())
    return "type must be text, image, video, audio, document, sticker, location, contacts, "
           "reaction, button, "
           "interactive, order or unsupported.";
  for (auto member = body.begin(); member != body.end(); ++member) {
    const auto& key = member.key();
    if (key != "phone_number_id" && key != "from" && key != "type" && key != "name" &&
        key != "id" && key != "context" && key != type)
      return "Unknown field " + key + ".";
  }
  if (type == "text") return check_string(body, "text", true);
  if (body.contains(type) && !body[type].is_object() && !body[type].is_array())
    return type + " must be an object.";
  if (!body.contains(type) && !is_media(type) && type != "unsupported")
    return type + " is missing: give the object that Meta would send.";
  return {};
}

// What Meta tells about a medium that the test did not describe.
json made_up_medium(std::string_view type, std::uint64_t count) {
  const std::string_view mime_type = type == "image"     ? "image/jpeg"
                                     : type == "video"   ? "video/mp4"
                                     : type == "audio"   ? "audio/ogg; codecs=opus"
                                     : type == "sticker" ? "image/webp"
                                                         : "application/pdf";
  return {{"mime_type", mime_type},
          {"sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
          {"id", std::to_string(500'000'000'000'000 + count)}};
}

ordered_json make_message(const world& state, const call& what, const json& body,
                          const std::string& type, const std::string& id) {
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(state.start + what.now).count();
  ordered_json message{
      {"from", body["from"]}, {"id", id}, {"timestamp", std::to_string(now)}, {"type", type}};
  if (body.contains("context")) message["context"] = body["context"];
  if (type == "text") {
    message["text"]["body"] = body["text"];
  } else if (body.contains(type)) {
    message[type] = body[type];
  } else if (is_media(type)) {
    message[type] = made_up_medium(type, state.inbound_count);
  } else {
    message["errors"] = ordered_json::array();
    message["errors"].push_back(
        {{"code", 131051},
         {"title", "Message type unknown"},
         {"message", "Message type unknown"},
         {"error_data", {{"details", "Message type is currently not supported."}}}});
  }
  return message;
}

}  // namespace

reply post_inbound(world& state, call& what) {
  if (nesting_depth(what.http.body) > control_depth_max)
    return complaint_reply("The body is nested too deeply.");
  const auto body = json::parse(what.http.body, nullptr, false);
  std::string type;
  if (auto wrong = check_inbound(body, type)) return complaint_reply(*wrong);
  const auto* number = state.numbers.find_or_add(body["phone_number_id"].get<std::string>());
  if (!number) return complaint_reply("The simulator holds no more phone numbers.");
  const auto& info = *number->info;
  const std::string from = body["from"];
  ++state.inbound_count;
  const auto nonce = mix(static_cast<std::uint64_t>(state.start.count()) ^ 0x1b);
  const std::string id = body.contains("id") ? body["id"].get<std::string>()
                                             : make_wamid(from, nonce, state.inbound_count);
  ordered_json value;
  value["messaging_product"] = "whatsapp";
  value["metadata"]["display_phone_number"] = info.display_digits;
  value["metadata"]["phone_number_id"] = info.phone_number_id;
  ordered_json contact;
  contact["profile"]["name"] = body.value("name", "Simulated Person");
  contact["wa_id"] = from;
  value["contacts"].push_back(std::move(contact));
  value["messages"].push_back(make_message(state, what, body, type, id));
  ordered_json change;
  change["value"] = std::move(value);
  change["field"] = "messages";
  if (state.service_windows.size() >= world::service_windows_max) state.service_windows.clear();
  state.service_windows[pair_key(info.phone_number_id, from)] = what.now + std::chrono::hours{24};
  state.sink->tell(
      {info.waba_id, change.dump(-1, ' ', true, ordered_json::error_handler_t::replace)});
  ordered_json answer;
  answer["id"] = id;
  return json_reply(answer);
}

}  // namespace graph_simulator
