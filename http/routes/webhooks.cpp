#include "http/contract/tables/webhooks.hpp"

#include "config/base/crypto.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"

namespace omnistream::http::routes {
namespace {

using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Webhooks";

/// Meta's handshake: the challenge goes back as it came, if the token is the one that was agreed
/// on.
void verify(const exchange_ptr& on) {
  const auto query = on->query<webhook_verification>();
  if (!query) return;
  const auto& expected = on->with().settings.meta_verify_token.reveal();
  const bool agreed = !expected.empty() && query->mode == "subscribe" &&
                      crypto::equal_constant_time(query->verify_token, expected);
  if (!agreed)
    return on->fail(problems::forbidden(
        "wrong_verify_token",
        "hub.verify_token is not the server's META_VERIFY_TOKEN, or none is set."));
  on->send({.status = 200, .content_type = "text/plain", .body = query->challenge, .headers = {}});
}

/// True if the signature over the raw bytes is right. Meta escapes its JSON in its own way: nothing
/// may be parsed and written again before this.
bool signed_by_meta(const server::request& from, const secret& app_secret) {
  constexpr std::string_view scheme = "sha256=";
  const auto signature = from.header("X-Hub-Signature-256");
  if (app_secret.empty() || !signature.starts_with(scheme)) return false;
  return crypto::equal_constant_time(signature.substr(scheme.size()),
                                     crypto::hmac_sha256_hex(app_secret.reveal(), from.body));
}

void receive(const exchange_ptr& on) {
  const auto& settings = on->with().settings;
  if (!signed_by_meta(on->request(), settings.meta_app_secret))
    return on->fail(problems::unauthenticated(
        settings.meta_app_secret.empty()
            ? "Webhooks are refused until META_APP_SECRET is set: their signature cannot be "
              "checked."
            : "X-Hub-Signature-256 is missing or not made with the app secret over this body."));
  on->with().engine.webhook(std::make_shared<const std::string>(on->request().body), on->reply());
}

void add_receiver(api::route_table& routes, const std::string& id, const std::string& path,
                  const std::string& what) {
  routes.add(
      {.id = id + "_verify",
       .method = "GET",
       .path = path,
       .tag = tag_name,
       .summary = "Meta webhook verification" + what,
       .description = "The handshake when the URL is entered at Meta.",
       .access = authentication::none,
       .query = table_for(static_cast<const webhook_verification*>(nullptr)).shape(),
       .successes = {{.doc = "The challenge.",
                      .content_type = "text/plain",
                      .example = "1158201444"}},
       .failures = {{403, "wrong_verify_token", "The token is not the one that was agreed on."}}},
      verify);
  routes.add({.id = id + "_receive",
              .method = "POST",
              .path = path,
              .tag = tag_name,
              .summary = "Receive Meta webhook" + what,
              .description = "Answered when the payload is committed; it is applied right after. "
                             "Anything but 200 makes "
                             "Meta post it again.",
              .access = authentication::webhook_signature,
              .successes = {{.doc = "It is committed."}},
              .failures = {{503, "inbox_full", "Too many wait to be applied; post it again."}},
              .body_content_type = "application/json",
              .body_example = nlohmann::json{{"object", "whatsapp_business_account"},
                                             {"entry", nlohmann::json::array()}}},
             receive);
}

}  // namespace

void webhooks(api::route_table& routes) {
  routes.describe(
      {tag_name,
       "What Meta posts: statuses of our messages, messages of people, news of templates."});
  add_receiver(routes, "webhook", "/webhook", "");
  add_receiver(routes, "webhook_whatsapp", "/webhook/whatsapp", " (alias)");
}

}  // namespace omnistream::http::routes
