#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/base/crypto.hpp"
#include "config/base/result.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "config/settings.hpp"
#include "http/client/signal_client.hpp"
#include "storage/pool.hpp"

namespace omnistream::http::api {

/// Asks Meta what people on Messenger and Instagram are called, as its webhooks do not tell, and
/// stores it as the name of contacts that have none. Nobody waits for it: what becomes of it is
/// counted in `omnistream_contact_names_total`. What waits is in memory: after a restart somebody
/// is asked for when they write again. Any thread.
class contact_names {
 public:
  /// `pool` and `key` outlive it; the pool is stopped after stop() and before it dies.
  contact_names(storage::pool& pool, const config::settings& settings, const crypto::key256& key,
                wall_clock now);

  /// For the contacts of these conversations. Those for whom there is no room are left out.
  void ask(const std::vector<uuid>& conversations);
  /// For those again whom Meta could not be asked for, when their pause is over. It does so by
  /// itself every minute.
  void ask_again();
  void stop();

  static constexpr std::size_t at_once_max = 4;
  static constexpr std::size_t waiting_max = 10'000;
  /// After Meta refused: it will for long, as the person wants it so or the app may not ask.
  static constexpr std::chrono::hours refused_pause{7 * 24};
  /// After it could not be asked, has had enough calls or refused the token: nobody of that account
  /// is asked for.
  static constexpr std::chrono::minutes away_pause{5};
  /// Conversations and accounts that rest; beyond it all is forgotten, and may be asked once more.
  static constexpr std::size_t resting_max = 10'000;

 private:
  struct question;
  struct rest {
    timestamp until;
    bool is_asked_again;
  };

  void go_on();
  void look_up(const uuid& conversation);
  void put(const uuid& conversation, const question& what);
  void answered(const uuid& conversation, const uuid& account, const result<nlohmann::json>& said);
  void store(const uuid& conversation, const std::string& name);
  /// It is not at work any more, and rests for so long.
  void settle(const uuid& conversation, std::chrono::seconds pause, bool is_asked_again);
  /// The guard is held.
  bool rests(const uuid& id) const;
  void let_rest(const uuid& id, std::chrono::seconds pause, bool is_asked_again);

  storage::pool& pool_;
  const crypto::key256& key_;
  const wall_clock now_;
  client::signal_client meta_;

  std::mutex guard_;
  std::deque<uuid> waiting_;
  std::set<uuid> taken_;  ///< those, and the ones at work
  std::size_t at_work_ = 0;
  bool going_on_ = false;  ///< on some thread, in go_on()
  bool stopped_ = false;
  std::map<uuid, rest> resting_;
  std::jthread minutes_;
};

}  // namespace omnistream::http::api
