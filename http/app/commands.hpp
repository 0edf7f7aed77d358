#pragma once

#include <string>

#include "config/settings.hpp"

/// What `omnistream` does besides serving; each returns the process's exit code and prints for a
/// person or a script.
namespace omnistream::http::app {

struct bootstrap_wish {
  std::string tenant;
  std::string email;
  std::string password;
  std::string country = "ID";
};

/// Serves until SIGTERM or SIGINT, then drains. Signals must be blocked in all threads.
int serve(const config::resolution& with);
/// Brings the database up to date and says what was done.
int migrate(const config::settings& settings);
/// Makes a tenant with its admin and an API key; prints them as JSON. Works beside a running
/// server.
int bootstrap(const config::settings& settings, const bootstrap_wish& wish);
/// Looks at everything a server needs and says what is wrong, one line each.
int doctor(const config::settings& settings);
/// Prints the OpenAPI document.
int print_openapi();

}  // namespace omnistream::http::app
