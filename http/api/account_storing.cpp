#include "http/api/account_storing.hpp"

#include <algorithm>
#include <utility>

#include "http/api/account_connection.hpp"
#include "http/api/account_secrets.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using actors::reply_ptr;
using contract::account_config;

constexpr const char* whatsapp = "whatsapp";

std::vector<uuid> ids(const storage::rows& from) {
  std::vector<uuid> list;
  for (int i = 0; i < from.size(); ++i) list.push_back(from.id(i, 0));
  return list;
}

bool is_pin(const std::string& text) {
  constexpr std::size_t digits = 6;
  return text.size() == digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What has columns of its own; taken out of the config.
struct whatsapp_columns {
  std::optional<std::string> phone_number_id;
  std::optional<std::string> waba_id;
  std::optional<std::int64_t> throughput_mps;
};

whatsapp_columns take_columns(account_config& config) {
  whatsapp_columns taken{take_text(config, "phone_number_id"), take_text(config, "waba_id"),
                         std::nullopt};
  if (config.has("throughput_mps"))
    taken.throughput_mps = config.values["throughput_mps"].get<std::int64_t>();
  config.values.erase("throughput_mps");
  return taken;
}

}  // namespace

changed_account changed_now(storage::session& in, const uuid& account, actors::answer answer) {
  return {std::move(answer), ids(in.execute(sql::campaigns_live_of_account, account)),
          ids(in.execute(sql::outgoing_of_account, account))};
}

void answer_and_wake(services& with, result<changed_account> changed, const reply_ptr& answer) {
  if (!changed) return (*answer)(changed.error());
  with.engine.wake_campaigns(changed->campaigns);
  with.engine.wake_conversations(changed->conversations);
  (*answer)(std::move(changed->answer));
}

void check_whatsapp_config(const account_config& config, std::vector<field_error>& errors) {
  for (const auto& [name, value] : config.values)
    if (contract::account_config_shape()->find(name) == nullptr)
      errors.push_back({"config." + name, "unknown_field", "WhatsApp has no such field."});
  const auto pin = config.text("pin");
  if (config.has("pin") && !is_pin(pin) && !is_masked(pin))
    errors.push_back({"config.pin", "bad_format", "A PIN has six digits."});
}

std::optional<std::string> take_text(account_config& config, const std::string& name) {
  if (!config.has(name)) return std::nullopt;
  auto text = config.text(name);
  config.values.erase(name);
  return text;
}

std::vector<field_error> division_errors(storage::session& in,
                                         const std::optional<uuid>& division) {
  if (!division || in.execute(sql::division_exists, *division).boolean(0, 0)) return {};
  return {{"division_id", "not_found",
           "There is no such division; GET /api/divisions shows those there are."}};
}

problem account_exists() {
  return problems::conflict("account_exists",
                            "This account is connected already; an account can be connected once.");
}

problem with_token_named(const problem& why) {
  if (why.code != "meta_token_refused") return why;
  return problems::invalid_field("config.access_token", "refused", why.detail);
}

result<changed_account> store_new_account(storage::session& in, const crypto::key256& key,
                                          const uuid& id, contract::account_create wanted,
                                          const std::optional<std::string>& own_url) {
  in.execute(sql::integration_accounts_lock);
  if (in.execute(sql::integration_accounts_count).integer(0, 0) >= accounts_per_tenant_max)
    return problems::conflict("too_many_accounts",
                              "There are " + std::to_string(accounts_per_tenant_max) +
                                  " accounts already; delete one that is not used.");
  // Once more: it may have been deleted while Meta was asked.
  auto errors = division_errors(in, wanted.division_id);
  auto config = std::move(wanted.config).value_or(account_config{});
  const auto columns = wanted.channel == whatsapp ? take_columns(config) : whatsapp_columns{};
  stored_config stored;
  merge_config(stored, config.values, key, id, errors);
  if (!errors.empty()) return problems::invalid(std::move(errors));
  if (wanted.is_default) in.execute(sql::integration_account_clear_default, wanted.channel, id);
  const auto made =
      in.execute(sql::integration_account_create, own_url, id, wanted.channel, *wanted.account_key,
                 wanted.display_name, wanted.is_active, wanted.is_default, wanted.division_id,
                 stored.shown.dump(), stored.sealed.dump(), columns.phone_number_id,
                 columns.waba_id, columns.throughput_mps);
  if (made.empty()) return account_exists();
  return changed_now(in, id, {201, std::string(made.text(0, 0))});
}

result<changed_account> store_logged_in_account(storage::session& in, const crypto::key256& key,
                                                const uuid& new_id, contract::account_create wanted,
                                                const std::optional<std::string>& own_url) {
  in.execute(sql::integration_accounts_lock);
  const auto known =
      in.execute(sql::integration_account_by_key, wanted.channel, *wanted.account_key);
  if (known.empty()) return store_new_account(in, key, new_id, std::move(wanted), own_url);
  contract::account_change renewed;
  renewed.is_active = true;
  renewed.config = std::move(wanted.config);
  return store_account_change(in, key, known.id(0, 0), renewed, own_url);
}

}  // namespace omnistream::http::api
