#include "http/server/connection_table.hpp"

#include <utility>

namespace omnistream::http::server {

void connection_table::add(connection_record& who, clock::time_point now) {
  who.since = now;
  auto& waiting = of(who.phase);
  who.place = waiting.insert(waiting.end(), &who);
  by_id_.emplace(who.id, &who);
}

void connection_table::remove(connection_record& who) {
  of(who.phase).erase(who.place);
  by_id_.erase(who.id);
  on_gone_();
}

void connection_table::enter(connection_record& who, connection_phase next, clock::time_point now) {
  if (who.phase == connection_phase::ending) return;
  auto& waiting = of(next);
  waiting.splice(waiting.end(), of(who.phase), who.place);
  who.phase = next;
  who.since = now;
}

connection_record* connection_table::find(std::uint64_t id) const {
  const auto known = by_id_.find(id);
  return known == by_id_.end() ? nullptr : known->second;
}

connection_record* connection_table::first_older(connection_phase phase,
                                                 clock::time_point since) const {
  const auto& waiting = queues_[static_cast<std::size_t>(phase)];
  return !waiting.empty() && waiting.front()->since <= since ? waiting.front() : nullptr;
}

connection_record* connection_table::overdue(clock::time_point now) const {
  for (const auto& [phase, limit] : {std::pair{connection_phase::idle, allowed_.idle},
                                     {connection_phase::header, allowed_.header},
                                     {connection_phase::body, allowed_.body}})
    if (auto* late = first_older(phase, now - limit)) return late;
  return nullptr;
}

connection_record* connection_table::dispensable(clock::time_point now) const {
  for (const auto phase : {connection_phase::idle, connection_phase::header})
    if (auto* who = first_older(phase, now - allowed_.spare)) return who;
  return nullptr;
}

}  // namespace omnistream::http::server
