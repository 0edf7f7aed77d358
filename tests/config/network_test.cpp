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

bool public_address(const std::string& text) {
  const auto one = ip_address::parse(text);
  EXPECT_TRUE(one) << text;
  return one && is_public(*one);
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

/// From both ends of every block, and the neighbours outside.
TEST(network, tells_public_addresses_from_special_ones) {
  for (const char* text : {"1.0.0.0",         "8.8.8.8",      "9.255.255.255",   "11.0.0.0",
                           "100.63.255.255",  "100.128.0.0",  "126.255.255.255", "128.0.0.0",
                           "169.253.255.255", "169.255.0.0",  "172.15.255.255",  "172.32.0.0",
                           "192.0.1.0",       "192.0.3.0",    "192.88.98.255",   "192.88.100.0",
                           "192.167.255.255", "192.169.0.0",  "198.17.255.255",  "198.20.0.0",
                           "198.51.99.255",   "198.51.101.0", "203.0.112.255",   "203.0.114.0",
                           "223.255.255.255", "192.31.196.1", "192.175.48.1",    "::ffff:8.8.8.8",
                           "2000::",          "2001:200::",   "2001:db7::1",     "2001:db9::1",
                           "2003::",          "2606:4700::1", "2a00:1450::1",    "2620:4f:8000::1",
                           "3ffe:ffff::1",    "3fff:1000::"})
    EXPECT_TRUE(public_address(text)) << text;
  for (const char* text :
       {"0.0.0.0",         "0.255.255.255",   "10.0.0.0",        "10.255.255.255",
        "100.64.0.0",      "100.127.255.255", "127.0.0.1",       "127.255.255.255",
        "169.254.0.0",     "169.254.169.254", "169.254.255.255", "172.16.0.0",
        "172.31.255.255",  "192.0.0.0",       "192.0.0.8",       "192.0.0.170",
        "192.0.0.255",     "192.0.2.0",       "192.0.2.255",     "192.88.99.0",
        "192.88.99.2",     "192.168.0.0",     "192.168.255.255", "198.18.0.0",
        "198.19.255.255",  "198.51.100.1",    "203.0.113.255",   "224.0.0.1",
        "239.255.255.255", "240.0.0.0",       "255.255.255.254", "255.255.255.255"})
    EXPECT_FALSE(public_address(text)) << text;
  for (const char* text : {"::",               // unspecified
                           "::1",              // loopback
                           "::127.0.0.1",      // IPv4-compatible, given up
                           "::ffff:10.0.0.1",  // mapped
                           "::ffff:127.0.0.1",
                           "::ffff:a9fe:a9fe",
                           "::ffff:0:10.0.0.1",  // translated
                           "64:ff9b::10.0.0.1",  // NAT64
                           "64:ff9b::8.8.8.8",
                           "64:ff9b:1::1",
                           "100::1",  // discard-only
                           "100:0:0:1::1",
                           "1fff:ffff::",
                           "2001::1",  // Teredo
                           "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                           "2001:1::1",
                           "2001:2::1",   // benchmarks
                           "2001:10::1",  // ORCHID
                           "2001:20::1",
                           "2001:1ff:ffff::",
                           "2001:db8::1",  // documentation
                           "2002::1",      // 6to4
                           "2002:a00:1::1",
                           "2002:808:808::1",
                           "3fff::1",  // documentation
                           "3fff:fff:ffff::",
                           "4000::",
                           "5f00::1",  // segment routing
                           "8000::1",
                           "fc00::1",  // unique local
                           "fd12:3456::1",
                           "fe80::1",  // link-local
                           "febf::1",
                           "fec0::1",  // site-local, given up
                           "ff02::1",  // multicast
                           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"})
    EXPECT_FALSE(public_address(text)) << text;
}

}  // namespace
}  // namespace omnistream
