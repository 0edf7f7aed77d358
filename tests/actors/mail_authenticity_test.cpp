#include "actors/ingest/mail_authenticity.hpp"

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

using nlohmann::json;

bool verified(const json& mail, const char* from = "budi@example.com") {
  return is_sender_verified(mail, from);
}

TEST(mail_authenticity, a_signature_of_the_sender_s_domain_is_enough) {
  EXPECT_TRUE(verified({{"dkim", "{@example.com : pass}"}}));
  EXPECT_TRUE(verified({{"dkim", "{@other.example : pass, @Example.com : pass}"}}));
  EXPECT_TRUE(verified({{"dkim", "{@example.com : pass}"}}, "budi@mail.example.com"));
  EXPECT_FALSE(verified({{"dkim", "{@example.com : fail}"}}));
  EXPECT_FALSE(verified({{"dkim", "{@example.com : fail, @other.example : pass}"}}));
  EXPECT_FALSE(verified({{"dkim", "{@mail.example.com : pass}"}}));
  EXPECT_FALSE(verified({{"dkim", "{@badexample.com : pass}"}}));
  EXPECT_FALSE(verified({{"dkim", "{@com : pass}"}}));
  EXPECT_FALSE(verified({{"dkim", "none"}}));
  for (const auto* odd : {"@", "{@", "{@example.com", "{@example.com :", "{@example.com : }", ":"})
    EXPECT_FALSE(verified({{"dkim", odd}})) << odd;
}

TEST(mail_authenticity, so_is_a_server_that_the_envelope_s_domain_allows) {
  const auto mail = [](const char* spf, const char* from) {
    return json{{"SPF", spf}, {"envelope", json{{"from", from}}.dump()}};
  };
  EXPECT_TRUE(verified(mail("pass", "bounce@example.com")));
  EXPECT_FALSE(verified(mail("pass", "bounce@other.example")));
  EXPECT_FALSE(verified(mail("softfail", "bounce@example.com")));
  EXPECT_FALSE(verified({{"SPF", "pass"}}));
  EXPECT_TRUE(verified({{"SPF", "pass"}, {"envelope", {{"from", "a@example.com"}}}}));
}

TEST(mail_authenticity, nothing_is_believed_that_nobody_says) {
  EXPECT_FALSE(verified(json::object()));
  EXPECT_FALSE(verified({{"verified", true}, {"dkim", 5}, {"SPF", json::array()}}));
}

}  // namespace
}  // namespace omnistream::actors
