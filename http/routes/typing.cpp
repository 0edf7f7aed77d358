#include <chrono>
#include <memory>
#include <utility>

#include "http/api/all_routes.hpp"
#include "http/api/contact_signals.hpp"
#include "http/api/route_table.hpp"
#include "http/api/typing_pauses.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "http/contract/tables/conversations.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

using namespace contract;
using api::exchange_ptr;
using api::typing_pauses;

/// What all calls share.
struct typing_news {
  typing_pauses pauses;
  std::shared_ptr<api::contact_signals> contacts = std::make_shared<api::contact_signals>();
};

/// Tells what had to wait for the pause to end, if nothing newer was told meanwhile. Nobody waits
/// for it, so that the server may end before: it holds nothing but what outlives the engine.
void tell_later(const exchange_ptr& on, const std::shared_ptr<typing_news>& news,
                std::chrono::milliseconds wait) {
  auto& with = on->with();
  with.engine.work_later(
      wait, [&pool = with.pool, now = with.now, news, by = api::conversation_caller_of(on),
             tenant = on->caller().tenant_id, conversation = on->path_id()] {
        const auto is_typing = news->pauses.due(conversation, by.agent_id, now());
        if (!is_typing) return;
        pool.submit(
            storage::access::tenant(tenant),
            [by, conversation, is_typing = *is_typing](storage::session& in) {
              in.execute(storage::queries::conversation_typing, by.agent_id, by.sees_all,
                         conversation, is_typing, true);
              return done{};
            },
            [](const result<done>&) {});
      });
}

void tell(const exchange_ptr& on, const std::shared_ptr<typing_news>& news) {
  const auto said = on->body<conversation_typing>();
  if (!said) return;
  const auto by = api::conversation_caller_of(on);
  const auto conversation = on->path_id();
  auto& with = on->with();
  const auto verdict = news->pauses.say(conversation, by.agent_id, said->is_typing, with.now());
  if (verdict.later) tell_later(on, news, *verdict.later);
  if (said->is_typing) news->contacts->show_typing(with, on->caller().tenant_id, by, conversation);
  api::read(on, "conversation", storage::queries::conversation_typing, by.agent_id, by.sees_all,
            conversation, said->is_typing, verdict.now);
}

}  // namespace

void typing(api::route_table& routes) {
  routes.add(
      {.id = "conversations_typing",
       .method = "POST",
       .path = "/api/conversations/{id}/typing",
       .tag = "Conversations",
       .summary = "Tell that the caller is typing",
       .description =
           "Agents who look are told live, by `conversation.typing`: of each caller that one "
           "types, and that one does not any more, once in three seconds; what changes more often "
           "is told when they are over. The contact sees it on WhatsApp, Messenger and Instagram, "
           "at most once in 20 seconds, unless `conversations.show_typing` is off. Say it again "
           "every few seconds while it goes on.",
       .permission = "messages.send",
       .body = table_for(static_cast<const conversation_typing*>(nullptr)).shape(),
       .successes = {{.doc = "It is told.", .body = message_shape()}}},
      [news = std::make_shared<typing_news>()](const exchange_ptr& on) { tell(on, news); });
}

}  // namespace omnistream::http::routes
