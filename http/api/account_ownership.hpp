#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/base/result.hpp"
#include "http/api/services.hpp"
#include "http/contract/tables/integration_accounts.hpp"

/// Accounts of Messenger, Instagram and email. What comes in names only the page, the Instagram
/// account or the address, so whoever has it as an account gets the messages of its people: for
/// Meta's channels the owner of the page must be proven, by a token that Meta takes for it.
namespace omnistream::http::api {

/// Checks the key of an account that is to be connected, and what its config must have; an address
/// becomes small letters. Nothing is found wrong with WhatsApp, which has a check of its own.
void check_channel_account(contract::account_create& wanted, std::vector<field_error>& errors);

/// Asks Meta whether the token is the page's (and the page the Instagram account's), and subscribes
/// the page to our webhooks. Done at once for email. `done` is called once, from any thread, with
/// 422 or 502 if Meta refuses.
void prove_channel_account(services& with, const contract::account_create& wanted,
                           std::function<void(result<omnistream::done>)> done);

}  // namespace omnistream::http::api
