#include <memory>
#include <utility>

#include "http/api/account_connection.hpp"
#include "http/api/account_ownership.hpp"
#include "http/api/account_secrets.hpp"
#include "http/api/account_storing.hpp"
#include "http/api/mail_account.hpp"
#include "http/api/meta_access.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using actors::reply_ptr;
using contract::account_config;
using nlohmann::json;

constexpr const char* whatsapp = "whatsapp";

/// An account as it is stored.
struct account_row {
  std::string channel;
  stored_config config;
  std::string phone_number_id;
  std::optional<std::string> waba_id;
  std::optional<std::int64_t> throughput_mps;
  std::string account_key;
};

std::optional<account_row> load(storage::session& in, const uuid& id) {
  const auto row = in.execute(sql::integration_account_for_update, id);
  if (row.empty()) return std::nullopt;
  account_row loaded{std::string(row.text(0, 0)),
                     {json::parse(row.text(0, 1)), json::parse(row.text(0, 2))},
                     std::string(row.text(0, 3)),
                     row.optional_text(0, 4),
                     std::nullopt,
                     std::string(row.text(0, 7))};
  if (!row.is_null(0, 5)) loaded.throughput_mps = row.integer(0, 5);
  return loaded;
}

/// Whether a change of the config should make waiting campaigns try again.
bool lifts_pause(const contract::account_change& wanted) {
  if (wanted.is_active) return true;
  if (!wanted.config) return false;
  return wanted.config->values.contains("throughput_mps") || changes_mail_server(*wanted.config) ||
         (wanted.config->has("access_token") && !is_masked(wanted.config->text("access_token")));
}

/// Puts a changed WhatsApp config over the row's columns; what is left goes to the common part.
void merge_whatsapp(account_row& row, account_config& config, std::vector<field_error>& errors) {
  check_whatsapp_config(config, errors);
  for (const auto* needed : {"phone_number_id", "waba_id", "access_token"})
    if (config.values.contains(needed) && !config.has(needed))
      errors.push_back({std::string("config.") + needed, "required", "Cannot be removed."});
  if (const auto phone = take_text(config, "phone_number_id");
      phone && *phone != row.phone_number_id)
    errors.push_back({"config.phone_number_id", "immutable",
                      "An account keeps its number; connect the other one as an account of its "
                      "own."});
  if (const auto waba = take_text(config, "waba_id")) row.waba_id = waba;
  if (config.values.contains("throughput_mps")) {
    const auto& value = config.values["throughput_mps"];
    row.throughput_mps = value.is_null() ? std::nullopt : std::optional(value.get<std::int64_t>());
    config.values.erase("throughput_mps");
  }
}

/// The row after the change, or what is wrong with it.
result<account_row> merged(storage::session& in, account_row row, contract::account_change wanted,
                           const crypto::key256& key, const uuid& id) {
  auto errors = division_errors(in, wanted.division_id.value_or(std::nullopt));
  if (wanted.is_default && !*wanted.is_default)
    errors.push_back({"is_default", "must_be_true",
                      "A channel always has a default: make another account the default."});
  auto config = std::move(wanted.config).value_or(account_config{});
  if (row.channel == whatsapp) merge_whatsapp(row, config, errors);
  check_key_is_kept(row.channel, row.account_key, config, errors);
  if (row.channel == "email") check_password_comes_along(row.config, config, errors);
  merge_config(row.config, config.values, key, id, errors);
  if (!errors.empty()) return problems::invalid(std::move(errors));
  return row;
}

result<changed_account> store_default(storage::session& in, const uuid& id,
                                      const std::optional<std::string>& own_url) {
  in.execute(sql::integration_accounts_lock);
  const auto row = in.execute(sql::integration_account_for_update, id);
  if (row.empty()) return problems::not_found("account");
  in.execute(sql::integration_account_clear_default, row.text(0, 0), id);
  in.execute(sql::integration_account_make_default, id);
  const auto shown = in.execute(sql::integration_account_get, own_url, id);
  return changed_now(in, id, {200, std::string(shown.text(0, 0))});
}

