#include "http/client/webhook_signature.hpp"

#include <gtest/gtest.h>

#include "config/base/crypto.hpp"

namespace omnistream::http::client {
namespace {

const std::string documented_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string documented_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const std::string documented_body = R"({"test": 2432232314})";
const std::string documented_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr timestamp documented_time{std::chrono::seconds{1'614'265'330}};

std::string secret_of(std::size_t bytes) {
  return "whsec_" + crypto::base64_encode(std::string(bytes, 'k'));
}

TEST(webhook_signature, is_the_documented_one) {
  const std::vector secrets{documented_secret};
  EXPECT_EQ(sign_webhook(secrets, documented_id, documented_time, documented_body),
            documented_signature);
}

TEST(webhook_signature, every_secret_signs) {
  const std::vector secrets{secret_of(32), documented_secret};
  const auto both = sign_webhook(secrets, documented_id, documented_time, documented_body);
  const auto first =
      sign_webhook({secrets.data(), 1}, documented_id, documented_time, documented_body);
  EXPECT_EQ(both, *first + ' ' + documented_signature);
}

TEST(webhook_signature, covers_id_second_and_body) {
  const std::vector secrets{documented_secret};
  const auto sign = [&](const std::string& id, timestamp at, const std::string& body) {
    return sign_webhook(secrets, id, at, body);
  };
  using namespace std::chrono_literals;
  EXPECT_NE(sign("msg_other", documented_time, documented_body), documented_signature);
  EXPECT_NE(sign(documented_id, documented_time + 1s, documented_body), documented_signature);
  EXPECT_EQ(sign(documented_id, documented_time + 999'999us, documented_body),
            documented_signature);
  EXPECT_NE(sign(documented_id, documented_time, documented_body + ' '), documented_signature);
  EXPECT_EQ(webhook_timestamp(documented_time + 999'999us), "1614265330");
}

TEST(webhook_signature, needs_good_secrets) {
  EXPECT_EQ(sign_webhook({}, "a", documented_time, "b"), std::nullopt);
  const std::vector one_bad{documented_secret, std::string("whsec_short")};
  EXPECT_EQ(sign_webhook(one_bad, "a", documented_time, "b"), std::nullopt);
}

TEST(webhook_secret, has_24_to_64_bytes) {
  EXPECT_TRUE(is_webhook_secret(documented_secret));
  for (const std::size_t bytes : {24u, 25u, 32u, 64u})
    EXPECT_TRUE(is_webhook_secret(secret_of(bytes))) << bytes;
  for (const std::size_t bytes : {0u, 1u, 23u, 65u, 1'000u})
    EXPECT_FALSE(is_webhook_secret(secret_of(bytes))) << bytes;
}

TEST(webhook_secret, is_exactly_prefix_and_base64) {
  const auto base64 = documented_secret.substr(6);
  for (const auto& text :
       {std::string(), std::string("whsec_"), base64, "WHSEC_" + base64, "whsk_" + base64,
        ' ' + documented_secret, documented_secret + '\n', documented_secret + '=',
        "whsec_" + std::string(32, '-'), "whsec_" + std::string(31, 'A'),
        "whsec_" + std::string(33, 'A'), documented_secret + "\r\nX-Evil: 1"})
    EXPECT_FALSE(is_webhook_secret(text)) << text;
}

TEST(webhook_secret, is_made_of_32_random_bytes) {
  const auto one = make_webhook_secret();
  EXPECT_TRUE(is_webhook_secret(one)) << one;
  EXPECT_EQ(crypto::base64_decode(one.substr(6))->size(), 32u);
  EXPECT_NE(one, make_webhook_secret());
}

}  // namespace
}  // namespace omnistream::http::client
