#include "http/contract/tables/webhooks.hpp"

#include "actors/ingest/email_payload.hpp"
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

/// True if the signature over the raw bytes is right; `scheme` stands in front of its digits. Meta
/// escapes its JSON in its own way: nothing may be parsed and written again before this.
bool is_signed(const server::request& from, std::string_view header, std::string_view scheme,
               const secret& key) {
  const auto signature = from.header(header);
  if (key.empty() || !signature.starts_with(scheme)) return false;
  return crypto::equal_constant_time(signature.substr(scheme.size()),
                                     crypto::hmac_sha256_hex(key.reveal(), from.body));
}

problem bad_signature(std::string detail) {
  problem why = problems::unauthenticated(std::move(detail));
  why.code = "bad_signature";
  return why;
}

void take(const exchange_ptr& on, actors::webhook_source source) {
  on->with().engine.webhook({std::make_shared<const std::string>(on->request().body), source},
                            on->reply());
}

/// Instagram may be connected through an app of its own, while WhatsApp and Messenger are not; each
/// app's webhooks may be entered with any of the URLs.
void receive(const exchange_ptr& on) {
  const auto& settings = on->with().settings;
  const auto is_by = [on](const secret& key) {
    return is_signed(on->request(), "X-Hub-Signature-256", "sha256=", key);
  };
  if (!is_by(settings.meta_app_secret) && !is_by(settings.meta_instagram_app_secret))
    return on->fail(bad_signature(
        settings.meta_app_secret.empty() && settings.meta_instagram_app_secret.empty()
            ? "Webhooks are refused until META_APP_SECRET is set: their signature cannot be "
              "checked."
            : "X-Hub-Signature-256 is missing or not made with an app secret over this body."));
  take(on, actors::webhook_source::meta);
}

/// A mail with attachments would keep the io thread from everybody else.
constexpr std::size_t read_at_once_bytes_max = 64 * 1024;

void read_email(const exchange_ptr& on) {
  const auto& key = on->with().settings.email_webhook_secret;
  const auto& request = on->request();
  const std::string_view header = "X-Email-Webhook-Signature";
  const std::string_view scheme = request.header(header).starts_with("sha256=") ? "sha256=" : "";
  if (!key.empty() && !is_signed(request, header, scheme, key))
    return on->fail(bad_signature(
        "X-Email-Webhook-Signature is missing or not the HMAC-SHA256 of this body with "
        "EMAIL_WEBHOOK_SECRET, in hexadecimal digits."));
  if (!actors::is_email(request.body))
    return on->fail(problems::bad_request(
        "no_mail",
        "The body is no mail: a JSON object with the sender's address in `from`, or with `to` and "
        "what was sent."));
  take(on, actors::webhook_source::email);
}

void receive_email(const exchange_ptr& on) {
  if (on->request().body.size() <= read_at_once_bytes_max) return read_email(on);
  if (!on->with().long_work->submit(
          on->with().engine, [on] { read_email(on); }, api::long_work_queue::kind::mail))
    on->fail(problems::unavailable("busy", "Too many large mails at this moment; try again.", 2));
}

constexpr const char* committed_doc =
    "Answered when the payload is committed; it is applied right after. Anything but 200 makes "
    "Meta post it again.";
const failure inbox_full{503, "inbox_full", "Too many wait to be applied; post it again."};

/// Where Meta posts what happens on a channel.
struct receiver {
  std::string id;
  std::string path;
  std::string verify_summary;
  std::string summary;
  std::string object;  ///< of the payload
};

void add_receiver(api::route_table& routes, const receiver& what) {
  routes.add(
      {.id = what.id + "_verify",
       .method = "GET",
       .path = what.path,
       .tag = tag_name,
       .summary = what.verify_summary,
       .description = "The handshake when the URL is entered at Meta.",
       .access = authentication::none,
       .query = table_for(static_cast<const webhook_verification*>(nullptr)).shape(),
       .successes = {{.doc = "The challenge.",
                      .content_type = "text/plain",
                      .example = "1158201444"}},
       .failures = {{403, "wrong_verify_token", "The token is not the one that was agreed on."}}},
      verify);
  routes.add(
      {.id = what.id + "_receive",
       .method = "POST",
       .path = what.path,
       .tag = tag_name,
       .summary = what.summary,
       .description = committed_doc,
       .access = authentication::webhook_signature,
       .successes = {{.doc = "It is committed."}},
       .failures = {inbox_full},
       .body_content_type = "application/json",
       .body_example = nlohmann::json{{"object", what.object}, {"entry", nlohmann::json::array()}}},
      receive);
}

void add_email(api::route_table& routes) {
  routes.add(
      {.id = "webhook_email_receive",
       .method = "POST",
       .path = "/webhook/email",
       .tag = tag_name,
       .summary = "Receive inbound email webhook",
       .description =
           "A mail, as SendGrid's Inbound Parse posts it in JSON mode. It belongs to the email "
           "account whose account_key is an address in `to`. Where EMAIL_WEBHOOK_SECRET is set, "
           "X-Email-Webhook-Signature is the HMAC-SHA256 of the body in hexadecimal digits. "
           "Whoever answers a mail that the account sent, by In-Reply-To or References, writes in "
           "the conversation of that mail, from any address; of others the conversation is that "
           "with their sender. Looked at are the members `in_reply_to` and `references`, or else "
           "the header in `headers` or `email`, and of those the newest 20. A mail whose sender "
           "cannot be read is kept apart for a later version. "
           "Encoded words (RFC 2047) in `subject` and `from` are decoded. "
           "The same message_id is taken once. `html` is kept as it came: whoever shows it must "
           "make it harmless. `verified` is added to what is kept: whether a DKIM signature or "
           "SPF, "
           "by the `dkim`, `SPF` and `envelope` of the body, speak for the sender's domain. A mail "
           "server's report that a mail of ours was not delivered (RFC 3464) marks that as failed, "
           "and is shown only if it cannot be told which mail it was. Automatic answers (RFC 3834) "
           "are shown, and open no conversation again.",
       .access = authentication::mail_signature,
       .successes = {{.doc = "It is committed."}},
       .failures = {{400, "no_mail", "The body is no mail."}, inbox_full},
       .body_content_type = "application/json",
       .body_example = nlohmann::json{{"from", "Budi <budi@example.com>"},
                                      {"to", "help@shop.example"},
                                      {"subject", "Where is my order?"},
                                      {"text", "It is INV-7."},
                                      {"message_id", "<1795140600.7@mail.example.com>"}}},
      receive_email);
}

}  // namespace

void webhooks(api::route_table& routes) {
  routes.describe({tag_name,
                   "What Meta and mail servers post: statuses of our messages, messages of people, "
                   "news of templates."});
  const std::string verification = "Meta webhook verification";
  add_receiver(routes,
               {"webhook", "/webhook", verification, "Receive Meta webhook (WhatsApp + Instagram)",
                "whatsapp_business_account"});
  add_receiver(routes, {"webhook_whatsapp", "/webhook/whatsapp", verification + " (alias)",
                        "Receive Meta webhook (alias)", "whatsapp_business_account"});
  add_receiver(routes, {"webhook_messenger", "/webhook/messenger", verification + " for Messenger",
                        "Receive Messenger inbound webhook events", "page"});
  add_receiver(routes, {"webhook_instagram", "/webhook/instagram", verification + " for Instagram",
                        "Receive Instagram inbound webhook events", "instagram"});
  add_email(routes);
}

}  // namespace omnistream::http::routes
