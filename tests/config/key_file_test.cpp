#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "config/base/crypto.hpp"
#include "tests/config/temporary_folder.hpp"

namespace omnistream::crypto {
namespace {

using tests::read_file;
using tests::temporary_folder;

std::string complaint(const std::filesystem::path& path) {
  try {
    (void)load_or_create_key(path);
    return "";
  } catch (const key_file_error& error) {
    return error.what();
  }
}

TEST(KeyFile, IsMadeOnceForItsOwnerOnly) {
  const temporary_folder folder;
  const auto key = load_or_create_key(folder / "key");
  EXPECT_EQ(read_file(folder / "key").size(), 32U);
  struct stat about {};
  ASSERT_EQ(::stat((folder / "key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600U);
  EXPECT_EQ(load_or_create_key(folder / "key"), key);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1)
      << "no temporary is left";
}

TEST(KeyFile, ModeDoesNotDependOnTheUmask) {
  const temporary_folder folder;
  const auto before = ::umask(0777);
  (void)load_or_create_key(folder / "key");
  ::umask(before);
  struct stat about {};
  ASSERT_EQ(::stat((folder / "key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0600U);
}

TEST(KeyFile, IsRefusedWhenOthersCanReachIt) {
  const temporary_folder folder;
  (void)load_or_create_key(folder / "key");
  for (const mode_t mode : {0640, 0604, 0620, 0601, 0644, 0666}) {
    ASSERT_EQ(::chmod((folder / "key").c_str(), mode), 0);
    const auto text = complaint(folder / "key");
    EXPECT_NE(text.find("chmod 600"), std::string::npos) << mode << ": " << text;
  }
  ASSERT_EQ(::chmod((folder / "key").c_str(), 0400), 0);
  EXPECT_EQ(complaint(folder / "key"), "");
}

TEST(KeyFile, IsRefusedAndKeptWhenItsLengthIsWrong) {
  const temporary_folder folder;
  for (const std::size_t length : {0, 1, 31, 33, 4096}) {
    const auto path = folder.write("key", std::string(length, 'k'));
    ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
    const auto text = complaint(path);
    EXPECT_NE(text.find("exactly 32 bytes but holds " + std::to_string(length)), std::string::npos)
        << text;
    EXPECT_EQ(read_file(path), std::string(length, 'k'));
  }
}

TEST(KeyFile, IsRefusedWhenItIsNoFile) {
  const temporary_folder folder;
  std::filesystem::create_directory(folder / "key");
  EXPECT_NE(complaint(folder / "key"), "");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_NE(complaint(folder / "pipe").find("not a plain file"), std::string::npos);
}

TEST(KeyFile, SaysWhenTheFolderIsMissing) {
  const temporary_folder folder;
  const auto text = complaint(folder / "nowhere" / "key");
  EXPECT_NE(text.find("nowhere/key"), std::string::npos) << text;
  EXPECT_NE(text.find("folder"), std::string::npos) << text;
}

TEST(KeyFile, AllWhoMakeItAtOnceGetTheSameKey) {
  const temporary_folder folder;
  std::vector<std::optional<key256>> keys(8);
  std::vector<std::thread> threads;
  for (auto& key : keys) threads.emplace_back([&] { key = load_or_create_key(folder / "key"); });
  for (auto& thread : threads) thread.join();
  for (const auto& key : keys) EXPECT_EQ(key, keys[0]);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace omnistream::crypto
