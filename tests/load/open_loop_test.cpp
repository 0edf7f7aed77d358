#include "bench/load/open_loop.hpp"

#include <gtest/gtest.h>

namespace omnistream::load {
namespace {

using namespace std::chrono_literals;

TEST(even_schedule, adds_up_no_error) {
  const steady::time_point start{};
  const even_schedule thirds(start, 3);
  EXPECT_EQ(thirds.due(0), start);
  EXPECT_EQ(thirds.due(3), start + 1s);
  EXPECT_EQ(thirds.due(3'000'000), start + 1'000'000s);
}

TEST(open_loop, tells_apart_what_was_not_answered) {
  api_client nowhere("http://127.0.0.1:1");
  const auto request = nowhere.request("GET", "/");
  open_loop loop(
      nowhere, 1'000, 2,
      [&](std::uint64_t n) {
        return planned_request{n % 2, request};
      },
      10);
  const auto all = loop.run_to_end();
  ASSERT_EQ(all.size(), 2u);
  for (const auto& kind : all) {
    EXPECT_EQ(kind.times.count(), 0u);
    EXPECT_EQ(kind.others, (std::map<int, std::uint64_t>{{0, 5}}));
  }
}

TEST(open_loop, can_be_given_up) {
  api_client nowhere("http://127.0.0.1:1");
  const open_loop loop(nowhere, 0.001, 1, [&](std::uint64_t) {
    return planned_request{0, nowhere.request("GET", "/")};
  });
}

}  // namespace
}  // namespace omnistream::load
