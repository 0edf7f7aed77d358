#include "actors/ingest/mail_attachments.hpp"

#include <string>
#include <utility>

#include "actors/ingest/payload_json.hpp"
#include "actors/json_text.hpp"
#include "config/base/utf8.hpp"

namespace omnistream::actors {
namespace {

using nlohmann::json;

constexpr std::size_t member_bytes_max = 1'024;
constexpr std::size_t beginning_bytes_max = 128;  ///< of a text that is longer
constexpr std::size_t cut_bytes_max = 12;         ///< of what is left of an escape or a character

json beginning_of(std::string_view raw) {
  std::string text;
  decode_json_string(raw.substr(1, beginning_bytes_max), text);
  return std::string(utf8_beginning(text, text.size() - cut_bytes_max));
}

/// The object at the cursor; null for anything else, which keeps its place. Adds to `bytes` what
/// it has about.
json head_at(json_cursor& walk, std::size_t& bytes) {
  if (!walk.enter_object()) {
    walk.take_value();
    return nullptr;
  }
  auto head = json::object();
  for (std::string_view key; walk.next_member(key);) {
    const auto raw = walk.take_value();
    const bool is_long = raw.size() > member_bytes_max;
    if (key.size() > member_bytes_max || (is_long && raw.front() != '"')) continue;
    std::string name;
    decode_json_string(key, name);
    bytes += name.size() + (is_long ? beginning_bytes_max : raw.size());
    if (bytes > attachment_heads_bytes_max) continue;
    head[std::move(name)] = is_long ? beginning_of(raw) : document(raw);
  }
  return head;
}

}  // namespace

json attachment_heads(std::string_view attachments) {
  constexpr std::size_t own_bytes = 16;  // of an empty one, about
  auto heads = json::array();
  json_cursor walk(attachments);
  if (!walk.enter_array()) return heads;
  for (std::size_t bytes = 0; walk.next_element();) {
    bytes += own_bytes;
    auto head = head_at(walk, bytes);
    if (bytes > attachment_heads_bytes_max) break;
    heads.push_back(std::move(head));
  }
  return heads;
}

}  // namespace omnistream::actors
