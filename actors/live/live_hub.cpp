#include "actors/live/live_hub.hpp"

#include <algorithm>
#include <utility>

#include <caf/send.hpp>

#include "config/base/metrics.hpp"

namespace omnistream::actors {
namespace {

/// After a read that failed.
constexpr std::chrono::milliseconds look_again{1'000};

void show_streams(std::size_t count) {
  static auto& open =
      metrics::gauge_of("omnistream_live_streams", "Streams of live events that are open.");
  open.set(static_cast<double>(count));
}

void count_told(std::size_t events) {
  static auto& told = metrics::counter_of("omnistream_live_events_told_total",
                                          "Live events, once for each stream they went to.");
  told.add(static_cast<double>(events));
}

problem draining() {
  return problems::unavailable("shutting_down", "The server is shutting down; try again.");
}

}  // namespace

std::function<void(std::function<void()>)> live_hub_state::on_actor() {
  return [me = caf::actor_cast<live_hub_actor>(self)](std::function<void()> run) {
    caf::anon_send(me, step{std::make_shared<const std::function<void()>>(std::move(run))});
  };
}

live_hub_state::stream* live_hub_state::find(const live_client* client) {
  const auto found = streams.find(client);
  return found == streams.end() ? nullptr : &found->second;
}

// -- coming and going -----------------------------------------------------------------------------

void live_hub_state::open(const open_stream& wish) {
  const auto& options = environment.options;
  if (draining_) return wish.client->refuse(draining());
  if (streams.size() >= options.streams_max)
    return wish.client->refuse(problems::unavailable(
        "too_many_streams", "The server has as many streams open as it serves.", 5));
  const auto of_agent = std::count_if(streams.begin(), streams.end(), [&wish](const auto& one) {
    return one.second.who.agent == wish.who.agent;
  });
  if (static_cast<std::size_t>(of_agent) >= options.streams_per_agent_max)
    return wish.client->refuse({429,
                                "too_many_streams",
                                "You have " + std::to_string(of_agent) +
                                    " streams open, which is as many as one agent may have.",
                                {},
                                5});
  stream added{wish.client, wish.who, wish.after, {}, std::nullopt};
  if (!added.after.empty() && !is_live_position(added.after)) {
    added.after.clear();
    added.cannot_resume = "unknown_position";
  }
  streams.emplace(wish.client.get(), std::move(added));
  show_streams(streams.size());
  look_up(wish.client);
}

void live_hub_state::look_up(const live_client_ptr& client) {
  const auto& who = streams.at(client.get()).who;
  environment.store->rights({who.by}, [this, client, run = on_actor()](auto found) {
    run([this, client, found = std::move(found)] {
      auto* of = find(client.get());
      if (of == nullptr) return;
      if (!found) return refuse(client.get(), found.error());
      if (!found.value()[0])
        return refuse(client.get(), problems::unauthenticated("The key or session has ended."));
      const auto& rights = *found.value()[0];
      of->viewer = live_viewer::of(of->who.agent, rights.permissions, rights.divisions);
      const auto tenant = of->who.tenant;
      feeds[tenant].joining.push_back(client.get());
      go_on(tenant);
    });
  });
}

void live_hub_state::gone(const live_client* client) {
  const auto found = streams.find(client);
  if (found == streams.end()) return;
  const auto tenant = found->second.who.tenant;
  streams.erase(found);
  show_streams(streams.size());
  const auto in = feeds.find(tenant);
  if (in == feeds.end()) return;
  in->second.attached.erase(client);
  std::erase(in->second.joining, client);
  go_on(tenant);
}

void live_hub_state::refuse(const live_client* client, const problem& why) {
  if (auto* of = find(client)) of->client->refuse(why);
  gone(client);
}

void live_hub_state::end_all() {
  draining_ = true;
  for (auto& [client, of] : streams) {
    if (of.attached)
      of.client->end();
    else
      of.client->refuse(draining());
  }
  streams.clear();
  feeds.clear();
  show_streams(0);
}

// -- reading and telling --------------------------------------------------------------------------

void live_hub_state::go_on(const uuid& tenant) {
  const auto found = feeds.find(tenant);
  if (found == feeds.end() || found->second.reading) return;
  auto& in = found->second;
  while (!in.joining.empty())
    if (let_in_next(tenant, in)) return;
  if (in.attached.empty()) {
    feeds.erase(found);
    return;
  }
  if (!in.unread || in.look_set) return;
  const auto passed = environment.now() - in.read_last;
  const auto pause = environment.options.read_pause;
  // A clock may be set back.
  if (passed >= pause || passed < pause.zero()) return read(tenant, in, nullptr);
  in.look_set = true;
  self->delayed_send(self, pause - passed, read_live{tenant});
}

/// True if that takes a read.
bool live_hub_state::let_in_next(const uuid& tenant, feed& in) {
  const auto* client = in.joining.front();
  in.joining.pop_front();
  auto* who = find(client);
  if (who == nullptr) return false;
  if (who->after.empty() && !in.position.empty()) {
    live_page nothing;
    nothing.position = in.position;
    welcome(in, *who, nothing);
    return false;
  }
  read(tenant, in, who->client);
  return true;
}

/// For all who are attached, and for one who comes as well: it is missing more. That one is kept
/// until the answer is there: if it leaves, nobody else gets its address meanwhile.
void live_hub_state::read(const uuid& tenant, feed& in, const live_client_ptr& joiner) {
  in.reading = true;
  in.unread = false;
  in.read_last = environment.now();
  const auto* who = find(joiner.get());
  environment.store->read(tenant, who != nullptr ? who->after : in.position, in.position,
                          [this, tenant, joiner, run = on_actor()](auto page) {
                            run([this, tenant, joiner, page = std::move(page)]() mutable {
                              take(tenant, joiner, std::move(page));
                            });
                          });
}

void live_hub_state::take(const uuid& tenant, const live_client_ptr& joiner,
                          result<live_page> page) {
  const auto found = feeds.find(tenant);
  if (found == feeds.end()) return;
  auto& in = found->second;
  in.reading = false;
  if (!page) {
    in.unread = true;
    in.look_set = true;
    self->delayed_send(self, look_again, read_live{tenant});
    if (joiner != nullptr) return refuse(joiner.get(), page.error());
    return;
  }
  if (page->too_much && joiner != nullptr && !in.attached.empty()) {
    put_off(in, joiner, page->missed_is_lost);
    return read(tenant, in, nullptr);
  }
  in.position = page->position;
  if (page->too_much || page->new_is_lost)
    reset_all(in, page->position, page->too_much ? "too_much" : "too_old");
  else
    tell(in, *page);
  if (auto* who = find(joiner.get())) welcome(in, *who, *page);
  go_on(tenant);
}

/// Missing too much is its own affair: the others are read for alone, and then it begins anew.
void live_hub_state::put_off(feed& in, const live_client_ptr& joiner, bool is_lost) {
  auto* who = find(joiner.get());
  if (who == nullptr) return;
  who->after.clear();
  who->cannot_resume = is_lost ? "too_old" : "too_much";
  in.joining.push_front(joiner.get());
}

void live_hub_state::welcome(feed& in, stream& who, const live_page& page) {
  std::vector<const live_event*> missed;
  for (const auto& event : page.events)
    if (!who.after.empty() && event.is_missed && who.viewer->is_told(event))
      missed.push_back(&event);
  auto told = live_block(missed, page.position);
  const auto reset = [&]() -> std::string_view {
    if (!who.cannot_resume.empty()) return who.cannot_resume;
    if (who.after.empty()) return "";
    if (page.missed_is_lost) return "too_old";
    return page.too_much || !fits(told) ? "too_much" : "";
  }();
  std::string text;
  if (!reset.empty())
    text = live_reset(page.position, reset);
  else if (who.after.empty())
    text = live_ready(page.position, false);
  else
    text = live_ready("", true) + (missed.empty() ? live_heartbeat(page.position) : told);
  who.client->accept();
  who.client->write(shared_text(std::move(text)));
  who.attached = true;
  in.attached.insert(who.client.get());
}

/// Half of a buffer: the other half is for what comes while the first leaves.
bool live_hub_state::fits(const std::string& text) const {
  return text.size() <= environment.options.buffer_bytes_max / 2;
}

/// Those who may see the same are given the same text.
void live_hub_state::tell(const feed& in, const live_page& page) {
  if (page.events.empty()) return;
  std::map<std::vector<bool>, live_text> texts;
  for (const auto* client : in.attached) {
    const auto& who = streams.at(client);
    std::vector<bool> told(page.events.size());
    std::vector<const live_event*> events;
    for (std::size_t i = 0; i < page.events.size(); ++i) {
      told[i] = page.events[i].is_new && who.viewer->is_told(page.events[i]);
      if (told[i]) events.push_back(&page.events[i]);
    }
    if (events.empty()) continue;
    auto& text = texts[told];
    if (!text) {
      auto block = live_block(events, page.position);
      if (!fits(block)) block = live_reset(page.position, "too_much");
      text = shared_text(std::move(block));
    }
    who.client->write(text);
    count_told(events.size());
  }
}

void live_hub_state::reset_all(const feed& in, std::string_view position, std::string_view reason) {
  const auto text = shared_text(live_reset(position, reason));
  for (const auto* client : in.attached) streams.at(client).client->write(text);
}

live_hub_actor::behavior_type live_hub(live_hub_state::pointer self,
                                       live_hub_environment environment) {
  auto& state = self->state;
  state.environment = std::move(environment);
  const auto& options = state.environment.options;
  self->delayed_send(self, options.beat_every, live_beat{});
  self->delayed_send(self, options.check_every, tick{});
  self->delayed_send(self, options.progress_every, look_at_progress{});
  state.forget();
  return {
      [&state](const open_stream& wish) { state.open(wish); },
      [&state](const stream_gone& who) { state.gone(who.client.get()); },
      [&state](const live_events_committed& of) {
        for (const auto& tenant : of.tenants) {
          const auto found = state.feeds.find(tenant);
          if (found == state.feeds.end()) continue;
          found->second.unread = true;
          state.go_on(tenant);
        }
      },
      [&state](check_rights) { state.check(); },
      [](const step& next) { (*next.run)(); },
      [&state](tick) {
        state.self->delayed_send(state.self, state.environment.options.check_every, tick{});
        state.check();
      },
      [&state](const read_live& of) {
        const auto found = state.feeds.find(of.tenant);
        if (found == state.feeds.end()) return;
        found->second.look_set = false;
        state.go_on(of.tenant);
      },
      [&state](live_beat) { state.beat(); },
      [&state](look_at_progress) { state.look_at_campaigns(); },
      [&state](forget_live) { state.forget(); },
      [&state](drain) { state.end_all(); },
  };
}

}  // namespace omnistream::actors
