#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "actors/dispatch/message_sender.hpp"
#include "http/api/services.hpp"

namespace omnistream::http::api {

/// Which uploads are being handed to which phone numbers and pages: few at once, and none twice.
/// Thread-safe.
class uploads_under_way {
 public:
  /// False: it may not begin now.
  bool begin(const uuid& media, const std::string& to);
  void end(const uuid& media, const std::string& to);

 private:
  std::mutex guard_;
  std::set<std::pair<uuid, std::string>> all_;
};

/// Stands in front of the sender of messages to WhatsApp and Messenger: where one names an upload
/// of ours by `media_id`, it hands the upload to Meta first, once for each phone number or page as
/// long as Meta keeps it (30 days), and puts Meta's id in its place. What cannot be handed over is
/// not sent. Messages without an upload go straight on. As files are held in memory, few are handed
/// over at once; a further message is tried again a little later, a few times. Thread-safe.
class media_handover final : public actors::message_sender {
 public:
  /// `next` outlives it, and so do the services, which are asked for with the first upload.
  media_handover(actors::message_sender& next, std::function<services&()> with)
      : next_(next), with_(std::move(with)) {}

  void send(actors::outbound_message message,
            std::function<void(actors::send_result)> done) override;

 private:
  actors::message_sender& next_;
  const std::function<services&()> with_;
  uploads_under_way uploads_;
};

}  // namespace omnistream::http::api
