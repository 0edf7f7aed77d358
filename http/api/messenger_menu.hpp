#pragma once

#include <optional>

#include "actors/reply.hpp"
#include "config/base/uuid.hpp"
#include "http/api/services.hpp"
#include "http/contract/tables/messenger_menu.hpp"

/// The menu that Messenger shows in every chat with a page. It is kept at Meta only. Nothing here
/// blocks; each function answers through `answer`, on whichever thread the last step ends.
namespace omnistream::http::api {

/// Asks Meta. `account`: nothing for the channel's default.
void get_persistent_menu(services& with, const uuid& tenant, const std::optional<uuid>& account,
                         actors::reply_ptr answer);

/// Sets the menu, with the button to start where the page has none, as Meta shows no menu without
/// one; or deletes it, if there is none in `wanted`. Answers with the menu that there is then.
void set_persistent_menu(services& with, const uuid& tenant, contract::menu_set wanted,
                         actors::reply_ptr answer);

}  // namespace omnistream::http::api
