#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "config/base/crypto.hpp"
#include "config/base/network.hpp"
#include "config/property.hpp"

namespace omnistream::config {
namespace {

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::int64_t gib = 1024 * mib;
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_s = 86'400;

constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 3> format_names = {"auto", "json", "text"};
constexpr std::array<std::string_view, 2> place_names = {"folder", "s3"};

// -- checks of texts
// ---------------------------------------------------------------------------------------------

std::optional<std::string> address(std::string_view text) {
  std::array<unsigned char, 16> ignored;
  const std::string terminated(text);
  if (::inet_pton(AF_INET, terminated.c_str(), ignored.data()) == 1 ||
      ::inet_pton(AF_INET6, terminated.c_str(), ignored.data()) == 1)
    return std::nullopt;
  return "must be an IPv4 or IPv6 address such as 127.0.0.1 or 0.0.0.0";
}

std::optional<std::string> networks(std::string_view text) {
  if (parse_networks(text)) return std::nullopt;
  return "must be IPv4 or IPv6 addresses or blocks such as 10.0.0.0/8, with commas between";
}

std::optional<std::string> database_url(std::string_view text) {
  if (text.empty() || text.starts_with("postgresql://") || text.starts_with("postgres://"))
    return std::nullopt;
  return "must begin with postgresql:// (or be empty, for the embedded server)";
}

std::optional<std::string> encryption_key(std::string_view text) {
  if (text.empty() || crypto::key256::from_base64(text)) return std::nullopt;
  return "must be the base64 of exactly 32 bytes, as `openssl rand -base64 32` prints them";
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// `v23.0`
bool is_api_version(std::string_view text) {
  if (text.empty() || text.front() != 'v') return false;
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const auto major = text.substr(1, dot - 1);
  const auto minor = text.substr(dot + 1);
  return !major.empty() && major.size() <= 4 && std::all_of(major.begin(), major.end(), is_digit) &&
         !minor.empty() && minor.size() <= 4 && std::all_of(minor.begin(), minor.end(), is_digit);
}

std::optional<std::string> api_version(std::string_view text) {
  if (is_api_version(text)) return std::nullopt;
  return "must look like v23.0";
}

std::optional<std::string> api_url(std::string_view text) {
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, std::min(scheme_end, text.size()));
  if (scheme_end == std::string_view::npos || (scheme != "https" && scheme != "http"))
    return "must begin with https:// (or http://, for the simulator)";
  auto rest = text.substr(scheme_end + 3);
  if (rest.empty() || rest.front() == '/' ||
      rest.find_first_of(" ?#@\"<>") != std::string_view::npos)
    return "must be scheme, host, and port and path if needed, such as https://graph.facebook.com";
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (is_api_version(rest.substr(rest.rfind('/') + 1)))
    return "must not end with the version, which is meta.api_version";
  return std::nullopt;
}

std::optional<std::string> redirect_uri(std::string_view text) {
  const bool is_web = text.starts_with("https://") || text.starts_with("http://");
  if (text.empty() || (is_web && text.find_first_of(" #\"<>") == std::string_view::npos))
    return std::nullopt;
  return "must be an https:// address without a fragment, as entered at Meta";
}

std::optional<std::string> meta_id(std::string_view text) {
  constexpr std::size_t id_bytes_max = 64;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  });
  if (plain && text.size() <= id_bytes_max) return std::nullopt;
  return "must be an id of digits, as Meta's dashboard shows it";
}

/// Small letters, digits and what else is named, at least one.
bool is_plain(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [others](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || others.find(c) != std::string_view::npos;
  });
}

std::optional<std::string> s3_endpoint(std::string_view text) {
  const bool is_secure = text.starts_with("https://");
  const auto host = text.substr(is_secure ? 8 : std::min<std::size_t>(text.size(), 7));
  constexpr std::string_view others = ".-:[]ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (text.empty() || ((is_secure || text.starts_with("http://")) && is_plain(host, others)))
    return std::nullopt;
  return "must be scheme, host, and port if needed, such as https://s3.eu-central-1.amazonaws.com";
}

