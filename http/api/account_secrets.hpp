#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/base/crypto.hpp"
#include "config/base/result.hpp"
#include "config/base/uuid.hpp"

/// How the secrets of integration accounts, and of outgoing webhooks, are kept: each sealed by
/// itself with AES-256-GCM, bound to its row and its name, so that a sealed value copied into
/// another row or under another name does not open. Everything here is thread-safe.
namespace omnistream::http::api {

/// Whether a config field of this name is a secret: `access_token`, `pin`, `smtp_password`, ...
bool is_secret_name(std::string_view name);

/// Whether a text looks like what an answer shows instead of a secret.
bool is_masked(std::string_view text);

std::string seal_secret(const crypto::key256& key, const uuid& account, std::string_view name,
                        std::string_view plaintext);
/// The plaintext; nothing if the value was sealed under another key, for another account or name,
/// or is no seal.
std::optional<std::string> open_secret(const crypto::key256& key, const uuid& account,
                                       std::string_view name, std::string_view sealed);

/// The same as the engine wants it; null if it cannot be read.
std::shared_ptr<const std::string> open_account_secret(const crypto::key256& key,
                                                       const uuid& account, const std::string& name,
                                                       const std::string& sealed);
/// The access token of an account.
std::shared_ptr<const std::string> open_access_token(const crypto::key256& key, const uuid& account,
                                                     const std::string& sealed);

/// The signing secret of an outgoing webhook, the present one or the one before: a rotation moves
/// the sealed text, so both open in the same place.
std::string seal_webhook_secret(const crypto::key256& key, const uuid& webhook,
                                std::string_view plaintext);
std::optional<std::string> open_webhook_secret(const crypto::key256& key, const uuid& webhook,
                                               std::string_view sealed);

/// The six-digit two-step verification PIN a number is registered with where the caller names none.
/// It follows from the key and the number, so that a registration that is repeated, after whatever
/// went wrong, names the same PIN; Meta refuses another one.
std::string registration_pin(const crypto::key256& key, std::string_view phone_number_id);

/// A config as it is stored: what answers show, with masks in the place of secrets, and beside it
/// the sealed secrets under the same names.
struct stored_config {
  nlohmann::json shown = nlohmann::json::object();
  nlohmann::json sealed = nlohmann::json::object();
};

/// Puts the caller's values over a stored config: null removes, a masked secret leaves the stored
/// one. Mistakes are added to `errors` as `config.<name>`: a masked secret where none is stored, a
/// secret that is no text.
void merge_config(stored_config& into, const std::map<std::string, nlohmann::json>& values,
                  const crypto::key256& key, const uuid& account, std::vector<field_error>& errors);

}  // namespace omnistream::http::api
