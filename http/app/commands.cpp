#include "http/app/commands.hpp"

#include <iostream>

#include <signal.h>

#include "config/base/log.hpp"
#include "http/api/bootstrap.hpp"
#include "http/app/database.hpp"
#include "http/app/instance.hpp"
#include "http/app/open_files.hpp"
#include "http/app/spare_memory.hpp"
#include "storage/migrate.hpp"
#include "storage/pool.hpp"

namespace omnistream::http::app {
namespace {

/// The next SIGTERM or SIGINT. Meanwhile this thread, which has nothing else to do, looks after the
/// memory.
int wait_for_signal() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  constexpr timespec pause{1, 0};
  spare_memory spare;
  while (true) {
    const int received = sigtimedwait(&ending, nullptr, &pause);
    if (received > 0) return received;
    spare.give_back_if_grown();
  }
}

void tell_settings(const config::resolution& with) {
  for (const auto& [name, value] : config::describe(with.values))
    log::info("config", "setting", {{"name", name}, {"value", value}});
}

/// One line of doctor.
bool line(bool good, const std::string& what, const std::string& sentence) {
  std::cout << (good ? "ok    " : "WRONG ") << what << ": " << sentence << "\n";
  return good;
}

}  // namespace

int serve(const config::resolution& with) {
  tell_settings(with);
  raise_open_files(with.values);
  instance running(with.values);
  log::info("server", "listening",
            {{"address", with.values.http_address}, {"port", running.port()}});
  const int received = wait_for_signal();
  log::info("server", "shutting down", {{"signal", received}});
  const bool drained = running.drain();
  if (!drained)
    log::warn(
        "server",
        "not everything was finished in time; what is uncertain is settled at the next start");
  log::info("server", "stopped");
  return 0;
}

int migrate(const config::settings& settings) {
  const database to(settings);
  const auto applied = storage::migrate(to.url());
  for (const auto& one : applied)
    std::cout << "applied V" << one.version << " " << one.name << "\n";
  if (applied.empty()) std::cout << "The database is up to date.\n";
  return 0;
}

int bootstrap(const config::settings& settings, const bootstrap_wish& wish) {
  const database to(settings);
  storage::migrate(to.url());
  storage::pool_options options;
  options.database_url = to.url();
  options.api_connections = 1;
  options.engine_connections = 1;
  storage::pool pool(options);
  const auto made = api::bootstrap(pool, {wish.tenant, wish.email, wish.password, wish.country});
  if (!made) {
    std::cerr << "omnistream: " << made.error().detail << "\n";
    return 1;
  }
  std::cout << *made << "\n";
  return 0;
}

int doctor(const config::settings& settings) {
  bool good = true;
  try {
    encryption_key_of(settings);
    good &= line(true, "encryption key", "there");
  } catch (const std::exception& why) {
    good &= line(false, "encryption key", why.what());
  }
  try {
    const database to(settings);
    good &= line(true, "database", settings.database_url.empty() ? "embedded, answers" : "answers");
    const auto schema = storage::schema_state(to.url());
    good &= line(schema.is == storage::schema_status::state::current, "schema", schema.sentence);
  } catch (const std::exception& why) {
    good &= line(false, "database", why.what());
  }
  good &= line(
      !settings.meta_app_secret.empty(), "META_APP_SECRET",
      settings.meta_app_secret.empty() ? "not set: webhooks that it signs are refused" : "set");
  good &= line(
      !settings.meta_verify_token.empty(), "META_VERIFY_TOKEN",
      settings.meta_verify_token.empty() ? "not set: Meta cannot verify the webhook URL" : "set");
  return good ? 0 : 1;
}

int print_openapi() {
  std::cout << openapi_text(2) << "\n";
  return 0;
}

}  // namespace omnistream::http::app
