// The load tester: measures the server from outside, through its public API.

#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "bench/load/bounds.hpp"
#include "bench/load/interruption.hpp"
#include "bench/load/options.hpp"
#include "bench/load/result_table.hpp"

namespace {

namespace load = omnistream::load;

constexpr int exit_failed = 1;
constexpr int exit_interrupted = 130;

load::figures run(const load::load_options& options, load::progress& shown) {
  const auto& command = options.command;
  if (command == "broadcast") return load::broadcast(options.broadcast, shown);
  if (command == "webhooks") return load::webhooks(options.webhooks, shown);
  if (command == "pacing") return load::pacing(options.pacing, shown);
  if (command == "recipients") return load::recipients(options.recipients, shown);
  if (command == "dashboard") return load::dashboard(options.dashboard, shown);
  if (command == "restart") return load::restart(options.restart, shown);
  if (command == "outgoing") return load::outgoing(options.outgoing, shown);
  if (command == "live") return load::live(options.live, shown);
  if (command == "inbox") return load::inbox(options.inbox, shown);
  if (command == "ceiling") return load::find_ceilings(options.ceiling, shown);
  return load::run_all(options.all, shown);
}

void tell(const load::figures& told, const load::load_options& options) {
  const auto text = told.dump(2, ' ', false, load::figures::error_handler_t::replace) + "\n";
  if (options.json == "-") {
    std::cout << text;
    return;
  }
  if (options.json) {
    std::ofstream file(*options.json);
    if (!(file << text).flush()) throw std::runtime_error("cannot write " + *options.json);
  }
  const bool is_all = told.contains("bounds");
  std::cout << load::aligned(load::rows_of(is_all ? told.at("figures") : told));
  if (is_all) std::cout << "\n" << load::aligned(load::bound_rows(told.at("bounds")));
}

/// 1 if a figure could not be taken; a bound that is missed is a figure all the same.
int exit_code_of(const load::figures& told) {
  return told.contains("errors") && !told.at("errors").empty() ? exit_failed : 0;
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto options = load::read_options(argc, argv, exit_code);
  if (!options) return exit_code;
  load::note_interruptions();
  try {
    if (options->command == "report") {
      std::cout << load::report(options->report);
      return 0;
    }
    if (options->command == "subscriber") {
      load::serve_subscriber(options->subscriber);
      return 0;
    }
    load::progress shown;
    const auto told = run(*options, shown);
    shown.clear();
    tell(told, *options);
    return exit_code_of(told);
  } catch (const load::interrupted&) {
    std::cerr << "omnistream-load: interrupted\n";
    return exit_interrupted;
  } catch (const std::exception& error) {
    std::cerr << "omnistream-load: " << error.what() << "\n";
    return exit_failed;
  }
}
