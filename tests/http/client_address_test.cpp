#include "http/api/client_address.hpp"

#include <gtest/gtest.h>

namespace omnistream::http::api {
namespace {

std::string found(const std::string& trusted, const std::string& peer,
                  const std::vector<std::string>& forwarded) {
  server::request from;
  from.remote_address = peer;
  for (const auto& value : forwarded) from.headers.emplace_back("x-forwarded-for", value);
  return client_address(trusted).of(from);
}

TEST(ClientAddress, IsThePeerUnlessAProxyIsTrusted) {
  EXPECT_EQ(found("", "203.0.113.7", {}), "203.0.113.7");
  EXPECT_EQ(found("", "203.0.113.7", {"198.51.100.1"}), "203.0.113.7");
  EXPECT_EQ(found("10.0.0.0/8", "203.0.113.7", {"198.51.100.1"}), "203.0.113.7");
}

TEST(ClientAddress, IsTheRightmostThatIsNoTrustedProxy) {
  const std::string trusted = "10.0.0.0/8, ::1";
  EXPECT_EQ(found(trusted, "10.0.0.1", {"198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(found(trusted, "::ffff:10.0.0.1", {"198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(found(trusted, "10.0.0.1", {"1.1.1.1, 198.51.100.1, 10.0.0.2"}), "198.51.100.1");
  EXPECT_EQ(found(trusted, "10.0.0.1", {"1.1.1.1", "198.51.100.1", "10.0.0.2"}), "198.51.100.1");
  EXPECT_EQ(found(trusted, "::1", {"[2001:db8::1]:4711"}), "2001:db8::1");
  EXPECT_EQ(found(trusted, "10.0.0.1", {"198.51.100.1:4711"}), "198.51.100.1");
}

TEST(ClientAddress, OfTrustedOnesAloneIsTheFarthest) {
  EXPECT_EQ(found("10.0.0.0/8", "10.0.0.1", {"10.0.0.3, 10.0.0.2"}), "10.0.0.3");
  EXPECT_EQ(found("10.0.0.0/8", "10.0.0.1", {}), "10.0.0.1");
}

TEST(ClientAddress, BelievesNothingBeyondWhatIsNoAddress) {
  EXPECT_EQ(found("10.0.0.0/8", "10.0.0.1", {"198.51.100.1, unknown"}), "10.0.0.1");
  EXPECT_EQ(found("10.0.0.0/8", "10.0.0.1", {"198.51.100.1, , 10.0.0.2"}), "10.0.0.2");
}

}  // namespace
}  // namespace omnistream::http::api
