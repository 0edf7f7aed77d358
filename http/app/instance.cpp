#include "http/app/instance.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <unistd.h>

#include "actors/conversation/outgoing_queue.hpp"
#include "actors/dispatch/channel_senders.hpp"
#include "config/base/log.hpp"
#include "http/api/account_secrets.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/application.hpp"
#include "http/api/contact_names.hpp"
#include "http/api/event_client.hpp"
#include "http/api/media_handover.hpp"
#include "http/api/media_sweep.hpp"
#include "http/api/token_renewal.hpp"
#include "http/api/upload_reader.hpp"
#include "http/app/database.hpp"
#include "http/app/storage_metrics.hpp"
#include "http/client/graph_client.hpp"
#include "http/client/mail_sender.hpp"
#include "http/client/webhook_client.hpp"
#include "http/contract/openapi.hpp"
#include "storage/engine_lock.hpp"
#include "storage/migrate.hpp"

namespace omnistream::http::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

storage::pool_options pool_options_of(const config::settings& settings, const std::string& url) {
  storage::pool_options options;
  options.database_url = url;
  options.api_connections = static_cast<std::size_t>(settings.database_api_connections);
  options.engine_connections = static_cast<std::size_t>(settings.database_engine_connections);
  options.statement_timeout = milliseconds(settings.database_statement_timeout_ms);
  return options;
}

client::client_options client_options_of(const config::settings& settings) {
  client::client_options options;
  options.connections_max = static_cast<std::size_t>(settings.meta_connections_max);
  options.connections_per_host_max = options.connections_max;
  // Without HTTP/2, a request beyond the connections would only wait inside libcurl.
  options.requests_in_flight_max = options.connections_max;
  options.connect_timeout = milliseconds(settings.meta_connect_timeout_ms);
  options.total_timeout = milliseconds(settings.meta_request_timeout_ms);
  // The engine's drain has waited for what is in flight; the client adds no time of its own.
  options.drain_timeout = milliseconds{0};
  options.ca_file = settings.meta_ca_file;
  return options;
}

server::listener_options listener_options_of(const config::settings& settings) {
  server::listener_options options;
  options.address = settings.http_address;
  options.port = static_cast<std::uint16_t>(settings.http_port);
  options.connections_max = static_cast<std::size_t>(settings.http_connections_max);
  options.body_bytes_max = static_cast<std::size_t>(settings.http_body_bytes_max);
  options.body_bytes_in_flight_max =
      static_cast<std::size_t>(settings.http_body_bytes_in_flight_max);
  options.idle_timeout_ms = static_cast<int>(settings.http_idle_timeout_ms);
  options.header_timeout_ms = static_cast<int>(settings.http_header_timeout_ms);
  options.request_timeout_ms = static_cast<int>(settings.http_request_timeout_ms);
  options.tls_certificate_file = settings.tls_certificate_file;
  options.tls_key_file = settings.tls_key_file;
  return options;
}

/// Exit code of a server that found that another one had taken its place.
constexpr int exit_displaced = 3;

std::string owner_name() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  // A container's process id is the same after every start.
  return std::string(host) + " process " + std::to_string(getpid()) + " run " +
         uuid::v7(system_now()).to_string();
}

contract::document_info document() {
  contract::document_info info;
  info.description =
      "WhatsApp broadcast campaigns at exactly the speed Meta allows, with a true answer for every "
      "recipient, and one inbox for WhatsApp, Instagram, Messenger and email.\n\n"
      "Send an API key in `X-API-Key`. Ids are UUIDs, times are RFC 3339 in UTC, unknown body "
      "fields are refused. "
      "Errors are `application/problem+json` with a stable `code`, all wrong fields in `errors`, "
      "and the "
      "`request_id` that the server's log has too.";
  info.license = "MIT";
  info.tags_first = {"Campaigns", "WA Templates",      "Integrations", "Contacts",
                     "Webhooks",  "Outgoing Webhooks", "Auth",         "API Keys",
                     "Agents",    "Divisions",         "Roles"};
  return info;
}

}  // namespace

crypto::key256 encryption_key_of(const config::settings& settings) {
  if (!settings.encryption_key.empty())
    if (auto key = crypto::key256::from_base64(settings.encryption_key.reveal())) return *key;
  std::filesystem::create_directories(settings.data_dir);
  return crypto::load_or_create_key(std::filesystem::path(settings.data_dir) / "encryption.key");
}

std::string openapi_text(int indent) {
  api::route_table routes;
  routes::all_routes(routes);
  return contract::openapi_document(routes.operations(), document()).dump(indent);
}

