#include "actors/campaign/campaign_machine.hpp"

#include <array>
#include <utility>

namespace omnistream::actors {
namespace {

constexpr std::array<std::string_view, 6> status_names = {"draft",     "scheduled", "sending",
                                                          "completed", "failed",    "cancelled"};
constexpr std::array<std::string_view, 10> event_names = {
    "edit",   "remove", "add_recipients", "clear_recipients",     "send",
    "cancel", "due",    "progressed",     "surroundings_changed", "stopped_by_meta"};

campaign_decision nothing() {
  return {};
}

campaign_decision refuse(problem why) {
  campaign_decision decision;
  decision.refused = std::move(why);
  return decision;
}

campaign_decision run(std::initializer_list<campaign_effect> effects) {
  campaign_decision decision;
  decision.effects = effects;
  return decision;
}

campaign_decision become(campaign_status status, std::initializer_list<campaign_effect> effects) {
  auto decision = run(effects);
  decision.status = status;
  return decision;
}

std::string is_now(const campaign_state& state) {
  return "this one is " + std::string(to_string(state.status)) + ".";
}

campaign_decision only_draft(const campaign_state& state) {
  if (state.status == campaign_status::draft) return run({campaign_effect::carry_out});
  return refuse(problems::wrong_state("campaign_not_draft",
                                      "Only a draft campaign can be changed; " + is_now(state)));
}

bool in_future(const campaign_state& state, timestamp now) {
  return state.scheduled_at && *state.scheduled_at > now;
}

campaign_decision send_draft(const campaign_state& state, timestamp now) {
  if (state.total == 0)
    return refuse(problems::wrong_state("no_recipients",
                                        "The campaign has no recipients; add some, then send it."));
  if (state.cannot_send)
    return refuse(problems::wrong_state(state.cannot_send->code, state.cannot_send->reason));
  if (in_future(state, now))
    return become(campaign_status::scheduled,
                  {campaign_effect::arm_schedule, campaign_effect::answer_scheduled});
  return become(campaign_status::sending,
                {campaign_effect::supply, campaign_effect::answer_progress});
}

/// Sending again is how a person resumes a paused campaign; for a running one it only reports
/// progress, so that a caller who lost the first answer may ask again.
campaign_decision send_again(const campaign_state& state) {
  if (!state.paused) return run({campaign_effect::answer_progress});
  if (state.cannot_send)
    return refuse(problems::wrong_state(state.cannot_send->code, state.cannot_send->reason));
  auto decision = run({campaign_effect::supply, campaign_effect::answer_progress});
  decision.paused.emplace(std::nullopt);
  return decision;
}

campaign_decision begin_scheduled(const campaign_state& state, timestamp now) {
  if (in_future(state, now)) return run({campaign_effect::arm_schedule});
  auto decision = become(campaign_status::sending, {});
  // Nobody is there to be told: the campaign waits, paused with its reason, and goes on when that
  // is gone.
  if (state.cannot_send)
    decision.paused.emplace(state.cannot_send);
  else
    decision.effects = {campaign_effect::supply};
  return decision;
}

campaign_decision send(const campaign_state& state, timestamp now) {
  switch (state.status) {
    case campaign_status::draft:
      return send_draft(state, now);
    case campaign_status::scheduled:
      return run({campaign_effect::arm_schedule, campaign_effect::answer_scheduled});
    case campaign_status::sending:
      return send_again(state);
    default:
      return refuse(
          problems::wrong_state("campaign_ended", "A campaign is sent once; " + is_now(state)));
  }
}

campaign_decision cancel(const campaign_state& state) {
  switch (state.status) {
    case campaign_status::draft:
    case campaign_status::scheduled:
    case campaign_status::sending:
      return become(campaign_status::cancelled, {campaign_effect::withdraw});
    default:
      return refuse(problems::wrong_state(
          "campaign_ended",
          "Only a draft, scheduled or sending campaign can be cancelled; " + is_now(state)));
  }
}

campaign_decision progressed(const campaign_state& state) {
  if (state.status != campaign_status::sending || state.open() > 0 || state.uncertain > 0)
    return nothing();
  return become(state.sent > 0 ? campaign_status::completed : campaign_status::failed, {});
}

campaign_decision surroundings_changed(const campaign_state& state) {
  if (state.status != campaign_status::sending || state.cannot_send == state.paused)
    return nothing();
  if (!state.cannot_send && state.paused->code == template_refused) return nothing();
  campaign_decision decision;
  decision.paused.emplace(state.cannot_send);
  decision.effects = {state.cannot_send ? campaign_effect::withdraw : campaign_effect::supply};
  return decision;
}

campaign_decision stopped_by_meta(const campaign_state& state, const std::optional<pause>& why) {
  if (state.status != campaign_status::sending || state.paused || !why) return nothing();
  auto decision = run({campaign_effect::withdraw});
  decision.paused.emplace(why);
  return decision;
}

}  // namespace

std::string_view to_string(campaign_status status) {
  return status_names.at(static_cast<std::size_t>(status));
}

std::string_view to_string(campaign_event event) {
  return event_names.at(static_cast<std::size_t>(event));
}

std::optional<campaign_status> parse_campaign_status(std::string_view text) {
  for (std::size_t i = 0; i < status_names.size(); ++i)
    if (status_names[i] == text) return static_cast<campaign_status>(i);
  return std::nullopt;
}

campaign_decision decide(const campaign_state& state, campaign_event event, timestamp now,
                         const std::optional<pause>& meta_pause) {
  switch (event) {
    case campaign_event::edit:
    case campaign_event::remove:
    case campaign_event::add_recipients:
    case campaign_event::clear_recipients:
      return only_draft(state);
    case campaign_event::send:
      return send(state, now);
    case campaign_event::cancel:
      return cancel(state);
    case campaign_event::due:
      return state.status == campaign_status::scheduled ? begin_scheduled(state, now) : nothing();
    case campaign_event::progressed:
      return progressed(state);
    case campaign_event::surroundings_changed:
      return surroundings_changed(state);
    case campaign_event::stopped_by_meta:
      return stopped_by_meta(state, meta_pause);
  }
  return nothing();
}

campaign_state apply(campaign_state state, const campaign_decision& decision) {
  if (decision.status) {
    state.status = *decision.status;
    state.paused.reset();
  }
  if (decision.paused) state.paused = *decision.paused;
  return state;
}

}  // namespace omnistream::actors
