#include "http/api/token_renewal.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "config/base/log.hpp"
#include "http/api/account_secrets.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;

constexpr std::chrono::hours between_rounds{1};
constexpr std::size_t page_max = 100;  ///< of instagram_tokens_ending

struct ending_token {
  uuid account;
  std::string sealed;
};

/// In the place of the old one, unless somebody has logged in meanwhile.
void store(services& with, const ending_token& old, const client::login_token& fresh) {
  // Without an end it is asked for again when the old one would have ended.
  const auto ends = std::chrono::floor<std::chrono::seconds>(
      with.now() + fresh.expires_in.value_or(renewed_before));
  with.pool.submit(
      storage::access::engine(),
      [old, ends, shown = mask(fresh.access_token),
       sealed = seal_secret(with.encryption_key, old.account, "access_token", fresh.access_token)](
          storage::session& in) -> result<done> {
        in.execute(sql::instagram_token_renew, old.account, old.sealed, sealed, shown,
                   format_rfc3339(ends));
        return done{};
      },
      [account = old.account](const result<done>& stored) {
        if (!stored)
          log::warn("logins", "a renewed token could not be stored",
                    {{"account", account.to_string()}, {"why", stored.error().detail}});
      });
}

void renew(services& with, const ending_token& old) {
  const auto token = open_access_token(with.encryption_key, old.account, old.sealed);
  if (!token) return;
  with.logins.renew_instagram_token(*token, [&with, old](const result<client::login_token>& fresh) {
    if (fresh) return store(with, old, *fresh);
    log::warn("logins", "Instagram did not renew a token",
              {{"account", old.account.to_string()}, {"why", fresh.error().detail}});
  });
}

/// All of them, page by page: those that Instagram does not renew hold no others up.
void renew_after(services& with, const uuid& account) {
  with.pool.submit(
      storage::access::engine(),
      [account](storage::session& in) -> result<std::vector<ending_token>> {
        const auto rows = in.execute(sql::instagram_tokens_ending, renewed_before.count(), account);
        std::vector<ending_token> found;
        for (int i = 0; i < rows.size(); ++i)
          found.push_back({rows.id(i, 0), std::string(rows.text(i, 1))});
        return found;
      },
      [&with](const result<std::vector<ending_token>>& found) {
        if (!found) return;
        for (const auto& one : *found) renew(with, one);
        if (found->size() == page_max) renew_after(with, found->back().account);
      });
}

}  // namespace

void renew_instagram_tokens(services& with) {
  renew_after(with, uuid{});
}

void forget_ended_logins(services& with) {
  with.pool.submit(
      storage::access::engine(),
      [](storage::session& in) -> result<done> {
        in.execute(sql::messenger_logins_forget);
        in.execute(sql::login_states_forget);
        return done{};
      },
      [](const result<done>&) {});
}

token_renewals::token_renewals(services& with)
    : thread_([&with](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        do {
          renew_instagram_tokens(with);
          forget_ended_logins(with);
        } while (!stopped.wait_for(lock, stop, between_rounds,
                                   [&stop] { return stop.stop_requested(); }));
      }) {}

}  // namespace omnistream::http::api
