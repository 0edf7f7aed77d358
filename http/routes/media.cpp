#include "http/contract/tables/media.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "actors/conversation/media_types.hpp"
#include "config/base/crypto.hpp"
#include "config/base/utf8.hpp"
#include "http/api/account_secrets.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/form_data.hpp"
#include "http/api/media_download.hpp"
#include "http/api/media_keeping.hpp"
#include "http/api/meta_access.hpp"
#include "http/api/received_media.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Media";
const failure account_deleted{409, "account_deleted",
                              "The account that received it is gone, so Meta cannot be asked."};
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

std::optional<problem> file_refused(const api::form_part& file, const actors::media_type* type) {
  const auto wrong = [](const char* code, const std::string& why) {
    return problems::invalid_field("file", code, why);
  };
  if (type == nullptr)
    return wrong("type_not_allowed", "Files of the type \"" +
                                         (is_utf8(file.content_type) ? file.content_type : "?") +
                                         "\" are not taken.");
  if (file.content.empty()) return wrong("empty", "The file has no bytes.");
  if (const auto at_most = actors::bytes_max(*type); file.content.size() > at_most)
    return wrong("too_large", "The file has " + std::to_string(file.content.size()) +
                                  " bytes; no channel takes more than " +
                                  actors::bytes_text(at_most) + " of " + std::string(type->name) +
                                  ".");
  return std::nullopt;
}

void keep(const exchange_ptr& on, api::media_place where) {
  const auto file = file_of(on->request());
  if (!file) return on->fail(file.error());
  const auto* type = actors::find_media_type(file->content_type);
  if (const auto why = file_refused(*file, type)) return on->fail(*why);
  api::keep_media(on, {uuid::v7(on->with().now()), where, plain_name(file->filename), type->name,
                       type->kind, file->content});
}

void upload(const exchange_ptr& on) {
  keep(on, on->with().media->place_of_new());
}

const failure no_s3_server{409, "s3_not_configured",
                           "This server knows no S3 server. Its operator sets media.s3_endpoint, "
                           "media.s3_bucket, media.s3_access_key and media.s3_secret_key."};

void upload_s3(const exchange_ptr& on) {
  if (!on->with().media->has_s3())
    return on->fail(problems::conflict(no_s3_server.code, no_s3_server.doc));
  keep(on, api::media_place::s3);
}

// -- download

/// What the id in the path means: one of both is there.
struct found_media {
  std::optional<api::stored_media> kept;
  std::optional<api::received_media> received;
};

/// What somebody asks for: an upload, or an attachment of a received message.
struct wanted_media {
  uuid id;  ///< in the path
  std::int64_t attachment = 1;

  /// What it is kept under: uploads and first attachments under the id in the path.
  uuid kept_as() const {
    if (attachment == 1) return id;
    const auto hash = crypto::sha256(id.to_string() + '/' + std::to_string(attachment));
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(hash.begin(), bytes.size(), bytes.begin());
    bytes[6] = (bytes[6] & 0x0f) | 0x80;  // version 8: made in a way of our own
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return uuid(bytes);
  }
};

result<api::received_media> received(const storage::rows& row, const wanted_media& wanted,
                                     const crypto::key256& key) {
  enum { channel, place, content_type, filename, account, sealed_token };
  if (row.is_null(0, place)) return problems::not_found("media");
  api::received_media what;
  what.id = wanted.kept_as();
  what.message = wanted.id;
  what.content_type = row.text(0, content_type);
  what.filename = row.text(0, filename);
  if (row.text(0, channel) == "email") {
    what.mail_attachment = wanted.attachment;
    return what;
  }
  if (row.text(0, channel) != "whatsapp") {
    what.url = row.text(0, place);
    return what;
  }
  what.meta_id = row.text(0, place);
  if (row.is_null(0, account)) return problems::conflict(account_deleted.code, account_deleted.doc);
  const auto token =
      api::open_access_token(key, row.id(0, account), std::string(row.text(0, sealed_token)));
  if (!token) return problems::wrong_state(api::token_unreadable.code, api::token_unreadable.doc);
  what.access_token = *token;
  return what;
}

/// An upload, for whoever may see conversations; what a message brought, for whoever sees that.
result<found_media> find(storage::session& in, const wanted_media& wanted,
                         const actors::conversation_caller& by, const crypto::key256& key) {
  const auto id = wanted.kept_as();
  const auto kept = in.execute(sql::media_get, id);
  found_media found;
  if (!kept.empty())
    found.kept = {id,
                  api::media_place_of(kept.text(0, 5)),
                  std::string(kept.text(0, 1)),
                  std::string(kept.text(0, 0)),
                  std::string(kept.text(0, 3)),
                  static_cast<std::uint64_t>(kept.integer(0, 2))};
  if (found.kept && kept.boolean(0, 4)) return found;
  const auto message =
      in.execute(sql::media_of_message, by.agent_id, by.sees_all, wanted.id, wanted.attachment);
  if (message.empty()) return problems::not_found("media");
  if (found.kept) return found;
  auto brought = received(message, wanted, key);
  if (!brought) return brought.error();
  found.received = std::move(*brought);
  return found;
}

