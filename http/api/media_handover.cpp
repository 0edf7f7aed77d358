#include "http/api/media_handover.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "actors/conversation/message_medium.hpp"
#include "config/base/log.hpp"
#include "http/api/upload_reader.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using actors::send_result;
using nlohmann::json;

constexpr std::string_view upload_member = "\"media_id\"";

send_result refused(const char* why) {
  send_result result;
  result.what = send_result::certainty::rejected;
  result.action = actors::send_action::fail_recipient;
  result.error.message = why;
  return result;
}

send_result later(std::string why) {
  send_result result;
  result.what = send_result::certainty::rejected;
  result.action = actors::send_action::slow_pair;
  result.error.message = std::move(why);
  return result;
}

/// An upload as the database has it.
struct known_upload {
  uuid tenant_id;
  std::string content_type, filename;
  std::optional<std::string> meta_id;
};

std::string sent_name(std::string name) {
  std::replace(name.begin(), name.end(), '"', '_');
  return name.empty() ? "file" : name;
}

/// The payload of the attachment of a message to Messenger; null if it has none.
json* attachment_payload(json& body) {
  const json::json_pointer place("/message/attachment/payload");
  return body.is_object() && body.contains(place) && body[place].is_object() ? &body[place]
                                                                             : nullptr;
}

/// One message on its way. Each step ends on another thread.
class handing : public std::enable_shared_from_this<handing> {
 public:
  handing(services& with, actors::message_sender& next, uploads_under_way& uploads,
          actors::outbound_message message, std::function<void(send_result)> done)
      : with_(with),
        next_(next),
        uploads_(uploads),
        message_(std::move(message)),
        done_(std::move(done)) {}

  /// False: the message names no upload, and is left as it is.
  bool names_upload() {
    body_ = json::parse(message_.body, nullptr, false);
    if (is_for_page())
      medium_ = attachment_payload(body_);
    else
      medium_ = actors::medium_in(body_);
    if (medium_ == nullptr || !medium_->contains("media_id")) return false;
    const auto& named = (*medium_)["media_id"];
    const auto id = named.is_string() ? uuid::parse(named.get_ref<const std::string&>())
                                      : std::optional<uuid>();
    if (id) media_ = *id;
    return id.has_value();
  }
  actors::outbound_message& message() { return message_; }
  std::function<void(send_result)>& done() { return done_; }

  void begin() {
    with_.pool.submit(
        storage::access::engine(),
        [media = media_, account = message_.account->id, to = place()](storage::session& in) {
          const auto row = in.execute(sql::media_to_hand_over, media, account, to);
          if (row.empty()) return std::optional<known_upload>();
          return std::optional(known_upload{row.id(0, 0), std::string(row.text(0, 1)),
                                            std::string(row.text(0, 2)), row.optional_text(0, 3)});
        },
        [me = shared_from_this()](result<std::optional<known_upload>> found) {
          if (!found) return me->done_(later(found.error().detail));
          if (!*found) return me->done_(refused("The upload that it names is gone."));
          me->known_ = std::move(**found);
          if (me->known_.meta_id) return me->send(*me->known_.meta_id);
          me->read();
        });
  }

 private:
  bool is_for_page() const { return message_.account->channel == actors::channel_kind::messenger; }
  /// What Messenger shows it as.
  std::string attachment_type() const { return body_["message"]["attachment"]["type"]; }
  /// To whom it is handed: Messenger's ids of uploads are good for one kind of attachment each.
  std::string place() const {
    const auto& sender = message_.account->sender_id;
    return is_for_page() ? sender + ' ' + attachment_type() : sender;
  }

  void read() {
    if (!uploads_.begin(media_, place()))
      return done_(later("It waits for other uploads that are being handed to Meta."));
    read_upload(with_, known_.tenant_id, media_,
                [me = shared_from_this()](result<std::shared_ptr<const std::string>> bytes) {
                  if (!bytes)
                    return me->uploaded(
                        bytes.error().status == 404
                            ? refused("The file of the upload that it names is gone.")
                            : later("The upload could not be read: " + bytes.error().detail));
                  me->upload(std::move(*bytes));
                });
  }

  void upload(std::shared_ptr<const std::string> bytes) {
    with_.meta_media->upload(
        {message_.account->sender_id, *message_.account->access_token, known_.content_type,
         sent_name(known_.filename), std::move(bytes), is_for_page() ? attachment_type() : ""},
        [me = shared_from_this()](send_result taken) { me->uploaded(std::move(taken)); });
  }

  void uploaded(send_result taken) {
    uploads_.end(media_, place());
    if (taken.what != send_result::certainty::accepted) return done_(std::move(taken));
    remember(taken.message_id);
  }

  /// What is not remembered is handed over again for the next message.
  void remember(const std::string& meta_id) {
    with_.pool.submit(
        storage::access::engine(),
        [media = media_, to = place(), meta_id](storage::session& in) {
          in.execute(sql::media_handed_over, media, to, meta_id);
          return omnistream::done{};
        },
        [me = shared_from_this(), meta_id](const result<omnistream::done>& kept) {
          if (!kept)
            log::warn("media", "Meta's id of an upload was not kept",
                      {{"reason", kept.error().detail}});
          me->send(meta_id);
        });
  }

  void send(const std::string& meta_id) {
    auto& object = *medium_;
    object.erase("media_id");
    object[is_for_page() ? "attachment_id" : "id"] = meta_id;
    // Without one WhatsApp shows no name.
    if (!is_for_page() && body_["type"] == "document" && !known_.filename.empty() &&
        !object.contains("filename"))
      object["filename"] = known_.filename;
    message_.body = body_.dump();
    next_.send(std::move(message_), std::move(done_));
  }

  services& with_;
  actors::message_sender& next_;
  uploads_under_way& uploads_;
  actors::outbound_message message_;
  std::function<void(send_result)> done_;
  json body_;
  json* medium_ = nullptr;  ///< in the body
  uuid media_;
  known_upload known_;
};

}  // namespace

bool uploads_under_way::begin(const uuid& media, const std::string& to) {
  const std::lock_guard lock(guard_);
  return all_.size() < client::media_client::at_once_max && all_.emplace(media, to).second;
}

void uploads_under_way::end(const uuid& media, const std::string& to) {
  const std::lock_guard lock(guard_);
  all_.erase({media, to});
}

void media_handover::send(actors::outbound_message message, std::function<void(send_result)> done) {
  if (message.body.find(upload_member) == std::string::npos)
    return next_.send(std::move(message), std::move(done));
  const auto one =
      std::make_shared<handing>(with_(), next_, uploads_, std::move(message), std::move(done));
  if (one->names_upload()) return one->begin();
  next_.send(std::move(one->message()), std::move(one->done()));
}

}  // namespace omnistream::http::api
