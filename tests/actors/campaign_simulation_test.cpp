// A campaign from draft to its end under everything that may happen at once: answers of every kind,
// webhooks, a database that fails and answers out of order, cancellations, pauses, drains, crashes.
// Seeded; a failure names its seed.
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/actors/campaign_world.hpp"

namespace omnistream::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using fault = fake_campaign_store::fault;

class simulation {
 public:
  simulation(unsigned seed, int recipients)
      : random_(seed), world_(options()), known_(static_cast<std::size_t>(recipients) + 1) {
    world_.settings_of_desk->on_offer = [this](const offer& from) { note_offer(from); };
    world_.settings_of_desk->on_return = [this](const send_item& item) {
      known_[index(item.seq)].open = false;
    };
    world_.stop();
    world_.start();
    world_.add(id_, recipients);
    world_.store.faults = [this](const std::string& operation) { return next_fault(operation); };
  }

  /// Random events for so many steps, then good weather until the end.
  void run(int steps) {
    for (int step = 0; step < steps && violation_.empty(); ++step) {
      one_step();
      check(step);
    }
    fair_ = true;
    for (int i = 0; i < 400 && violation_.empty() && !ended(); ++i) calm_step(i);
    finish();
  }

  const std::string& violation() const { return violation_; }
  int crashes() const { return crashes_; }
  int accepted() const { return accepted_; }

 private:
  struct knowledge {
    bool open = false;  ///< offered, and no definite "not accepted" came back
    int accepted = 0;   ///< how often Meta took it
  };

  static campaign_options options() {
    campaign_options made;
    made.claim_batch_max = 20;
    made.uncertain_timeout = seconds{30};
    made.idle_passivate = seconds{5};
    return made;
  }
  static std::size_t index(int seq) { return static_cast<std::size_t>(seq); }
  bool chance(int percent) { return static_cast<int>(random_() % 100) < percent; }
  void violate(const std::string& what) {
    if (violation_.empty()) violation_ = what;
  }
  fake_campaign_store::campaign& data() { return world_.data(id_); }
  bool ended() {
    const auto now = fake_campaign_store::count(data());
    return data().state.status >= campaign_status::completed && in_flight_.empty() &&
           world_.desk->waiting[id_].empty() && world_.store.idle() &&
           now.total == now.sent + now.failed + now.cancelled;
  }

  fault next_fault(const std::string& operation) {
    const auto what = fair_ || !chance(8) ? fault::none
                      : chance(50)        ? fault::away
                                          : fault::in_doubt;
    if (operation == "recover" && what != fault::away) crash_unseen_ = false;
    return what;
  }

  void note_offer(const offer& from) {
    for (const auto& item : *from.items) {
      auto& one = known_[index(item.seq)];
      if (one.open) violate("offered twice: " + std::to_string(item.seq));
      one.open = true;
    }
  }

