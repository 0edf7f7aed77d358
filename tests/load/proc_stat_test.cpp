#include "bench/load/proc_stat.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace omnistream::load {
namespace {

TEST(parse_stat, reads_parent_and_times) {
  const auto stat = parse_stat(
      "4711 (postgres) S 42 4711 4711 0 -1 4194560 3000 0 0 0 11 7 100 20 20 0 1 0 5000 0 0\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->parent, 42);
  EXPECT_EQ(stat->cpu_ticks, 18u);
  EXPECT_EQ(stat->children_cpu_ticks, 120u);
}

TEST(parse_stat, takes_any_command) {
  const auto stat = parse_stat("1 (a b) R) S 7 1 1 0 -1 0 0 0 0 0 5 6 0 0 20 0 1 0 5000 0 0");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->parent, 7);
  EXPECT_EQ(stat->cpu_ticks, 11u);
}

TEST(parse_stat, refuses_what_is_no_stat) {
  EXPECT_FALSE(parse_stat(""));
  EXPECT_FALSE(parse_stat("\n"));
  EXPECT_FALSE(parse_stat("1 (short) S 7 1 1"));
  EXPECT_FALSE(parse_stat("1 (x) S seven 1 1 0 -1 0 0 0 0 0 5 6 0 0 20 0"));
}

TEST(parse_status_kib, finds_the_whole_name_only) {
  constexpr const char* text =
      "Name:\tserver\nVmHWMx:\t  1 kB\nVmHWM:\t   51200 kB\nVmRSS:\t 7 kB\n";
  EXPECT_EQ(parse_status_kib(text, "VmHWM"), 51200u);
  EXPECT_EQ(parse_status_kib(text, "VmRSS"), 7u);
  EXPECT_FALSE(parse_status_kib(text, "VmSwap"));
  EXPECT_FALSE(parse_status_kib(text, "Name"));
}

TEST(parse_busy_ticks, leaves_out_idle_and_waiting) {
  EXPECT_EQ(parse_busy_ticks("cpu  1 2 4 1000 2000 8 16 32 64 128\ncpu0 9 9 9 9 9 9 9 9 9 9\n"),
            63u);
  EXPECT_FALSE(parse_busy_ticks("intr 1 2 3 4 5 6 7 8 9"));
  EXPECT_FALSE(parse_busy_ticks(""));
}

TEST(tree_cpu_ticks, adds_all_generations_and_who_ended) {
  const process_table all{
      {10, {1, 100, 1000}}, {11, {10, 1, 0}}, {12, {11, 2, 4}}, {13, {1, 8, 8}}};
  EXPECT_EQ(tree_cpu_ticks(all, 10), 1107u);
  EXPECT_EQ(tree_cpu_ticks(all, 99), 0u);
}

TEST(descendants, are_all_generations) {
  const process_table all{{1, {0, 0, 0}}, {10, {1, 0, 0}}, {11, {10, 0, 0}}, {12, {11, 0, 0}}};
  EXPECT_EQ(descendants(all, 10), (std::vector<pid_t>{11, 12}));
  EXPECT_EQ(descendants(all, 12), (std::vector<pid_t>{}));
}

TEST(proc_stat, knows_this_process) {
  const auto all = running_processes();
  ASSERT_TRUE(all.contains(getpid()));
  EXPECT_EQ(all.at(getpid()).parent, getppid());
  EXPECT_GT(memory_kib(getpid(), "VmRSS"), 0u);
  EXPECT_GT(busy_seconds(), 0);
}

}  // namespace
}  // namespace omnistream::load
