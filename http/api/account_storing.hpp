#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/reply.hpp"
#include "config/base/crypto.hpp"
#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "http/api/services.hpp"
#include "http/contract/tables/integration_accounts.hpp"
#include "storage/session.hpp"

/// How accounts are written to the database: what connecting, changing and logging in have in
/// common. The functions that take a session run in a transaction of the account's tenant.
namespace omnistream::http::api {

/// What a change of an account came to.
struct changed_account {
  actors::answer answer;
  std::vector<uuid> campaigns;  ///< to be woken
  std::vector<uuid> conversations;
};

/// Campaigns that are being sent through the account, or wait for one to send from, and
/// conversations in which something waits for it.
changed_account changed_now(storage::session& in, const uuid& account, actors::answer answer);

/// Tells `answer` the outcome, and wakes what waited for the account. Any thread.
void answer_and_wake(services& with, result<changed_account> changed,
                     const actors::reply_ptr& answer);

/// What is wrong with WhatsApp's config: fields of other channels, a PIN that is none.
void check_whatsapp_config(const contract::account_config& config,
                           std::vector<field_error>& errors);

/// Takes from the config what has a column of its own; nothing if it is absent or null.
std::optional<std::string> take_text(contract::account_config& config, const std::string& name);

/// What is wrong with the division that an account names; nothing if it names none.
std::vector<field_error> division_errors(storage::session& in, const std::optional<uuid>& division);

/// 409: the account is connected already, here or by another tenant.
problem account_exists();

/// A wrong token is the caller's mistake, and the field is known: 422 instead of
/// `meta_token_refused`.
problem with_token_named(const problem& why);

/// Stores an account that was proven, under `id`; its config is complete, with `account_key` set.
/// 409 if the key is taken or the tenant has as many accounts as it may have, 422 if the division
/// is gone.
result<changed_account> store_new_account(storage::session& in, const crypto::key256& key,
                                          const uuid& id, contract::account_create wanted,
                                          const std::optional<std::string>& own_url);

/// Puts a change over an account of the tenant and stores it; 404 if there is none, 422 with all
/// that is wrong.
result<changed_account> store_account_change(storage::session& in, const crypto::key256& key,
                                             const uuid& id, const contract::account_change& wanted,
                                             const std::optional<std::string>& own_url);

/// Stores an account for which somebody has logged in at Meta: as a new one (201), or over the one
/// with its key that the tenant has (200), whose config gets the new one's values; it is active
/// from now on and paused no longer, and its name and division stay. Otherwise as
/// store_new_account.
result<changed_account> store_logged_in_account(storage::session& in, const crypto::key256& key,
                                                const uuid& new_id, contract::account_create wanted,
                                                const std::optional<std::string>& own_url);

}  // namespace omnistream::http::api
