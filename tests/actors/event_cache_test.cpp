#include "actors/webhook/event_cache.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

outbox_event event(std::int64_t id, std::size_t bytes) {
  return {id, "thing.happened", {}, std::make_shared<const std::string>(bytes, 'x')};
}

TEST(EventCache, KnowsWhatWasReadLast) {
  event_cache cache(3'000);
  for (int id = 1; id <= 4; ++id) cache.add(event(id, 500));
  EXPECT_EQ(cache.find(1), nullptr) << "four times 756 bytes are too many";
  for (int id = 2; id <= 4; ++id) {
    ASSERT_NE(cache.find(id), nullptr);
    EXPECT_EQ(cache.find(id)->id, id);
  }
}

TEST(EventCache, WhatIsAddedAgainTakesNoMoreRoom) {
  event_cache cache(3'000);
  for (int i = 0; i < 100; ++i) cache.add(event(1, 500));
  cache.add(event(2, 500));
  EXPECT_NE(cache.find(1), nullptr);
  EXPECT_NE(cache.find(2), nullptr);
}

TEST(EventCache, OneThatIsTooLargeDrivesNobodyOut) {
  event_cache cache(3'000);
  cache.add(event(1, 500));
  cache.add(event(2, 3'000));
  EXPECT_EQ(cache.find(2), nullptr);
  EXPECT_NE(cache.find(1), nullptr);
}

}  // namespace
}  // namespace omnistream::actors
