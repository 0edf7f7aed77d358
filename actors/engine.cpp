#include "actors/engine.hpp"

#include <random>
#include <stdexcept>
#include <utility>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "actors/campaign/campaign_actor.hpp"
#include "actors/campaign/campaign_store_sql.hpp"
#include "actors/conversation/conversation_actor.hpp"
#include "actors/conversation/conversation_store_sql.hpp"
#include "actors/dispatch/dispatcher_pool.hpp"
#include "actors/expiration/expiration_store_sql.hpp"
#include "actors/expiration/expirer.hpp"
#include "actors/front/front.hpp"
#include "actors/front/registry.hpp"
#include "actors/ingest/inbox.hpp"
#include "actors/live/live_hub.hpp"
#include "actors/live/live_store_sql.hpp"
#include "actors/schedule/schedule_store_sql.hpp"
#include "actors/schedule/scheduler.hpp"
#include "actors/webhook/delivery_lanes.hpp"
#include "actors/webhook/event_bus.hpp"
#include "actors/webhook/event_bus_store_sql.hpp"
#include "actors/webhook/webhook_actor.hpp"
#include "actors/webhook/webhook_store_sql.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {

/// Something to run in an actor of its own.
struct piece_of_work {
  std::shared_ptr<const std::function<void()>> run;
};

}  // namespace omnistream::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(omnistream::actors::piece_of_work)

namespace omnistream::actors {
namespace {

/// Spawns what runs work. A thread that is not CAF's must not spawn: it would keep a reference to
/// the actor system's logger, and the system waits for that to go before it ends.
class foreman : public caf::event_based_actor {
 public:
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[this](const piece_of_work& piece) {
      spawn([](caf::event_based_actor*, const piece_of_work& what) { (*what.run)(); }, piece);
    }};
  }
};

caf::actor_system_config& configure(caf::actor_system_config& config,
                                    const engine_options& options) {
  config.set("scheduler.max-threads", options.threads);
  // Sharing hands a message to any free worker at once; stealing lets it wait behind a busy one.
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-throughput", std::size_t{100});
  return config;
}

double random_jitter() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>{0, 1}(engine);
}

campaign_options campaign_options_of(const engine_options& options) {
  campaign_options campaigns;
  campaigns.claim_batch_max = options.claim_batch_max;
  campaigns.uncertain_timeout = options.uncertain_timeout;
  campaigns.idle_passivate = options.idle_passivate;
  campaigns.record_linger = std::chrono::milliseconds{50};
  campaigns.hold = start_hold::from(system_now());
  return campaigns;
}

conversation_options conversation_options_of(const engine_options& options) {
  conversation_options conversations;
  conversations.uncertain_timeout = options.uncertain_timeout;
  conversations.hold = start_hold::from(system_now());
  return conversations;
}

webhook_options webhook_options_of(const engine_options& options) {
  webhook_options webhooks;
  webhooks.idle_passivate = options.idle_passivate;
  webhooks.drain_patience = options.deliveries_drain_patience;
  return webhooks;
}

lane_bounds lane_bounds_of(const engine_options& options) {
  lane_bounds bounds;
  bounds.all = static_cast<int>(options.deliveries_in_flight_max);
  bounds.per_host = static_cast<int>(options.deliveries_per_host_max);
  return bounds;
}

}  // namespace

class engine::impl {
 public:
  impl(storage::pool& pool, message_sender& sender, delivery_sender& subscribers,
       engine_options options)
      : pool_(pool),
        campaigns_(make_campaign_store(
            pool, {options.epoch, options.open_token, options.default_messages_per_second,
                   options.recipients_max, wake_all()})),
        conversations_(make_conversation_store(
            pool, {options.epoch, options.open_token, options.default_messages_per_second,
                   options.uncertain_timeout, wake_all()})),
        webhooks_(make_webhook_store(pool, options.open_secret)),
        bus_store_(make_event_bus_store(pool)),
        live_store_(make_live_store(pool)),
        expiration_store_(make_expiration_store(pool)),
        schedule_store_(make_schedule_store(pool, options.epoch)),
        inbox_store_(make_inbox_store(pool)),
        lanes_(subscribers, system_now, lane_bounds_of(options)),
        system_(configure(config_, options)) {
    auto campaigns = std::make_shared<campaign_environment>();
    auto conversations = std::make_shared<conversation_environment>();
    auto webhooks = std::make_shared<webhook_environment>();
    spawn_registry(campaigns, conversations, webhooks);
    dispatchers_ = system_.spawn(
        dispatcher_pool,
        dispatcher_environment{registry_, &sender, system_now, random_jitter,
                               rate_limiter::clock::now() + rate_limiter::window,
                               std::make_shared<send_budget>(options.in_flight_to_meta_max)},
        options.dispatchers_max);
    *campaigns = {campaigns_.get(), registry_,     dispatchers_,
                  system_now,       random_jitter, campaign_options_of(options)};
    *conversations = {conversations_.get(), registry_,     dispatchers_,
                      system_now,           random_jitter, conversation_options_of(options)};
    *webhooks = {webhooks_.get(), &lanes_,       registry_,
                 system_now,      random_jitter, webhook_options_of(options)};
    front_ = system_.spawn(front, registry_, options.in_flight_max, in_flight_);
    inbox_environment inboxes{inbox_store_.get(), registry_, system_now, options.ask_names};
    inboxes.commit_payloads_max = options.webhook_batch_max;
    inboxes.set_aside_kept = options.webhooks_set_aside_kept;
    inbox_ = system_.spawn(inbox, inboxes);
    expirer_ =
        system_.spawn(expirer, expirer_environment{expiration_store_.get(), options.expire_check});
    scheduler_ = system_.spawn(scheduler,
                               scheduler_environment{schedule_store_.get(), registry_, system_now});
    foreman_ = system_.spawn<foreman>();
    hub_ =
        system_.spawn(live_hub, live_hub_environment{live_store_.get(), system_now, options.live});
    start_bus(options);
  }

