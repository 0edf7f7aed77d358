#include "http/api/account_ownership.hpp"

#include <utility>

#include "actors/ingest/mail_address.hpp"
#include "http/contract/tables/integrations.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

using nlohmann::json;

constexpr const char* messenger = "messenger";
constexpr const char* instagram = "instagram";

void require_text(const contract::account_config& config, const std::string& name,
                  const std::string& channel, std::vector<field_error>& errors) {
  if (config.text(name).empty())
    errors.push_back({"config." + name, "required", "Is required for " + channel + "."});
}

void subscribe(services& with, const std::string& page, const std::string& token,
               std::function<void(result<done>)> done) {
  with.graph.subscribe_page(page, token, [done = std::move(done)](const result<json>& said) {
    if (!said) return done(said.error());
    done(omnistream::done{});
  });
}

/// As with META_*: what is the server's belongs to its first tenant.
void prove_address(services& with, const uuid& tenant, std::function<void(result<done>)> done) {
  if (!with.settings.registration_enabled) return done(omnistream::done{});
  with.pool.submit(
      storage::access::engine(),
      [tenant](storage::session& in) -> result<omnistream::done> {
        if (in.execute(storage::queries::tenant_is_first, tenant).boolean(0, 0))
          return omnistream::done{};
        return problems::invalid_field(
            "account_key", "not_proven",
            "While anybody may register a tenant (registration.enabled), only the server's first "
            "tenant connects addresses.");
      },
      std::move(done));
}

}  // namespace

void check_channel_account(contract::account_create& wanted, std::vector<field_error>& errors) {
  if (!wanted.account_key) {
    errors.push_back({"account_key", "required", "Is required, except for WhatsApp."});
    return;
  }
  if (wanted.channel == "email") {
    if (auto address = actors::email_address_of(*wanted.account_key))
      wanted.account_key = std::move(*address);
    else
      errors.push_back({"account_key", "bad_format", "An email account's key is its address."});
    return;
  }
  const auto& config = *wanted.config;
  require_text(config, "access_token", wanted.channel == messenger ? "Messenger" : "Instagram",
               errors);
  if (wanted.channel == instagram) require_text(config, "page_id", "Instagram", errors);
  const auto key_is_id = client::is_graph_id(*wanted.account_key);
  if (!key_is_id)
    errors.push_back({"account_key", "bad_format",
                      wanted.channel == messenger
                          ? "A Messenger account's key is its page's id."
                          : "An Instagram account's key is Meta's id of it."});
  if (!config.text("page_id").empty() && !client::is_graph_id(config.text("page_id")))
    errors.push_back({"config.page_id", "bad_format", "This is no id of Meta's."});
}

void check_key_is_kept(const std::string& channel, const std::string& account_key,
                       const contract::account_config& config, std::vector<field_error>& errors) {
  const auto named = contract::key_field_of(channel);
  if (named.empty() || !config.values.contains(named)) return;
  const auto wanted = config.text(named);
  if (wanted == account_key || actors::email_address_of(wanted) == account_key) return;
  errors.push_back({"config." + named, "immutable",
                    "It names the account; connect the other one as an account of its own."});
}

void prove_channel_account(services& with, const uuid& tenant,
                           const contract::account_create& wanted,
                           std::function<void(result<omnistream::done>)> done) {
  const auto token = wanted.config->text("access_token");
  if (wanted.channel == messenger)
    return subscribe(with, *wanted.account_key, token, std::move(done));
  if (wanted.channel != instagram) return prove_address(with, tenant, std::move(done));
  const auto page = wanted.config->text("page_id");
  with.graph.get_instagram_account(
      page, token,
      [&with, page, token, key = *wanted.account_key,
       done = std::move(done)](const result<json>& said) mutable {
        if (!said) return done(said.error());
        const auto account = said->find("instagram_business_account");
        if (account == said->end() || !account->is_object() || account->value("id", "") != key)
          return done(problems::invalid_field(
              "account_key", "not_of_page", "Meta knows no such Instagram account of this page."));
        subscribe(with, page, token, std::move(done));
      });
}

}  // namespace omnistream::http::api
