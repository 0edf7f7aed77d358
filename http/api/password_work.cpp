#include "http/api/password_work.hpp"

#include <algorithm>

#include "config/base/log.hpp"

namespace omnistream::http::api {
namespace {

constexpr int retry_after_seconds = 2;

template <class T>
result<T> attempt(const std::function<T()>& hash) {
  try {
    return hash();
  } catch (const std::exception& why) {
    log::error("http", "a password could not be hashed", {{"reason", why.what()}});
    return problems::internal();
  }
}

template <class T>
void enqueue(services& with, std::function<T()> hash, std::function<void(result<T>)> done) {
  if (!with.long_work->submit(with.engine, [hash = std::move(hash), done] { done(attempt(hash)); }))
    done(problems::unavailable("busy", "Too many logins at this moment; try again.",
                               retry_after_seconds));
}

}  // namespace

void hash_password(services& with, const secret& password,
                   std::function<void(result<std::string>)> done) {
  enqueue<std::string>(
      with, [password] { return crypto::hash_password(password.reveal()); }, std::move(done));
}

void verify_password(services& with, const std::optional<std::string>& hash, const secret& password,
                     std::function<void(result<password_verdict>)> done) {
  enqueue<password_verdict>(
      with,
      [hash, password] {
        password_verdict verdict;
        const auto against = hash ? std::string_view(*hash) : nobodys_password_hash();
        verdict.fits = crypto::verify_password(against, password.reveal()) && hash;
        if (verdict.fits && crypto::password_needs_rehash(*hash))
          verdict.fresh_hash = crypto::hash_password(password.reveal());
        return verdict;
      },
      std::move(done));
}

std::string_view nobodys_password_hash() {
  // Of 32 random bytes that were thrown away.
  return "$argon2id$v=19$m=65536,t=2,p=1$uaFXj93zeavfByOaKrQy5Q$"
         "MymomO/HSmNlY14wy2JAjSWbzipnBjxCX4Bbq2bMAzI";
}

}  // namespace omnistream::http::api
