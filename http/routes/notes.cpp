#include "http/contract/tables/notes.hpp"

#include <algorithm>

#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Notes";
constexpr const char* view = "conversations.view";
constexpr const char* manage = "conversations.manage";
constexpr const char* manage_all = "notes.manage";

const failure not_the_author{403, "not_the_author",
                             "Somebody else wrote it, and the caller lacks the permission "
                             "`notes.manage`."};

/// What was named twice counts where it stands first.
std::vector<uuid> each_once(const std::vector<uuid>& ids) {
  std::vector<uuid> once;
  for (const auto& id : ids)
    if (std::find(once.begin(), once.end(), id) == once.end()) once.push_back(id);
  return once;
}

/// 422 naming everybody who cannot be mentioned.
std::optional<problem> mentions_refused(storage::session& in, const std::vector<uuid>& agents) {
  const auto refused = in.execute(sql::note_mentions_refused, agents);
  if (refused.empty()) return std::nullopt;
  error_list errors;
  const error_list::scope inside(errors, "mentions");
  for (int i = 0; i < refused.size(); ++i) {
    const error_list::scope item(errors, static_cast<std::size_t>(refused.integer(i, 0)));
    const auto who = refused.id(i, 1).to_string();
    if (refused.boolean(i, 2))
      errors.add({"inactive", "The agent " + who + " is switched off."});
    else
      errors.add({"not_found", "There is no agent " + who + "."});
  }
  return problems::invalid(errors.take());
}

/// Nothing: the caller may change the note, which stays as it is until the transaction ends.
std::optional<problem> change_refused(storage::session& in,
                                      const actors::conversation_caller& caller, bool of_others,
                                      const uuid& note) {
  const auto found = in.execute(sql::note_lock, caller.agent_id, caller.sees_all, note);
  if (found.empty()) return problems::not_found("note");
  if (found.id(0, 0) != caller.agent_id && !of_others)
    return problems::forbidden(not_the_author.code, not_the_author.doc);
  return std::nullopt;
}

// -- handlers

void list(const exchange_ptr& on) {
  const auto query = on->query<notes_query>();
  if (!query) return;
  const auto [caller, sees_all] = api::conversation_caller_of(on);
  api::read(on, "conversation", sql::notes_list, caller, sees_all, on->path_id(), query->page,
            query->per_page);
}

void create(const exchange_ptr& on) {
  const auto wanted = on->body<note_create>();
  if (!wanted) return;
  api::transact(
      on,
      [wanted = *wanted, id = uuid::v7(on->with().now()), conversation = on->path_id(),
       who = api::conversation_caller_of(on)](storage::session& in) -> result<actors::answer> {
        const auto given = wanted.mentions.value_or(std::vector<uuid>{});
        const auto made = in.execute(sql::note_create, who.agent_id, who.sees_all, conversation, id,
                                     wanted.body, each_once(given));
        if (made.empty()) return problems::not_found("conversation");
        if (auto why = mentions_refused(in, given)) return *why;
        return actors::answer{201, std::string(made.text(0, 0))};
      });
}

void change(const exchange_ptr& on) {
  const auto wanted = on->body<note_change>();
  if (!wanted) return;
  api::transact(
      on,
      [wanted = *wanted, id = on->path_id(), who = api::conversation_caller_of(on),
       of_others = on->caller().may(manage_all)](storage::session& in) -> result<actors::answer> {
        if (auto why = change_refused(in, who, of_others, id)) return *why;
        std::optional<std::vector<uuid>> mentions;
        if (wanted.mentions) {
          if (auto why = mentions_refused(in, *wanted.mentions)) return *why;
          mentions = each_once(*wanted.mentions);
        }
        const auto changed = in.execute(sql::note_update, id, wanted.body, mentions);
        return actors::answer{200, std::string(changed.text(0, 0))};
      });
}

void remove(const exchange_ptr& on) {
  api::transact(
      on,
      [id = on->path_id(), who = api::conversation_caller_of(on),
       of_others = on->caller().may(manage_all)](storage::session& in) -> result<actors::answer> {
        if (auto why = change_refused(in, who, of_others, id)) return *why;
        in.execute(sql::note_delete, id);
        return actors::answer{200, R"({"message":"The note is deleted."})"};
      });
}

}  // namespace

void notes(api::route_table& routes) {
  routes.describe(
      {tag_name, "What agents tell each other in conversations. Contacts never see it."});
  routes.add({.id = "notes_list",
              .method = "GET",
              .path = "/api/conversations/{id}/notes",
              .tag = tag_name,
              .summary = "List notes for a conversation",
              .description = "The newest first.",
              .permission = view,
              .query = table_for(static_cast<const notes_query*>(nullptr)).shape(),
              .successes = {{.doc = "One page of notes.", .body = page_of(note_shape())}}},
             list);
  routes.add({.id = "notes_create",
              .method = "POST",
              .path = "/api/conversations/{id}/notes",
              .tag = tag_name,
              .summary = "Create a note",
              .description = "Changes nothing else of the conversation.",
              .permission = manage,
              .body = table_for(static_cast<const note_create*>(nullptr)).shape(),
              .successes = {{.status = 201, .doc = "The note.", .body = note_shape()}}},
             create);
  routes.add({.id = "notes_update",
              .method = "PATCH",
              .path = "/api/notes/{id}",
              .tag = tag_name,
              .summary = "Update a note",
              .description = "By its author, or with notes.manage.",
              .permission = manage,
              .body = table_for(static_cast<const note_change*>(nullptr)).shape(),
              .successes = {{.doc = "The changed note.", .body = note_shape()}},
              .failures = {not_the_author}},
             change);
  routes.add({.id = "notes_delete",
              .method = "DELETE",
              .path = "/api/notes/{id}",
              .tag = tag_name,
              .summary = "Delete a note",
              .description = "By its author, or with notes.manage.",
              .permission = manage,
              .successes = {{.doc = "It is gone.", .body = message_shape()}},
              .failures = {not_the_author}},
             remove);
}

}  // namespace omnistream::http::routes
