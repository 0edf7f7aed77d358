#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/base/uuid.hpp"
#include "http/contract/shape.hpp"
#include "http/contract/table.hpp"

/// The menu that Messenger shows in every chat with a page.
namespace omnistream::http::contract {

struct menu_item {
  std::string type;
  std::string title;
  std::optional<std::string> payload;
  std::optional<std::string> url;
  std::optional<std::string> webview_height_ratio;
};
const table<menu_item>& table_for(const menu_item*);

struct menu_of_locale {
  std::string locale;
  bool composer_input_disabled = false;
  std::vector<menu_item> call_to_actions;
};
const table<menu_of_locale>& table_for(const menu_of_locale*);

struct menu_query {
  std::optional<uuid> integration_account_id;
};
const table<menu_query>& table_for(const menu_query*);

struct menu_set {
  std::optional<uuid> integration_account_id;
  std::vector<menu_of_locale> persistent_menu;
};
const table<menu_set>& table_for(const menu_set*);

shape_ptr persistent_menu_shape();

}  // namespace omnistream::http::contract
