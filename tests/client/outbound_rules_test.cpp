#include "http/client/outbound_rules.hpp"

#include <map>

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace omnistream::http::client {
namespace {

sockaddr_storage socket_address(const std::string& text) {
  sockaddr_storage made{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(made);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(made);
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1)
    v4.sin_family = AF_INET;
  else if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1)
    v6.sin6_family = AF_INET6;
  else
    ADD_FAILURE() << text;
  return made;
}

/// A resolver that knows these names, and no others.
resolve_host names(std::map<std::string, std::vector<std::string>> known) {
  return [known = std::move(known)](const std::string& host, const auto& each) {
    const auto found = known.find(host);
    if (found == known.end()) return false;
    for (const auto& text : found->second) {
      const auto address = socket_address(text);
      if (!each(reinterpret_cast<const sockaddr&>(address))) break;
    }
    return true;
  };
}

resolve_host example_names() {
  return names({{"example.com", {"93.184.216.34", "2606:2800:220:1::1"}},
                {"xn--bcher-kva.example", {"93.184.216.34"}},
                {"inside.example", {"10.1.2.3"}},
                {"half.example", {"93.184.216.34", "fd00::1"}},
                {"mapped.example", {"::ffff:93.184.216.34"}},
                {"metadata.example", {"169.254.169.254"}}});
}

/// The code, and nothing if the URL is good.
std::string fault(const std::string& url, const outbound_rules& rules = {},
                  const resolve_host& resolve = example_names()) {
  const auto wrong = check_outbound_url(rules, url, resolve);
  if (!wrong) return "";
  EXPECT_EQ(wrong->field, "url");
  EXPECT_TRUE(wrong->message.starts_with("Must ") && wrong->message.ends_with('.'))
      << wrong->message;
  return wrong->code;
}

/// With the system's resolver, for hosts that need no name server.
std::string real_fault(const std::string& url, const outbound_rules& rules = {}) {
  return fault(url, rules, resolve_by_system);
}

outbound_rules with_http() {
  outbound_rules rules;
  rules.allow_http = true;
  return rules;
}

outbound_rules with_networks(std::string_view networks) {
  auto rules = with_http();
  rules.allowed_networks = parse_networks(networks).value();
  return rules;
}

TEST(outbound_url, takes_what_people_give) {
  for (const std::string url :
       {"https://example.com", "https://example.com/", "https://example.com/hooks?a=1&b=%2F@x",
        "https://example.com:8443/hooks", "HTTPS://EXAMPLE.COM/Hooks",
        "https://xn--bcher-kva.example/", "https://example.com/a:b",
        "https://example.com?x=http://y"})
    EXPECT_EQ(fault(url, {},
                    [](const std::string& host, const auto& each) {
                      std::string lower = host;
                      for (auto& c : lower) c = static_cast<char>(std::tolower(c));
                      return example_names()(lower, each);
                    }),
              "")
        << url;
  EXPECT_EQ(real_fault("https://93.184.216.34/"), "");
  EXPECT_EQ(real_fault("https://[2606:2800:220:1::1]:8443/x"), "");
}

TEST(outbound_url, is_https_unless_a_setting_allows_http) {
  EXPECT_EQ(fault("http://example.com/"), "not_allowed");
  EXPECT_EQ(fault("http://example.com/", with_http()), "");
  EXPECT_EQ(fault("https://example.com/", with_http()), "");
  for (const std::string scheme : {"ftp", "gopher", "ldap", "smtp", "dict", "ws", "unix"})
    EXPECT_EQ(fault(scheme + "://example.com/", with_http()), "not_allowed") << scheme;
  EXPECT_EQ(fault("file:///etc/passwd", with_http()), "invalid");
}

TEST(outbound_url, refuses_what_parsers_read_differently) {
  for (const std::string url :
       {"",
        "x",
        "example.com",
        "//example.com/",
        "https:",
        "https://",
        "https:///example.com/",
        "https:/example.com/",
        "https:example.com",
        "javascript:alert(1)",
        "https://?x",
        "https://:443/",
        "https://exam ple.com/",
        "https://example.com/a b",
        " https://example.com/",
        "https://example.com/\n",
        "https://example.com/\r\nX-Evil: 1",
        "https://example.com\t/",
        "https://example.com\\@127.0.0.1/",
        "https:\\\\example.com/",
        "https://example.com/\\x",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://@example.com/",
        "https://:@example.com/",
        "https://example.com@127.0.0.1/",
        "https://127.0.0.1@example.com/",
        "https://example.com/#",
        "https://example.com/#fragment",
        "https://example.com#@127.0.0.1/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://example.com:-1/",
        "https://example.com:443:80/",
        "https://example.com./",
        "https://[::1/",
        "https://::1/",
        "https://[example.com]/",
        "https://[]/",
        "https://b\xC3\xBC"
        "cher.example/",
        "https://example.com/\xC3\xBC",
        "https://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1/",  // full-width 127
        "https://127\xE3\x80\x82"
        "0\xE3\x80\x82"
        "0\xE3\x80\x82"
        "1/",  // ideographic full stops
        "https://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/",
        "https://example.com%00.evil.test/",
        "https://example.com%0d%0a/",
        "https://example.com%2f@127.0.0.1/"})
    EXPECT_EQ(fault(url), "invalid") << url;
  EXPECT_EQ(fault(std::string("https://example.com/\0", 21)), "invalid");
  EXPECT_EQ(fault("https://example.com/" + std::string(2'028, 'x')), "");
  EXPECT_EQ(fault("https://example.com/" + std::string(2'029, 'x')), "too_long");
}

TEST(outbound_url, refuses_private_addresses_in_every_notation) {
  for (const std::string host : {"127.0.0.1",
                                 "127.1",
                                 "127.0.1",
                                 "2130706433",
                                 "0x7f000001",
                                 "0x7f.1",
                                 "0X7F.0.0.1",
                                 "0177.0.0.1",
                                 "017700000001",
                                 "0177.0x0.0.1",
                                 "%31%32%37.0.0.1",
                                 "0",
                                 "0.0.0.0",
                                 "0x0",
                                 "10.0.0.1",
                                 "012.0.0.1",
                                 "167772161",
                                 "192.168.0.1",
                                 "0xc0a80001",
                                 "172.16.0.1",
                                 "169.254.169.254",
                                 "2852039166",
                                 "0xa9fea9fe",
                                 "0251.0376.0251.0376",
                                 "169.16689662",
                                 "100.64.0.1",
                                 "198.18.0.1",
                                 "192.0.2.1",
                                 "203.0.113.1",
                                 "224.0.0.1",
                                 "255.255.255.255",
                                 "localhost",
                                 "LOCALHOST",
                                 "[::1]",
                                 "[::]",
                                 "[0:0:0:0:0:0:0:1]",
                                 "[::127.0.0.1]",
                                 "[::ffff:127.0.0.1]",
                                 "[::ffff:7f00:1]",
                                 "[::FFFF:10.0.0.1]",
                                 "[::ffff:93.184.216.34]",
                                 "[64:ff9b::10.0.0.1]",
                                 "[64:ff9b:1::1]",
                                 "[2002:7f00:1::]",
                                 "[2001::1]",
                                 "[fd00::1]",
                                 "[fe80::1]",
                                 "[fe80::1%25eth0]",
                                 "[2606:2800:220:1::1%25lo]",
                                 "[ff02::1]",
                                 "[2001:db8::1]"})
    EXPECT_EQ(real_fault("https://" + host + "/"), "not_allowed") << host;
  for (const std::string host :
       {"127.0.0.1.", "localhost.", "[fe80::1%]", "[::1].", "127.0.0.1%2e"})
    EXPECT_EQ(real_fault("https://" + host + "/"), "invalid") << host;
}

TEST(outbound_url, refuses_names_with_any_address_inside) {
  EXPECT_EQ(fault("https://inside.example/"), "not_allowed");
  EXPECT_EQ(fault("https://half.example/"), "not_allowed");
  EXPECT_EQ(fault("https://mapped.example/"), "not_allowed");
  EXPECT_EQ(fault("https://metadata.example/latest/meta-data"), "not_allowed");
  EXPECT_EQ(fault("https://unknown.example/"), "unresolvable");
}

TEST(outbound_url, tells_nothing_of_what_a_name_leads_to) {
  const auto wrong = check_outbound_url({}, "https://inside.example/", example_names());
  EXPECT_EQ(wrong->message.find("10."), std::string::npos) << wrong->message;
}

TEST(outbound_url, may_go_inside_where_a_setting_says_so) {
  const auto rules = with_networks("10.0.0.0/8, 127.0.0.1, fd00::/8");
  for (const std::string url : {"http://127.0.0.1:8080/", "http://0x7f.1/", "https://10.9.8.7/",
                                "https://[fd00::7]/", "https://93.184.216.34/"})
    EXPECT_EQ(real_fault(url, rules), "") << url;
  for (const std::string url : {"http://127.0.0.2/", "https://192.168.0.1/", "https://[::1]/",
                                "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/"})
    EXPECT_EQ(real_fault(url, rules), "not_allowed") << url;
  EXPECT_EQ(fault("https://half.example/", rules), "");
  EXPECT_EQ(fault("https://metadata.example/", rules), "not_allowed");
}

TEST(outbound_rules, know_only_internet_sockets) {
  sockaddr unix_socket{};
  unix_socket.sa_family = AF_UNIX;
  EXPECT_FALSE(with_networks("::/0, 0.0.0.0/0").allows(unix_socket));
  const auto v4 = socket_address("10.0.0.1");
  EXPECT_TRUE(with_networks("10.0.0.0/8").allows(reinterpret_cast<const sockaddr&>(v4)));
  EXPECT_FALSE(outbound_rules{}.allows(reinterpret_cast<const sockaddr&>(v4)));
}

TEST(outbound_rules, come_from_the_settings) {
  config::settings settings;
  EXPECT_FALSE(outbound_rules_of(settings).allow_http);
  EXPECT_TRUE(outbound_rules_of(settings).allowed_networks.empty());
  settings.outgoing_webhooks_allow_http = true;
  settings.outgoing_webhooks_allowed_networks = "127.0.0.0/8, ::1";
  EXPECT_TRUE(outbound_rules_of(settings).allow_http);
  EXPECT_EQ(outbound_rules_of(settings).allowed_networks.size(), 2u);
}

}  // namespace
}  // namespace omnistream::http::client
