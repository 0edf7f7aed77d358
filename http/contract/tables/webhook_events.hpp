#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

/// What happens in OmniStream and can be told to a subscription. The data of every type is made by
/// SQL: the triggers of the migrations and queries/shared/recipient_events.sql.
namespace omnistream::http::contract {

struct webhook_event {
  std::string type;  ///< `campaign.started`; the part before the last dot names its group
  std::string description;
  nlohmann::ordered_json data;  ///< as an example
};

/// Every type there is, in the order in which the API lists them.
const std::vector<webhook_event>& webhook_events();

/// What a subscription may name: every type, every group with a wildcard (`campaign.*` stands for
/// `campaign.started`, not for `campaign.recipient.sent`), and `*` for all.
const std::vector<std::string>& webhook_event_selectors();

/// The body of a request that tells of this event alone, as an example.
nlohmann::ordered_json example_body(const webhook_event& of);

}  // namespace omnistream::http::contract
