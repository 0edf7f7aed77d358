#include "config/base/network.hpp"

#include <string>

#include <gtest/gtest.h>

namespace omnistream {
namespace {

bool contains(const std::string& network, const std::string& address) {
  const auto block = ip_network::parse(network);
  const auto one = ip_address::parse(address);
  EXPECT_TRUE(block) << network;
  EXPECT_TRUE(one) << address;
  return block && one && block->contains(*one);
}

TEST(network, holds_the_addresses_of_its_prefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(contains("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(contains("0.0.0.0/0", "1.2.3.4"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("fd00::/8", "fd12:3456::1"));
  EXPECT_FALSE(contains("fd00::/8", "fe80::1"));
  EXPECT_TRUE(contains("::/0", "fe80::1"));
  EXPECT_TRUE(contains("2001:db8::1", "2001:DB8:0::1"));
}

TEST(network, takes_a_mapped_address_for_what_it_maps) {
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
  EXPECT_EQ(ip_address::parse("::ffff:10.1.2.3"), ip_address::parse("10.1.2.3"));
}

TEST(network, is_nothing_else) {
  for (const char* text :
       {"", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8",
        "fd00::1/8", "fd00::/129", "host", "10.0.0.0/8/8", "10.0.0.0 /8", "256.0.0.1"})
    EXPECT_FALSE(ip_network::parse(text)) << text;
}

TEST(network, lists_have_commas) {
  EXPECT_EQ(parse_networks("")->size(), 0u);
  EXPECT_EQ(parse_networks(" ")->size(), 0u);
  EXPECT_EQ(parse_networks("10.0.0.0/8")->size(), 1u);
  EXPECT_EQ(parse_networks("10.0.0.0/8, ::1,127.0.0.1")->size(), 3u);
  for (const char* text : {",", "10.0.0.0/8,", "10.0.0.0/8 ::1", "10.0.0.0/8,x"})
    EXPECT_FALSE(parse_networks(text)) << text;
}

}  // namespace
}  // namespace omnistream
