#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/base/result.hpp"
#include "config/base/secret.hpp"
#include "http/api/services.hpp"

/// Hashing of passwords, which takes 64 MiB and the better part of 0.1 s each: never on a network
/// thread, and few at a time. Who comes when too many wait gets 503 `busy`.
namespace omnistream::http::api {

/// Makes the hash to store. `done` is called once: on an actor thread, or at once if refused.
void hash_password(services& with, const secret& password,
                   std::function<void(result<std::string>)> done);

struct password_verdict {
  bool fits = false;
  /// The hash to store from now on, when the old one was made with other limits than today's.
  std::optional<std::string> fresh_hash;
};

/// Compares with a stored hash, or, if nobody has that name, with a hash that fits no password: it
/// takes as long. `done` as above.
void verify_password(services& with, const std::optional<std::string>& hash, const secret& password,
                     std::function<void(result<password_verdict>)> done);

/// What verify_password compares with for nobody.
std::string_view nobodys_password_hash();

}  // namespace omnistream::http::api