  void one_step() {
    switch (random_() % 16) {
      case 0:
      case 1:
        return world_.advance(milliseconds(random_() % 1'500));
      case 2:
      case 3:
      case 4:
        return hand_to_meta();
      case 5:
      case 6:
      case 7:
        return answer();
      case 8:
        return hear();
      case 9:
      case 10:
      case 11:
        if (world_.store.jobs() > 0) world_.store.run_job(random_() % world_.store.jobs());
        return;
      case 12:
      case 13:
        if (world_.store.completions() > 0)
          world_.store.complete(random_() % world_.store.completions());
        return;
      case 14:
        return world_.run();
      default:
        return seldom();
    }
  }

  void seldom() {
    switch (random_() % 60) {
      case 0:
        return crash();
      case 1:
        return drain_and_restart();
      case 2:
        world_.call(id_, cancel_campaign{});
        return;
      case 3:
        world_.wake_up(id_);
        return;
      case 4:
        data().state.cannot_send = pause{"account_refused", "Token."};
        return world_.wake_up(id_);
      case 5:
      case 6:
        data().state.cannot_send.reset();
        return world_.wake_up(id_);
      default:
        world_.send(id_);
    }
  }

  void hand_to_meta() {
    auto& waiting = world_.desk->waiting[id_];
    for (auto many = 1 + random_() % 5; many > 0 && !waiting.empty(); --many) {
      in_flight_.push_back(waiting.front());
      waiting.pop_front();
    }
  }

  void take(int seq) {
    ++accepted_;
    if (++known_[index(seq)].accepted > 1) violate("Meta took it twice: " + std::to_string(seq));
  }

  void answer() {
    if (in_flight_.empty()) return;
    const auto which =
        in_flight_.begin() + static_cast<std::ptrdiff_t>(random_() % in_flight_.size());
    const auto item = *which;
    in_flight_.erase(which);
    auto& one = known_[index(item.seq)];
    const auto dice = fair_ ? 0 : random_() % 20;
    send_result result = test::accepted();
    if (dice < 11) {
      take(item.seq);
    } else if (dice < 13) {
      if (chance(50)) take(item.seq);
      result = uncertain();
    } else {
      static constexpr std::array codes{130429, 131056, 131026, 131049, 190, 132015, 132000};
      one.open = false;
      result = dice < 14 ? not_sent() : rejected(codes[dice - 14 < 7 ? dice - 14 : 0]);
    }
    world_.report(id_, item, result);
  }

  /// A webhook about somebody whose message Meta took.
  void hear() {
    const auto seq = static_cast<int>(1 + random_() % (known_.size() - 1));
    if (known_[index(seq)].accepted == 0) return;
    if (data().rows[index(seq) - 1].status == 7) corrected_late_ = true;
    if (world_.store.webhook(data(), seq, static_cast<int>(2 + random_() % 4))) world_.wake_up(id_);
  }

  /// What was handed to Meta may or may not have arrived there.
  void lose_all() {
    for (const auto& item : in_flight_)
      if (chance(50)) take(item.seq);
    in_flight_.clear();
  }

  void crash() {
    ++crashes_;
    crash_unseen_ = true;
    for (auto jobs = world_.store.jobs(); jobs > 0; --jobs)
      if (chance(50)) world_.store.run_job(random_() % world_.store.jobs());
    world_.stop();
    lose_all();
    world_.start();
    world_.wake_up(id_);
  }

  void drain_and_restart() {
    caf::scoped_actor self{world_.system, true};
    self->request(world_.registry, caf::infinite, drain{});
    for (int i = 0; i < 60; ++i) {
      while (!in_flight_.empty()) answer();
      world_.settle();
      world_.advance(milliseconds{500});
    }
    // What a crash lost and no actor could look at yet is left to the next start.
    for (int seq = 1; seq <= data().claimed && !crash_unseen_; ++seq) {
      const auto held = data().holds.find(seq);
      const bool waits = held != data().holds.end() && !held->second.token;
      if (data().rows[index(seq) - 1].status == 0 && !waits)
        violate("a drain left something unrecorded: " + std::to_string(seq));
    }
    world_.stop();
    world_.start();
    world_.wake_up(id_);
  }

  void calm_step(int number) {
    data().state.cannot_send.reset();
    if (data().state.status == campaign_status::draft || number % 20 == 19) {
      world_.send(id_);
      world_.wake_up(id_);
    }
    for (int i = 0; i < 20; ++i) {
      hand_to_meta();
      while (!in_flight_.empty()) answer();
      world_.settle();
    }
    world_.pass(number < 60 ? seconds{2} : seconds{1'800},
                number < 60 ? milliseconds{500} : seconds{60});
  }

  void check(int step) {
    const auto& of = data();
    if (world_.store.twice_in_a_record) violate("one recipient twice in a record");
    if (of.settled > of.claimed || of.claimed > static_cast<int>(of.rows.size()))
      violate("cursors out of order");
    for (int seq = 1; seq <= static_cast<int>(of.rows.size()); ++seq) {
      const int status = of.rows[index(seq) - 1].status;
      if (known_[index(seq)].open && seq > of.claimed) violate("offered and not claimed");
      if ((status == 2 || status == 3 || status == 4) && known_[index(seq)].accepted == 0)
        violate("sent, but Meta never took it: " + std::to_string(seq));
    }
    for (const auto& [seq, held] : of.holds)
      if (of.rows[index(seq) - 1].status != (held.uncertain ? 1 : 0))
        violate("a hold of a settled recipient: " + std::to_string(seq));
    if (!violation_.empty()) violation_ += " at step " + std::to_string(step);
  }

  void finish() {
    if (!violation_.empty()) return;
    check(-1);
    const auto now = fake_campaign_store::count(data());
    const auto status = data().state.status;
    if (!ended())
      return violate("it never ended: " + std::string(to_string(status)) + ", sent " +
                     std::to_string(now.sent) + ", failed " + std::to_string(now.failed) +
                     ", uncertain " + std::to_string(now.uncertain) + ", cancelled " +
                     std::to_string(now.cancelled) + " of " + std::to_string(now.total) +
                     ", holds " + std::to_string(data().holds.size()));
    if (status == campaign_status::failed && now.sent > 0 && !corrected_late_)
      violate("failed, though some were sent");
    if (status == campaign_status::completed && now.sent == 0) violate("completed without a send");
    if (!data().holds.empty()) violate("holds are left");
  }

  std::mt19937 random_;
  campaign_world world_;
  uuid id_{{0xc1}};
  std::vector<knowledge> known_;
  std::deque<send_item> in_flight_;
  std::string violation_;
  bool fair_ = false, crash_unseen_ = false, corrected_late_ = false;
  int crashes_ = 0, accepted_ = 0;
};

class CampaignSimulation : public ::testing::TestWithParam<unsigned> {};

TEST_P(CampaignSimulation, KeepsItsPromises) {
  int crashes = 0, accepted = 0;
  for (unsigned seed = GetParam() * 1'000 + 1; seed <= GetParam() * 1'000 + 25; ++seed) {
    simulation one(seed, 120);
    one.run(4'000);
    ASSERT_EQ(one.violation(), "") << "seed " << seed;
    crashes += one.crashes();
    accepted += one.accepted();
  }
  EXPECT_GT(crashes, 10) << "the simulation has become too kind";
  EXPECT_GT(accepted, 500);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CampaignSimulation, ::testing::Range(0U, 8U));

}  // namespace
}  // namespace omnistream::test
