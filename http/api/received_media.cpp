#include "http/api/received_media.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "config/base/crypto.hpp"
#include "http/api/media_download.hpp"
#include "http/api/services.hpp"
#include "http/client/media_client.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;

constexpr const char* unknown_type = "application/octet-stream";
constexpr std::size_t type_bytes_max = 255;
constexpr std::size_t filename_bytes_max = 255;

/// What others call a type, if it can stand in a header.
std::string shown_type(const std::string& given) {
  const bool plain =
      given.size() <= type_bytes_max && given.find('/') != std::string::npos &&
      std::all_of(given.begin(), given.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  return plain ? given : unknown_type;
}

/// What an attachment of a mail holds: base64, in lines or not, or else the text as it stands.
std::string attached_bytes(std::string_view content) {
  if (auto bytes = crypto::base64_decode(content)) return std::move(*bytes);
  std::string in_one_line(content);
  std::erase_if(in_one_line, [](char c) { return c == '\r' || c == '\n' || c == ' '; });
  auto bytes = crypto::base64_decode(in_one_line);
  return bytes ? std::move(*bytes) : std::string(content);
}

/// One medium on its way from Meta, or out of a mail, to the caller. Each step ends on another
/// thread.
class fetching : public std::enable_shared_from_this<fetching> {
 public:
  fetching(exchange_ptr on, received_media what) : on_(std::move(on)), what_(std::move(what)) {}

  void begin() {
    if (what_.mail_attachment != 0) return wait_for_mail();
    if (what_.meta_id.empty()) return fetch(what_.url, "");
    on_->with().graph.get_media(
        what_.meta_id, what_.access_token, [me = shared_from_this()](result<nlohmann::json> told) {
          // An id that cannot be one of Meta's is the webhook's fault, not the caller's.
          const bool no_id = !told && told.error().status == 422;
          if (!told && !no_id) return me->on_->fail(told.error());
          if (no_id || !told->contains("url") || !told->at("url").is_string())
            return me->on_->fail(problems::upstream(
                "meta_error",
                "Meta does not say where the medium is; if it is old, Meta no longer has it. Ask "
                "the contact to send it again."));
          me->fetch(told->at("url"), me->what_.access_token);
        });
  }

 private:
  void fetch(const std::string& url, const std::string& access_token) {
    on_->with().meta_media->fetch(
        url, access_token, [me = shared_from_this()](result<client::fetched_media> got) {
          if (!got) return me->on_->fail(got.error());
          auto type = me->what_.content_type.empty() ? got->content_type : me->what_.content_type;
          me->take(std::move(got->content), std::move(type));
        });
  }

  void wait_for_mail() {
    if (!on_->with().mail_readers->enter([me = shared_from_this()] { me->read_mail(); }))
      on_->fail(problems::unavailable(
          "busy", "Too many attachments of mails are being read; try again.", 5));
  }

  void read_mail() {
    on_->with().pool.submit(
        tenant(),
        [message = what_.message, place = what_.mail_attachment](storage::session& in) {
          const auto row = in.execute(sql::mail_attachment, message, place);
          return row.empty() || row.is_null(0, 0) ? std::string() : attached_bytes(row.text(0, 0));
        },
        [me = shared_from_this()](result<std::string> bytes) {
          auto& with = me->on_->with();
          if (!bytes) {
            me->on_->fail(bytes.error());
          } else if (bytes->empty()) {
            me->on_->fail(problems::not_found("media"));
          } else if (auto held = with.meta_media->hold(std::move(*bytes)); !held) {
            me->on_->fail(held.error());
          } else {
            me->take(std::move(*held), me->what_.content_type);
          }
          with.mail_readers->leave();
        });
  }

  void take(std::shared_ptr<const std::string> content, std::string type) {
    content_ = std::move(content);
    on_->with().media->submit(
        [me = shared_from_this(), given = std::move(type)] { me->reserve(given); });
  }

  /// On a thread of the disk.
  void reserve(const std::string& type) {
    if (what_.filename.size() > filename_bytes_max) what_.filename.clear();
    auto& with = on_->with();
    medium_ = {what_.id,       with.media->place_of_new(),    shown_type(type),
               what_.filename, crypto::sha256_hex(*content_), content_->size()};
    with.pool.submit(
        tenant(),
        [one = medium_, at_most = with.settings.media_bytes_per_tenant_max](storage::session& in) {
          return !in.execute(sql::media_reserve, one.id,
                             one.filename.empty() ? std::nullopt : std::optional(one.filename),
                             one.content_type, one.size_bytes, one.sha256, std::optional<uuid>(),
                             at_most, to_string(one.place))
                      .empty();
        },
        [me = shared_from_this()](result<bool> has_room) {
          if (!has_room || !*has_room) return me->answer();
          me->keep();
        });
  }

  void keep() {
    on_->with().media->write(
        {medium_.place, on_->caller().tenant_id, medium_.id},
        {medium_.content_type, medium_.sha256, *content_, content_},
        [me = shared_from_this()](media_written outcome) { me->remember(outcome); });
  }

  void remember(media_written outcome) {
    // Its row stays until the sweep has removed what may be there.
    if (outcome == media_written::uncertain) return answer();
    const bool written = outcome == media_written::stored;
    on_->with().pool.submit(
        tenant(),
        [id = medium_.id, written](storage::session& in) {
          if (written)
            in.execute(sql::media_stored, id, "");
          else
            in.execute(sql::media_forget, id);
          return done{};
        },
        [me = shared_from_this(), written](const result<done>& stored) {
          // A slow client need not hold it in memory.
          if (written && stored) me->content_ = nullptr;
          me->answer();
        });
  }

  /// Whether or not it could be kept.
  void answer() { send_media(on_, medium_, content_); }

  storage::access tenant() const { return storage::access::tenant(on_->caller().tenant_id); }

  const exchange_ptr on_;
  received_media what_;
  stored_media medium_;
  std::shared_ptr<const std::string> content_;
};

}  // namespace

void fetch_media(const exchange_ptr& on, received_media what) {
  std::make_shared<fetching>(on, std::move(what))->begin();
}

}  // namespace omnistream::http::api
