#include "tests/support/api_server.hpp"

#include <algorithm>
#include <cctype>

#include <curl/curl.h>
#include <gtest/gtest.h>

#include "http/api/account_secrets.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/application.hpp"
#include "http/api/authenticator.hpp"
#include "http/api/event_client.hpp"
#include "http/api/media_handover.hpp"
#include "http/contract/problem_json.hpp"
#include "http/server/listener.hpp"
#include "http/server/router.hpp"
#include "storage/engine_lock.hpp"

namespace omnistream::test {
namespace {

namespace api = http::api;
namespace contract = http::contract;

constexpr long call_timeout_ms = 60'000;
/// Nothing listens there: port 1 needs root and belongs to a service nobody runs.
constexpr const char* closed_address = "http://127.0.0.1:1";

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, count);
  return count;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* to) {
  const std::string_view line(bytes, count);
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) {
    auto value = line.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
    static_cast<header_lines*>(to)->emplace_back(line.substr(0, colon), value);
  }
  return count;
}

/// What an answer has that its operation does not declare.
std::vector<std::string> undeclared(const contract::operation& what, const api_answer& got) {
  for (const auto& one : what.successes) {
    if (one.status != got.status) continue;
    if (!one.body) return {};
    const auto json = got.json();
    if (json.is_discarded()) return {"the body is no JSON"};
    if (!one.is_array) return contract::check(*one.body, json);
    const contract::value_spec item{.type = contract::value_type::object, .object = one.body};
    return contract::check(
        contract::value_spec{.type = contract::value_type::array,
                             .items = std::make_shared<const contract::value_spec>(item)},
        json);
  }
  const auto failures = contract::all_failures(what);
  const bool declared = std::any_of(failures.begin(), failures.end(), [&got](const auto& known) {
    // Of a server in trouble there are more codes than an operation can list.
    return known.status == got.status && (got.status >= 500 || known.code == got.code());
  });
  if (!declared) return {"neither a declared success nor a declared failure"};
  return contract::check(*contract::problem_shape(), got.json());
}

/// Hashing is slow, so the program does it once.
const std::string& password_hash() {
  static const std::string hash = crypto::hash_password(api_server::password);
  return hash;
}

std::string quoted(const std::string& text) {
  std::string safe = "'";
  for (const char c : text) safe += c == '\'' ? std::string("''") : std::string(1, c);
  return safe + "'";
}

}  // namespace

// -- answers and the fakes of Meta and of subscribers ---------------------------------------------

std::string api_answer::header(std::string_view name) const {
  for (const auto& [known, value] : headers)
    if (same_name(known, name)) return value;
  return {};
}

nlohmann::json api_answer::json() const {
  return nlohmann::json::parse(body, nullptr, false);
}

std::string api_answer::code() const {
  const auto problem = json();
  return problem.is_object() ? problem.value("code", "") : "";
}

std::vector<std::string> api_answer::wrong_fields() const {
  std::vector<std::string> wrong;
  const auto problem = json();
  if (!problem.is_object() || !problem.contains("errors")) return wrong;
  for (const auto& one : problem["errors"])
    wrong.push_back(one.value("field", "") + ":" + one.value("code", ""));
  return wrong;
}

void fake_sender::send(actors::outbound_message message,
                       std::function<void(actors::send_result)> done) {
  actors::send_result outcome;
  {
    const std::lock_guard lock(guard_);
    outcome.what = actors::send_result::certainty::accepted;
    outcome.message_id = "wamid.test-" + std::to_string(sent_.size());
    outcome.http_status = 200;
    if (with_) outcome = with_(message);
    sent_.push_back(std::move(message));
  }
  done(std::move(outcome));
}

void fake_sender::answers_with(answer with) {
  const std::lock_guard lock(guard_);
  with_ = std::move(with);
}

std::vector<actors::outbound_message> fake_sender::sent() const {
  const std::lock_guard lock(guard_);
  return sent_;
}

void fake_subscriber::send(actors::delivery_request request,
                           std::function<void(actors::delivery_result)> done) {
  actors::delivery_result outcome;
  {
    const std::lock_guard lock(guard_);
    outcome.status = 200;
    outcome.excerpt = "ok";
    if (with_) outcome = with_(request);
    received_.push_back(std::move(request));
  }
  done(std::move(outcome));
}

