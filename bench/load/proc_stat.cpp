#include "bench/load/proc_stat.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <unistd.h>

namespace omnistream::load {
namespace {

std::string read_file(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view blanks = " \t\n";
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(blanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string folder_of(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

}  // namespace

std::optional<process_stat> parse_stat(std::string_view line) {
  // pid (command) state ppid ... utime stime cutime cstime: fields 4 and 14 to 17, counted from 1.
  const auto end_of_command = line.rfind(')');
  if (end_of_command == std::string_view::npos) return std::nullopt;
  const auto words = words_of(line.substr(end_of_command + 1));
  constexpr std::size_t parent = 1, user = 11, system = 12, children_user = 13, needed = 15;
  if (words.size() < needed) return std::nullopt;
  const auto parent_pid = number<pid_t>(words[parent]);
  std::uint64_t ticks[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const auto one = number<std::uint64_t>(words[user + i]);
    if (!one) return std::nullopt;
    ticks[i] = *one;
  }
  static_assert(system == user + 1 && children_user == user + 2);
  if (!parent_pid) return std::nullopt;
  return process_stat{*parent_pid, ticks[0] + ticks[1], ticks[2] + ticks[3]};
}

std::optional<std::uint64_t> parse_status_kib(std::string_view text, std::string_view field) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.starts_with(field) || line.size() <= field.size() || line[field.size()] != ':')
      continue;
    const auto words = words_of(line.substr(field.size() + 1));
    if (words.size() != 2 || words[1] != "kB") return std::nullopt;
    return number<std::uint64_t>(words[0]);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_busy_ticks(std::string_view text) {
  // cpu user nice system idle iowait irq softirq steal ...: guests are part of user.
  const auto words = words_of(text.substr(0, text.find('\n')));
  constexpr std::size_t idle = 4, iowait = 5, steal = 8;
  if (words.size() <= steal || words[0] != "cpu") return std::nullopt;
  std::uint64_t busy = 0;
  for (std::size_t i = 1; i <= steal; ++i) {
    const auto ticks = number<std::uint64_t>(words[i]);
    if (!ticks) return std::nullopt;
    if (i != idle && i != iowait) busy += *ticks;
  }
  return busy;
}

std::uint64_t tree_cpu_ticks(const process_table& all, pid_t root) {
  const auto found = all.find(root);
  if (found == all.end()) return 0;
  std::uint64_t sum = found->second.cpu_ticks + found->second.children_cpu_ticks;
  for (const auto& [pid, stat] : all)
    if (stat.parent == root && pid != root) sum += tree_cpu_ticks(all, pid);
  return sum;
}

std::vector<pid_t> descendants(const process_table& all, pid_t root) {
  std::vector<pid_t> found;
  for (const auto& [pid, stat] : all) {
    if (stat.parent != root || pid == root) continue;
    found.push_back(pid);
    const auto below = descendants(all, pid);
    found.insert(found.end(), below.begin(), below.end());
  }
  return found;
}

process_table running_processes() {
  process_table all;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const auto name = entry.path().filename().string();
    const auto pid = number<pid_t>(name);
    if (!pid) continue;
    if (const auto stat = parse_stat(read_file(entry.path() / "stat"))) all[*pid] = *stat;
  }
  return all;
}

std::uint64_t memory_kib(pid_t pid, std::string_view field) {
  return parse_status_kib(read_file(folder_of(pid) + "/status"), field).value_or(0);
}

void forget_memory_peak(pid_t pid) {
  constexpr char peak[] = "5";  // as proc(5) numbers it
  std::ofstream(folder_of(pid) + "/clear_refs") << peak;
}

double busy_seconds() {
  return seconds_of(parse_busy_ticks(read_file("/proc/stat")).value_or(0));
}

double seconds_of(std::uint64_t ticks) {
  static const auto per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  return static_cast<double>(ticks) / per_second;
}

}  // namespace omnistream::load
