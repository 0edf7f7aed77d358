#pragma once

#include <gtest/gtest.h>

#include "actors/campaign/campaign_actor.hpp"
#include "tests/actors/campaign_world.hpp"

namespace omnistream::test {

inline const uuid one{{0xc1}};

/// A campaign's actor with a database, a clock and dispatchers that the test holds.
class CampaignActor : public ::testing::Test {
 protected:
  /// A campaign that is being sent, its first window at the dispatcher.
  void begin(int recipients = 10) {
    world.add(one, recipients);
    sent = world.send(one);
    world.settle();
    ASSERT_EQ(world.status(one), campaign_status::sending);
  }
  /// Each of these calls fails so often.
  void fail(const std::string& operation, int times, fake_campaign_store::fault how) {
    world.store.faults = [this, operation, times, how,
                          failed = 0](const std::string& what) mutable {
      if (what != operation || failed == times) return fake_campaign_store::fault::none;
      ++failed;
      ++faults_met;
      return how;
    };
  }
  std::map<entity_address, registry_state::living>& entities() {
    return dynamic_cast<registry_state::pointer>(
               caf::actor_cast<caf::abstract_actor*>(world.registry))
        ->state.entities;
  }

  campaign_world world;
  campaign_world::answer_slot sent;
  int faults_met = 0;
};

}  // namespace omnistream::test
