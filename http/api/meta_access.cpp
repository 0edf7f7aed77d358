#include "http/api/meta_access.hpp"

#include "http/api/account_secrets.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {

namespace sql = storage::queries;

const contract::failure meta_error{502, "meta_error",
                                   "Meta refused; `detail` has its words and its code."};
const contract::failure meta_token_refused{502, "meta_token_refused",
                                           "Meta refused the account's access token."};
const contract::failure meta_unreachable{
    502, "meta_unreachable", "Meta gave no answer that can be read, or cannot do it now."};
const contract::failure token_unreadable{
    409, "token_unreadable",
    "The account's access token cannot be opened with the server's key; save it again."};
const contract::failure not_whatsapp{409, "not_whatsapp", "Only WhatsApp accounts have this."};

void borrow_settings(services& with, const uuid& tenant,
                     std::function<void(result<meta_access>)> done) {
  const auto& settings = with.settings;
  if (settings.meta_access_token.empty() && settings.meta_waba_id.empty() &&
      settings.meta_phone_number_id.empty())
    return done(meta_access{});
  with.pool.submit(
      storage::access::engine(),
      [&settings, tenant](storage::session& in) {
        const auto first = in.execute(sql::tenant_is_first, tenant);
        if (!first.boolean(0, 0)) return meta_access{};
        return meta_access{std::nullopt, settings.meta_phone_number_id, settings.meta_waba_id,
                           settings.meta_access_token.reveal()};
      },
      std::move(done));
}

result<std::optional<meta_access>> find_account_access(storage::session& in,
                                                       const crypto::key256& key,
                                                       const std::optional<uuid>& account) {
  const auto row = in.execute(sql::integration_account_access, account);
  if (row.empty()) return std::optional<meta_access>{};
  const auto refuse = [](const contract::failure& why) {
    return problems::wrong_state(why.code, why.doc);
  };
  if (row.text(0, 1) != "whatsapp") return refuse(not_whatsapp);
  const auto id = row.id(0, 0);
  const auto token = open_access_token(key, id, std::string(row.text(0, 4)));
  if (!token) return refuse(token_unreadable);
  return std::optional(
      meta_access{id, std::string(row.text(0, 2)), std::string(row.text(0, 3)), *token});
}

}  // namespace omnistream::http::api
