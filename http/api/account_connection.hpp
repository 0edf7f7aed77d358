#pragma once

#include <optional>
#include <string>

#include "actors/reply.hpp"
#include "config/base/uuid.hpp"
#include "http/api/services.hpp"
#include "http/contract/operation.hpp"
#include "http/contract/tables/integration_accounts.hpp"

/// What is done with integration accounts in several steps: some in the database, some at Meta.
/// Nothing here blocks; each answers through `answer`, on whichever thread the last step ends.
namespace omnistream::http::api {

inline constexpr std::int64_t accounts_per_tenant_max = 1'000;

/// Checks, connects at Meta (WhatsApp: webhooks, then registration), stores, and wakes the
/// campaigns that wait for an account. `own_url`: for webhook_url.
void connect_account(services& with, const uuid& tenant, contract::account_create wanted,
                     std::optional<std::string> own_url, actors::reply_ptr answer);

/// Checks and stores, and wakes the campaigns that are being sent through the account. A new WABA
/// is subscribed at Meta first.
void change_account(services& with, const uuid& tenant, const uuid& account,
                    contract::account_change wanted, std::optional<std::string> own_url,
                    actors::reply_ptr answer);

/// Makes it its channel's default, and wakes the campaigns that wait for one.
void make_account_default(services& with, const uuid& tenant, const uuid& account,
                          std::optional<std::string> own_url, actors::reply_ptr answer);

/// Removes it, unless a campaign needs it; what waits in conversations to be sent through it fails.
void remove_account(services& with, const uuid& tenant, const uuid& account,
                    actors::reply_ptr answer);
extern const contract::failure account_in_use;

/// Asks Meta.
void account_health(services& with, const uuid& tenant, const uuid& account,
                    actors::reply_ptr answer);

}  // namespace omnistream::http::api
