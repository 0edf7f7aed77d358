#include "http/contract/tables/media.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "config/base/crypto.hpp"
#include "config/base/log.hpp"
#include "config/base/utf8.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/form_data.hpp"
#include "http/api/media_download.hpp"
#include "http/api/media_files.hpp"
#include "http/api/media_types.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Media";
const failure media_full{409, "media_full",
                         "The tenant's media take as much room as they may "
                         "(media.bytes_per_tenant_max)."};
constexpr std::size_t filename_bytes_max = 255;
constexpr std::size_t form_bytes_max = 100'000'000 + 64 * 1'024;  // the largest file and its fields

// -- upload

/// What a sender calls a file, without folders; empty if it is no name.
std::string plain_name(std::string_view given) {
  given.remove_prefix(std::min(given.find_last_of("/\\") + 1, given.size()));
  const bool odd = given.size() > filename_bytes_max || !is_utf8(given) ||
                   std::any_of(given.begin(), given.end(),
                               [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return odd ? std::string() : std::string(given);
}

/// The one field of the form, or what is wrong.
result<api::form_part> file_of(const server::request& from) {
  const auto parts = api::read_form(from.header("Content-Type"), from.body);
  if (!parts) return parts.error();
  for (const auto& part : *parts)
    if (part.name != "file")
      return problems::invalid_field(is_utf8(part.name) ? part.name : "?", "unknown_field",
                                     "There is no such field.");
  if (parts->size() != 1)
    return problems::invalid_field("file", "required", "Send one file in the field file.");
  return parts->front();
}

std::optional<problem> file_refused(const api::form_part& file, const api::media_type* type) {
  const auto wrong = [](const char* code, const std::string& why) {
    return problems::invalid_field("file", code, why);
  };
  if (type == nullptr)
    return wrong("type_not_allowed", "Files of the type \"" +
                                         (is_utf8(file.content_type) ? file.content_type : "?") +
                                         "\" are not taken.");
  if (file.content.empty()) return wrong("empty", "The file has no bytes.");
  if (file.content.size() > type->bytes_max)
    return wrong("too_large", "The file has " + std::to_string(file.content.size()) + " bytes; " +
                                  std::string(type->name) + " may have " +
                                  std::to_string(type->bytes_max) + ".");
  return std::nullopt;
}

/// The outcome of storing the row. Where it is not known, the file stays.
actors::reply_ptr keep_or_remove(const exchange_ptr& on, const uuid& id) {
  return std::make_shared<actors::reply>([on, id](result<actors::answer> what) {
    if (!what && what.error().code != "in_doubt")
      on->with().media->remove(on->caller().tenant_id, id);
    on->finish(std::move(what));
  });
}

void upload(const exchange_ptr& on) {
  const auto file = file_of(on->request());
  if (!file) return on->fail(file.error());
  const auto* type = api::find_media_type(file->content_type);
  if (const auto why = file_refused(*file, type)) return on->fail(*why);
  const auto id = uuid::v7(on->with().now());
  on->with().media->write(on->caller().tenant_id, id, file->content);
  const auto name = plain_name(file->filename);
  api::transact(
      on, storage::access::tenant(on->caller().tenant_id),
      [id, type, name = name.empty() ? std::nullopt : std::optional(name),
       bytes = file->content.size(), sha256 = crypto::sha256_hex(file->content),
       by = on->caller().agent_id, at_most = on->with().settings.media_bytes_per_tenant_max](
          storage::session& in) -> result<actors::answer> {
        const auto added = in.execute(sql::media_add, id, name, type->name, bytes, sha256, by,
                                      type->kind, at_most);
        if (added.empty()) return problems::conflict(media_full.code, media_full.doc);
        return actors::answer{201, std::string(added.text(0, 0))};
      },
      keep_or_remove(on, id));
}

// -- download

void download(const exchange_ptr& on) {
  const auto id = on->path_id("media_id");
  api::transact(
      on, storage::access::tenant(on->caller().tenant_id),
      [id](storage::session& in) -> result<actors::answer> {
        const auto found = in.execute(sql::media_get, id);
        if (found.empty()) return problems::not_found("media");
        return actors::answer{200, std::string(found.text(0, 0))};
      },
      std::make_shared<actors::reply>([on, id](result<actors::answer> found) {
        if (!found) return on->fail(found.error());
        const auto row = nlohmann::json::parse(found->json);
        api::send_media(on, {id, row["content_type"], row.value("filename", ""), row["sha256"],
                             row["size_bytes"]});
      }));
}

/// For the document: types with their limits.
std::string types_text() {
  std::string text;
  for (const auto& type : api::media_types())
    text += (text.empty() ? "" : ", ") + std::string(type.name) + " (" +
            std::to_string(type.bytes_max / 1'000) + " kB)";
  return text;
}

}  // namespace

void media(api::route_table& routes) {
  routes.describe({tag_name, "Files that messages carry."});
  routes.add({.id = "media_upload",
              .method = "POST",
              .path = "/api/media/upload",
              .tag = tag_name,
              .summary = "Upload a media file",
              .description =
                  "A form with one field, `file`, and its name and type. Types, with the most each "
                  "may have: " +
                  types_text() + ". The setting http.body_bytes_max bounds them all.",
              .permission = "conversations.manage",
              .successes = {{.status = 201, .doc = "The stored file.", .body = media_shape()}},
              .failures = {media_full,
                           {400, "bad_form", "The body is no multipart/form-data."},
                           {415, "unsupported_media_type", "The body is of another type."},
                           {422, "invalid",
                            "The field `file`: required, type_not_allowed, empty or too_large."}},
              .body_bytes_max = form_bytes_max,
              .is_heavy = true,
              .body_content_type = "multipart/form-data"},
             upload);
  routes.add(
      {.id = "media_get",
       .method = "GET",
       .path = "/api/media/{media_id}",
       .tag = tag_name,
       .summary = "Download or proxy a media file",
       .description =
           "The bytes of an upload, for every agent of the tenant who may see conversations. "
           "Range, "
           "If-Range and If-None-Match are understood. Images, sounds and videos are shown by a "
           "browser, everything else is offered as a file.",
       .permission = "conversations.view",
       .successes = {{.doc = "The file.", .content_type = "application/octet-stream"},
                     {.status = 206,
                      .doc = "The bytes that Range asks for.",
                      .content_type = "application/octet-stream"},
                     {.status = 304, .doc = "The client has it already."}},
       .failures = {{416, "range_not_satisfiable", "It has no such bytes."}}},
      download);
}

}  // namespace omnistream::http::routes
