#include "config/base/secret.hpp"

#include <sstream>
#include <type_traits>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace omnistream {
namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!streamable<secret>);
static_assert(streamable<std::string>, "the concept itself works");
static_assert(!std::is_convertible_v<secret, std::string> &&
              !std::is_convertible_v<secret, std::string_view>);
static_assert(!std::is_convertible_v<std::string, secret>, "what becomes a secret is written down");
static_assert(!std::is_constructible_v<nlohmann::json, secret>);

TEST(Secret, IsRevealedOnlyOnRequest) {
  const secret token{"hunter2-hunter2"};
  EXPECT_EQ(token.reveal(), "hunter2-hunter2");
  EXPECT_FALSE(token.empty());
  EXPECT_TRUE(secret{}.empty());
  EXPECT_EQ(token, secret{"hunter2-hunter2"});
}

TEST(Secret, PrintsAsStars) {
  const secret token{"hunter2"};
  EXPECT_EQ(fmt::format("{}", token), "***");
  EXPECT_EQ(fmt::format("[{:>5}]", token), "[  ***]");
  EXPECT_EQ(testing::PrintToString(token), "***");
}

TEST(Mask, ShowsTheLastFourOfLongTextsOnly) {
  EXPECT_EQ(mask(""), "***");
  EXPECT_EQ(mask("123456789012"), "***");
  EXPECT_EQ(mask("1234567890123"), "***0123");
  EXPECT_EQ(mask(secret{"EAAGm0PX4ZCpsBAK9xyz"}), "***9xyz");
}

TEST(Mask, NeverCutsACharacterOrShowsControlCharacters) {
  EXPECT_EQ(mask("passwordpassword-é"), "***");
  EXPECT_EQ(mask("passwordpassword\n123"), "***");
}

}  // namespace
}  // namespace omnistream
