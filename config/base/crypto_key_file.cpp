#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/crypto.hpp"

namespace omnistream::crypto {
namespace {

class file_descriptor {
 public:
  explicit file_descriptor(int number) : number_(number) {}
  ~file_descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  file_descriptor(const file_descriptor&) = delete;
  file_descriptor& operator=(const file_descriptor&) = delete;
  int get() const { return number_; }

 private:
  int number_;
};

std::string reason(int error) {
  return std::generic_category().message(error);
}

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw key_file_error("The key file " + path.string() + " " + what);
}

/// The key in an existing file; nothing if there is no file.
std::optional<key256> load(const std::filesystem::path& path) {
  // O_NONBLOCK: a pipe put in the key's place must not hang the start.
  const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    fail(path, "cannot be opened: " + reason(errno) + ".");
  }
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) fail(path, "cannot be examined: " + reason(errno) + ".");
  if (!S_ISREG(about.st_mode)) fail(path, "is not a plain file.");
  if ((about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    fail(path, "is open to others than its owner; run: chmod 600 " + path.string());
  std::array<std::uint8_t, key256::size + 1> bytes{};
  const auto count = ::read(file.get(), bytes.data(), bytes.size());
  if (count < 0) fail(path, "cannot be read: " + reason(errno) + ".");
  if (static_cast<std::size_t>(count) != key256::size)
    fail(path, "must hold exactly 32 bytes but holds " + std::to_string(about.st_size) +
                   "; restore it from a backup (a new key cannot open what the old one sealed).");
  return key256{std::span<const std::uint8_t>(bytes).first<key256::size>()};
}

/// So that the new name, too, is on disk.
void sync_folder_of(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const file_descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || (::fsync(opened.get()) != 0 && errno != EINVAL))
    fail(path, "cannot be written to disk: " + reason(errno) + ".");
}

void write_new(const std::filesystem::path& path, const std::filesystem::path& temporary) {
  const file_descriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0)
    fail(path, "cannot be made: " + reason(errno) +
                   ". Is the folder there, and may this user write to it?");
  const auto key = key256::random();
  const bool written =
      ::fchmod(file.get(), 0600) == 0 &&
      ::write(file.get(), key.bytes().data(), key256::size) == ssize_t{key256::size} &&
      ::fsync(file.get()) == 0;
  if (!written) {
    const int error = errno;
    ::unlink(temporary.c_str());
    fail(path, "cannot be written: " + reason(error) + ".");
  }
}

/// Gives the temporary file its name unless another process was faster; never replaces a key.
void publish(const std::filesystem::path& path, const std::filesystem::path& temporary) {
  int outcome = ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE);
  if (outcome != 0 &&
      errno != EEXIST)  // a file system without such a rename may have hard links (NFS)
    outcome = ::link(temporary.c_str(), path.c_str());
  const int error = outcome == 0 ? 0 : errno;
  ::unlink(temporary.c_str());
  if (error != 0 && error != EEXIST) fail(path, "cannot be made: " + reason(error) + ".");
}

}  // namespace

key256 load_or_create_key(const std::filesystem::path& path) {
  if (auto key = load(path)) return *key;
  auto temporary = path;
  temporary += ".new-" + random_token(9);
  write_new(path, temporary);
  publish(path, temporary);
  sync_folder_of(path);
  if (auto key = load(path)) return *key;
  fail(path, "was removed while it was being made.");
}

}  // namespace omnistream::crypto
