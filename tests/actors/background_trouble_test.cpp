#include "actors/background_trouble.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

std::string logged(const problem& why) {
  testing::internal::CaptureStderr();
  warn_of_trouble("test", "old things could not be removed", why);
  return testing::internal::GetCapturedStderr();
}

TEST(BackgroundTrouble, IsAWarningUnlessTheServerEnds) {
  EXPECT_THAT(logged(problems::unavailable("database_away", "The database is away.")),
              testing::AllOf(testing::HasSubstr("could not be removed"),
                             testing::HasSubstr("The database is away.")));
  EXPECT_EQ(logged(problems::unavailable("shutting_down", "The server is shutting down.")), "");
}

}  // namespace
}  // namespace omnistream::actors
