#include "http/api/login_throttle.hpp"

#include <gtest/gtest.h>

namespace omnistream::http::api {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const timestamp start{std::chrono::hours(1)};

void fail_times(login_throttle& on, const std::string& who, int count, timestamp at = start) {
  for (int i = 0; i < count; ++i) ASSERT_FALSE(on.begin(who, at)) << i;
}

TEST(LoginThrottle, RefusesTheEleventhInAQuarterOfAnHour) {
  login_throttle on;
  fail_times(on, "a", 10);
  EXPECT_EQ(on.begin("a", start + minutes(5)), seconds(600));
  EXPECT_FALSE(on.begin("b", start)) << "somebody else";
  EXPECT_FALSE(on.begin("a", start + minutes(15)));
}

TEST(LoginThrottle, TheWindowSlides) {
  login_throttle on;
  fail_times(on, "a", 9);
  fail_times(on, "a", 1, start + minutes(14));
  fail_times(on, "a", 9, start + minutes(15));
  EXPECT_EQ(on.begin("a", start + minutes(16)), minutes(13));
}

TEST(LoginThrottle, SuccessForgets) {
  login_throttle on;
  fail_times(on, "a", 9);
  on.succeeded("a");
  fail_times(on, "a", 10);
  EXPECT_TRUE(on.begin("a", start));
}

TEST(LoginThrottle, AnAttemptWithoutVerdictIsTakenBack) {
  login_throttle on;
  fail_times(on, "a", 9);
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(on.begin("a", start));
    on.withdraw("a");
  }
  on.withdraw("nobody");
}

TEST(LoginThrottle, ForgetsTheOldestWhenFull) {
  login_throttle on;
  fail_times(on, "first", 10);
  fail_times(on, "second", 10, start + seconds(1));
  for (std::size_t i = 0; i + 2 < login_throttle::entries_max; ++i)
    ASSERT_FALSE(on.begin("n" + std::to_string(i), start + seconds(2)));
  EXPECT_TRUE(on.begin("first", start + seconds(3))) << "full, but nobody new came";
  ASSERT_FALSE(on.begin("one more", start + seconds(3)));
  EXPECT_FALSE(on.begin("first", start + seconds(3)));
}

}  // namespace
}  // namespace omnistream::http::api
