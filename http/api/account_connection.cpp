#include "http/api/account_connection.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "http/api/account_ownership.hpp"
#include "http/api/account_secrets.hpp"
#include "http/api/meta_access.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using actors::reply_ptr;
using contract::account_config;
using nlohmann::json;

constexpr const char* whatsapp = "whatsapp";

/// What a change of an account came to.
struct changed_account {
  actors::answer answer;
  std::vector<uuid> campaigns;  ///< to be woken
  std::vector<uuid> conversations;
};

std::vector<uuid> ids(const storage::rows& from) {
  std::vector<uuid> list;
  for (int i = 0; i < from.size(); ++i) list.push_back(from.id(i, 0));
  return list;
}

/// Campaigns that are being sent through the account, or wait for one to send from, and
/// conversations in which something waits for it.
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

/// A new account on its way.
struct connection : std::enable_shared_from_this<connection> {
  connection(services& services, const uuid& of, contract::account_create what,
             std::optional<std::string> url, reply_ptr to)
      : with(services),
        tenant(of),
        id(uuid::v7(services.now())),
        wanted(std::move(what)),
        own_url(std::move(url)),
        answer(std::move(to)) {}

  void start();
  void borrow();
  void complete(const meta_access& lent);
  void check_key();
  void prove();
  void subscribe();
  void register_number();
  void store();
  void refuse(const problem& why);
  account_config& config() { return *wanted.config; }
  bool is_whatsapp() const { return wanted.channel == whatsapp; }

  services& with;
  const uuid tenant;
  const uuid id;
  contract::account_create wanted;
  std::optional<std::string> own_url;
  reply_ptr answer;
  stored_config stored;
  std::vector<field_error> errors;  ///< found so far
};

