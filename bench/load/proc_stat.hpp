#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace omnistream::load {

/// What /proc/<pid>/stat says of a process; times in clock ticks.
struct process_stat {
  pid_t parent = 0;
  std::uint64_t cpu_ticks = 0;           ///< user and system time of its living and ended threads
  std::uint64_t children_cpu_ticks = 0;  ///< of children that ended and were waited for
};

/// Reads one line of /proc/<pid>/stat; nothing if it has another form. The command in it may hold
/// blanks and parentheses.
std::optional<process_stat> parse_stat(std::string_view line);

/// A field such as `VmHWM` of /proc/<pid>/status, in kibibytes; nothing if it is absent.
std::optional<std::uint64_t> parse_status_kib(std::string_view text, std::string_view field);

/// Ticks in which the machine's processors worked for anybody: all but idle and waiting for disks.
/// `text` is /proc/stat.
std::optional<std::uint64_t> parse_busy_ticks(std::string_view text);

using process_table = std::map<pid_t, process_stat>;

/// Processor time of a process and all below it, those that ended included.
std::uint64_t tree_cpu_ticks(const process_table& all, pid_t root);

/// Children, their children and so on, without the process itself.
std::vector<pid_t> descendants(const process_table& all, pid_t root);

// -- of this machine, now

process_table running_processes();
/// Of one process in kibibytes; 0 if it is gone.
std::uint64_t memory_kib(pid_t pid, std::string_view field);
/// From now on VmHWM is the peak since this call.
void forget_memory_peak(pid_t pid);
double busy_seconds();
double seconds_of(std::uint64_t ticks);

}  // namespace omnistream::load
