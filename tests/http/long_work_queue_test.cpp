#include "http/api/long_work_queue.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/api_server.hpp"
#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

using http::api::long_work_queue;
using ::testing::ElementsAre;

/// A queue for one job at a time, and a first job that lasts until it is let go.
class LongWork : public ::testing::Test {
 protected:
  LongWork() {
    submit([this] {
      std::unique_lock lock(guard_);
      changed_.wait(lock, [this] { return let_go_; });
    });
  }
  ~LongWork() override {
    let_go();
    EXPECT_TRUE(eventually([this] { return queue.use_count() == 1; }));
  }

  bool submit(std::function<void()> job, long_work_queue::kind of = long_work_queue::kind::call) {
    return queue->submit(server.services().engine, std::move(job), of);
  }
  /// A job that notes its name.
  std::function<void()> named(const std::string& name) {
    return [this, name] {
      const std::lock_guard lock(guard_);
      done_.push_back(name);
    };
  }
  void let_go() {
    {
      const std::lock_guard lock(guard_);
      let_go_ = true;
    }
    changed_.notify_all();
  }
  std::vector<std::string> done() {
    const std::lock_guard lock(guard_);
    return done_;
  }

  api_server server;
  std::shared_ptr<long_work_queue> queue = std::make_shared<long_work_queue>(1);

 private:
  std::mutex guard_;
  std::condition_variable changed_;
  bool let_go_ = false;
  std::vector<std::string> done_;
};

constexpr auto mail = long_work_queue::kind::mail;

TEST_F(LongWork, OfMailsLeavesThePlacesOfCallsAlone) {
  std::size_t taken = 0;
  while (taken < 1'000 && submit([] {}, mail)) ++taken;
  EXPECT_EQ(taken, long_work_queue::mails_waiting_max);
  EXPECT_TRUE(submit([] {})) << "somebody logs in";
  taken = 1;
  while (taken < 1'000 && submit([] {})) ++taken;
  EXPECT_LE(taken, long_work_queue::calls_waiting_max + 1);
}

TEST_F(LongWork, OfMailsAndCallsTakesTurns) {
  for (const auto* const name : {"mail 1", "mail 2", "mail 3"}) submit(named(name), mail);
  for (const auto* const name : {"call 1", "call 2"}) submit(named(name));
  let_go();
  ASSERT_TRUE(eventually([this] { return done().size() == 5; }));
  EXPECT_THAT(done(), ElementsAre("mail 1", "call 1", "mail 2", "call 2", "mail 3"));
}

}  // namespace
}  // namespace omnistream::test
