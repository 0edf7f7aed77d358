#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "http/contract/tables/conversations.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

using namespace contract;
using api::exchange_ptr;

constexpr std::chrono::seconds pause{3};
/// What is remembered, and so what all agents can have told within a pause.
constexpr std::size_t told_max = 10'000;

/// Keeps those who say it at every key they press from writing as often: of each agent in each
/// conversation that one types, and that one does not any more, is told once in a pause. From any
/// thread.
class typing_pauses {
 public:
  bool is_over(const uuid& conversation, const uuid& agent, bool is_typing, timestamp now) {
    const auto over = [now](timestamp last) { return now < last || now - last >= pause; };
    const std::lock_guard lock(guard_);
    if (told_.size() >= told_max)
      std::erase_if(told_, [&over](const auto& one) { return over(one.second); });
    const std::tuple what{conversation, agent, is_typing};
    if (const auto last = told_.find(what); last != told_.end()) {
      if (!over(last->second)) return false;
      last->second = now;
      return true;
    }
    if (told_.size() >= told_max) return false;
    told_.emplace(what, now);
    return true;
  }

 private:
  std::mutex guard_;
  std::map<std::tuple<uuid, uuid, bool>, timestamp> told_;
};

void tell(const exchange_ptr& on, typing_pauses& pauses) {
  const auto said = on->body<conversation_typing>();
  if (!said) return;
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  const auto conversation = on->path_id();
  const bool is_told = pauses.is_over(conversation, caller, said->is_typing, on->with().now());
  api::read(on, "conversation", storage::queries::conversation_typing, caller, sees_all,
            conversation, said->is_typing, is_told);
}

}  // namespace

void typing(api::route_table& routes) {
  routes.add(
      {.id = "conversations_typing",
       .method = "POST",
       .path = "/api/conversations/{id}/typing",
       .tag = "Conversations",
       .summary = "Tell that the caller is typing",
       .description = "Agents who look are told live, by `conversation.typing`, of each "
                      "caller once in three seconds; the contact is not. Say it again every "
                      "few seconds while it goes on.",
       .permission = "messages.send",
       .body = table_for(static_cast<const conversation_typing*>(nullptr)).shape(),
       .successes = {{.doc = "It is told.", .body = message_shape()}}},
      [pauses = std::make_shared<typing_pauses>()](const exchange_ptr& on) { tell(on, *pauses); });
}

}  // namespace omnistream::http::routes
