#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

#include "config/base/uuid.hpp"

namespace omnistream::http::api {

/// The files of media, in a folder per tenant, and the thread that writes and reads them, as a disk
/// may be slow. Thread-safe.
class media_files {
 public:
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
  /// The file from this byte on; one that cannot be had is not good().
  std::ifstream open(const uuid& tenant, const uuid& media, std::uint64_t from) const;

  /// Runs the job on the thread that reads, in their order; drops it after stop(). An exception of
  /// it is logged.
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
  std::jthread reader_;
};

}  // namespace omnistream::http::api
