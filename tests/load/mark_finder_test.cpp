#include <gtest/gtest.h>

#include "bench/load/event_readers.hpp"

namespace omnistream::load {
namespace {

using times = std::vector<steady::time_point>;

const steady::time_point first{steady::duration(1'234'567'890'123)};
const steady::time_point second{steady::duration(1'234'567'890'456)};

TEST(mark_finder, finds_what_time_mark_makes) {
  mark_finder marks;
  EXPECT_EQ(marks.take("x" + time_mark(first) + "y" + time_mark(second) + "z"),
            (times{first, second}));
  EXPECT_EQ(marks.take(time_mark(second)), times{second});
  EXPECT_TRUE(marks.take("nothing").empty());
}

TEST(mark_finder, finds_marks_in_pieces) {
  const auto text = std::string(100, 'a') + time_mark(first) + std::string(70, 'b') +
                    time_mark(second) + std::string(100, 'c');
  for (std::size_t size = 1; size < 60; ++size) {
    mark_finder marks;
    times found;
    for (std::size_t at = 0; at < text.size(); at += size)
      for (const auto one : marks.take(std::string_view(text).substr(at, size)))
        found.push_back(one);
    EXPECT_EQ(found, (times{first, second})) << "in pieces of " << size;
  }
}

}  // namespace
}  // namespace omnistream::load
