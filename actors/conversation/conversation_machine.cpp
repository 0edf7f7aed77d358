#include "actors/conversation/conversation_machine.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace omnistream::actors {
namespace {

constexpr std::array<std::string_view, 4> status_names{"open", "pending", "resolved", "expired"};

conversation_decision refuse(problem why) {
  conversation_decision decision;
  decision.refused = std::move(why);
  return decision;
}

/// Whatever an agent changes brings the conversation into the inbox.
conversation_decision become(const conversation_state& before, conversation_state after) {
  conversation_decision decision;
  if (after == before) return decision;
  after.in_inbox = true;
  decision.becomes = std::move(after);
  return decision;
}

bool has_ended(const conversation_state& state) {
  return state.status == conversation_status::resolved ||
         state.status == conversation_status::expired;
}

conversation_decision refuse_ended(const conversation_state& state) {
  return refuse(problems::wrong_state(
      "conversation_ended",
      "The conversation is " + std::string(to_string(state.status)) + "; open it first."));
}

std::vector<std::string> each_once(std::vector<std::string> tags) {
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

/// Carries out each kind of wish.
struct decider {
  const conversation_state& state;
  const conversation_caller& by;
  timestamp now;

  conversation_decision operator()(const assign_conversation& wish) const {
    if (wish.agent_id && has_ended(state)) return refuse_ended(state);
    auto after = state;
    after.assigned_agent_id = wish.agent_id;
    return become(state, std::move(after));
  }

  conversation_decision operator()(const set_conversation_status& wish) const {
    if (wish.status == conversation_status::expired)
      return refuse(problems::invalid_field("status", "not_in_enum",
                                            "Nobody makes a conversation expired by hand."));
    if (wish.status == conversation_status::pending && has_ended(state)) return refuse_ended(state);
    auto after = state;
    after.status = wish.status;
    if (wish.status != conversation_status::resolved)
      after.resolved_at.reset();
    else if (!after.resolved_at)
      after.resolved_at = now;
    return become(state, std::move(after));
  }

  conversation_decision operator()(const read_conversation&) const {
    auto after = state;
    after.unread_count = 0;
    return become(state, std::move(after));
  }

  conversation_decision operator()(const tag_conversation& wish) const {
    const auto given = each_once(wish.tags);
    auto after = state;
    after.tags.clear();
    const auto into = std::back_inserter(after.tags);
    switch (wish.what) {
      case tag_conversation::how::set:
        after.tags = given;
        break;
      case tag_conversation::how::add:
        std::set_union(state.tags.begin(), state.tags.end(), given.begin(), given.end(), into);
        break;
      case tag_conversation::how::remove:
        std::set_difference(state.tags.begin(), state.tags.end(), given.begin(), given.end(), into);
        break;
    }
    if (after.tags.size() > conversation_tags_max && after.tags.size() > state.tags.size())
      return refuse(problems::wrong_state(
          "too_many_tags",
          "A conversation has at most " + std::to_string(conversation_tags_max) + " tags."));
    return become(state, std::move(after));
  }

  conversation_decision operator()(const take_over_conversation&) const {
    return (*this)(assign_conversation{by.agent_id});
  }

  conversation_decision operator()(const transfer_conversation& wish) const {
    if (!wish.agent_id && !wish.division_id)
      return refuse(problems::invalid_field("to_agent_id", "required",
                                            "Name an agent, a division, or both."));
    if (has_ended(state)) return refuse_ended(state);
    auto after = state;
    after.assigned_agent_id = wish.agent_id;
    if (wish.division_id) after.division_id = wish.division_id;
    auto decision = become(state, std::move(after));
    if (!decision.becomes)
      return refuse(problems::wrong_state("already_there",
                                          "The conversation is there already; nothing is moved."));
    decision.transfer = conversation_transfer{state.assigned_agent_id, wish.agent_id,
                                              wish.division_id, wish.note, by.agent_id};
    return decision;
  }
};

}  // namespace

std::string_view to_string(conversation_status status) {
  return status_names[static_cast<std::size_t>(status)];
}

std::optional<conversation_status> parse_conversation_status(std::string_view text) {
  const auto found = std::find(status_names.begin(), status_names.end(), text);
  if (found == status_names.end()) return std::nullopt;
  return static_cast<conversation_status>(found - status_names.begin());
}

conversation_targets targets_of(const conversation_command& what) {
  if (const auto* assign = std::get_if<assign_conversation>(&what.wish))
    return {assign->agent_id, std::nullopt};
  if (const auto* transfer = std::get_if<transfer_conversation>(&what.wish))
    return {transfer->agent_id, transfer->division_id};
  return {};
}

conversation_decision decide(const conversation_state& state, const conversation_command& what,
                             timestamp now) {
  return std::visit(decider{state, what.by, now}, what.wish);
}

}  // namespace omnistream::actors