void fake_subscriber::answers_with(answer with) {
  const std::lock_guard lock(guard_);
  with_ = std::move(with);
}

std::vector<actors::delivery_request> fake_subscriber::received() const {
  const std::lock_guard lock(guard_);
  return received_;
}

// -- the server -----------------------------------------------------------------------------------

class api_server::impl {
 public:
  explicit impl(api_server_options options)
      : settings(settings_of(options)),
        encryption_key(crypto::key256::random()),
        pool({.database_url = database.url()}),
        lock({.database_url = database.url(), .owner = "test"}, [](auto) {}),
        names(pool, settings, encryption_key, options.now),
        engine(pool, handover, subscriber, engine_options_of(options)),
        graph(std::make_shared<http::client::graph_api>(
            http_client,
            http::client::graph_endpoint{settings.meta_api_url, settings.meta_api_version})),
        tokens(encryption_key),
        with{.settings = settings,
             .pool = pool,
             .engine = engine,
             .graph = *graph,
             .logins = logins,
             .encryption_key = encryption_key,
             .tokens = tokens,
             .identities = identities,
             .now = options.now,
             .draining = [] { return false; },
             .owns_lease = [this] { return lock.held(); },
             .openapi = {}} {
    identities.on_forget([this] { engine.check_streams(); });
    http::routes::all_routes(routes);
    const auto& operations = routes.operations().operations();
    for (std::size_t i = 0; i < operations.size(); ++i)
      router.add(operations[i].method, operations[i].path, i);
    application.emplace(with, routes);
    listener.emplace(
        http::server::listener_options{},
        [this](http::server::request request, std::shared_ptr<http::server::responder> to) {
          application->handle(std::move(request), std::move(to));
        },
        [this](const http::server::request& head) { return application->admit(head); });
  }

  static config::settings settings_of(const api_server_options& options) {
    config::settings values;
    values.meta_api_url = closed_address;
    values.meta_instagram_api_url = closed_address;
    values.meta_instagram_login_url = closed_address;
    if (options.adjust) options.adjust(values);
    return values;
  }

  actors::engine_options engine_options_of(const api_server_options& options) {
    actors::engine_options of;
    of.threads = static_cast<std::size_t>(settings.actors_threads);
    of.live = api::live_options_of(settings);
    of.expire_check = std::chrono::seconds(settings.conversations_expire_check_s);
    of.ask_names = [this](const std::vector<uuid>& who) { names.ask(who); };
    of.epoch = [this] { return lock.epoch(); };
    of.open_token = options.open_token;
    if (!of.open_token)
      of.open_token = [](const uuid&, const std::string&, const std::string&) {
        return std::make_shared<const std::string>("test-token");
      };
    of.open_secret = [this](const uuid& webhook, const std::string& sealed) {
      return api::open_webhook_secret(encryption_key, webhook, sealed);
    };
    return of;
  }

  void hold_to_declaration(const std::string& method, const std::string& path,
                           const api_answer& got) const {
    const auto match = router.find(method, path.substr(0, path.find('?')));
    if (match.what != http::server::router::match::kind::found) return;
    for (const auto& sentence : undeclared(routes.operations()[match.operation], got))
      ADD_FAILURE() << method << ' ' << path << " answered " << got.status << ": " << sentence
                    << '\n'
                    << got.body;
  }

  test_database database;
  config::settings settings;
  crypto::key256 encryption_key;
  fake_sender sender;
  api::media_handover handover{sender, [this]() -> api::services& { return with; }};
  fake_subscriber subscriber;
  storage::pool pool;
  storage::engine_lock lock;
  api::contact_names names;
  actors::engine engine;
  http::client::curl_client http_client{{}};
  std::shared_ptr<http::client::graph_api> graph;
  http::client::login_api logins{http_client, settings};
  api::session_tokens tokens;
  api::identity_cache identities;
  api::services with;
  api::route_table routes;
  http::server::router router;
  std::optional<api::application> application;
  std::optional<http::server::listener> listener;
};

api_server::api_server(api_server_options options)
    : impl_(std::make_unique<impl>(std::move(options))) {}

/// What still calls back does so while all that it may call is alive.
api_server::~api_server() {
  impl_->listener->stop();
  impl_->names.stop();
  impl_->with.meta_media->stop();
  impl_->with.signals->stop();
  impl_->with.media->stop();
  impl_->http_client.stop();
  impl_->pool.stop();
}

