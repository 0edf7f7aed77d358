#pragma once

#include <deque>
#include <map>
#include <vector>

#include "actors/interfaces.hpp"

namespace omnistream::actors {

/// What waits at one phone number, taken in turn from each campaign, so that a campaign of a
/// million does not starve one of ten. Pure.
class fair_queue {
 public:
  void push(const uuid& campaign, send_item item) {
    auto& waiting = by_campaign_[campaign];
    if (waiting.empty()) turn_.push_back(campaign);
    waiting.push_back(std::move(item));
    ++size_;
  }

  /// The next message and whose it is. Must not be empty.
  std::pair<uuid, send_item> pop() {
    const uuid campaign = turn_.front();
    turn_.pop_front();
    auto found = by_campaign_.find(campaign);
    std::pair<uuid, send_item> next{campaign, std::move(found->second.front())};
    found->second.pop_front();
    if (found->second.empty())
      by_campaign_.erase(found);
    else
      turn_.push_back(campaign);
    --size_;
    return next;
  }

  /// Everything of one campaign, in order.
  std::vector<send_item> remove(const uuid& campaign) {
    auto found = by_campaign_.find(campaign);
    if (found == by_campaign_.end()) return {};
    std::vector<send_item> items(std::make_move_iterator(found->second.begin()),
                                 std::make_move_iterator(found->second.end()));
    size_ -= items.size();
    by_campaign_.erase(found);
    std::erase(turn_, campaign);
    return items;
  }

  std::vector<uuid> campaigns() const { return {turn_.begin(), turn_.end()}; }
  std::size_t size_of(const uuid& campaign) const {
    const auto found = by_campaign_.find(campaign);
    return found == by_campaign_.end() ? 0 : found->second.size();
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::map<uuid, std::deque<send_item>> by_campaign_;
  std::deque<uuid> turn_;  ///< each campaign with something waiting, once
  std::size_t size_ = 0;
};

}  // namespace omnistream::actors
