// What the document shows as the body of an operation can be copied.

#include <algorithm>
#include <regex>

#include <gtest/gtest.h>

#include "tests/end_to_end/support/tenant.hpp"

namespace omnistream::test {
namespace {

using nlohmann::json;

/// An example names objects and hosts that nobody has; nothing else may be wrong with it.
std::string faults_of(const http_answer& got) {
  if (got.status != 400 && got.status != 422) return {};
  const auto problem = got.json();
  if (problem.value("errors", json::array()).empty()) return problem.dump();
  std::string found;
  for (const auto& one : problem["errors"])
    if (one["code"] != "not_found" && one["code"] != "unresolvable") found += one.dump() + ' ';
  return found;
}

TEST(Examples, AreTakenAsTheyStand) {
  world around;
  ASSERT_TRUE(around.server().start());
  tenant caller(around.server(), "Toko Maju");
  const auto document = caller.must("GET", "/openapi.json");
  int tried = 0;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, one] : methods.items()) {
      const auto example = "/requestBody/content/application~1json/example"_json_pointer;
      if (!one.is_object() || !one.contains(example)) continue;
      std::string upper = method;
      std::ranges::transform(upper, upper.begin(), ::toupper);
      auto target = std::regex_replace(path, std::regex("\\{channel\\}"), "whatsapp");
      target = std::regex_replace(target, std::regex("\\{\\w+\\}"),
                                  "0190b0a0-7c3d-7e21-9a55-3f0d9c1b2a47");
      const auto got = caller.call(upper, target, one.at(example));
      EXPECT_EQ(faults_of(got), "") << upper << ' ' << path << ' ' << one.at(example);
      ++tried;
    }
  }
  EXPECT_GT(tried, 30);
}

}  // namespace
}  // namespace omnistream::test