  ~impl() {
    pool_.observe_events(nullptr);
    for (const auto& actor : std::initializer_list<caf::actor>{
             foreman_, caf::actor_cast<caf::actor>(expirer_),
             caf::actor_cast<caf::actor>(scheduler_), caf::actor_cast<caf::actor>(bus_),
             caf::actor_cast<caf::actor>(hub_), caf::actor_cast<caf::actor>(front_),
             caf::actor_cast<caf::actor>(inbox_), caf::actor_cast<caf::actor>(registry_),
             caf::actor_cast<caf::actor>(dispatchers_)})
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  }

  void spawn_registry(const std::shared_ptr<campaign_environment>& campaigns,
                      const std::shared_ptr<conversation_environment>& conversations,
                      const std::shared_ptr<webhook_environment>& webhooks) {
    registry_environment with;
    with.now = system_now;
    with.factories[entity_kind::campaign] = [campaigns](caf::actor_system& system,
                                                        const registry_actor&,
                                                        const uuid& id) -> entity_actor {
      return system.spawn(campaign_actor, id, *campaigns);
    };
    with.factories[entity_kind::conversation] = [conversations](caf::actor_system& system,
                                                                const registry_actor&,
                                                                const uuid& id) -> entity_actor {
      return system.spawn(conversation_actor, id, *conversations);
    };
    with.factories[entity_kind::webhook] = [webhooks](caf::actor_system& system,
                                                      const registry_actor&,
                                                      const uuid& id) -> entity_actor {
      return system.spawn(webhook_actor, id, *webhooks);
    };
    registry_ = system_.spawn(registry, std::move(with));
  }

  /// For stores: the pool that they ask is stopped before the registry ends.
  std::function<void(const whom_to_wake&)> wake_all() {
    return [this](const whom_to_wake& who) {
      for (const auto& campaign : who.campaigns)
        caf::anon_send(registry_, wake{{entity_kind::campaign, campaign}});
      for (const auto& conversation : who.conversations)
        caf::anon_send(registry_, wake{{entity_kind::conversation, conversation}});
    };
  }

  void start_bus(const engine_options& options) {
    event_bus_environment buses{bus_store_.get(), registry_};
    buses.kept = options.webhooks_kept;
    bus_ = system_.spawn(event_bus, buses);
    pool_.observe_events([bus = bus_, hub = hub_](const storage::announced_events& who) {
      if (!who.webhooks.empty()) caf::anon_send(bus, events_committed{who.webhooks});
      if (!who.tenants.empty()) caf::anon_send(hub, live_events_committed{who.tenants});
    });
  }

  void command(entity_address to, const uuid& tenant, actors::command what, reply_ptr answer) {
    caf::anon_send(
        front_, front_command{{to, tenant, std::make_shared<const actors::command>(std::move(what)),
                               std::move(answer)}});
  }

  storage::pool& pool_;
  std::unique_ptr<campaign_store> campaigns_;
  std::unique_ptr<conversation_store> conversations_;
  std::unique_ptr<webhook_store> webhooks_;
  std::unique_ptr<event_bus_store> bus_store_;
  std::unique_ptr<live_store> live_store_;
  std::unique_ptr<expiration_store> expiration_store_;
  std::unique_ptr<schedule_store> schedule_store_;
  std::unique_ptr<inbox_store> inbox_store_;
  delivery_lanes lanes_;
  std::shared_ptr<std::atomic<int>> in_flight_ = std::make_shared<std::atomic<int>>(0);
  caf::actor_system_config config_;
  caf::actor_system system_;
  registry_actor registry_;
  dispatcher_pool_actor dispatchers_;
  front_actor front_;
  inbox_actor inbox_;
  event_bus_actor bus_;
  live_hub_actor hub_;
  expirer_actor expirer_;
  scheduler_actor scheduler_;
  caf::actor foreman_;
};

