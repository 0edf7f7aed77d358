#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// Connecting accounts by a login at Meta.
namespace omnistream::http::contract {

/// What Embedded Signup gave: `code` by the login, the ids by the message of its window.
struct embedded_signup {
  std::string code;
  std::string waba_id;
  std::optional<std::string> phone_number_id;
  std::optional<std::string> pin;
  std::optional<std::string> display_name;
  std::optional<uuid> division_id;
};
const table<embedded_signup>& table_for(const embedded_signup*);

struct instagram_login {
  std::string code;
  std::string state;
  std::optional<std::string> display_name;
  std::optional<uuid> division_id;
};
const table<instagram_login>& table_for(const instagram_login*);

struct messenger_login {
  std::string code;
  std::string state;
};
const table<messenger_login>& table_for(const messenger_login*);

inline constexpr std::size_t pages_per_call_max = 50;

struct pages_subscribe {
  std::vector<std::string> page_ids;
  std::optional<uuid> division_id;
};
const table<pages_subscribe>& table_for(const pages_subscribe*);

struct page_disconnect {
  std::string page_id;
};
const table<page_disconnect>& table_for(const page_disconnect*);

shape_ptr embedded_signup_config_shape();
shape_ptr login_config_shape();
shape_ptr messenger_login_shape();
shape_ptr pages_subscribed_shape();

}  // namespace omnistream::http::contract
