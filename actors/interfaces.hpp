#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/campaign/campaign_machine.hpp"
#include "actors/campaign/campaign_store.hpp"
#include "actors/commands.hpp"
#include "actors/dispatch/message_sender.hpp"
#include "actors/reply.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"

/// The message map of OmniStream: every actor's interface and every message, with one sentence
/// each. Messages carry shared pointers or small values and never leave the process, so none is
/// serialised.
namespace omnistream::actors {

// -- addressing ----------------------------------------------------------------------------------

/// What kinds of entities are actors. An entity is addressed by (kind, id) through the registry,
/// never by a handle.
enum class entity_kind : std::uint8_t {
  campaign,
  conversation,
  webhook,  ///< a subscription of outgoing webhooks
};
std::string_view to_string(entity_kind kind);

struct entity_address {
  entity_kind kind = entity_kind::campaign;
  uuid id;
  auto operator<=>(const entity_address&) const = default;
};

// -- commands (what they are: actors/commands.hpp) ----------------------------------------------

/// A caller's command to one entity. The entity compares the tenant with its own and answers 404
/// for another's.
struct entity_call {
  entity_address to;
  uuid tenant_id;
  std::shared_ptr<const command> what;
  reply_ptr answer;
};

// -- small messages ------------------------------------------------------------------------------

/// Continues on the actor what began on another thread (a database job, a send).
struct step {
  std::shared_ptr<const std::function<void()>> run;
};
/// Look at yourself again: something concerning you was changed elsewhere.
struct wake {
  entity_address to;
  /// Nothing was changed but that more is to be done: what is under way stays as it is.
  bool more_only = false;
};
/// Wake this entity at that time, whether or not its actor lives then.
struct alarm {
  entity_address to;
  timestamp at;
};
/// The entity has nothing to do and may be let go.
struct idle {
  entity_address who;
  std::uint64_t calls_seen = 0;
};
/// Let go: no further call is under way to you.
struct passivate {};
/// Begin nothing new, finish what is in flight, end.
struct drain {};
/// A timer of the actor itself: look at the clock and do what is due. One too many does no harm.
struct tick {
  std::uint64_t number = 0;  ///< where only the timer armed last counts
};

// -- sending -------------------------------------------------------------------------------------

/// One message on its way to a dispatcher.
struct send_item {
  int seq = 0;
  int attempt = 0;
  bool retry = false;
  std::string phone_number;
  std::string body;
};
struct send_outcome {
  int seq = 0;
  int attempt = 0;
  bool retry = false;
  std::string phone_number;
  bool returned = false;  ///< not sent and not tried: given back at a withdrawal
  send_result result;     ///< when tried
  account_ptr account;    ///< when tried: as it was known then
  timestamp at{};
};

/// A campaign or a conversation hands over claimed messages of one account. Those of conversations
/// go before those of campaigns.
struct offer {
  entity_address from;
  account_ptr account;
  std::shared_ptr<std::vector<send_item>> items;
  int low_water = 0;  ///< report as soon as no more than so many of the campaign's wait
};
/// Give back what you have not sent of this entity; answered with one `outcomes` that says
/// `withdrawal`.
struct withdraw {
  entity_address from;
  std::string sender_id;
};
/// The dispatcher reports to who offered: what became of messages, and how many of a campaign's
/// left its queue.
struct outcomes {
  entity_address to;
  std::shared_ptr<std::vector<send_outcome>> list;
  bool withdrawal = false;
  int left_queue = 0;  ///< since the last report: on their way to Meta, or given back
};

// -- actors --------------------------------------------------------------------------------------

/// Any entity: what the registry says to it.
using entity_actor =
    caf::typed_actor<caf::reacts_to<entity_call>, caf::reacts_to<wake>, caf::reacts_to<outcomes>,
                     caf::reacts_to<step>, caf::reacts_to<tick>, caf::reacts_to<passivate>,
                     caf::reacts_to<drain>>;

/// Knows which entity's actor lives, spawns on first use, keeps alarms, passivates the idle.
using registry_actor =
    caf::typed_actor<caf::reacts_to<entity_call>,          ///< pass on a caller's command
                     caf::reacts_to<wake>,                 ///< spawn if needed and pass on
                     caf::reacts_to<outcomes>,             ///< a dispatcher's report for an entity
                     caf::reacts_to<alarm>,                ///< remember to wake
                     caf::reacts_to<idle>,                 ///< an entity offers to go
                     caf::reacts_to<tick>,                 ///< INTERNAL: look at the alarms
                     caf::replies_to<drain>::with<bool>>;  ///< drain all entities; true when the
                                                           ///< last one has ended

/// Sends for one number, page, Instagram account or address at its rate: for people who wait first,
/// then fairly among campaigns.
using dispatcher_actor =
    caf::typed_actor<caf::reacts_to<offer>, caf::reacts_to<withdraw>,
                     caf::reacts_to<step>,    ///< INTERNAL: results are in
                     caf::reacts_to<tick>,    ///< INTERNAL: the limiter may grant again
                     caf::reacts_to<drain>>;  ///< return everything unsent from now on

/// One dispatcher per sender_id, bounded in number; finds or makes it.
using dispatcher_pool_actor =
    caf::typed_actor<caf::reacts_to<offer>, caf::reacts_to<withdraw>, caf::reacts_to<drain>>;

/// A call of the HTTP side: a command for an entity, or a read that asks storage.
struct front_command {
  entity_call call;
};
struct front_query {
  std::shared_ptr<const std::function<void(reply_ptr)>> run;
  reply_ptr answer;
};

/// Where every API call enters the actors: counts what is in flight, sheds what is too much, routes
/// the rest.
using front_actor = caf::typed_actor<caf::reacts_to<front_command>, caf::reacts_to<front_query>,
                                     caf::reacts_to<drain>>;

}  // namespace omnistream::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::entity_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::step)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::wake)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::alarm)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::idle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::passivate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::offer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::withdraw)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::outcomes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::front_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::front_query)
