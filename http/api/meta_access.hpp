#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "http/api/services.hpp"
#include "http/contract/operation.hpp"
#include "storage/session.hpp"

namespace omnistream::http::api {

/// What a call of Meta needs.
struct meta_access {
  std::optional<uuid> account;  ///< nothing: the META_* settings
  std::string phone_number_id;
  std::string waba_id;
  std::string access_token;
};

/// How Meta's refusals are declared by the operations that call it.
extern const contract::failure meta_error;
extern const contract::failure meta_token_refused;
extern const contract::failure meta_unreachable;
/// What find_account_access answers besides.
extern const contract::failure token_unreadable;
extern const contract::failure not_whatsapp;

/// Calls `done` with what META_ACCESS_TOKEN, META_PHONE_NUMBER_ID and META_WABA_ID lend to this
/// tenant: they are the credentials of whoever runs the server, so they serve the tenant that was
/// made first and nobody who registered later; for others everything is empty. At once, or on a
/// pool thread.
void borrow_settings(services& with, const uuid& tenant,
                     std::function<void(result<meta_access>)> done);

/// The access of an account of the session's tenant, or of the default WhatsApp account if none is
/// named; nothing if there is no such account. 409 if the account is not WhatsApp's or its token
/// cannot be opened.
result<std::optional<meta_access>> find_account_access(storage::session& in,
                                                       const crypto::key256& key,
                                                       const std::optional<uuid>& account);

}  // namespace omnistream::http::api
