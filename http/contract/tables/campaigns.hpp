#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The campaigns chapter of the contract: what callers send and get.
namespace omnistream::http::contract {

struct campaign_create {
  std::string name;
  uuid template_id;
  std::optional<std::optional<timestamp>> scheduled_at;  ///< null as good as absent
  std::optional<std::optional<uuid>> integration_account_id;
};
const table<campaign_create>& table_for(const campaign_create*);

struct campaign_change {
  std::optional<std::string> name;
  std::optional<uuid> template_id;
  patch<timestamp> scheduled_at;
  patch<uuid> integration_account_id;
};
const table<campaign_change>& table_for(const campaign_change*);

struct campaigns_query {
  std::int64_t page;
  std::int64_t per_page;
  std::optional<std::string> status;
};
const table<campaigns_query>& table_for(const campaigns_query*);

struct recipients_query {
  std::int64_t page;
  std::int64_t per_page;
  std::optional<std::string> status;
};
const table<recipients_query>& table_for(const recipients_query*);

/// Variables of one recipient: placeholder -> text.
using recipient_variables = std::map<std::string, std::string>;

struct recipients_add {
  std::optional<std::vector<uuid>> contact_ids;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::vector<std::string>> phone_numbers;
  std::optional<std::vector<std::pair<std::string, recipient_variables>>> variables;
};
const table<recipients_add>& table_for(const recipients_add*);

/// At most so many numbers, contacts or tags in one call.
inline constexpr std::size_t recipients_per_call_max = 50'000;

shape_ptr campaign_created_shape();  ///< without the template's name, as create answers
shape_ptr campaign_shape();
shape_ptr recipient_shape();
shape_ptr recipients_added_shape();
shape_ptr recipients_cleared_shape();
shape_ptr campaign_sent_shape();
shape_ptr campaign_cancelled_shape();
shape_ptr message_shape();  ///< `{message}`

}  // namespace omnistream::http::contract