void submit_change(services& with, const uuid& tenant, const uuid& id,
                   const std::shared_ptr<const contract::account_change>& wanted,
                   const std::optional<std::string>& own_url, const reply_ptr& answer) {
  with.pool.submit(
      storage::access::tenant(tenant),
      [&with, id, wanted, own_url](storage::session& in) {
        return store_account_change(in, with.encryption_key, id, *wanted, own_url);
      },
      [&with, answer](result<changed_account> changed) {
        answer_and_wake(with, std::move(changed), answer);
      });
}

/// With another WABA: subscribes it first, with the token that the account will have.
void subscribe_then_change(services& with, const uuid& tenant, const uuid& id,
                           const std::shared_ptr<const contract::account_change>& wanted,
                           const std::optional<std::string>& own_url, const reply_ptr& answer) {
  with.pool.submit(
      storage::access::tenant(tenant),
      [&with, id, wanted](storage::session& in) -> result<meta_access> {
        auto found = load(in, id);
        if (!found) return problems::not_found("account");
        const bool is_new = found->channel == whatsapp &&
                            wanted->config->text("waba_id") != found->waba_id.value_or("");
        auto row = merged(in, std::move(*found), *wanted, with.encryption_key, id);
        if (!row) return row.error();
        if (!is_new) return meta_access{};
        const auto token = open_access_token(with.encryption_key, id,
                                             row->config.sealed.value("access_token", ""));
        if (!token) return problems::wrong_state(token_unreadable.code, token_unreadable.doc);
        return meta_access{id, row->phone_number_id, row->waba_id.value_or(""), *token};
      },
      [&with, tenant, id, wanted, own_url, answer](result<meta_access> access) {
        if (!access) return (*answer)(access.error());
        if (!access->account) return submit_change(with, tenant, id, wanted, own_url, answer);
        with.graph.subscribe_app(
            access->waba_id, access->access_token,
            [&with, tenant, id, wanted, own_url, answer](const result<json>& said) {
              if (!said) return (*answer)(with_token_named(said.error()));
              submit_change(with, tenant, id, wanted, own_url, answer);
            });
      });
}

}  // namespace

result<changed_account> store_account_change(storage::session& in, const crypto::key256& key,
                                             const uuid& id, const contract::account_change& wanted,
                                             const std::optional<std::string>& own_url) {
  in.execute(sql::integration_accounts_lock);
  auto found = load(in, id);
  if (!found) return problems::not_found("account");
  const auto row = merged(in, std::move(*found), wanted, key, id);
  if (!row) return row.error();
  if (wanted.is_default) {
    in.execute(sql::integration_account_clear_default, row->channel, id);
    in.execute(sql::integration_account_make_default, id);
  }
  const auto shown =
      in.execute(sql::integration_account_update, own_url, id, wanted.display_name,
                 wanted.is_active, wanted.division_id.has_value(),
                 wanted.division_id.value_or(std::nullopt), row->config.shown.dump(),
                 row->config.sealed.dump(), row->waba_id, row->throughput_mps, lifts_pause(wanted));
  return changed_now(in, id, {200, std::string(shown.text(0, 0))});
}

void change_account(services& with, const uuid& tenant, const uuid& account,
                    contract::account_change wanted, std::optional<std::string> own_url,
                    reply_ptr answer) {
  auto shared = std::make_shared<const contract::account_change>(std::move(wanted));
  with.engine.query(
      [&with, tenant, account, shared, own_url = std::move(own_url)](const reply_ptr& counted) {
        const auto go_on = [&with, tenant, account, shared, own_url,
                            counted](const result<done>& checked) {
          if (!checked) return (*counted)(checked.error());
          if (shared->config && shared->config->has("waba_id"))
            return subscribe_then_change(with, tenant, account, shared, own_url, counted);
          submit_change(with, tenant, account, shared, own_url, counted);
        };
        check_mail_server(with, tenant, shared->config.value_or(account_config{}), go_on);
      },
      std::move(answer));
}

void make_account_default(services& with, const uuid& tenant, const uuid& account,
                          std::optional<std::string> own_url, reply_ptr answer) {
  with.engine.query(
      [&with, tenant, account, own_url = std::move(own_url)](const reply_ptr& counted) {
        with.pool.submit(
            storage::access::tenant(tenant),
            [account, own_url](storage::session& in) {
              return store_default(in, account, own_url);
            },
            [&with, counted](result<changed_account> changed) {
              answer_and_wake(with, std::move(changed), counted);
            });
      },
      std::move(answer));
}

}  // namespace omnistream::http::api
