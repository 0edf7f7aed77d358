#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace graph_simulator {

enum class fault_kind { latency, error, http_500, reset_before, reset_after, expire_token };

/// A fault on request: what happens to which share of the calls, and how often at most.
struct fault {
  std::uint64_t id = 0;
  fault_kind kind = fault_kind::latency;
  double share = 1;
  int code = 0;                        ///< of `error`
  int subcode = 0;                     ///< of `error`
  std::int64_t ms = 0;                 ///< of `latency`
  std::optional<std::uint64_t> count;  ///< hits left; empty: no limit
  bool all_calls = false;              ///< every Graph call, not only messages
  bool by_webhook = false;             ///< `error`: the message is accepted, its status fails
  std::uint64_t calls = 0;             ///< looked at so far
  std::uint64_t hits = 0;
};

/// What befalls one call. Latencies add up; of the other faults the first that hits counts.
struct fate {
  std::int64_t latency_ms = 0;
  std::optional<fault_kind> what;
  int code = 0;
  int subcode = 0;
  bool by_webhook = false;
};

/// The faults that are on. Chance comes from the seed and each fault's own count of calls. Not
/// thread-safe.
class fault_table {
 public:
  static constexpr std::size_t faults_max = 100;

  explicit fault_table(std::uint64_t seed) : seed_(seed) {}

  /// Adds what the JSON describes; otherwise a sentence that says what is wrong with it.
  std::optional<std::string> add(const nlohmann::json& description);
  void clear() { faults_.clear(); }
  bool empty() const { return faults_.empty(); }
  fate decide(bool is_message);
  nlohmann::ordered_json to_json() const;

 private:
  std::uint64_t seed_;
  std::uint64_t last_id_ = 0;
  std::vector<fault> faults_;
};

}  // namespace graph_simulator