engine::engine(storage::pool& pool, message_sender& sender, delivery_sender& subscribers,
               engine_options options)
    : impl_(std::make_unique<impl>(pool, sender, subscribers, std::move(options))) {}

engine::~engine() = default;

void engine::resume() {
  auto live = impl_->pool_.run(storage::access::engine(), [](storage::session& in) {
    return in.execute(storage::queries::campaigns_live);
  });
  if (!live)
    throw std::runtime_error("Could not look for campaigns to go on with: " + live.error().detail);
  auto waiting = impl_->pool_.run(storage::access::engine(), [](storage::session& in) {
    return in.execute(storage::queries::outgoing_conversations);
  });
  if (!waiting)
    throw std::runtime_error("Could not look for messages to send: " + waiting.error().detail);
  for (int i = 0; i < live->size(); ++i) {
    const entity_address campaign{entity_kind::campaign, live->id(i, 0)};
    if (live->text(i, 1) == "scheduled")
      caf::anon_send(impl_->registry_, alarm{campaign, live->time(i, 2)});
    else
      caf::anon_send(impl_->registry_, wake{campaign});
  }
  for (int i = 0; i < waiting->size(); ++i)
    caf::anon_send(impl_->registry_, wake{{entity_kind::conversation, waiting->id(i, 0)}});
}

void engine::command_campaign(const uuid& tenant, const uuid& campaign, campaign_command what,
                              reply_ptr answer) {
  impl_->command({entity_kind::campaign, campaign}, tenant, std::move(what), std::move(answer));
}

void engine::command_conversation(const uuid& tenant, const uuid& conversation,
                                  conversation_command what, reply_ptr answer) {
  impl_->command({entity_kind::conversation, conversation}, tenant, std::move(what),
                 std::move(answer));
}

void engine::send_message(const uuid& tenant, const uuid& conversation, actors::send_message what,
                          reply_ptr answer) {
  impl_->command({entity_kind::conversation, conversation}, tenant, std::move(what),
                 std::move(answer));
}

void engine::command_webhook(const uuid& tenant, const uuid& webhook, webhook_command what,
                             reply_ptr answer) {
  impl_->command({entity_kind::webhook, webhook}, tenant, std::move(what), std::move(answer));
}

void engine::query(std::function<void(reply_ptr)> run, reply_ptr answer) {
  caf::anon_send(impl_->front_,
                 front_query{std::make_shared<const std::function<void(reply_ptr)>>(std::move(run)),
                             std::move(answer)});
}

void engine::work(std::function<void()> run) {
  caf::anon_send(impl_->foreman_,
                 piece_of_work{std::make_shared<const std::function<void()>>(std::move(run))});
}

void engine::work_later(std::chrono::milliseconds wait, std::function<void()> run) {
  caf::delayed_anon_send(
      impl_->foreman_, wait,
      piece_of_work{std::make_shared<const std::function<void()>>(std::move(run))});
}

void engine::webhook(raw_webhook what, reply_ptr answer) {
  caf::anon_send(impl_->inbox_,
                 webhook_received{std::move(what.payload), std::move(answer), what.source});
}

void engine::wake_campaigns(const std::vector<uuid>& campaigns) {
  for (const auto& campaign : campaigns)
    caf::anon_send(impl_->registry_, wake{{entity_kind::campaign, campaign}});
}

void engine::message_scheduled(timestamp at) {
  caf::anon_send(impl_->scheduler_, actors::message_scheduled{at});
}

void engine::wake_conversations(const std::vector<uuid>& conversations) {
  for (const auto& conversation : conversations)
    caf::anon_send(impl_->registry_, wake{{entity_kind::conversation, conversation}});
}

void engine::open_stream(live_caller who, std::string after, live_client_ptr client) {
  caf::anon_send(impl_->hub_,
                 actors::open_stream{std::move(who), std::move(after), std::move(client)});
}

void engine::stream_gone(live_client_ptr client) {
  caf::anon_send(impl_->hub_, actors::stream_gone{std::move(client)});
}

void engine::check_streams() {
  caf::anon_send(impl_->hub_, check_rights{});
}

int engine::in_flight() const {
  return *impl_->in_flight_;
}

bool engine::drain(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const auto left = [deadline] {
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(
                        deadline - std::chrono::steady_clock::now()),
                    std::chrono::milliseconds{1});
  };
  caf::anon_send(impl_->front_, actors::drain{});
  caf::anon_send(impl_->hub_, actors::drain{});
  caf::anon_send(impl_->dispatchers_, actors::drain{});
  caf::scoped_actor self{impl_->system_};
  bool finished = true;
  const auto note = [&finished](bool done) { finished = finished && done; };
  const auto too_late = [&finished](caf::error&) { finished = false; };
  self->request(impl_->registry_, left(), actors::drain{}).receive(note, too_late);
  self->request(impl_->inbox_, left(), actors::drain{}).receive(note, too_late);
  return finished;
}

}  // namespace omnistream::actors
