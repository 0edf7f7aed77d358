// The command line of OmniStream: reads settings, then hands over to one of the commands.

#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>
#include <malloc.h>
#include <signal.h>

#include "config/base/log.hpp"
#include "config/settings.hpp"
#include "http/app/commands.hpp"

namespace {

namespace app = omnistream::http::app;
namespace config = omnistream::config;

constexpr int exit_failed = 1;
constexpr int exit_wrong_settings = 2;

/// Threads inherit the mask: the ending signals reach nobody but the one who waits for them.
void block_signals() {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

/// A call that adds 50,000 recipients takes tens of megabytes for a moment. Without these bounds
/// glibc keeps such peaks, once per thread that ever had one, as long as the process lives.
void give_memory_back() {
  constexpr int kibibyte = 1'024;
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 256 * kibibyte);
  mallopt(M_TRIM_THRESHOLD, 1'024 * kibibyte);
}

struct commands {
  CLI::App* serve;
  CLI::App* migrate;
  CLI::App* bootstrap;
  CLI::App* doctor;
  CLI::App* openapi;
  CLI::App* settings;
  app::bootstrap_wish wish;
  bool markdown = false;
};

void declare(CLI::App& line, commands& known) {
  known.serve = line.add_subcommand("serve", "Run the server until SIGTERM or SIGINT");
  known.migrate = line.add_subcommand(
      "migrate", "Bring the database's schema up to date (serve does it as well)");
  known.bootstrap = line.add_subcommand(
      "bootstrap", "Make a tenant, its admin and an API key; prints them as JSON");
  known.doctor = line.add_subcommand("doctor", "Check what a server needs and say what is wrong");
  known.openapi = line.add_subcommand("openapi", "Print the OpenAPI 3.1 document");
  known.settings = line.add_subcommand("settings", "Print the table of all settings");
  known.bootstrap->add_option("--tenant", known.wish.tenant, "Name of the tenant")->required();
  known.bootstrap->add_option("--email", known.wish.email, "E-mail address of its admin")
      ->required();
  known.bootstrap
      ->add_option("--password", known.wish.password,
                   "The admin's password, at least 10 characters")
      ->required();
  known.bootstrap->add_option("--country", known.wish.country, "Country of the tenant, ISO 3166-1")
      ->capture_default_str();
  known.settings->add_flag("--markdown", known.markdown, "As the README has it");
  for (auto* one : line.get_subcommands({})) one->fallthrough();
  line.require_subcommand(1);
}

/// Says what is wrong with the command line, and what may have been meant. Names options only: a
/// value may be a secret.
int refuse(const CLI::App& line, const CLI::ParseError& wrong) {
  if (wrong.get_exit_code() == 0) return line.exit(wrong);
  if (wrong.get_exit_code() != static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    line.exit(wrong);
    return exit_wrong_settings;
  }
  for (const auto& unknown : line.remaining(true)) {
    if (!unknown.starts_with("-")) {
      std::cerr << "omnistream: an argument is left over that belongs to no option.\n";
      continue;
    }
    const auto meant = config::nearest_option(unknown);
    std::cerr << "omnistream: there is no option " << unknown.substr(0, unknown.find('='))
              << (meant ? "; did you mean " + *meant + "?" : "; --help lists them.") << "\n";
  }
  return exit_wrong_settings;
}

int run(const commands& known, const config::resolution& with) {
  if (*known.serve) return app::serve(with);
  if (*known.migrate) return app::migrate(with.values);
  if (*known.bootstrap) return app::bootstrap(with.values, known.wish);
  return app::doctor(with.values);
}

}  // namespace

int main(int argc, char** argv) {
  give_memory_back();
  block_signals();
  CLI::App line{
      "OmniStream: WhatsApp campaigns at exactly the speed Meta allows, with a true answer for "
      "everybody."};
  config::command_line given;
  commands known;
  config::add_settings(line, given);
  declare(line, known);
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return refuse(line, wrong);
  }
  if (*known.openapi) return app::print_openapi();
  if (*known.settings) {
    std::cout << config::settings_markdown();
    return 0;
  }
  const auto with = config::resolve(given, config::process_environment());
  if (!with.ok()) {
    for (const auto& wrong : with.errors) std::cerr << "omnistream: " << wrong.message << "\n";
    return exit_wrong_settings;
  }
  omnistream::log::configure(with.values.log_level, with.values.log_format);
  try {
    return run(known, with);
  } catch (const std::exception& why) {
    std::cerr << "omnistream: " << why.what() << "\n";
    return exit_failed;
  }
}
