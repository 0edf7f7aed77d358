#include <algorithm>
#include <mutex>

#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/conversations.hpp"

namespace omnistream::http::routes {
namespace {

using namespace contract;
using api::exchange_ptr;
using tagging = actors::tag_conversation::how;

actors::conversation_wish wish_of(const conversations_bulk& wanted) {
  if (wanted.action == "assign") return actors::assign_conversation{*wanted.agent_id};
  if (wanted.action == "status")
    return actors::set_conversation_status{*actors::parse_conversation_status(*wanted.status)};
  if (wanted.action == "add_tags") return actors::tag_conversation{tagging::add, *wanted.tags};
  if (wanted.action == "remove_tags")
    return actors::tag_conversation{tagging::remove, *wanted.tags};
  if (wanted.action == "takeover") return actors::take_over_conversation{};
  return actors::read_conversation{};
}

/// The first of each id, in their order.
std::vector<uuid> each_once(const std::vector<uuid>& ids) {
  std::vector<uuid> found;
  for (const auto& id : ids)
    if (std::find(found.begin(), found.end(), id) == found.end()) found.push_back(id);
  return found;
}

/// Gathers what the conversations answer; whoever answers last answers the caller. Any thread.
class gathering {
 public:
  gathering(exchange_ptr on, std::vector<uuid> ids)
      : on_(std::move(on)), ids_(std::move(ids)), outcomes_(ids_.size()), open_(ids_.size()) {}

  void take(std::size_t place, const result<actors::answer>& outcome) {
    {
      const std::lock_guard lock(mutex_);
      if (!outcome) outcomes_[place] = outcome.error();
      if (--open_ > 0) return;
    }
    on_->json(200, shown());
  }

 private:
  std::string shown() const {
    auto results = nlohmann::ordered_json::array();
    int failed = 0;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      results.push_back({{"id", ids_[i].to_string()}, {"ok", !outcomes_[i]}});
      if (!outcomes_[i]) continue;
      ++failed;
      const auto& why = *outcomes_[i];
      // A field that is wrong says more than that one is.
      const auto& code = why.errors.empty() ? why.code : why.errors.front().code;
      const auto& detail = why.errors.empty() ? why.detail : why.errors.front().message;
      results.back()["error"] = {{"status", why.status}, {"code", code}, {"detail", detail}};
    }
    return nlohmann::ordered_json{{"succeeded", static_cast<int>(ids_.size()) - failed},
                                  {"failed", failed},
                                  {"results", std::move(results)}}
        .dump();
  }

  const exchange_ptr on_;
  const std::vector<uuid> ids_;
  std::mutex mutex_;
  std::vector<std::optional<problem>> outcomes_;  ///< why it was not done
  std::size_t open_;
};

void bulk(const exchange_ptr& on) {
  const auto wanted = on->body<conversations_bulk>();
  if (!wanted) return;
  const auto ids = each_once(wanted->ids);
  const auto all = std::make_shared<gathering>(on, ids);
  const actors::conversation_command what{api::conversation_caller_of(on), wish_of(*wanted)};
  for (std::size_t i = 0; i < ids.size(); ++i)
    on->with().engine.command_conversation(
        on->caller().tenant_id, ids[i], what,
        std::make_shared<actors::reply>(
            [all, i](const result<actors::answer>& outcome) { all->take(i, outcome); }));
}

}  // namespace

void conversations_bulk(api::route_table& routes) {
  routes.add(
      {.id = "conversations_bulk",
       .method = "POST",
       .path = "/api/conversations/bulk",
       .tag = "Conversations",
       .summary = "Bulk conversation actions",
       .description = "Each conversation for itself, as its own operation does it: some may "
                      "succeed while others fail, and results says which and why.",
       .permission = "conversations.manage",
       .body = table_for(static_cast<const contract::conversations_bulk*>(nullptr)).shape(),
       .successes = {{.doc = "What became of each.", .body = conversations_bulk_shape()}},
       .body_example = nlohmann::json{{"ids", nlohmann::json::array({contract::example_uuid})},
                                      {"action", "status"},
                                      {"status", "resolved"}}},
      bulk);
}

}  // namespace omnistream::http::routes
