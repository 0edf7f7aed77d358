#pragma once

#include <gtest/gtest.h>

#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {

class CampaignStoreSql : public ::testing::Test {
 protected:
  store_world world;
};

inline std::vector<int> seqs(const claimed_batch& batch) {
  std::vector<int> list;
  for (const auto& one : batch.recipients) list.push_back(one.seq);
  return list;
}

}  // namespace omnistream::test
