#include "storage/embedded/file_lock.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace omnistream::storage::embedded {

file_lock::file_lock(const std::filesystem::path& path, const std::function<bool()>& wait)
    : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (descriptor_ < 0)
    throw std::system_error(
        errno, std::generic_category(),
        "Cannot write in the data folder (" + path.string() + "): allow it or choose another");
  while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (wait()) continue;
    close(descriptor_);
    throw std::runtime_error("Another program has been starting the database in " +
                             path.parent_path().string() + " for too long: wait for it or end it.");
  }
}

file_lock::~file_lock() {
  close(descriptor_);
}

void provide_data_folder(const std::filesystem::path& folder) {
  std::error_code failed;
  if (!std::filesystem::create_directories(folder, failed)) {
    if (failed)
      throw std::runtime_error("Cannot make the data folder " + folder.string() + " (" +
                               failed.message() + "): choose another with OMNISTREAM_DATA_DIR.");
    return;
  }
  chmod(folder.c_str(), geteuid() == 0 ? 0711 : 0700);
}

}  // namespace omnistream::storage::embedded
