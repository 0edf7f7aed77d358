#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/log.hpp"
#include "config/base/result.hpp"
#include "config/base/secret.hpp"

namespace CLI {
class App;
}

namespace omnistream::config {

/// Where the bytes of a medium lie: in the data folder, or in the bucket of an S3 server.
enum class media_place : std::uint8_t { folder, s3 };

/// Every setting of the program. What each means, its default and its bounds stand once, in the
/// table of settings_table.cpp; a member is named as its setting with an underscore for the dot. A
/// fresh object holds the defaults, which is what tests start from.
struct settings {
  settings();

  std::string http_address;
  std::int64_t http_port;
  std::int64_t http_connections_max;
  std::int64_t http_in_flight_max;
  std::int64_t http_body_bytes_max;
  std::int64_t http_body_bytes_in_flight_max;
  std::int64_t http_header_timeout_ms;
  std::int64_t http_request_timeout_ms;
  std::int64_t http_idle_timeout_ms;
  std::int64_t http_session_ttl_s;
  std::string http_trusted_proxies;
  std::string tls_certificate_file;
  std::string tls_key_file;
  bool registration_enabled;

  std::string data_dir;
  secret database_url;
  std::int64_t database_api_connections;
  std::int64_t database_engine_connections;
  std::int64_t database_statement_timeout_ms;
  secret encryption_key;

  std::string meta_app_id;
  secret meta_app_secret;
  secret meta_verify_token;
  std::string meta_instagram_app_id;
  secret meta_instagram_app_secret;
  secret meta_access_token;
  std::string meta_phone_number_id;
  std::string meta_waba_id;
  std::string meta_api_url;
  std::string meta_api_version;
  std::int64_t meta_connections_max;
  std::int64_t meta_connect_timeout_ms;
  std::int64_t meta_request_timeout_ms;
  std::string meta_ca_file;
  std::string meta_instagram_api_url;
  std::string meta_instagram_login_url;
  std::string meta_redirect_uri;
  std::string meta_embedded_signup_config_id;
  std::string meta_messenger_config_id;

  secret email_webhook_secret;
  bool email_smtp_allow_plain;
  std::string email_smtp_allowed_networks;
  std::int64_t email_smtp_connections_max;
  std::int64_t email_smtp_timeout_ms;
  std::string email_smtp_ca_file;

  std::int64_t campaigns_default_throughput_mps;
  std::int64_t campaigns_claim_batch_max;
  std::int64_t campaigns_uncertain_timeout_s;
  std::int64_t campaigns_recipients_per_call_max;
  std::int64_t campaigns_recipients_max;
  std::int64_t campaigns_send_wait_s;
  std::int64_t campaigns_idle_passivate_s;

  std::int64_t conversations_expire_check_s;
  bool conversations_show_typing;
  bool conversations_show_read;

  std::int64_t webhooks_batch_max;
  std::int64_t webhooks_body_bytes_max;
  std::int64_t webhooks_mail_bytes_max;
  std::int64_t webhooks_set_aside_days;

  bool outgoing_webhooks_allow_http;
  std::string outgoing_webhooks_allowed_networks;
  std::int64_t outgoing_webhooks_requests_in_flight_max;
  std::int64_t outgoing_webhooks_requests_per_host_max;
  std::int64_t outgoing_webhooks_request_timeout_ms;
  std::int64_t outgoing_webhooks_deliveries_kept_days;
  std::int64_t outgoing_webhooks_events_kept_days;

  std::int64_t live_streams_max;
  std::int64_t live_streams_per_agent_max;
  std::int64_t live_buffer_bytes_max;
  std::int64_t live_events_kept_s;

  std::int64_t media_bytes_per_tenant_max;
  media_place media_store;
  std::string media_s3_endpoint;
  std::string media_s3_region;
  std::string media_s3_bucket;
  std::string media_s3_prefix;
  std::string media_s3_access_key;
  secret media_s3_secret_key;
  bool media_s3_allow_plain;
  std::string media_s3_ca_file;
  std::int64_t media_s3_timeout_ms;

  secret metrics_token;

  std::int64_t actors_threads;
  std::int64_t shutdown_drain_timeout_ms;
  log::level log_level;
  log::format log_format;
};

/// The environment as name -> value. `process_environment` is the program's own; call it before
/// threads start.
using environment = std::map<std::string, std::string>;
environment process_environment();

/// What the command line set: filled while CLI11 parses. Keys are setting names, or `<secret
/// setting>_file`.
struct command_line {
  std::map<std::string, std::string> values;
  std::string config_file;
};

/// Adds `--config` and an option for every setting to `app`, with help texts grouped by the
/// setting's first word. `line` must live until `app` has parsed. Subcommands that call
/// `fallthrough()` take these options too.
void add_settings(CLI::App& app, command_line& line);

/// The option most like an unknown one (`--htp-port` -> `--http-port`), if any is near.
std::optional<std::string> nearest_option(std::string_view unknown);

/// The outcome of reading all sources.
struct resolution {
  settings values;                  ///< to be used only if `ok()`
  std::vector<field_error> errors;  ///< all of them; `message` is a whole sentence for a person
  std::optional<std::filesystem::path> file;  ///< the TOML file that was read
  std::map<std::string, std::string>
      sources;  ///< setting -> where its value is from; absent for defaults

  bool ok() const { return errors.empty(); }
};

/// Reads TOML file, environment and command line; a later one wins. The file is the first of:
/// `--config`, `OMNISTREAM_CONFIG`, `omnistream.toml` in the data folder, `omnistream.toml` in
/// `current_folder`; the first two must exist if named. An empty environment variable counts as not
/// set. A secret may stand in a file of its own, named by `<setting>_file` in any source
/// (`OMNISTREAM_DATABASE_URL_FILE`, `--database-url-file`). Every given value is checked, also one
/// that a later source overrides; unknown names are errors with the nearest known one. Paths come
/// out absolute, and `data_dir` is never empty: its default is `$XDG_DATA_HOME/omnistream`, or
/// `omnistream-data` in `current_folder`. No message holds a secret. Nothing is created or changed.
resolution resolve(const command_line& line, const environment& variables,
                   const std::filesystem::path& current_folder = std::filesystem::current_path());

/// Name and value of every setting that differs from its default, in the table's order; secrets as
/// `***`. For the start-up log.
std::vector<std::pair<std::string, std::string>> describe(const settings& values);

/// The settings as a Markdown table, for the README.
std::string settings_markdown();

}  // namespace omnistream::config
