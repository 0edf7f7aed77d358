#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/end_to_end/support/tenant.hpp"

namespace omnistream::test {

/// One server for all cases that need no world of their own; each case has its tenant and its
/// phone numbers.
class Flow : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared = std::make_unique<world>(
        world_options{{"--mps", "unlimited", "--status-delay-ms", "20", "--seed", "7"}, {}});
    ASSERT_TRUE(shared->server().start());
  }
  static void TearDownTestSuite() {
    if (shared->server().running()) {
      EXPECT_EQ(shared->server().stop(), 0);
    }
    shared.reset();
  }
  void SetUp() override { owner.emplace(shared->server(), "Toko Maju"); }
  void TearDown() override { shared->simulator().heal(); }

  static simulator_program& meta() { return shared->simulator(); }
  /// A phone number id that no other case has.
  static std::string fresh_number() {
    static int next = 500;
    return std::to_string(++next);
  }
  static int accepted_of(const std::string& campaign_row_id) {
    return static_cast<int>(
        meta().call("GET", "/_sim/messages?callback=" + campaign_row_id).json()["messages"].size());
  }

  static inline std::unique_ptr<world> shared;
  std::optional<tenant> owner;
};

}  // namespace omnistream::test
