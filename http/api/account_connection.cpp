#include "http/api/account_connection.hpp"

#include <memory>
#include <utility>

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
constexpr const char* email = "email";

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
  std::vector<field_error> errors;  ///< found so far
};

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
  if (wanted.channel == email)
    return check_mail_server(with, tenant, config(),
                             [self = shared_from_this()](const result<done>& checked) {
                               if (!checked) return self->refuse(checked.error());
                               self->complete({});
                             });
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
  stored_config trial;  // the masks of a create stand for nothing: said with all other mistakes
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
  with.pool.submit(
      storage::access::tenant(tenant),
      [self = shared_from_this()](storage::session& in) {
        return store_new_account(in, self->with.encryption_key, self->id, self->wanted,
                                 self->own_url);
      },
      [self = shared_from_this()](result<changed_account> made) {
        answer_and_wake(self->with, std::move(made), self->answer);
      });
}

void connection::refuse(const problem& why) {
  (*answer)(with_token_named(why));
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

}  // namespace omnistream::http::api
