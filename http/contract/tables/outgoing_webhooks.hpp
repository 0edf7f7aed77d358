#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/secret.hpp"
#include "config/base/time.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The outgoing webhooks chapter of the contract.
namespace omnistream::http::contract {

struct webhook_create {
  std::string url;
  std::vector<std::string> event_types;
  std::optional<std::optional<std::string>> description;  ///< null as good as absent
  bool is_active = true;
  int batch_max = 1;
  int batch_wait_ms = 0;
  std::optional<secret> given_secret;  ///< nothing: the server makes one
};
const table<webhook_create>& table_for(const webhook_create*);

struct webhook_change {
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> event_types;
  patch<std::string> description;
  std::optional<bool> is_active;
  std::optional<int> batch_max;
  std::optional<int> batch_wait_ms;
};
const table<webhook_change>& table_for(const webhook_change*);

struct webhook_rotate {
  std::optional<secret> given_secret;
  int previous_valid_s = 0;
};
const table<webhook_rotate>& table_for(const webhook_rotate*);

struct webhook_redeliver {
  timestamp since{};
};
const table<webhook_redeliver>& table_for(const webhook_redeliver*);

struct deliveries_query {
  std::int64_t page = 1;
  std::int64_t per_page = 20;
  std::optional<std::string> status;
};
const table<deliveries_query>& table_for(const deliveries_query*);

shape_ptr outgoing_webhook_shape();
shape_ptr outgoing_webhook_created_shape();  ///< with the secret
shape_ptr webhook_secret_shape();            ///< what a rotation answers
shape_ptr delivery_shape();
shape_ptr redelivered_shape();
shape_ptr event_type_shape();

}  // namespace omnistream::http::contract
