#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/interfaces.hpp"
#include "actors/live/live_client.hpp"
#include "actors/live/live_store.hpp"

namespace omnistream::actors {

/// Somebody wants to be told.
struct open_stream {
  live_caller who;
  std::string after;  ///< the position the client has; empty: it begins now
  live_client_ptr client;
};
/// What is written to this client goes nowhere.
struct stream_gone {
  live_client_ptr client;
};
/// Live events of these tenants were committed.
struct live_events_committed {
  std::vector<uuid> tenants;
};
/// Somebody's rights may have changed: look whether all may still be told what they are.
struct check_rights {};
/// INTERNAL: the pause after a tenant's last read is over.
struct read_live {
  uuid tenant;
};
/// INTERNAL: show that the connections live.
struct live_beat {};
/// INTERNAL: look how far campaigns are.
struct look_at_progress {};
/// INTERNAL: remove old events.
struct forget_live {};

/// Reads what happens, once for each tenant somebody looks at, and tells every client what it may
/// see.
using live_hub_actor =
    caf::typed_actor<caf::reacts_to<open_stream>, caf::reacts_to<stream_gone>,
                     caf::reacts_to<live_events_committed>, caf::reacts_to<check_rights>,
                     caf::reacts_to<step>,  ///< INTERNAL: a database job has ended
                     caf::reacts_to<tick>,  ///< INTERNAL: check the rights now and then
                     caf::reacts_to<read_live>, caf::reacts_to<live_beat>,
                     caf::reacts_to<look_at_progress>, caf::reacts_to<forget_live>,
                     caf::reacts_to<drain>>;  ///< end all streams, begin none

struct live_hub_environment {
  live_store* store;  ///< outlives the actor
  wall_clock now;
  live_options options{};
};

struct live_hub_state {
  using pointer = live_hub_actor::stateful_pointer<live_hub_state>;
  static inline const char* name = "live_hub";

  explicit live_hub_state(pointer actor) : self(actor) {}

  struct stream {
    live_client_ptr client;
    live_caller who;
    std::string after;
    std::string_view cannot_resume;  ///< why, if it cannot go on from where it was
    std::optional<live_viewer> viewer;
    bool attached = false;  ///< it was accepted, and has been told all up to its feed's position
    bool knows_progress = false;  ///< of all campaigns
  };
  /// What is told in one tenant.
  struct feed {
    std::string position;  ///< up to which all who are attached were told; empty: nothing was read
    std::set<const live_client*> attached;
    std::deque<const live_client*> joining;
    bool reading = false;
    bool unread = false;    ///< something was committed since the last read began
    bool look_set = false;  ///< a read_live is on its way
    timestamp read_last{};
    std::map<uuid, std::string> progress;  ///< as it was told last
  };

  void open(const open_stream& wish);
  void look_up(const live_client_ptr& client);
  void gone(const live_client* client);
  void refuse(const live_client* client, const problem& why);
  void end_all();

  void go_on(const uuid& tenant);
  bool let_in_next(const uuid& tenant, feed& in);
  void read(const uuid& tenant, feed& in, const live_client_ptr& joiner);
  void take(const uuid& tenant, const live_client_ptr& joiner, result<live_page> page);
  void put_off(feed& in, const live_client_ptr& joiner, bool is_lost);
  void welcome(feed& in, stream& who, const live_page& page);
  bool fits(const std::string& text) const;
  void tell(const feed& in, const live_page& page);
  void reset_all(const feed& in, std::string_view position, std::string_view reason);

  void beat();
  void check();
  void apply(const std::vector<live_client_ptr>& whose,
             const std::vector<std::optional<live_rights>>& rights);
  void look_at_campaigns();
  void tell_progress(const std::vector<campaign_progress>& list);
  void forget();

  pointer self;
  live_hub_environment environment;
  std::map<const live_client*, stream> streams;
  std::map<uuid, feed> feeds;

 private:
  std::function<void(std::function<void()>)> on_actor();
  stream* find(const live_client* client);

  bool draining_ = false;
  bool checking_ = false;
  bool check_again_ = false;
  /// Where the last round of forgetting ended: all who are attached have read since then.
  std::string forget_up_to_;
};

live_hub_actor::behavior_type live_hub(live_hub_state::pointer self,
                                       live_hub_environment environment);

}  // namespace omnistream::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::open_stream)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::stream_gone)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::live_events_committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::check_rights)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::read_live)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::live_beat)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::look_at_progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::forget_live)
