#include "bench/graph_simulator/media_endpoints.hpp"

#include <utility>

#include "bench/graph_simulator/base64.hpp"

namespace graph_simulator {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::uint64_t first_id = 1'037'000'000'000'000;

std::string keep(world& state, simulated_medium what) {
  if (state.media.size() >= world::media_max) state.media.erase(state.media.begin());
  auto id = std::to_string(first_id + ++state.media_count);
  state.media.emplace(id, std::move(what));
  return id;
}

/// The text between two others; nothing if they are not there.
std::optional<std::string_view> between(std::string_view in, std::string_view begin,
                                        std::string_view end) {
  const auto from = in.find(begin);
  if (from == std::string_view::npos) return std::nullopt;
  const auto to = in.find(end, from + begin.size());
  if (to == std::string_view::npos) return std::nullopt;
  return in.substr(from + begin.size(), to - from - begin.size());
}

/// The part of a form with that name, its header lines and all.
std::optional<std::string_view> part_of(const call& what, std::string_view name) {
  const auto type = what.http.header("Content-Type");
  const auto at = type.find("boundary=");
  if (!type.starts_with("multipart/form-data") || at == std::string_view::npos) return std::nullopt;
  const auto delimiter = "--" + std::string(type.substr(at + 9));
  std::string_view rest = what.http.body;
  while (const auto part = between(rest, delimiter + "\r\n", "\r\n" + delimiter)) {
    if (part->find("name=\"" + std::string(name) + '"') < part->find("\r\n\r\n")) return part;
    rest = rest.substr(rest.find(delimiter) + delimiter.size() + part->size());
  }
  return std::nullopt;
}

std::string_view content_of(std::string_view part) {
  const auto head = part.find("\r\n\r\n");
  return head == std::string_view::npos ? std::string_view{} : part.substr(head + 4);
}

/// Keeps the file of a form; answers its id under that name.
reply keep_file(world& state, const call& what, const char* part, const char* id) {
  const auto file = part_of(what, part);
  if (!file) return error_reply(state, errors::required(part));
  const auto type = between(*file, "Content-Type: ", "\r\n");
  if (!type || content_of(*file).empty())
    return error_reply(state, errors::invalid("The file has no type or no bytes."));
  return json_reply(
      ordered_json{{id, keep(state, {std::string(*type), std::string(content_of(*file))})}});
}

}  // namespace

reply upload_media(world& state, call& what) {
  const auto product = part_of(what, "messaging_product");
  if (!product || content_of(*product) != "whatsapp")
    return error_reply(state, errors::required("messaging_product"));
  return keep_file(state, what, "file", "id");
}

reply upload_attachment(world& state, call& what) {
  const auto message = part_of(what, "message");
  const auto read = json::parse(message ? content_of(*message) : "", nullptr, false);
  const json::json_pointer type("/attachment/type"), again("/attachment/payload/is_reusable");
  if (!read.is_object() || !read.contains(type))
    return error_reply(state, errors::required("message"));
  const auto& kind = read[type];
  if (kind != "image" && kind != "video" && kind != "audio" && kind != "file")
    return error_reply(state, errors::wrong_type("message['attachment']['type']",
                                                 "one of {AUDIO, FILE, IMAGE, VIDEO}"));
  if (!read.contains(again) || read[again] != true)
    return error_reply(state, errors::invalid("Only what is reusable is kept."));
  return keep_file(state, what, "filedata", "attachment_id");
}

std::optional<reply> get_media(const world& state, const call& what) {
  const auto found = state.media.find(what.node);
  if (found == state.media.end()) return std::nullopt;
  const auto place = "http://" + std::string(what.http.header("Host")) + '/' + what.version + '/' +
                     what.node + "/bytes";
  return json_reply(ordered_json{{"messaging_product", "whatsapp"},
                                 {"url", place},
                                 {"mime_type", found->second.content_type},
                                 {"file_size", found->second.bytes.size()},
                                 {"id", what.node}});
}

reply get_media_bytes(world& state, call& what) {
  const auto found = state.media.find(what.node);
  if (found == state.media.end())
    return error_reply(state, errors::unknown_object("GET", what.node));
  auto given = raw_reply(found->second.bytes);
  given.answer.content_type = found->second.content_type;
  return given;
}

reply add_media(world& state, call& what) {
  const auto body = json::parse(what.http.body, nullptr, false);
  const auto text = [&](const char* name) {
    return body.is_object() && body.contains(name) && body[name].is_string()
               ? body[name].get<std::string>()
               : std::string();
  };
  auto bytes = from_base64(text("base64"));
  if (!bytes || bytes->empty() || text("content_type").empty())
    return complaint_reply("content_type must be a text and base64 some bytes.");
  return json_reply(ordered_json{{"id", keep(state, {text("content_type"), std::move(*bytes)})}});
}

}  // namespace graph_simulator
