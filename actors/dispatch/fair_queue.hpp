#pragma once

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// What waits at one phone number. A person in a conversation waits for an answer: messages of
/// conversations go before all others. Within both kinds each entity is taken from in turn, so that
/// a campaign of a million does not starve one of ten. Pure.
class fair_queue {
 public:
  void push(const entity_address& from, send_item item) {
    auto& in = lane_of(from);
    auto& waiting = in.by_entity[from];
    if (waiting.empty()) in.turn.push_back(from);
    waiting.push_back(std::move(item));
    ++size_;
  }

  /// The next message and whose it is. Must not be empty.
  std::pair<entity_address, send_item> pop() {
    auto& from = first_.turn.empty() ? others_ : first_;
    const auto entity = from.turn.front();
    from.turn.pop_front();
    auto found = from.by_entity.find(entity);
    std::pair<entity_address, send_item> next{entity, std::move(found->second.front())};
    found->second.pop_front();
    if (found->second.empty())
      from.by_entity.erase(found);
    else
      from.turn.push_back(entity);
    --size_;
    return next;
  }

  /// Everything of one entity, in order.
  std::vector<send_item> remove(const entity_address& entity) {
    auto& from = lane_of(entity);
    auto found = from.by_entity.find(entity);
    if (found == from.by_entity.end()) return {};
    std::vector<send_item> items(std::make_move_iterator(found->second.begin()),
                                 std::make_move_iterator(found->second.end()));
    size_ -= items.size();
    from.by_entity.erase(found);
    std::erase(from.turn, entity);
    return items;
  }

  /// Whose messages wait, in the order of their turns.
  std::vector<entity_address> entities() const {
    std::vector<entity_address> all(first_.turn.begin(), first_.turn.end());
    all.insert(all.end(), others_.turn.begin(), others_.turn.end());
    return all;
  }
  std::size_t size_of(const entity_address& entity) const {
    const auto& from = entity.kind == entity_kind::conversation ? first_ : others_;
    const auto found = from.by_entity.find(entity);
    return found == from.by_entity.end() ? 0 : found->second.size();
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct lane {
    std::map<entity_address, std::deque<send_item>> by_entity;
    std::deque<entity_address> turn;  ///< each entity with something waiting, once
  };
  lane& lane_of(const entity_address& entity) {
    return entity.kind == entity_kind::conversation ? first_ : others_;
  }

  lane first_, others_;
  std::size_t size_ = 0;
};

}  // namespace omnistream::actors