class instance::impl {
 public:
  explicit impl(config::settings settings) : impl(idle{}, std::move(settings)) { start(); }

  bool drain() {
    draining_ = true;
    listener_->stop_accepting();
    const auto timeout = milliseconds(settings_.shutdown_drain_timeout_ms);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const bool drained = engine_->drain(timeout);
    // Answers that are on their way may still leave.
    while (engine_->in_flight() > 0 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(milliseconds{5});
    return drained;
  }

  /// What still calls back does so while all that it may call is alive.
  ~impl() {
    if (listener_) listener_->stop();
    if (names_) names_->stop();
    renewals_.reset();
    sweep_.reset();
    if (services_) {
      services_->lookups->stop();
      services_->meta_media->stop();
      services_->signals->stop();
      services_->media->stop();
    }
    if (http_) http_->stop();
    if (smtp_) smtp_->stop();
    if (webhook_http_) webhook_http_->stop();
    if (pool_) pool_->stop();
    engine_.reset();  // its threads run what calls the services: a large body that is being read
  }

  std::uint16_t port() const { return listener_->port(); }

 private:
  struct idle {};
  /// Complete before start(), so that what that has made is ended in its order also if it throws.
  impl(idle, config::settings settings)
      : settings_(std::move(settings)),
        key_(encryption_key_of(settings_)),
        database_(settings_),
        tokens_(key_) {}

  void start() {
    storage::migrate(database_.url());
    lock_ = std::make_unique<storage::engine_lock>(
        storage::engine_lock_options{database_.url(), owner_name(), seconds{10}},
        [this](std::optional<storage::regained_lease> lease) { lease_changed(lease); });
    epoch_ = lock_->epoch();
    pool_ = std::make_unique<storage::pool>(pool_options_of(settings_, database_.url()));
    http_ = std::make_unique<client::curl_client>(client_options_of(settings_));
    const client::graph_endpoint endpoint{settings_.meta_api_url, settings_.meta_api_version,
                                          settings_.meta_instagram_api_url};
    meta_ = std::make_unique<client::graph_client>(*http_, endpoint);
    uploading_ = std::make_unique<api::media_handover>(
        *meta_, [this]() -> api::services& { return *services_; });
    for (const auto channel : {actors::channel_kind::whatsapp, actors::channel_kind::messenger})
      senders_.use(channel, *uploading_);
    senders_.use(actors::channel_kind::instagram, *meta_);
    graph_ = std::make_shared<client::graph_api>(*http_, endpoint);
    logins_ = std::make_unique<client::login_api>(*http_, settings_);
    smtp_ = std::make_unique<client::smtp_client>(client::smtp_options_of(settings_));
    mails_ = std::make_unique<client::mail_sender>(
        *smtp_, settings_.email_smtp_allow_plain,
        [this](const uuid& tenant, const uuid& media, auto done) {
          api::read_upload(*services_, tenant, media, std::move(done));
        },
        [this](const uuid& message, const uuid& claim) {
          return actors::begin_mail(*pool_, message, claim);
        },
        system_now);
    senders_.use(actors::channel_kind::email, *mails_);
    webhook_http_ =
        std::make_unique<client::curl_client>(client::webhook_client_options(settings_));
    subscribers_ = std::make_unique<client::webhook_client>(*webhook_http_);
    names_ = std::make_unique<api::contact_names>(*pool_, settings_, key_, system_now);
    engine_ =
        std::make_unique<actors::engine>(*pool_, senders_, *subscribers_, engine_options_of());
    services_ = std::make_unique<api::services>(api::services{
        settings_, *pool_, *engine_, *graph_, *logins_, key_, tokens_, identities_, system_now,
        [this] { return draining_.load(); }, [this] { return lock_->held(); }, openapi_text(-1)});
    api::remove_unfinished_files(*pool_, services_->media->files());
    identities_.on_forget([this] { engine_->check_streams(); });
    routes::all_routes(routes_);
    application_ = std::make_unique<api::application>(*services_, routes_);
    storage_figures_ = std::make_unique<storage_metrics>(*pool_);
    engine_->resume();
    renewals_ = std::make_unique<api::token_renewals>(*services_);
    sweep_ = std::make_unique<api::media_sweep>(*services_);
    listener_ = std::make_unique<http::server::listener>(
        listener_options_of(settings_),
        [this](http::server::request request, auto responder) {
          application_->handle(std::move(request), std::move(responder));
        },
        [this](const http::server::request& head) { return application_->admit(head); });
  }

  actors::engine_options engine_options_of() {
    actors::engine_options options;
    options.threads = static_cast<std::size_t>(settings_.actors_threads);
    options.in_flight_max = static_cast<int>(settings_.http_in_flight_max);
    options.claim_batch_max = static_cast<int>(settings_.campaigns_claim_batch_max);
    options.recipients_max = static_cast<int>(settings_.campaigns_recipients_max);
    options.default_messages_per_second =
        static_cast<int>(settings_.campaigns_default_throughput_mps);
    options.uncertain_timeout = seconds(settings_.campaigns_uncertain_timeout_s);
    options.idle_passivate = seconds(settings_.campaigns_idle_passivate_s);
    options.expire_check = seconds(settings_.conversations_expire_check_s);
    options.webhook_batch_max = static_cast<std::size_t>(settings_.webhooks_batch_max);
    options.webhooks_set_aside_kept = std::chrono::days(settings_.webhooks_set_aside_days);
    // What waits inside the client would leave later than its limiter meant, and is uncertain when
    // the process dies although it never left: let nothing wait there.
    options.in_flight_to_meta_max = client_options_of(settings_).requests_in_flight_max;
    options.deliveries_in_flight_max =
        static_cast<std::size_t>(settings_.outgoing_webhooks_requests_in_flight_max);
    options.deliveries_per_host_max =
        static_cast<std::size_t>(settings_.outgoing_webhooks_requests_per_host_max);
    // A subscriber that does not answer must not make the end an unclean one.
    options.deliveries_drain_patience = milliseconds(settings_.shutdown_drain_timeout_ms / 2);
    options.webhooks_kept = {static_cast<int>(settings_.outgoing_webhooks_deliveries_kept_days),
                             static_cast<int>(settings_.outgoing_webhooks_events_kept_days)};
    options.live = api::live_options_of(settings_);
    options.ask_names = [this](const std::vector<uuid>& who) { names_->ask(who); };
    options.epoch = [this] { return epoch_.load(); };
    options.open_token = [this](const uuid& account, const std::string& name,
                                const std::string& sealed) {
      return api::open_account_secret(key_, account, name, sealed);
    };
    options.open_secret = [this](const uuid& webhook, const std::string& sealed) {
      return api::open_webhook_secret(key_, webhook, sealed);
    };
    return options;
  }

  /// Campaigns remember how far they have claimed. If somebody else held the lease in between, that
  /// is out of date, and going on could send twice: this process ends at once, as if it had
  /// crashed, and its next start recovers.
  void lease_changed(std::optional<storage::regained_lease> lease) {
    if (!lease) {
      log::warn("engine",
                "the lease was lost with its connection; nothing is claimed until it is back");
    } else if (!lease->displaced) {
      epoch_ = lease->epoch;
      log::info("engine", "the lease is held again", {{"epoch", lease->epoch}});
    } else {
      log::error("engine",
                 "another server used this database meanwhile; ending, start this one again",
                 {{"epoch", lease->epoch}});
      std::_Exit(exit_displaced);
    }
  }

  const config::settings settings_;
  const crypto::key256 key_;
  database database_;
  const api::session_tokens tokens_;
  api::identity_cache identities_;
  std::atomic<std::int64_t> epoch_{0};
  std::atomic<bool> draining_{false};
  std::unique_ptr<storage::engine_lock> lock_;
  std::unique_ptr<storage::pool> pool_;
  std::unique_ptr<client::curl_client> http_;
  std::unique_ptr<client::graph_client> meta_;
  std::unique_ptr<api::media_handover> uploading_;
  std::unique_ptr<client::smtp_client> smtp_;
  std::unique_ptr<client::mail_sender> mails_;
  actors::channel_senders senders_;
  std::unique_ptr<client::curl_client> webhook_http_;
  std::unique_ptr<client::webhook_client> subscribers_;
  std::shared_ptr<client::graph_api> graph_;
  std::unique_ptr<client::login_api> logins_;
  std::unique_ptr<api::contact_names> names_;
  std::unique_ptr<actors::engine> engine_;
  std::unique_ptr<api::services> services_;
  api::route_table routes_;
  std::unique_ptr<api::application> application_;
  std::unique_ptr<storage_metrics> storage_figures_;
  std::unique_ptr<api::token_renewals> renewals_;
  std::unique_ptr<api::media_sweep> sweep_;
  std::unique_ptr<http::server::listener> listener_;
};

instance::instance(config::settings settings)
    : impl_(std::make_unique<impl>(std::move(settings))) {}
instance::~instance() = default;
std::uint16_t instance::port() const {
  return impl_->port();
}
bool instance::drain() {
  return impl_->drain();
}

}  // namespace omnistream::http::app
