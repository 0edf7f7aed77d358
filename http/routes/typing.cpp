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

/// Telling what had to wait. Nobody waits for it, so that the server may end before. The engine
/// lives as long as the pool takes work, and is asked for time only then.
struct late_news {
  storage::pool& pool;
  actors::engine& engine;
  wall_clock now;
  std::shared_ptr<typing_news> news;
  actors::conversation_caller by;
  uuid tenant, conversation;
};

void tell_after(std::chrono::milliseconds wait, const late_news& what);

/// What was said meanwhile, or could not be told, has its turn.
template <class T>
void ended(const late_news& what, const result<T>& done, typing_pauses::outcome if_not) {
  if (!done && done.error().code == "shutting_down") return;
  const auto outcome = done ? typing_pauses::outcome::told : if_not;
  const auto wait =
      what.news->pauses.ended(what.conversation, what.by.agent_id, outcome, what.now());
  if (wait) tell_after(*wait, what);
}

/// Tells what is still to be told then.
void tell_after(std::chrono::milliseconds wait, const late_news& what) {
  what.engine.work_later(wait, [what] {
    const auto is_typing = what.news->pauses.due(what.conversation, what.by.agent_id, what.now());
    if (!is_typing) return;
    what.pool.submit(
        storage::access::tenant(what.tenant),
        [by = what.by, conversation = what.conversation,
         is_typing = *is_typing](storage::session& in) {
          in.execute(storage::queries::conversation_typing, by.agent_id, by.sees_all, conversation,
                     is_typing, true);
          return done{};
        },
        [what](const result<done>& told) { ended(what, told, typing_pauses::outcome::failed); });
  });
}

void tell(const exchange_ptr& on, const std::shared_ptr<typing_news>& news) {
  const auto said = on->body<conversation_typing>();
  if (!said) return;
  const auto by = api::conversation_caller_of(on);
  const auto conversation = on->path_id();
  auto& with = on->with();
  const late_news later{with.pool,   with.engine, with.now, news, by, on->caller().tenant_id,
                        conversation};
  const auto verdict = news->pauses.say(conversation, by.agent_id, said->is_typing, with.now());
  if (verdict.later) tell_after(*verdict.later, later);
  if (said->is_typing) news->contacts->show_typing(with, on->caller().tenant_id, by, conversation);
  api::transact(
      on, storage::access::tenant(on->caller().tenant_id),
      [by, conversation, is_typing = said->is_typing,
       now = verdict.now](storage::session& in) -> result<actors::answer> {
        const auto rows = in.execute(storage::queries::conversation_typing, by.agent_id,
                                     by.sees_all, conversation, is_typing, now);
        if (rows.empty()) return problems::not_found("conversation");
        return actors::answer{200, std::string(rows.text(0, 0))};
      },
      std::make_shared<actors::reply>(
          [on, later, is_told = verdict.now](result<actors::answer> what) {
            if (is_told) ended(later, what, typing_pauses::outcome::refused);
            on->finish(std::move(what));
          }));
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
