#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "actors/background_trouble.hpp"
#include "actors/live/live_hub.hpp"

/// What the hub does now and then.
namespace omnistream::actors {
namespace {

/// Between two portions of what is removed: others get their turn at the database.
constexpr std::chrono::milliseconds forget_pause{100};

}  // namespace

/// Reads as well: the word that something was committed may get lost with its connection, and
/// positions must not grow old where nothing happens.
void live_hub_state::beat() {
  self->delayed_send(self, environment.options.beat_every, live_beat{});
  std::vector<uuid> tenants;
  for (auto& [tenant, in] : feeds) {
    const auto text = shared_text(live_heartbeat(in.position));
    for (const auto* client : in.attached) streams.at(client).client->write(text);
    in.unread = true;
    tenants.push_back(tenant);
  }
  for (const auto& tenant : tenants) go_on(tenant);
}

void live_hub_state::check() {
  check_again_ = checking_;
  if (checking_) return;
  std::vector<live_client_ptr> whose;
  std::vector<live_credential> by;
  for (const auto& [client, of] : streams) {
    if (!of.viewer) continue;
    whose.push_back(of.client);
    by.push_back(of.who.by);
  }
  if (whose.empty()) return;
  checking_ = true;
  environment.store->rights(by, [this, whose = std::move(whose), run = on_actor()](auto found) {
    run([this, whose, found = std::move(found)] {
      checking_ = false;
      if (found) apply(whose, found.value());
      if (check_again_) check();
    });
  });
}

void live_hub_state::apply(const std::vector<live_client_ptr>& whose,
                           const std::vector<std::optional<live_rights>>& rights) {
  for (std::size_t i = 0; i < whose.size(); ++i) {
    auto* of = find(whose[i].get());
    if (of == nullptr) continue;
    if (!rights[i]) {
      if (!of->attached) {
        refuse(whose[i].get(), problems::unauthenticated("The key or session has ended."));
        continue;
      }
      of->client->write(shared_text(live_end("signed_out")));
      of->client->end();
      gone(whose[i].get());
      continue;
    }
    auto now = live_viewer::of(of->who.agent, rights[i]->permissions, rights[i]->divisions);
    if (now == *of->viewer) continue;
    of->viewer = std::move(now);
    of->knows_progress = false;
    if (of->attached)
      of->client->write(
          shared_text(live_reset(feeds.at(of->who.tenant).position, "rights_changed")));
  }
}

void live_hub_state::look_at_campaigns() {
  std::vector<uuid> tenants;
  for (const auto& [tenant, in] : feeds)
    if (std::any_of(in.attached.begin(), in.attached.end(), [this](const auto* client) {
          return streams.at(client).viewer->sees_campaigns;
        }))
      tenants.push_back(tenant);
  if (tenants.empty()) {
    self->delayed_send(self, environment.options.progress_every, look_at_progress{});
    return;
  }
  environment.store->progress(tenants, [this, run = on_actor()](auto list) {
    run([this, list = std::move(list)] {
      if (list) tell_progress(list.value());
      self->delayed_send(self, environment.options.progress_every, look_at_progress{});
    });
  });
}

/// Whoever is new is told how far all are, the others what has changed.
void live_hub_state::tell_progress(const std::vector<campaign_progress>& list) {
  std::map<uuid, std::pair<std::string, std::string>> texts;  // all, and what has changed
  std::map<uuid, std::map<uuid, std::string>> seen;
  for (const auto& one : list) {
    const auto in = feeds.find(one.tenant);
    if (in == feeds.end()) continue;
    const auto text = live_progress(environment.now(), one.data);
    auto& [all, changed] = texts[one.tenant];
    all += text;
    const auto before = in->second.progress.find(one.campaign);
    if (before == in->second.progress.end() || before->second != one.data) changed += text;
    seen[one.tenant][one.campaign] = one.data;
  }
  for (auto& [tenant, both] : texts) {
    auto& in = feeds.at(tenant);
    in.progress = std::move(seen[tenant]);
    const auto all = shared_text(std::move(both.first));
    const auto changed = shared_text(std::move(both.second));
    for (const auto* client : in.attached) {
      auto& who = streams.at(client);
      if (!who.viewer->sees_campaigns) continue;
      const auto& text = who.knows_progress ? changed : all;
      if (!text->empty()) who.client->write(text);
      who.knows_progress = true;
    }
  }
}

/// Streams read at every beat, which comes more often than this. So none of them is still where
/// the last round ended.
void live_hub_state::forget() {
  environment.store->forget(
      environment.options.kept, forget_up_to_, [this, run = on_actor()](auto gone) {
        run([this, gone = std::move(gone)] {
          if (!gone)
            warn_of_trouble("live", "old events could not be removed; trying again later",
                            gone.error());
          const bool more = gone && gone->more;
          if (gone && !more) forget_up_to_ = gone->position;
          self->delayed_send(self, more ? forget_pause : environment.options.forget_every,
                             forget_live{});
        });
      });
}

}  // namespace omnistream::actors
