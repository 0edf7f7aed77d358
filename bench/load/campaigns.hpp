#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/load/progress.hpp"
#include "bench/load/test_bed.hpp"

namespace omnistream::load {

/// Counters of one campaign, or of several added up.
struct campaign_counts {
  std::int64_t total = 0;
  std::int64_t sent = 0;
  std::int64_t delivered = 0;
  std::int64_t read = 0;
  std::int64_t failed = 0;
  std::int64_t uncertain = 0;
  bool all_ended = true;  ///< no campaign is a draft, scheduled or sending

  void add(const nlohmann::json& campaign);
};

struct campaign_spec {
  std::int64_t recipients = 20'000;  ///< of all campaigns together
  int numbers = 1;                   ///< phone numbers, each with a campaign of its own
  int rate = 0;                      ///< messages/s of each number; 0: unlimited
  int first_number = 0;              ///< so that several sets of campaigns fit into one bed
};

/// The body that adds `count` recipients, each with two variables. Numbers of different `first`
/// never meet as long as the ranges do not.
std::string recipients_body(std::int64_t first, std::int64_t count);

/// Recipients that one call adds.
inline constexpr std::int64_t recipients_per_call = 50'000;

/// One campaign per phone number, made and sent through the API.
class campaign_set {
 public:
  struct sample {
    steady::time_point at;
    std::int64_t count;
  };

  campaign_set(test_bed& bed, campaign_spec spec, progress& shown);

  /// Connects the numbers, makes the campaigns and adds their recipients.
  void prepare();
  /// Starts them all; the time is that before the first call.
  steady::time_point send();
  /// Waits until `done(counts)` reaches `target`, at most `limit` after it last grew. Looks more
  /// often towards the end, so that the end is known to a few milliseconds. Throws
  /// std::runtime_error.
  steady::time_point await(const std::string& doing,
                           const std::function<std::int64_t(const campaign_counts&)>& done,
                           std::int64_t target);
  campaign_counts counts();
  /// Throws std::runtime_error unless the campaigns and the simulator agree that every recipient
  /// was sent to exactly once and nothing was refused.
  void check_sent();
  /// Cancels them all and waits until nothing is under way; how many were sent to.
  std::int64_t cancel();

  const std::vector<std::string>& ids() const { return ids_; }
  double added_per_s() const;
  /// The rates of the first and of the last tenth of the calls: a cost that grows would show.
  double first_added_per_s() const { return rate_of_adds(0, added_.size() / 10); }
  double last_added_per_s() const { return rate_of_adds(added_.size() * 9 / 10, added_.size()); }
  const std::vector<sample>& samples() const { return samples_; }  ///< of the last await()

 private:
  struct addition {
    std::int64_t count;
    double seconds;
  };

  std::int64_t share_of(int number) const;
  void add(const std::string& campaign, std::int64_t first, std::int64_t count);
  double rate_of_adds(std::size_t from, std::size_t to) const;

  test_bed& bed_;
  campaign_spec spec_;
  progress& progress_;
  std::vector<std::string> ids_;
  std::vector<sample> samples_;
  std::vector<addition> added_;
};

/// Phone number ids of the tool, from 0.
std::string phone_number_id(int number);

}  // namespace omnistream::load
