#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "bench/graph_simulator/accepted_message.hpp"
#include "bench/graph_simulator/callback_set.hpp"
#include "bench/graph_simulator/faults.hpp"
#include "bench/graph_simulator/limits.hpp"
#include "bench/graph_simulator/login_store.hpp"
#include "bench/graph_simulator/options.hpp"
#include "bench/graph_simulator/template_store.hpp"
#include "bench/graph_simulator/webhook_sink.hpp"

namespace graph_simulator {

/// A phone number: made when it is first named, for any id is taken.
struct phone_number {
  std::shared_ptr<const number_info> info;
  rate_window window;
};

/// All phone numbers and the WABA each belongs to. Not thread-safe.
class number_registry {
 public:
  static constexpr std::size_t numbers_max = 10'000;

  explicit number_registry(std::string default_waba) : default_waba_(std::move(default_waba)) {}

  /// The number with this id; nothing only when there are too many.
  phone_number* find_or_add(std::string_view phone_number_id);
  /// A WABA was named by a call: numbers that nobody bound belong to the one named last.
  void note_waba(std::string_view waba);
  void bind(std::string_view phone_number_id, std::string_view waba);
  bool is_known_waba(std::string_view id) const { return wabas_.contains(std::string(id)); }
  std::map<std::string, phone_number, std::less<>>& all() { return numbers_; }

 private:
  std::map<std::string, phone_number, std::less<>> numbers_;
  std::map<std::string, std::string, std::less<>> bindings_;  ///< number -> WABA
  std::unordered_map<std::string, bool> wabas_;
  std::string default_waba_;
};

/// Somebody who wrote to a page or an Instagram account, by the id they have with it.
struct messaging_person {
  std::string_view object;  ///< `page` or `instagram`
  std::string account;
  instant wrote_at{};
};

/// An accepted body, kept for a while so that tests can look at it.
struct recorded_message {
  std::uint64_t index;
  std::string wamid;
  std::string phone_number_id;
  std::string callback;
  std::string body;
};

struct message_counts {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
  std::map<int, std::uint64_t> rejected;  ///< by error code
  std::uint64_t resets_before = 0;
  std::uint64_t resets_after = 0;
  std::uint64_t read_receipts = 0;
};

/// A picture or the like, uploaded or sent by somebody.
struct simulated_medium {
  std::string content_type;
  std::string bytes;
};

/// Everything the simulator knows. Used on one thread only.
struct world {
  static constexpr std::size_t recorded_max = 10'000;
  static constexpr std::size_t service_windows_max = 1'000'000;
  static constexpr std::size_t subscriptions_max = 10'000;
  static constexpr std::size_t health_max = 10'000;
  static constexpr std::size_t people_max = 1'000'000;
  static constexpr std::size_t media_max = 100;  ///< the oldest go

  world(simulator_options given, start_time began, webhook_sink& told)
      : options(std::move(given)),
        start(began),
        sink(&told),
        templates(std::chrono::milliseconds(options.review_delay_ms)),
        numbers(options.waba_id),
        faults(options.statuses.seed) {}

  simulator_options options;
  start_time start;
  webhook_sink* sink;
  template_store templates;
  number_registry numbers;
  pair_limit pairs;
  fault_table faults;
  callback_set callbacks;
  message_counts counts;
  std::deque<recorded_message> recorded;
  std::unordered_map<std::uint64_t, instant>
      service_windows;  ///< (number, user) -> end of the 24 hours
  std::unordered_map<std::string, std::string>
      health;                                  ///< object id -> can_send_message, if not AVAILABLE
  std::unordered_set<std::string> subscribed;  ///< WABAs, pages and Instagram accounts
  login_store logins;
  std::unordered_map<std::string, nlohmann::json> messenger_profiles;  ///< by page
  std::unordered_map<std::string, messaging_person> people;  ///< of Messenger and Instagram
  std::map<std::string, simulated_medium> media;             ///< by id
  std::uint64_t media_count = 0;
  std::uint64_t next_index = 0;
  std::uint64_t inbound_count = 0;
  std::uint64_t traces = 0;  ///< error answers so far; makes their fbtrace_id
};

/// The key of a pair of a number and a user.
std::uint64_t pair_key(std::string_view phone_number_id, std::string_view user);

}  // namespace graph_simulator
