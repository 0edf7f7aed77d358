#pragma once

#include <functional>
#include <vector>

#include "config/base/result.hpp"
#include "http/api/account_secrets.hpp"
#include "http/api/services.hpp"
#include "http/contract/tables/integration_accounts.hpp"

namespace omnistream::http::api {

/// Checks what a config says of the mail server that an email account sends through: `smtp_host`,
/// `smtp_port`, `smtp_security`, `smtp_user`, `smtp_password`, `from_name`, `reply_to`. What is
/// absent is right. The host's name is looked up on a thread that may wait. `done` is called once,
/// from any thread, within the call too: with 422, or with 503 if too many names are being looked
/// up.
void check_mail_server(services& with, const uuid& tenant, const contract::account_config& config,
                       std::function<void(result<done>)> done);

/// Refuses a change that would give the stored password to another server, or to whoever listens,
/// unless it comes with the password. `stored`: the config as it is; `change`: what is put over it.
void check_password_comes_along(const stored_config& stored, const contract::account_config& change,
                                std::vector<field_error>& errors);

/// Whether a change of the config may put right what a mail server refused.
bool changes_mail_server(const contract::account_config& config);

}  // namespace omnistream::http::api
