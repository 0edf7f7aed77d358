#include "bench/load/machine.hpp"

#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include <sys/utsname.h>

#include "bench/load/proc_stat.hpp"
#include "config/base/time.hpp"

namespace omnistream::load {
namespace {

/// The value of the first line `key : value` of a file of /proc.
std::string value_in(const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const auto colon = line.find(':');
    const auto begin = line.find_first_not_of(" \t", colon + 1);
    return colon == std::string::npos || begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

}  // namespace

figures describe_machine() {
  utsname kernel{};
  uname(&kernel);
  double load = 0;
  std::ifstream("/proc/loadavg") >> load;
  constexpr double kib_per_gib = 1024.0 * 1024.0;
  const auto memory = value_in("/proc/meminfo", "MemTotal");
  return {{"time", format_rfc3339(std::chrono::floor<std::chrono::seconds>(system_now()))},
          {"processor", value_in("/proc/cpuinfo", "model name")},
          {"processors", std::thread::hardware_concurrency()},
          {"memory_gb", memory.empty() ? 0.0 : std::stod(memory) / kib_per_gib},
          {"kernel", std::string(kernel.sysname) + " " + kernel.release},
          {"load_average_before", load}};
}

}  // namespace omnistream::load
