#pragma once

#include <string>

#include "http/api/exchange.hpp"

namespace omnistream::http::api {

/// The medium of a message that was received: it is still at Meta.
struct received_media {
  uuid message;
  std::string meta_id;       ///< of WhatsApp; empty: see url
  std::string url;           ///< of Messenger and Instagram, where anybody may fetch it
  std::string content_type;  ///< as the webhook named it; may be empty
  std::string filename;      ///< may be empty
  std::string access_token;  ///< of the account that received it, for WhatsApp
};

/// Fetches the medium from Meta, whose addresses last five minutes, keeps it under the id of its
/// message if the tenant has room, and answers with it as send_media() does. Who asks at the same
/// time may fetch it twice. 502 where Meta does not give it: WhatsApp keeps media for 30 days.
void fetch_media(const exchange_ptr& on, received_media what);

}  // namespace omnistream::http::api
