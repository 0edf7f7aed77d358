#include "actors/campaign/send_window.hpp"

#include <random>

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

TEST(SendWindow, StartsSettled) {
  EXPECT_EQ(send_window().settled(), 0);
  EXPECT_EQ(send_window(7).settled(), 7);
  EXPECT_EQ(send_window(7).claimed(), 7);
}

TEST(SendWindow, SettlesBelowTheFirstThatIsOut) {
  send_window window;
  for (int seq = 1; seq <= 4; ++seq) window.claim(seq);
  window.advance(4);
  EXPECT_EQ(window.settled(), 0);
  window.record(2);
  EXPECT_EQ(window.settled(), 0);
  window.record(1);
  EXPECT_EQ(window.settled(), 2);
  EXPECT_EQ(window.settled_with({3}), 3);
  EXPECT_EQ(window.settled_with({3, 4}), 4);
  EXPECT_EQ(window.settled(), 2) << "asking what would be changes nothing";
  window.record(4);
  window.record(3);
  EXPECT_EQ(window.settled(), 4);
}

TEST(SendWindow, ForgivesWhatItDoesNotKnow) {
  send_window window(10);
  window.record(3);
  window.record(11);
  EXPECT_EQ(window.settled(), 10);
  EXPECT_EQ(window.outstanding(), 0U);
}

/// The law: at and below settled() everything claimed is recorded, and settled() is the highest
/// such number.
TEST(SendWindow, LawOfSettled) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    send_window window;
    std::vector<int> out;
    int claimed = 0;
    for (int step = 0; step < 200; ++step) {
      if (out.empty() || random() % 3 == 0) {
        const int to = claimed + static_cast<int>(random() % 5);
        for (int seq = claimed + 1; seq <= to; ++seq)
          if (random() % 8 != 0) {  // the others were settled by a webhook before
            window.claim(seq);
            out.push_back(seq);
          }
        window.advance(claimed = to);
      } else {
        const auto which = out.begin() + static_cast<std::ptrdiff_t>(random() % out.size());
        window.record(*which);
        out.erase(which);
      }
      const int lowest = out.empty() ? claimed + 1 : *std::min_element(out.begin(), out.end());
      ASSERT_EQ(window.settled(), lowest - 1) << "seed " << seed << ", step " << step;
      ASSERT_EQ(window.outstanding(), out.size());
    }
  }
}

}  // namespace
}  // namespace omnistream::actors