std::optional<std::string> s3_region(std::string_view text) {
  if (text.size() <= 64 && is_plain(text, "-")) return std::nullopt;
  return "must look like eu-central-1";
}

std::optional<std::string> s3_bucket(std::string_view text) {
  constexpr std::size_t shortest = 3;
  constexpr std::size_t longest = 63;
  const bool ends_well =
      !text.starts_with('.') && !text.ends_with('.') && text.find("..") == std::string_view::npos;
  if (text.empty() ||
      (text.size() >= shortest && text.size() <= longest && ends_well && is_plain(text, ".-")))
    return std::nullopt;
  return "must have 3 to 63 small letters, digits, dots or hyphens";
}

/// Of what stands in a URL as it is.
std::optional<std::string> s3_prefix(std::string_view text) {
  constexpr std::size_t longest = 512;
  constexpr std::string_view others = "/-_ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const bool has_folders =
      text.find("//") == std::string_view::npos && !text.starts_with('/') && !text.ends_with('/');
  if (text.empty() || (text.size() <= longest && has_folders && is_plain(text, others)))
    return std::nullopt;
  return "must be a folder such as omnistream/media, of letters, digits, hyphens and underscores";
}

std::optional<std::string> s3_access_key(std::string_view text) {
  constexpr std::size_t longest = 128;
  const bool plain = std::all_of(
      text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '/' && c != ':'; });
  if (plain && text.size() <= longest) return std::nullopt;
  return "must be an access key id without blanks, slashes and colons";
}

// -- the table
// ---------------------------------------------------------------------------------------------------

using s = settings;

