#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "config/base/uuid.hpp"

namespace omnistream::http::api {

/// The files of media, in a folder per tenant, and the threads that write and read them, as a disk
/// may be slow. Thread-safe.
class media_files {
 public:
  static constexpr std::size_t threads = 4;

  /// The folder is made when the first file is written.
  explicit media_files(std::filesystem::path root);
  ~media_files();  ///< as stop()
  media_files(const media_files&) = delete;
  media_files& operator=(const media_files&) = delete;

  /// Blocks until the bytes and the file's name are on the disk. Throws std::system_error;
  /// then there is no file.
  void write(const uuid& tenant, const uuid& media, std::string_view bytes) const;
  /// One that is not there does no harm.
  void remove(const uuid& tenant, const uuid& media) const;
  /// So many bytes from `first` on; nothing if the file does not have them.
  std::optional<std::string> read(const uuid& tenant, const uuid& media, std::uint64_t first,
                                  std::uint64_t count) const;

  /// Runs the job on one of the threads, which begin them in their order; drops it after stop(). An
  /// exception of it is logged.
  void submit(std::function<void()> job);
  /// Drops what waits and ends what is at work.
  void stop();

 private:
  std::filesystem::path path_of(const uuid& tenant, const uuid& media) const;
  void work(const std::stop_token& stopping);

  const std::filesystem::path root_;
  std::mutex guard_;
  std::condition_variable_any changed_;
  std::deque<std::function<void()>> waiting_;
  bool stopped_ = false;
  std::vector<std::jthread> workers_;
};

}  // namespace omnistream::http::api