void download(const exchange_ptr& on) {
  const auto query = on->query<media_query>();
  if (!query) return;
  auto found = std::make_shared<found_media>();
  api::transact(
      on, storage::access::tenant(on->caller().tenant_id),
      [found, wanted = wanted_media{on->path_id("media_id"), query->attachment},
       by = api::conversation_caller_of(on),
       &key = on->with().encryption_key](storage::session& in) -> result<actors::answer> {
        auto what = find(in, wanted, by, key);
        if (!what) return what.error();
        *found = std::move(*what);
        return actors::answer{200, ""};
      },
      std::make_shared<actors::reply>([on, found](const result<actors::answer>& done) {
        if (!done) return on->fail(done.error());
        if (found->kept) return api::send_media(on, std::move(*found->kept));
        api::fetch_media(on, std::move(*found->received));
      }));
}

const std::string etag = '"' + std::string(64, 'a') + '"';

/// For the document: what each channel takes.
std::string types_text() {
  return "WhatsApp: " + actors::types_taken(actors::channel_kind::whatsapp) +
         ". Messenger: " + actors::types_taken(actors::channel_kind::messenger) +
         ". Mails: the same types, all attachments together up to " +
         actors::bytes_text(actors::mail_attachments_bytes_max) + ". Instagram takes links only.";
}

operation upload_operation(std::string id, std::string path, std::string summary,
                           const std::string& where, std::vector<failure> own_failures) {
  std::vector<failure> failures{api::media_full,
                                api::media_store_down,
                                {400, "bad_form", "The body is no multipart/form-data."},
                                {415, "unsupported_media_type", "The body is of another type."},
                                {422, "invalid",
                                 "The field `file`: required, type_not_allowed, empty or "
                                 "too_large."}};
  failures.insert(failures.end(), own_failures.begin(), own_failures.end());
  return {
      .id = std::move(id),
      .method = "POST",
      .path = std::move(path),
      .tag = tag_name,
      .summary = std::move(summary),
      .description =
          "A form with one field, `file`, and its name and type. It is taken if any channel takes "
          "it; a message is refused where its channel does not. " +
          types_text() + " The setting http.body_bytes_max bounds them all. " + where,
      .permission = "conversations.manage",
      .successes = {{.status = 201, .doc = "The stored file.", .body = media_shape()}},
      .failures = std::move(failures),
      .body_bytes_max = form_bytes_max,
      .is_heavy = true,
      .body_content_type = "multipart/form-data"};
}

}  // namespace

void media(api::route_table& routes) {
  routes.describe({tag_name, "Files that messages carry."});
  routes.add(upload_operation("media_upload", "/api/media/upload", "Upload a media file",
                              "The file is kept where the setting media.store says.", {}),
             upload);
  routes.add(
      upload_operation("media_upload_s3", "/api/media/upload-s3", "Upload a file to S3/MinIO",
                       "As POST /api/media/upload, but the file is kept in the bucket of the "
                       "S3 server, whatever media.store says.",
                       {no_s3_server}),
      upload_s3);
  routes.add(
      {.id = "media_get",
       .method = "GET",
       .path = "/api/media/{media_id}",
       .tag = tag_name,
       .summary = "Download or proxy a media file",
       .description =
           "The bytes of an upload, for every agent of the tenant who may see conversations; or, "
           "by the id of a received message, of the medium or the attachment that it brought, for "
           "whoever sees the conversation: its `media_url` and the `url` of its `attachments` lead "
           "here. Such a medium is fetched from Meta when it is first wanted, at most 100 MB, or "
           "read from its mail, and kept. Images, sounds and videos are shown by a browser, "
           "everything else is offered as a file.",
       .permission = "conversations.view",
       .query = table_for(static_cast<const media_query*>(nullptr)).shape(),
       .header_parameters =
           {header_parameter("Range", "The bytes that are wanted, one range.", "bytes=0-1023"),
            header_parameter("If-Range", "The ETag that Range is of; else all is sent.", etag),
            header_parameter("If-None-Match", "ETags that the client has: 304.", etag)},
       .successes = {{.doc = "The file.", .content_type = "*/*"},
                     {.status = 206,
                      .doc = "The bytes that Range asks for.",
                      .content_type = "*/*"},
                     {.status = 304, .doc = "The client has it already."}},
       .failures = {account_deleted,
                    api::token_unreadable,
                    {416, "range_not_satisfiable", "It has no such bytes."},
                    api::media_store_down,
                    {503, "busy", "Too many received ones are on their way."},
                    api::meta_error,
                    api::meta_token_refused,
                    api::meta_unreachable}},
      download);
}

}  // namespace omnistream::http::routes
