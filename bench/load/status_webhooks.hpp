#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/api_client.hpp"

namespace omnistream::load {

/// A message of ours that the simulator accepted.
struct known_message {
  std::string recipient_id;  ///< what Meta gives back as biz_opaque_callback_data
  std::string wamid;         ///< Meta's id
  std::string wa_id;         ///< the person's number without plus
};

/// All recipients of a campaign that was sent, through the pages of the API.
std::vector<known_message> read_messages(api_client& api, const std::string& campaign);

struct planned_status {
  std::size_t message = 0;
  const char* status = "sent";  ///< sent, delivered or read
};
/// The three statuses of messages `first` to `first + count`, as time brings them: people get and
/// read what was sent to others a while later. Pure.
std::vector<planned_status> life_of(std::size_t first, std::size_t count);

/// A webhook, ready to be posted.
struct signed_webhook {
  std::string body;
  std::shared_ptr<const http::client::header_list> headers;
  std::size_t statuses = 0;
};
/// Meta's bodies of `batch` changes each with one status, signed. Pure.
std::vector<signed_webhook> make_webhooks(const std::vector<known_message>& messages,
                                          const std::vector<planned_status>& statuses,
                                          std::size_t batch);

}  // namespace omnistream::load
