#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/base/result.hpp"
#include "http/api/services.hpp"
#include "http/contract/tables/integration_accounts.hpp"

/// Accounts of Messenger, Instagram and email. What comes in names only the page, the Instagram
/// account or the address, so whoever has it as an account gets the messages of its people. For
/// Meta's channels the owner of the page must be proven, by a token that Meta takes for it. An
/// address cannot be proven: where strangers may register, only the owner of the server connects
/// some.
namespace omnistream::http::api {

/// Checks the key of an account that is to be connected, and what its config must have; an address
/// becomes small letters. Nothing is found wrong with WhatsApp, which has a check of its own.
void check_channel_account(contract::account_create& wanted, std::vector<field_error>& errors);

/// Refuses a change of what names an account: see contract::key_field_of.
void check_key_is_kept(const std::string& channel, const std::string& account_key,
                       const contract::account_config& config, std::vector<field_error>& errors);

/// Asks Meta whether the token is the page's (and the page the Instagram account's), and subscribes
/// the page to our webhooks. `done` is called once, from any thread: with 422 or 502 if Meta
/// refuses, with 422 if the address is not for this tenant to connect.
void prove_channel_account(services& with, const uuid& tenant,
                           const contract::account_create& wanted,
                           std::function<void(result<omnistream::done>)> done);

}  // namespace omnistream::http::api
