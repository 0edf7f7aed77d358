#include "http/api/account_ownership.hpp"

#include <utility>

#include "actors/ingest/email_payload.hpp"

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

void prove_channel_account(services& with, const contract::account_create& wanted,
                           std::function<void(result<omnistream::done>)> done) {
  const auto token = wanted.config->text("access_token");
  if (wanted.channel == messenger)
    return subscribe(with, *wanted.account_key, token, std::move(done));
  if (wanted.channel != instagram) return done(omnistream::done{});
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
