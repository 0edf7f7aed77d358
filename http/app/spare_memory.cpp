#include "http/app/spare_memory.hpp"

#include <fstream>

#include <malloc.h>
#include <unistd.h>

namespace omnistream::http::app {
namespace {

/// 0 where /proc does not tell.
std::size_t resident_bytes() {
  std::size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace

bool spare_memory::give_back_if_grown() {
  if (resident_bytes() >= resident_before_ + growth_bytes) times_left_ = times_after_growth;
  if (times_left_ == 0) return false;
  --times_left_;
  malloc_trim(0);
  resident_before_ = resident_bytes();
  return true;
}

}  // namespace omnistream::http::app
