#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/inbox_plan.hpp"
#include "bench/load/test_bed.hpp"

namespace omnistream::load {

/// The tenant of an inbox_plan: its divisions, agents and accounts, and how people write to them.
class inbox_world {
 public:
  /// Makes them through the API. The first messages of so many conversations are a second apart,
  /// and the last of them is about now.
  inbox_world(test_bed& bed, std::int64_t conversations);

  /// The busy agent's, who sees sales, events, and divisions in which nothing happens.
  api_client& agent_api() { return *agent_api_; }
  /// Webhooks in which the n-th people from `first` to `first + count` write for the first time.
  std::vector<http::client::http_request> webhooks(const inbox_plan& plan, std::int64_t first,
                                                   std::int64_t count) const;
  /// The number with which the n-th person's conversation is shown; Meta tells none of those who
  /// write on Messenger and Instagram.
  static std::string phone_number(std::int64_t n);
  const std::string& agent_id(const std::string& name) const { return agents_.at(name); }
  /// The path of a page of a list.
  std::string path(const list_filter& filter, const list_page& page) const;

 private:
  void make_divisions();
  void make_agents();
  void make_accounts();
  /// The n-th person's message as Meta tells it.
  std::string written(const planned_conversation& one, std::int64_t n) const;

  test_bed& bed_;
  std::int64_t first_at_s_;
  std::map<std::string, std::string> divisions_;
  std::map<std::string, std::string> agents_;
  std::unique_ptr<api_client> agent_api_;
};

}  // namespace omnistream::load
