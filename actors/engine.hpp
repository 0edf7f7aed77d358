#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/commands.hpp"
#include "actors/dispatch/message_sender.hpp"
#include "actors/ingest/inbox_store.hpp"
#include "actors/live/live_client.hpp"
#include "actors/reply.hpp"
#include "actors/webhook/delivery_sender.hpp"
#include "actors/webhook/event_bus_store.hpp"
#include "config/base/time.hpp"
#include "config/base/uuid.hpp"
#include "storage/pool.hpp"

namespace omnistream::actors {

struct engine_options {
  std::size_t threads = 2;                  ///< of the actor scheduler
  int in_flight_max = 4'096;                ///< API calls not answered yet
  std::size_t dispatchers_max = 1'000;      ///< numbers, pages and the like that send at once
  std::size_t in_flight_to_meta_max = 256;  ///< messages handed to Meta and not answered
  int claim_batch_max = 1'000;
  int recipients_max = 10'000'000;
  int default_messages_per_second = 80;
  std::chrono::seconds uncertain_timeout{300};
  std::chrono::seconds idle_passivate{60};
  std::chrono::seconds expire_check{60};  ///< between two looks for idle conversations
  std::size_t webhook_batch_max = 1'000;  ///< payloads per commit
  /// Webhooks that could not be applied are removed after it.
  std::chrono::hours webhooks_set_aside_kept{24 * 30};
  std::size_t deliveries_in_flight_max = 256;  ///< requests to subscribers at once
  std::size_t deliveries_per_host_max = 32;
  /// How long a drain waits for subscribers' answers.
  std::chrono::milliseconds deliveries_drain_patience{5'000};
  kept_days webhooks_kept{};  ///< what is old of outgoing webhooks
  live_options live{};
  /// Told, after the commit, in which conversations somebody wrote who has no name and whose
  /// channel tells none. On an actor thread; returns at once.
  std::function<void(const std::vector<uuid>& conversations)> ask_names{};
  std::function<std::int64_t()> epoch;  ///< of the engine's lease
  open_account_secret open_token;       ///< unseals what an account is used with
  /// Unseals the secret of a subscription; nothing if it cannot be read.
  std::function<std::optional<std::string>(const uuid& webhook, const std::string& sealed)>
      open_secret;
};

/// The actors as the rest of the program sees them: it sends calls in and gets replies; CAF stays
/// inside. Any thread.
class engine {
 public:
  /// Starts the actors. `pool`, `sender` and `subscribers` must outlive it.
  engine(storage::pool& pool, message_sender& sender, delivery_sender& subscribers,
         engine_options options);
  ~engine();  ///< ends all actors, what was not drained is given up; the pool is stopped by then

  /// Wakes the campaigns that were being sent and the conversations in which something waits to be
  /// sent, and arms the scheduled campaigns. Blocking; called once after construction.
  void resume();

  /// A caller's command for one campaign.
  void command_campaign(const uuid& tenant, const uuid& campaign, campaign_command what,
                        reply_ptr answer);
  /// A caller's command for one conversation.
  void command_conversation(const uuid& tenant, const uuid& conversation, conversation_command what,
                            reply_ptr answer);
  /// A caller's message in one conversation.
  void send_message(const uuid& tenant, const uuid& conversation, actors::send_message what,
                    reply_ptr answer);
  /// A caller's command for one subscription to outgoing webhooks.
  void command_webhook(const uuid& tenant, const uuid& webhook, webhook_command what,
                       reply_ptr answer);
  /// A read: counted by the front, then `run` asks storage and answers through the counted reply.
  void query(std::function<void(reply_ptr)> run, reply_ptr answer);
  /// Runs something that takes long (reading a large body, hashing a password) on an actor thread.
  void work(std::function<void()> run);
  /// The same after `wait`; not at all if the server ends before.
  void work_later(std::chrono::milliseconds wait, std::function<void()> run);
  /// A webhook whose signature was checked; answered 200 when it is committed.
  void webhook(raw_webhook what, reply_ptr answer);
  /// Campaigns look again at their account or template.
  void wake_campaigns(const std::vector<uuid>& campaigns);
  /// A message was scheduled for this time.
  void message_scheduled(timestamp at);
  /// Something may wait to be sent in these conversations.
  void wake_conversations(const std::vector<uuid>& conversations);

  /// A client that wants to be told of live events: accepted or refused soon, then written to.
  /// `after`: the position it has; empty: it begins now.
  void open_stream(live_caller who, std::string after, live_client_ptr client);
  /// What is written to this client goes nowhere any more.
  void stream_gone(live_client_ptr client);
  /// Somebody's rights may have changed: whoever has no business with what they are told is not
  /// told any more.
  void check_streams();

  int in_flight() const;  ///< API calls not answered yet

  /// Takes nothing new, lets every campaign finish what is in flight and record it. False if the
  /// time ran out.
  bool drain(std::chrono::milliseconds timeout);

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace omnistream::actors
