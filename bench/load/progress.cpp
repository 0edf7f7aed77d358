#include "bench/load/progress.hpp"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

#include "bench/load/result_table.hpp"

namespace omnistream::load {
namespace {

constexpr int bar_width = 30;

}  // namespace

std::string progress_bar(std::int64_t done, std::int64_t total, int width) {
  const auto share =
      total <= 0 ? 0.0
                 : std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(share * width);
  char percent[16];
  std::snprintf(percent, sizeof percent, "%3d %%", static_cast<int>(share * 100));
  return "[" + std::string(filled, '#') +
         std::string(static_cast<std::size_t>(width) - filled, '.') + "] " + percent + "  " +
         readable(static_cast<double>(done)) + " of " + readable(static_cast<double>(total));
}

progress::progress() : on_terminal_(isatty(STDERR_FILENO) == 1) {}

progress::~progress() {
  clear();
}

void progress::show(const std::string& doing, std::int64_t done, std::int64_t total) {
  if (!on_terminal_) return;
  drawn_ = true;
  std::fprintf(stderr, "\r\033[K%s%s%s %s", title_.c_str(), title_.empty() ? "" : ": ",
               doing.c_str(), progress_bar(done, total, bar_width).c_str());
  std::fflush(stderr);
}

void progress::clear() {
  if (!drawn_) return;
  drawn_ = false;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

}  // namespace omnistream::load