bool is_pin(const std::string& text) {
  constexpr std::size_t digits = 6;
  return text.size() == digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What WhatsApp's config must not have: fields of other channels, a PIN that is none.
void check_whatsapp_config(const account_config& config, std::vector<field_error>& errors) {
  for (const auto& [name, value] : config.values)
    if (contract::account_config_shape()->find(name) == nullptr)
      errors.push_back({"config." + name, "unknown_field", "WhatsApp has no such field."});
  const auto pin = config.text("pin");
  if (config.has("pin") && !is_pin(pin) && !is_masked(pin))
    errors.push_back({"config.pin", "bad_format", "A PIN has six digits."});
}

/// Takes from the config what has a column of its own.
std::optional<std::string> take_text(account_config& config, const std::string& name) {
  if (!config.has(name)) return std::nullopt;
  auto text = config.text(name);
  config.values.erase(name);
  return text;
}

/// What is wrong with the division that an account names; nothing if it names none.
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

// -- connecting
// ------------------------------------------------------------------------------------

void connection::start() {
  if (!wanted.config) wanted.config.emplace();
  if (!wanted.division_id) return borrow();
  with.pool.submit(
      storage::access::tenant(tenant),
      [division = wanted.division_id](storage::session& in) -> result<std::vector<field_error>> {
        return division_errors(in, division);
      },
      [self = shared_from_this()](result<std::vector<field_error>> found) {
        if (!found) return self->refuse(found.error());
        self->errors = std::move(*found);
        self->borrow();
      });
}

void connection::borrow() {
  if (!is_whatsapp()) return complete({});
  borrow_settings(with, tenant, [self = shared_from_this()](result<meta_access> lent) {
    if (!lent) return self->refuse(lent.error());
    self->complete(*lent);
  });
}

/// Fills in what the settings lend, and checks everything that can be checked without asking
/// anybody.
void connection::complete(const meta_access& lent) {
  const auto require = [&](const std::string& name, const std::string& borrowed) {
    if (config().has(name)) return;
    if (borrowed.empty())
      errors.push_back({"config." + name, "required", "Is required for WhatsApp."});
    else
      config().values[name] = borrowed;
  };
  if (is_whatsapp()) {
    require("phone_number_id", lent.phone_number_id);
    require("waba_id", lent.waba_id);
    require("access_token", lent.access_token);
    check_whatsapp_config(config(), errors);
    const auto key = "wa-" + config().text("phone_number_id");
    if (wanted.account_key && *wanted.account_key != key)
      errors.push_back({"account_key", "derived", "A WhatsApp account's key is " + key + "."});
    wanted.account_key = key;
    if (!config().has("pin"))
      config().values["pin"] =
          registration_pin(with.encryption_key, config().text("phone_number_id"));
  } else {
    check_channel_account(wanted, errors);
  }
  auto trial = stored;  // the masks of a create stand for nothing: said with all other mistakes
  merge_config(trial, config().values, with.encryption_key, id, errors);
  if (!errors.empty()) return refuse(problems::invalid(std::move(errors)));
  check_key();
}

/// Before Meta is troubled. The insert decides in the end.
void connection::check_key() {
  with.pool.submit(
      storage::access::engine(),
      [channel = wanted.channel, key = *wanted.account_key](storage::session& in) -> result<done> {
        const auto taken = in.execute(sql::integration_account_key_taken, channel, key);
        if (taken.boolean(0, 0)) return account_exists();
        return done{};
      },
      [self = shared_from_this()](const result<done>& checked) {
        if (!checked) return self->refuse(checked.error());
        if (self->is_whatsapp()) return self->subscribe();
        self->prove();
      });
}

void connection::prove() {
  prove_channel_account(with, tenant, wanted,
                        [self = shared_from_this()](const result<done>& proven) {
                          if (!proven) return self->refuse(proven.error());
                          self->store();
                        });
}

/// The webhooks come first: asking twice does no harm, and it shows whether the token is good
/// before the registration, of which Meta grants ten in three days.
void connection::subscribe() {
  with.graph.subscribe_app(config().text("waba_id"), config().text("access_token"),
                           [self = shared_from_this()](result<json> said) {
                             if (!said) return self->refuse(said.error());
                             self->register_number();
                           });
}

void connection::register_number() {
  with.graph.register_phone_number(config().text("phone_number_id"), config().text("access_token"),
                                   config().text("pin"),
                                   [self = shared_from_this()](result<json> said) {
                                     if (!said) return self->refuse(said.error());
                                     self->store();
                                   });
}

void connection::store() {
  std::optional<std::string> phone;
  std::optional<std::string> waba;
  std::optional<std::int64_t> throughput;
  if (is_whatsapp()) {
    phone = take_text(config(), "phone_number_id");
    waba = take_text(config(), "waba_id");
    if (config().has("throughput_mps"))
      throughput = config().values["throughput_mps"].get<std::int64_t>();
    config().values.erase("throughput_mps");
  }
  merge_config(stored, config().values, with.encryption_key, id, errors);
  with.pool.submit(
      storage::access::tenant(tenant),
      [self = shared_from_this(), phone, waba,
       throughput](storage::session& in) -> result<changed_account> {
        const auto& what = self->wanted;
        in.execute(sql::integration_accounts_lock);
        if (in.execute(sql::integration_accounts_count).integer(0, 0) >= accounts_per_tenant_max)
          return problems::conflict("too_many_accounts",
                                    "There are " + std::to_string(accounts_per_tenant_max) +
                                        " accounts already; delete one that is not used.");
        // Once more: it may have been deleted while Meta was asked.
        if (auto wrong = division_errors(in, what.division_id); !wrong.empty())
          return problems::invalid(std::move(wrong));
        if (what.is_default)
          in.execute(sql::integration_account_clear_default, what.channel, self->id);
        const auto made = in.execute(
            sql::integration_account_create, self->own_url, self->id, what.channel,
            *what.account_key, what.display_name, what.is_active, what.is_default, what.division_id,
            self->stored.shown.dump(), self->stored.sealed.dump(), phone, waba, throughput);
        if (made.empty()) return account_exists();
        return changed_now(in, self->id, {201, std::string(made.text(0, 0))});
      },
      [self = shared_from_this()](result<changed_account> made) {
        answer_and_wake(self->with, std::move(made), self->answer);
      });
}

/// A wrong token is the caller's mistake, and the field is known.
problem with_token_named(const problem& why) {
  if (why.code != "meta_token_refused") return why;
  return problems::invalid_field("config.access_token", "refused", why.detail);
}

void connection::refuse(const problem& why) {
  (*answer)(with_token_named(why));
}

// -- changing
// --------------------------------------------------------------------------------------

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
  return wanted.config->values.contains("throughput_mps") ||
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
  merge_config(row.config, config.values, key, id, errors);
  if (!errors.empty()) return problems::invalid(std::move(errors));
  return row;
}

result<changed_account> store_change(storage::session& in, const crypto::key256& key,
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
        return store_change(in, with.encryption_key, id, *wanted, own_url);
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

void connect_account(services& with, const uuid& tenant, contract::account_create wanted,
                     std::optional<std::string> own_url, reply_ptr answer) {
  with.engine.query(
      [&with, tenant, wanted = std::move(wanted), own_url = std::move(own_url)](reply_ptr counted) {
        std::make_shared<connection>(with, tenant, wanted, own_url, std::move(counted))->start();
      },
      std::move(answer));
}

void change_account(services& with, const uuid& tenant, const uuid& account,
                    contract::account_change wanted, std::optional<std::string> own_url,
                    reply_ptr answer) {
  auto shared = std::make_shared<const contract::account_change>(std::move(wanted));
  with.engine.query(
      [&with, tenant, account, shared, own_url = std::move(own_url)](const reply_ptr& counted) {
        if (shared->config && shared->config->has("waba_id"))
          subscribe_then_change(with, tenant, account, shared, own_url, counted);
        else
          submit_change(with, tenant, account, shared, own_url, counted);
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
