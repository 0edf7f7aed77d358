#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/dispatch/message_sender.hpp"
#include "config/base/result.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "config/settings.hpp"
#include "http/client/outbound_rules.hpp"
#include "http/client/smtp_client.hpp"

namespace omnistream::http::client {

/// Where mail servers may be: on the Internet, and where the settings say.
outbound_rules mail_server_rules_of(const config::settings& settings);

/// Of the SMTP client: it goes only where email.smtp_allowed_networks and the Internet are.
smtp_options smtp_options_of(const config::settings& settings);

/// Where the attachments of mails are read: calls back once, from any thread, within the call too.
/// 404 if there is no such upload.
using read_upload =
    std::function<void(const uuid& tenant, const uuid& media,
                       std::function<void(result<std::shared_ptr<const std::string>>)>)>;

/// Whether a mail may be written now: of which message, by which claim. Asked on a thread of the
/// SMTP client; may block.
using begin_mail = std::function<bool(const uuid& message, const uuid& claim)>;

/// Sends mails through the mail servers of their accounts. Thread-safe. A mail whose connection
/// breaks after it was written is uncertain and never sent again.
class mail_sender : public actors::message_sender {
 public:
  /// Attachments in memory at once, of all mails that are on their way; further mails wait. One
  /// mail has at most a quarter of it.
  static constexpr std::uint64_t attachment_bytes_max = 80'000'000;

  /// `smtp` outlives it. `allow_plain`: whether mails may go without TLS.
  mail_sender(smtp_client& smtp, bool allow_plain, read_upload read, begin_mail begin,
              wall_clock now);
  ~mail_sender() override;

  /// `message.body` is JSON as the email channel makes it. `done` is called on a thread of the SMTP
  /// client, or on the one where the last attachment was read.
  void send(actors::outbound_message message,
            std::function<void(actors::send_result)> done) override;

 private:
  struct sending;
  using sending_ptr = std::shared_ptr<sending>;

  void start(const sending_ptr& one);
  void read_next(const sending_ptr& one);
  void hand_over(const sending_ptr& one);
  void end(const sending_ptr& one, actors::send_result result);
  bool take_room(const sending_ptr& one);
  std::vector<sending_ptr> give_back_room(std::uint64_t bytes);
  bool has_room(std::uint64_t bytes) const;

  smtp_client& smtp_;
  const bool allow_plain_;
  const read_upload read_;
  const begin_mail begin_;
  const wall_clock now_;

  std::mutex guard_;
  std::uint64_t bytes_in_use_ = 0;
  std::deque<sending_ptr> waiting_;  ///< for room
};

}  // namespace omnistream::http::client
