#pragma once

#include <cstdint>
#include <string>

#include "http/api/exchange.hpp"

namespace omnistream::http::api {

/// A medium that a received message brought: it is still at Meta, or in the mail.
struct received_media {
  uuid id;  ///< what it is kept under
  uuid message;
  std::int64_t mail_attachment = 0;  ///< of a mail, which of its attachments, from 1; 0: of no mail
  std::string meta_id;               ///< of WhatsApp; empty: see url
  std::string url;                   ///< of Messenger and Instagram, where anybody may fetch it
  std::string content_type;          ///< as the webhook named it; may be empty
  std::string filename;              ///< may be empty
  std::string access_token;          ///< of the account that received it, for WhatsApp
};

/// Fetches the medium from Meta, whose addresses last five minutes, or reads it from its mail,
/// keeps it if the tenant has room, and answers with it as send_media() does. Who asks at the same
/// time may fetch it twice. 502 where Meta does not give it: WhatsApp keeps media for 30 days; 503
/// where too many are on their way.
void fetch_media(const exchange_ptr& on, received_media what);

}  // namespace omnistream::http::api
