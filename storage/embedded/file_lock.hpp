#pragma once

#include <filesystem>
#include <functional>

namespace omnistream::storage::embedded {

/// An exclusive lock on a file between processes; a process that dies lets go of it.
class file_lock {
 public:
  /// Tries until it holds the lock; between tries `wait` sleeps a moment and says whether to go on.
  /// Throws std::runtime_error if not, std::system_error if the file cannot be made.
  file_lock(const std::filesystem::path& path, const std::function<bool()>& wait);
  ~file_lock();
  file_lock(const file_lock&) = delete;
  file_lock& operator=(const file_lock&) = delete;

 private:
  int descriptor_;
};

/// Makes the data folder where it is missing; as root so that the server's user can pass through
/// it.
void provide_data_folder(const std::filesystem::path& folder);

}  // namespace omnistream::storage::embedded
