#include "actors/dispatch/fair_queue.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace omnistream::actors {
namespace {

entity_address campaign(std::uint8_t number) {
  return {entity_kind::campaign, uuid({number})};
}
entity_address chat(std::uint8_t number) {
  return {entity_kind::conversation, uuid({number})};
}

send_item item(int seq) {
  send_item made;
  made.seq = seq;
  return made;
}

TEST(FairQueue, TakesTurns) {
  fair_queue queue;
  for (int seq = 1; seq <= 3; ++seq) queue.push(campaign(1), item(seq));
  queue.push(campaign(2), item(10));
  std::vector<int> order;
  while (!queue.empty()) order.push_back(queue.pop().second.seq);
  EXPECT_EQ(order, (std::vector{1, 10, 2, 3}));
}

TEST(FairQueue, RemovesOneCampaignWhole) {
  fair_queue queue;
  for (int seq = 1; seq <= 3; ++seq) {
    queue.push(campaign(1), item(seq));
    queue.push(campaign(2), item(seq));
  }
  const auto removed = queue.remove(campaign(1));
  ASSERT_EQ(removed.size(), 3U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(removed[static_cast<std::size_t>(i)].seq, i + 1);
  EXPECT_EQ(queue.size(), 3U);
  EXPECT_EQ(queue.entities(), std::vector{campaign(2)});
  EXPECT_TRUE(queue.remove(campaign(1)).empty());
  queue.push(campaign(1), item(9));
  EXPECT_EQ(queue.size(), 4U);
}

TEST(FairQueue, ConversationsGoBeforeCampaigns) {
  fair_queue queue;
  for (int seq = 1; seq <= 3; ++seq) queue.push(campaign(1), item(seq));
  EXPECT_EQ(queue.pop().second.seq, 1);
  queue.push(chat(1), item(10));  // the same number as the campaign, and nobody else
  queue.push(chat(2), item(20));
  queue.push(chat(1), item(11));
  EXPECT_EQ(queue.entities(), (std::vector{chat(1), chat(2), campaign(1)}));
  EXPECT_EQ(queue.size_of(chat(1)), 2U);
  EXPECT_EQ(queue.size_of(campaign(1)), 2U);
  std::vector<int> order;
  for (int i = 0; i < 2; ++i) order.push_back(queue.pop().second.seq);
  EXPECT_EQ(queue.remove(chat(1)).size(), 1U);
  while (!queue.empty()) order.push_back(queue.pop().second.seq);
  EXPECT_EQ(order, (std::vector{10, 20, 2, 3}));
}

/// Against a model: nothing is lost or doubled, each campaign keeps its order, and while two wait
/// together neither gets two turns more than the other.
TEST(FairQueue, LawOfFairness) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::mt19937 random(seed);
    fair_queue queue;
    std::map<entity_address, std::deque<int>> model;
    std::map<std::pair<entity_address, entity_address>, int>
        lead;  // turns of the first since both wait
    int seq = 0;
    for (int step = 0; step < 500; ++step) {
      const auto which = campaign(static_cast<std::uint8_t>(1 + random() % 4));
      if (random() % 2 == 0) {
        queue.push(which, item(++seq));
        if (model[which].empty())
          for (auto& [pair, turns] : lead)
            if (pair.first == which || pair.second == which) turns = 0;
        model[which].push_back(seq);
      } else if (random() % 20 == 0) {
        const auto removed = queue.remove(which);
        ASSERT_EQ(removed.size(), model[which].size());
        for (const auto& one : removed) {
          ASSERT_EQ(one.seq, model[which].front());
          model[which].pop_front();
        }
      } else if (!queue.empty()) {
        const auto [owner, taken] = queue.pop();
        ASSERT_FALSE(model[owner].empty());
        ASSERT_EQ(taken.seq, model[owner].front());
        for (const auto& [other, waiting] : model) {
          if (other == owner || waiting.empty()) continue;
          lead[{other, owner}] = 0;
          ASSERT_LE(++lead[std::pair(owner, other)], 1) << "seed " << seed << ", step " << step;
        }
        model[owner].pop_front();
      }
      std::size_t size = 0;
      for (const auto& [owner, waiting] : model) size += waiting.size();
      ASSERT_EQ(queue.size(), size);
    }
  }
}

}  // namespace
}  // namespace omnistream::actors