const property table[] = {
    {"http.address", text_kind{&s::http_address, "127.0.0.1", address},
     "Address to listen on; 0.0.0.0 for every IPv4 interface, :: for every interface."},
    {"http.port", integer_kind{&s::http_port, 8080, 0, 65'535},
     "TCP port to listen on; 0 takes a free one, which the log names."},
    {"http.connections_max", integer_kind{&s::http_connections_max, 4096, 1, 100'000},
     "Open connections; more wait in the system's queue until one goes: the longest idle one is "
     "made to."},
    {"http.in_flight_max", integer_kind{&s::http_in_flight_max, 4096, 1, 1'000'000},
     "Requests being worked on at once; more are answered 503 with Retry-After."},
    {"http.body_bytes_max", integer_kind{&s::http_body_bytes_max, 64 * mib, kib, gib},
     "Largest request body of any operation, most of which have lower limits; larger ones are "
     "answered 413."},
    {"http.body_bytes_in_flight_max",
     integer_kind{&s::http_body_bytes_in_flight_max, 256 * mib, mib, 64 * gib},
     "Request bodies in memory at once, of all requests being read or worked on: half of it for "
     "callers, a quarter for mails, a quarter for other webhooks, logins and the like; more are "
     "answered 503 with Retry-After."},
    {"http.header_timeout_ms", integer_kind{&s::http_header_timeout_ms, 10'000, 100, hour_ms},
     "Time from a request's first byte to the end of its header; slower ones are answered 408."},
    {"http.request_timeout_ms", integer_kind{&s::http_request_timeout_ms, 30'000, 100, hour_ms},
     "Time to read the body of one request, and to answer it."},
    {"http.idle_timeout_ms", integer_kind{&s::http_idle_timeout_ms, 60'000, 100, hour_ms},
     "Time after which a connection without a request is closed."},
    {"http.session_ttl_s", integer_kind{&s::http_session_ttl_s, 7 * day_s, 60, 366 * day_s},
     "Life of a login."},
    {"http.trusted_proxies", text_kind{&s::http_trusted_proxies, "", networks},
     "Proxies whose X-Forwarded-For says where a request is from: addresses or blocks such as "
     "10.0.0.0/8, with commas between. Empty: the connection alone says it."},
    {"tls.certificate_file", path_kind{&s::tls_certificate_file, path_to::file},
     "PEM file of the certificate chain; with tls.key_file, the server speaks HTTPS."},
    {"tls.key_file", path_kind{&s::tls_key_file, path_to::file},
     "PEM file of the certificate's private key."},
    {"registration.enabled", boolean_kind{&s::registration_enabled, true},
     "Whether anybody may create a tenant with POST /api/auth/register."},

    {"data.dir", path_kind{&s::data_dir, path_to::folder},
     "Folder of the embedded database and the key file. Empty: $XDG_DATA_HOME/omnistream if that "
     "variable is set, "
     "else omnistream-data in the current folder."},
    {"database.url", secret_kind{&s::database_url, database_url},
     "PostgreSQL to use, as postgresql://user:password@host/name. Empty: the program runs its "
     "own."},
    {"database.api_connections", integer_kind{&s::database_api_connections, 4, 1, 256},
     "Database connections that serve requests."},
    {"database.engine_connections", integer_kind{&s::database_engine_connections, 3, 1, 64},
     "Database connections that serve campaigns and webhooks."},
    {"database.statement_timeout_ms",
     integer_kind{&s::database_statement_timeout_ms, 30'000, 100, hour_ms},
     "Time after which the database gives up a statement."},
    {"encryption.key", secret_kind{&s::encryption_key, encryption_key},
     "Base64 of the 32 bytes that encrypt stored access tokens. Empty: a key file in the data "
     "folder, made once."},

    {"meta.app_id", text_kind{&s::meta_app_id, "", meta_id},
     "Id of the app, with which people connect WhatsApp numbers and pages by a login at Meta. "
     "Empty: they cannot.",
     "META_APP_ID"},
    {"meta.app_secret", secret_kind{&s::meta_app_secret, nullptr},
     "App secret, which signs Meta's webhooks. Empty: webhooks that it signs are refused.",
     "META_APP_SECRET"},
    {"meta.verify_token", secret_kind{&s::meta_verify_token, nullptr},
     "Token that Meta repeats when the webhook is registered.", "META_VERIFY_TOKEN"},
    {"meta.instagram_app_id", text_kind{&s::meta_instagram_app_id, "", meta_id},
     "Id of the Instagram app, with which people connect Instagram accounts by a login there. "
     "Empty: they cannot.",
     "INSTAGRAM_APP_ID"},
    {"meta.instagram_app_secret", secret_kind{&s::meta_instagram_app_secret, nullptr},
     "Instagram app secret, where Instagram has an app of its own, which signs that app's "
     "webhooks. Empty: the app secret.",
     "INSTAGRAM_APP_SECRET"},
    {"meta.access_token", secret_kind{&s::meta_access_token, nullptr},
     "Access token for calls that name no integration account.", "META_ACCESS_TOKEN"},
    {"meta.phone_number_id", text_kind{&s::meta_phone_number_id, "", meta_id},
     "Phone number for calls that name no integration account.", "META_PHONE_NUMBER_ID"},
    {"meta.waba_id", text_kind{&s::meta_waba_id, "", meta_id},
     "WhatsApp Business Account for calls that name no integration account.", "META_WABA_ID"},
    {"meta.api_url", text_kind{&s::meta_api_url, "https://graph.facebook.com", api_url},
     "Where the Graph API is, without the version.", "META_API_URL"},
    {"meta.api_version", text_kind{&s::meta_api_version, "v23.0", api_version},
     "Version of the Graph API."},
    {"meta.connections_max", integer_kind{&s::meta_connections_max, 1'024, 1, 16'384},
     "Messages and other requests on their way to the Graph API at once, and so the most "
     "connections "
     "to it."},
    {"meta.connect_timeout_ms", integer_kind{&s::meta_connect_timeout_ms, 5'000, 100, 120'000},
     "Time to connect to the Graph API."},
    {"meta.request_timeout_ms", integer_kind{&s::meta_request_timeout_ms, 30'000, 100, 600'000},
     "Time for one call of the Graph API, connecting included."},
    {"meta.ca_file", path_kind{&s::meta_ca_file, path_to::file},
     "PEM file of the authorities that may sign the Graph API's certificate. Empty: the system's."},
    {"meta.instagram_api_url",
     text_kind{&s::meta_instagram_api_url, "https://graph.instagram.com", api_url},
     "Where the Graph API is for accounts that were connected by a login at Instagram.",
     "INSTAGRAM_API_URL"},
    {"meta.instagram_login_url",
     text_kind{&s::meta_instagram_login_url, "https://api.instagram.com", api_url},
     "Where the code of a login at Instagram is exchanged for a token.", "INSTAGRAM_LOGIN_URL"},
    {"meta.redirect_uri", text_kind{&s::meta_redirect_uri, "", redirect_uri},
     "Page of the dashboard to which logins at Meta and Instagram lead back, as entered there.",
     "META_REDIRECT_URI"},
    {"meta.embedded_signup_config_id", text_kind{&s::meta_embedded_signup_config_id, "", meta_id},
     "Configuration of Embedded Signup, with which people connect WhatsApp numbers. Empty: they "
     "cannot.",
     "META_EMBEDDED_SIGNUP_CONFIG_ID"},
    {"meta.messenger_config_id", text_kind{&s::meta_messenger_config_id, "", meta_id},
     "Configuration of Facebook Login for Business, with which people connect pages. Empty: the "
     "login asks for the permissions by name.",
     "META_MESSENGER_CONFIG_ID"},

    {"email.webhook_secret", secret_kind{&s::email_webhook_secret, nullptr},
     "Key of X-Email-Webhook-Signature, with which mails posted to /webhook/email are signed. "
     "Empty: "
     "mails are taken from whoever can reach the server.",
     "EMAIL_WEBHOOK_SECRET"},
    {"email.smtp_allow_plain", boolean_kind{&s::email_smtp_allow_plain, false},
     "Whether mails may go to a mail server without TLS, which anybody on the way can read."},
    {"email.smtp_allowed_networks", text_kind{&s::email_smtp_allowed_networks, "", networks},
     "Private addresses that mail servers may have: addresses or blocks such as 10.1.0.0/16, with "
     "commas between. Empty: public addresses only."},
    {"email.smtp_connections_max", integer_kind{&s::email_smtp_connections_max, 64, 1, 1'024},
     "Mails on their way to mail servers at once, and so the most connections to them; a quarter "
     "of them to one server."},
    {"email.smtp_timeout_ms", integer_kind{&s::email_smtp_timeout_ms, 60'000, 100, 600'000},
     "Time to hand one mail over, connecting included."},
    {"email.smtp_ca_file", path_kind{&s::email_smtp_ca_file, path_to::file},
     "PEM file of the authorities that may sign a mail server's certificate. Empty: the system's."},

    {"campaigns.default_throughput_mps",
     integer_kind{&s::campaigns_default_throughput_mps, 80, 1, 10'000},
     "Messages per second of a phone number whose account sets no rate of its own."},
    {"campaigns.claim_batch_max", integer_kind{&s::campaigns_claim_batch_max, 1'000, 1, 10'000},
     "Recipients claimed for sending in one statement."},
    {"campaigns.uncertain_timeout_s",
     integer_kind{&s::campaigns_uncertain_timeout_s, 300, 1, 7 * day_s},
     "Time to wait for Meta's word on a message whose outcome is unknown, before it is marked "
     "failed."},
    {"campaigns.recipients_per_call_max",
     integer_kind{&s::campaigns_recipients_per_call_max, 50'000, 1, 1'000'000},
     "Recipients that one call may add."},
    {"campaigns.recipients_max",
     integer_kind{&s::campaigns_recipients_max, 10'000'000, 1, 1'000'000'000},
     "Recipients of one campaign."},
    {"campaigns.send_wait_s", integer_kind{&s::campaigns_send_wait_s, 2, 0, 60},
     "Time that POST /send waits for the campaign to end when the caller sends no Prefer header."},
    {"campaigns.idle_passivate_s", integer_kind{&s::campaigns_idle_passivate_s, 60, 1, day_s},
     "Time after which an idle campaign leaves memory."},

    {"conversations.expire_check_s", integer_kind{&s::conversations_expire_check_s, 60, 1, 3'600},
     "Time between two looks for conversations that a rule of chat expiration ends."},
    {"conversations.show_typing", boolean_kind{&s::conversations_show_typing, true},
     "Whether contacts on WhatsApp, Messenger and Instagram see that an agent types; on WhatsApp "
     "that tells them as well that their last message was read."},
    {"conversations.show_read", boolean_kind{&s::conversations_show_read, false},
     "Whether contacts on WhatsApp, Messenger and Instagram are told that their last message was "
     "read, when an agent marks the conversation as read."},

    {"webhooks.batch_max", integer_kind{&s::webhooks_batch_max, 1'000, 1, 10'000},
     "Webhook payloads stored or applied in one commit."},
    {"webhooks.body_bytes_max", integer_kind{&s::webhooks_body_bytes_max, 4 * mib, kib, 64 * mib},
     "Largest body of a webhook of Meta's; larger ones are answered 413."},
    {"webhooks.mail_bytes_max", integer_kind{&s::webhooks_mail_bytes_max, 30 * mib, kib, 64 * mib},
     "Largest mail, its attachments as they are posted, and never above http.body_bytes_max; "
     "larger ones are answered 413."},
    {"webhooks.set_aside_days", integer_kind{&s::webhooks_set_aside_days, 30, 1, 3'650},
     "Time to keep a webhook that could not be applied, for a person to look at."},

    {"outgoing_webhooks.allow_http", boolean_kind{&s::outgoing_webhooks_allow_http, false},
     "Whether an outgoing webhook may go to an http:// URL, which anybody on the way can read."},
    {"outgoing_webhooks.allowed_networks",
     text_kind{&s::outgoing_webhooks_allowed_networks, "", networks},
     "Private addresses that outgoing webhooks may go to, for subscribers inside: addresses or "
     "blocks such as 10.1.0.0/16, with commas between. Empty: public addresses only."},
    {"outgoing_webhooks.requests_in_flight_max",
     integer_kind{&s::outgoing_webhooks_requests_in_flight_max, 256, 1, 4'096},
     "Outgoing webhooks on their way at once, and so the most connections for them."},
    {"outgoing_webhooks.requests_per_host_max",
     integer_kind{&s::outgoing_webhooks_requests_per_host_max, 32, 1, 4'096},
     "Outgoing webhooks on their way to one host at once."},
    {"outgoing_webhooks.request_timeout_ms",
     integer_kind{&s::outgoing_webhooks_request_timeout_ms, 15'000, 100, 120'000},
     "Time for one attempt to deliver an outgoing webhook, connecting included."},
    {"outgoing_webhooks.deliveries_kept_days",
     integer_kind{&s::outgoing_webhooks_deliveries_kept_days, 7, 1, 3'650},
     "Time to keep the deliveries of outgoing webhooks after their last attempt, once they have "
     "ended."},
    {"outgoing_webhooks.events_kept_days",
     integer_kind{&s::outgoing_webhooks_events_kept_days, 30, 6, 3'650},
     "Time that an event waits for a subscriber that is away or a subscription that is disabled; "
     "then it is dropped."},

    {"live.streams_max", integer_kind{&s::live_streams_max, 1'000, 0, 100'000},
     "Streams of live events open at once, each a connection of http.connections_max; more are "
     "answered 503."},
    {"live.streams_per_agent_max", integer_kind{&s::live_streams_per_agent_max, 10, 1, 1'000},
     "Streams of live events that one agent may have open; more are answered 429."},
    {"live.buffer_bytes_max", integer_kind{&s::live_buffer_bytes_max, 4 * mib, 64 * kib, 64 * mib},
     "Live events that wait for one client to read them; a client that is slower is cut off."},
    {"live.events_kept_s", integer_kind{&s::live_events_kept_s, 900, 60, day_s},
     "Time to keep live events for clients that were cut off and come back."},

    {"media.bytes_per_tenant_max",
     integer_kind{&s::media_bytes_per_tenant_max, 10'240 * mib, 0, 1'048'576 * mib},
     "Room for the media of a tenant: more uploads are answered 409, more received media are not "
     "kept."},
    {"media.store", choice_kind<media_place>{&s::media_store, media_place::folder, place_names},
     "Where new media are kept: in the data folder, or in the bucket of media.s3_bucket."},
    {"media.s3_endpoint", text_kind{&s::media_s3_endpoint, "", s3_endpoint},
     "S3 server, whoever made it, that is asked by path: https://host/bucket/key. Empty: none.",
     "S3_ENDPOINT"},
    {"media.s3_region", text_kind{&s::media_s3_region, "us-east-1", s3_region},
     "Region of the bucket, which is part of each signature.", "S3_REGION"},
    {"media.s3_bucket", text_kind{&s::media_s3_bucket, "", s3_bucket},
     "Bucket that media are kept in. It must be there.", "S3_BUCKET"},
    {"media.s3_prefix", text_kind{&s::media_s3_prefix, "", s3_prefix},
     "Folder of the bucket that media are kept in. Empty: none.", "S3_PREFIX"},
    {"media.s3_access_key", text_kind{&s::media_s3_access_key, "", s3_access_key},
     "Id of the key that may put, get and delete objects of the bucket.", "S3_ACCESS_KEY"},
    {"media.s3_secret_key", secret_kind{&s::media_s3_secret_key, nullptr},
     "The key itself, which signs each request.", "S3_SECRET_KEY"},
    {"media.s3_allow_plain", boolean_kind{&s::media_s3_allow_plain, false},
     "Whether the S3 server may be asked without TLS though it is not on this machine: anybody on "
     "the way can read the media."},
    {"media.s3_ca_file", path_kind{&s::media_s3_ca_file, path_to::file},
     "PEM file of the authorities that may sign the S3 server's certificate. Empty: the "
     "system's."},
    {"media.s3_timeout_ms", integer_kind{&s::media_s3_timeout_ms, 25'000, 100, 600'000},
     "Time for one request to the S3 server, connecting included, which must do for the largest "
     "medium."},

    {"metrics.token", secret_kind{&s::metrics_token, nullptr},
     "Bearer token without which /metrics answers 401. Empty: it is open to whoever reaches it."},

    {"actors.threads", integer_kind{&s::actors_threads, 2, 2, 64}, "Threads that run the actors."},
    {"shutdown.drain_timeout_ms", integer_kind{&s::shutdown_drain_timeout_ms, 10'000, 0, 600'000},
     "Time that a shutdown gives to what is in flight."},
    {"log.level", choice_kind<log::level>{&s::log_level, log::level::info, level_names},
     "Least severe events that are logged."},
    {"log.format", choice_kind<log::format>{&s::log_format, log::format::automatic, format_names},
     "Form of the log on standard error; auto is text on a terminal and JSON elsewhere."},
};

}  // namespace

std::span<const property> properties() {
  return table;
}

settings::settings() {
  for (const auto& row : table) assign_default(row, *this);
}

}  // namespace omnistream::config
