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
  /// was sent to exactly once.
  void check_sent();
  void cancel();

  const std::vector<std::string>& ids() const { return ids_; }
  double added_per_s() const { return added_per_s_; }
  const std::vector<sample>& samples() const { return samples_; }  ///< of the last await()

 private:
  std::int64_t share_of(int number) const;

  test_bed& bed_;
  campaign_spec spec_;
  progress& progress_;
  std::vector<std::string> ids_;
  std::vector<sample> samples_;
  double added_per_s_ = 0;
};

/// Phone number ids of the tool, from 0.
std::string phone_number_id(int number);

}  // namespace omnistream::load
