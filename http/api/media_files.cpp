#include "http/api/media_files.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "config/base/log.hpp"

namespace omnistream::http::api {
namespace {

[[noreturn]] void fail(const std::filesystem::path& at) {
  throw std::system_error(errno, std::generic_category(), at.string());
}

/// All bytes to a new file, or an exception.
void write_all(const std::filesystem::path& at, std::string_view bytes) {
  const int file = ::open(at.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) fail(at);
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  const bool stored = bytes.empty() && ::fsync(file) == 0;
  const int why = errno;
  ::close(file);
  if (stored) return;
  ::unlink(at.c_str());
  errno = why;
  fail(at);
}

/// Puts the names in a folder on the disk, too.
void keep_names(const std::filesystem::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) fail(folder);
  const bool kept = ::fsync(opened) == 0;
  const int why = errno;
  ::close(opened);
  errno = why;
  if (!kept) fail(folder);
}

}  // namespace

media_files::media_files(std::filesystem::path root) : root_(std::move(root)) {
  for (std::size_t i = 0; i < threads; ++i)
    workers_.emplace_back([this](const std::stop_token& stopping) { work(stopping); });
}

media_files::~media_files() {
  stop();
}

std::filesystem::path media_files::path_of(const uuid& tenant, const uuid& media) const {
  return root_ / tenant.to_string() / media.to_string();
}

void media_files::write(const uuid& tenant, const uuid& media, std::string_view bytes) const {
  const auto at = path_of(tenant, media);
  std::filesystem::create_directories(at.parent_path());
  write_all(at, bytes);
  try {
    // Of folders that another thread may just have made, too.
    keep_names(at.parent_path());
    keep_names(root_);
    keep_names(root_.parent_path());
  } catch (const std::system_error&) {
    remove(tenant, media);
    throw;
  }
}

void media_files::remove(const uuid& tenant, const uuid& media) const {
  std::error_code ignored;
  std::filesystem::remove(path_of(tenant, media), ignored);
}

std::optional<std::string> media_files::read(const uuid& tenant, const uuid& media,
                                             std::uint64_t first, std::uint64_t count) const {
  const int file = ::open(path_of(tenant, media).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string bytes(count, '\0');
  std::size_t had = 0;
  while (had < count) {
    const auto got =
        ::pread(file, bytes.data() + had, count - had, static_cast<off_t>(first + had));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    had += static_cast<std::size_t>(got);
  }
  ::close(file);
  return had == count ? std::optional(std::move(bytes)) : std::nullopt;
}

void media_files::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(guard_);
    if (stopped_) return;
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void media_files::stop() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard lock(guard_);
    stopped_ = true;
    dropped.swap(waiting_);
  }
  dropped.clear();
  for (auto& worker : workers_) worker.request_stop();
  for (auto& worker : workers_)
    if (worker.joinable()) worker.join();
}

void media_files::work(const std::stop_token& stopping) {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(guard_);
      if (!changed_.wait(lock, stopping, [this] { return !waiting_.empty(); })) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
    }
    try {
      job();
    } catch (const std::exception& unexpected) {
      log::error("media", "a job failed", {{"reason", unexpected.what()}});
    }
  }
}

}  // namespace omnistream::http::api
