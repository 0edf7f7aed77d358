#include "http/api/account_secrets.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omnistream::test {
namespace {

TEST(AccountSecrets, AreKnownByName) {
  using http::api::is_secret_name;
  for (const auto* name : {"access_token", "pin", "App_Secret", "smtp_password", "apiKey",
                           "private_key", "credentials"})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (const auto* name : {"phone_number_id", "spinner", "smtp_host", "key_name"})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(AccountSecrets, MakeTheSamePinAgain) {
  const auto key = crypto::key256::random();
  const auto pin = http::api::registration_pin(key, "777001");
  EXPECT_THAT(pin, testing::MatchesRegex("[0-9]+"));
  EXPECT_EQ(pin.size(), 6u);
  EXPECT_EQ(pin, http::api::registration_pin(key, "777001"));
  int same = 0;
  for (int i = 0; i < 20; ++i)
    same += pin == http::api::registration_pin(key, std::to_string(i)) ? 1 : 0;
  EXPECT_LE(same, 1);
}

}  // namespace
}  // namespace omnistream::test