api_answer api_server::send(const std::string& method, const std::string& path,
                            const std::string& body, const header_lines& headers) const {
  api_answer got;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> to(curl_easy_init(),
                                                               &curl_easy_cleanup);
  curl_slist* lines = curl_slist_append(nullptr, "Expect:");
  bool typed = false;
  for (const auto& [name, value] : headers) {
    lines = curl_slist_append(lines, (name + ": " + value).c_str());
    typed = typed || same_name(name, "Content-Type");
  }
  if (!typed && !body.empty()) lines = curl_slist_append(lines, "Content-Type: application/json");
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> kept(lines,
                                                                         &curl_slist_free_all);
  const auto url = "http://127.0.0.1:" + std::to_string(impl_->listener->port()) + path;
  curl_easy_setopt(to.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(to.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(to.get(), CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(to.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(to.get(), CURLOPT_TIMEOUT_MS, call_timeout_ms);
  curl_easy_setopt(to.get(), CURLOPT_HTTPHEADER, lines);
  if (!body.empty() || (method != "GET" && method != "HEAD" && method != "DELETE")) {
    curl_easy_setopt(to.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(to.get(), CURLOPT_POSTFIELDS, body.c_str());
  }
  if (method == "HEAD") curl_easy_setopt(to.get(), CURLOPT_NOBODY, 1L);
  curl_easy_setopt(to.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(to.get(), CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(to.get(), CURLOPT_WRITEDATA, &got.body);
  curl_easy_setopt(to.get(), CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(to.get(), CURLOPT_HEADERDATA, &got.headers);
  if (curl_easy_perform(to.get()) != CURLE_OK) return {};
  long status = 0;
  curl_easy_getinfo(to.get(), CURLINFO_RESPONSE_CODE, &status);
  got.status = static_cast<int>(status);
  impl_->hold_to_declaration(method, path, got);
  return got;
}

api_answer api_server::call(const std::string& api_key, const std::string& method,
                            const std::string& path, const nlohmann::json& body) const {
  header_lines headers;
  if (!api_key.empty()) headers.emplace_back("X-API-Key", api_key);
  return send(method, path, body.is_null() ? "" : body.dump(), headers);
}

test_tenant api_server::make_tenant(const std::string& name) {
  test_tenant made;
  made.id = uuid::v7(system_now());
  made.email = "admin@" + made.id.to_string() + ".example";
  impl_->database.sql("insert into tenants (id, name, country) values (" +
                      quoted(made.id.to_string()) + ", " + quoted(name) + ", 'ID')");
  std::tie(made.agent_id, made.api_key) = make_agent(made.id, made.email, "admin");
  impl_->database.sql("update agents set can_broadcast = true where id = " +
                      quoted(made.agent_id.to_string()));
  return made;
}

std::pair<uuid, std::string> api_server::make_agent(const uuid& tenant, const std::string& email,
                                                    const std::string& role) {
  const auto id = uuid::v7(system_now());
  const auto key = "osk_" + crypto::random_token();
  const auto ids = quoted(tenant.to_string()) + ", " + quoted(id.to_string());
  impl_->database.sql(
      "insert into agents (tenant_id, id, email, name, password_hash, role_id) select " + ids +
      ", " + quoted(email) + ", 'Test Agent', " + quoted(password_hash()) +
      ", id from roles where tenant_id is null and name = " + quoted(role));
  impl_->database.sql(
      "insert into api_keys (tenant_id, agent_id, name, key_hash, key_prefix) values (" + ids +
      ", 'test', " + quoted(api::api_key_hash(key)) + ", " + quoted(key.substr(0, 12)) + ")");
  return {id, key};
}

std::uint16_t api_server::port() const {
  return impl_->listener->port();
}

http::api::services& api_server::services() {
  return impl_->with;
}

const http::api::route_table& api_server::routes() const {
  return impl_->routes;
}

const test_database& api_server::database() const {
  return impl_->database;
}

http::api::contact_names& api_server::names() {
  return impl_->names;
}

fake_sender& api_server::sender() {
  return impl_->sender;
}

fake_subscriber& api_server::subscriber() {
  return impl_->subscriber;
}

}  // namespace omnistream::test
