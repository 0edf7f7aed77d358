#include "http/server/router.hpp"

#include <algorithm>
#include <optional>
#include <random>

#include <gtest/gtest.h>

namespace omnistream::http::server {
namespace {

using kind = router::match::kind;

router table() {
  router routes;
  routes.add("GET", "/api/campaigns", 1);
  routes.add("POST", "/api/campaigns", 2);
  routes.add("GET", "/api/campaigns/{id}", 3);
  routes.add("DELETE", "/api/campaigns/{id}", 4);
  routes.add("POST", "/api/campaigns/{id}/send", 5);
  routes.add("GET", "/api/campaigns/stats", 6);
  routes.add("GET", "/api/campaigns/stats/{day}/all", 7);
  routes.add("GET", "/api/campaigns/{id}/recipients/{seq}", 8);
  routes.add("GET", "/", 9);
  routes.add("GET", "/api/{kind}/list", 10);
  routes.add("POST", "/api/{other}/{key}/send", 11);
  return routes;
}

struct found_case {
  std::string method;
  std::string path;
  std::size_t operation;
  std::vector<std::pair<std::string, std::string>> parameters;
};
class found_route : public ::testing::TestWithParam<found_case> {};

TEST_P(found_route, names_the_operation_and_its_parameters) {
  const auto& expected = GetParam();
  const auto got = table().find(expected.method, expected.path);
  ASSERT_EQ(got.what, kind::found);
  EXPECT_EQ(got.operation, expected.operation);
  EXPECT_EQ(got.parameters, expected.parameters);
}

INSTANTIATE_TEST_SUITE_P(
    router, found_route,
    ::testing::Values(
        found_case{"GET", "/api/campaigns", 1, {}}, found_case{"POST", "/api/campaigns", 2, {}},
        found_case{"GET", "/api/campaigns/7", 3, {{"id", "7"}}},
        found_case{"DELETE", "/api/campaigns/7", 4, {{"id", "7"}}},
        found_case{"POST", "/api/campaigns/7/send", 5, {{"id", "7"}}},
        found_case{"GET", "/api/campaigns/stats", 6, {}},
        found_case{"DELETE", "/api/campaigns/stats", 4, {{"id", "stats"}}},
        found_case{"POST", "/api/campaigns/stats/send", 5, {{"id", "stats"}}},
        found_case{"GET", "/api/campaigns/stats/2/all", 7, {{"day", "2"}}},
        found_case{"GET", "/api/campaigns/a/recipients/9", 8, {{"id", "a"}, {"seq", "9"}}},
        found_case{"GET", "/", 9, {}}, found_case{"GET", "/api/x/list", 10, {{"kind", "x"}}},
        found_case{"GET", "/api/campaigns/list", 3, {{"id", "list"}}},
        found_case{"POST", "/api/x/y/send", 11, {{"other", "x"}, {"key", "y"}}},
        found_case{"HEAD", "/api/campaigns/7", 3, {{"id", "7"}}},
        found_case{"GET", "/api/campaigns/a%20b%2Fc+%C3%A9", 3, {{"id", "a b/c+\xC3\xA9"}}}));

TEST(router, knows_no_such_path) {
  const auto routes = table();
  for (const auto* path :
       {"/api", "/api/", "/api/campaigns/", "/api/campaigns//", "/api/campaigns/7/", "//", "",
        "api/campaigns", "*", "/api/campaigns/7/send/x", "/API/campaigns", "/api//list"})
    EXPECT_EQ(routes.find("GET", path).what, kind::no_path) << path;
  EXPECT_EQ(routes.find("GET", std::string(100'000, '/')).what, kind::no_path);
}

TEST(router, tells_which_methods_a_path_has) {
  const auto routes = table();
  const auto got = routes.find("PUT", "/api/campaigns");
  EXPECT_EQ(got.what, kind::no_method);
  EXPECT_EQ(got.allow, "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(routes.find("OPTIONS", "/api/campaigns/7/send").allow, "OPTIONS, POST");
  EXPECT_EQ(routes.find("PATCH", "/api/campaigns/stats").allow, "DELETE, GET, HEAD, OPTIONS")
      << "the literal's and the parameter's methods together";
  EXPECT_EQ(routes.find("get", "/").what, kind::no_method) << "methods are compared with case";
}

TEST(router, refuses_parameters_that_cannot_be_decoded) {
  const auto routes = table();
  for (const auto* bad :
       {"%", "%4", "%zz", "%4g", "a%", "%ff", "%C3", "%00", "%ED%A0%80", "%C0%AF", "%F4%90%80%80"})
    EXPECT_EQ(routes.find("GET", std::string("/api/campaigns/") + bad).what, kind::malformed)
        << bad;
}

TEST(router, refuses_the_same_operation_twice_even_under_another_parameter_name) {
  auto routes = table();
  EXPECT_THROW(routes.add("GET", "/api/campaigns", 20), std::logic_error);
  EXPECT_THROW(routes.add("GET", "/api/campaigns/{key}", 20), std::logic_error);
  EXPECT_THROW(routes.add("GET", "api", 20), std::logic_error);
  EXPECT_NO_THROW(routes.add("PATCH", "/api/campaigns/{key}", 20));
  EXPECT_EQ(routes.find("PATCH", "/api/campaigns/7").parameters.front().first, "key");
}

// -- against a matcher that tries every pattern
// ---------------------------------------------------------------------

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts{""};
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (path[i] == '/') {
      parts.emplace_back();
    } else {
      parts.back() += path[i];
    }
  }
  return parts;
}

/// Literal beats parameter at the first segment where two patterns differ: compare `0` literal, `1`
/// parameter.
std::optional<std::string> kinds_if_matching(const std::string& pattern, const std::string& path) {
  const auto want = split(pattern);
  const auto have = split(path);
  if (want.size() != have.size()) return std::nullopt;
  std::string kinds;
  for (std::size_t i = 0; i < want.size(); ++i) {
    const bool parameter = want[i].size() > 2 && want[i].front() == '{';
    if (parameter ? have[i].empty() : want[i] != have[i]) return std::nullopt;
    kinds += parameter ? '1' : '0';
  }
  return kinds;
}

TEST(router, agrees_with_a_naive_matcher_on_random_tables) {
  std::mt19937 random(20'240'825);
  const auto pick = [&](int below) {
    return static_cast<int>(random() % static_cast<unsigned>(below));
  };
  const auto any_path = [&](bool pattern) {
    static const std::vector<std::string> words{"a", "b", "c", ""};
    std::string path;
    for (int i = 1 + pick(4); i > 0; --i)
      path += '/' + (pattern && pick(3) == 0 ? std::string("{p}")
                                             : words[static_cast<std::size_t>(pick(4))]);
    return path;
  };
  const std::vector<std::string> methods{"GET", "POST", "PUT"};
  for (int round = 0; round < 300; ++round) {
    router routes;
    std::vector<std::pair<std::string, std::string>> added;
    for (int i = 0; i < 12; ++i) {
      std::pair<std::string, std::string> entry{methods[static_cast<std::size_t>(pick(3))],
                                                any_path(true)};
      if (std::find(added.begin(), added.end(), entry) != added.end()) continue;
      routes.add(entry.first, entry.second, added.size());
      added.push_back(std::move(entry));
    }
    for (int probe = 0; probe < 60; ++probe) {
      const auto& method = methods[static_cast<std::size_t>(pick(3))];
      const auto path = any_path(false);
      std::optional<std::size_t> best;
      std::string best_kinds;
      bool path_known = false;
      for (std::size_t i = 0; i < added.size(); ++i) {
        const auto kinds = kinds_if_matching(added[i].second, path);
        if (!kinds) continue;
        path_known = true;
        if (added[i].first != method || (best && *kinds >= best_kinds)) continue;
        best = i;
        best_kinds = *kinds;
      }
      const auto got = routes.find(method, path);
      const auto expected = best ? kind::found : path_known ? kind::no_method : kind::no_path;
      ASSERT_EQ(got.what, expected) << method << ' ' << path;
      if (best) {
        ASSERT_EQ(got.operation, *best) << method << ' ' << path;
      }
    }
  }
}

}  // namespace
}  // namespace omnistream::http::server
