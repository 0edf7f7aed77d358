#include "config/base/result.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace omnistream {
namespace {

result<int> half(int number) {
  if (number % 2 != 0) return problems::invalid_field("number", "odd", "The number must be even.");
  return number / 2;
}

TEST(Result, HoldsAValueOrAProblem) {
  const auto good = half(4);
  ASSERT_TRUE(good);
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(*good, 2);
  const auto bad = half(3);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().status, 422);
  ASSERT_EQ(bad.error().errors.size(), 1U);
  EXPECT_EQ(bad.error().errors[0].field, "number");
  EXPECT_EQ(bad.error().errors[0].code, "odd");
}

TEST(Result, CarriesMoveOnlyValues) {
  result<std::unique_ptr<int>> owned{std::make_unique<int>(7)};
  const auto taken = std::move(owned).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, AskingForTheWrongSideThrowsInsteadOfLying) {
  auto good = half(2);
  auto bad = half(1);
  EXPECT_THROW((void)good.error(), std::bad_variant_access);
  EXPECT_THROW((void)bad.value(), std::bad_variant_access);
}

TEST(Problems, EachHasItsStatusAndAStableCode) {
  EXPECT_EQ(problems::not_found("campaign").status, 404);
  EXPECT_EQ(problems::not_found("campaign").detail, "There is no campaign with this id.");
  EXPECT_EQ(problems::wrong_state("not_draft", "").status, 409);
  EXPECT_EQ(problems::conflict("taken", "").status, 409);
  EXPECT_EQ(problems::invalid({}).code, "invalid");
  EXPECT_EQ(problems::bad_request("not_json", "").status, 400);
  EXPECT_EQ(problems::unauthenticated("").status, 401);
  EXPECT_EQ(problems::forbidden("no_permission", "").status, 403);
  EXPECT_EQ(problems::upstream("meta", "").status, 502);
  EXPECT_EQ(problems::unavailable("busy", "").status, 503);
  EXPECT_EQ(problems::unavailable("busy", "").retry_after_seconds, 1);
  EXPECT_EQ(problems::unavailable("busy", "", 9).retry_after_seconds, 9);
  EXPECT_EQ(problems::internal().status, 500);
  EXPECT_FALSE(problems::internal().retry_after_seconds);
}

}  // namespace
}  // namespace omnistream
