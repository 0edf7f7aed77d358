// The load tester: measures the server from outside, through its public API.

#include <exception>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "bench/load/interruption.hpp"
#include "bench/load/options.hpp"

namespace {

namespace load = omnistream::load;

constexpr int exit_failed = 1;
constexpr int exit_interrupted = 130;

load::figures run(const load::load_options& options, load::progress& shown) {
  return load::broadcast(options.broadcast, shown);
}

void tell(const load::figures& told, const load::load_options& options) {
  const auto text = told.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (options.json == "-") {
    std::cout << text;
    return;
  }
  if (options.json) {
    std::ofstream file(*options.json);
    if (!(file << text).flush()) throw std::runtime_error("cannot write " + *options.json);
  }
  std::cout << load::aligned(load::rows_of(told));
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto options = load::read_options(argc, argv, exit_code);
  if (!options) return exit_code;
  load::note_interruptions();
  try {
    load::progress shown;
    const auto told = run(*options, shown);
    shown.clear();
    tell(told, *options);
    return 0;
  } catch (const load::interrupted&) {
    std::cerr << "omnistream-load: interrupted\n";
    return exit_interrupted;
  } catch (const std::exception& error) {
    std::cerr << "omnistream-load: " << error.what() << "\n";
    return exit_failed;
  }
}
