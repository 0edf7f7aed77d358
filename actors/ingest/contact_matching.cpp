#include "actors/ingest/contact_matching.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>

#include "actors/ingest/attempt.hpp"
#include "actors/ingest/webhook_application.hpp"
#include "config/base/log.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;

/// By which ids WhatsApp names somebody.
struct whatsapp_ids {
  std::optional<std::string> number, user_id;

  explicit whatsapp_ids(const person& who)
      : number(who.has_number() ? std::optional(who.id) : std::nullopt),
        user_id(who.has_number() ? who.user_id : std::optional(who.id)) {}
};

/// False: it cannot be done now, and is due later (see merge_contacts in SQL).
bool merge(session& in, const uuid& kept, const uuid& gone, merged_contacts& merged) {
  const auto done = in.execute(sql::inbox_merge_contacts, kept, gone);
  if (!done.boolean(0, 0)) return false;
  ++merged.count;
  for (int i = 0; i < done.size(); ++i)
    if (!done.is_null(i, 1)) merged.to_wake.conversations.insert(done.id(i, 1));
  return true;
}

/// Who somebody is, as far as it is known.
struct known_contact {
  std::optional<uuid> id;     ///< nothing: nobody was met by these ids
  bool has_number = false;    ///< it is the one that is told; false: another one, or none, by now
  bool takes_user_id = true;  ///< false: it is another's, or was this one's before
};

/// Two contacts that are known by one id each become one, unless both have numbers: then the number
/// decides.
known_contact known_by(session& in, const uuid& tenant, const whatsapp_ids& ids, timestamp at,
                       merged_contacts& merged) {
  enum { with_number, had_number, with_user_id, had_user_id, number_of_that };
  const auto found = in.execute(sql::inbox_people, tenant, ids.number, ids.user_id, at);
  const auto either = [&found](int first, int second) {
    const auto id = found.optional_id(0, first);
    return id ? id : found.optional_id(0, second);
  };
  const auto by_number = either(with_number, had_number);
  const auto by_user_id = either(with_user_id, had_user_id);
  const bool has_number = !found.is_null(0, with_number);
  if (!by_user_id) {
    if (by_number && !has_number && ids.user_id)
      in.execute(sql::inbox_left_id, *by_number, *ids.user_id, at);
    return {by_number, has_number, true};
  }
  if (!ids.number || by_user_id == by_number) return {by_user_id, has_number, false};
  if (!found.is_null(0, number_of_that)) return {by_number, has_number, false};
  if (by_number) return {by_number, has_number, merge(in, *by_number, *by_user_id, merged)};
  in.execute(sql::inbox_set_ids, *by_user_id, *ids.number, std::nullopt);
  return {by_user_id, true, true};
}

/// Where the number is hidden, Meta's user id names the person. What was written before its author
/// changed the number may come after the news of that.
found_contact contact_on_whatsapp(session& in, const uuid& tenant, const person& who, timestamp at,
                                  merged_contacts& merged) {
  const whatsapp_ids ids(who);
  const auto known = known_by(in, tenant, ids, at, merged);
  if (known.id && !known.has_number) return {*known.id, false};
  const auto stored = in.execute(sql::inbox_upsert_contact, tenant, ids.number,
                                 known.takes_user_id ? ids.user_id : std::nullopt, who.name);
  return {stored.id(0, 0)};
}

/// Whom the news that somebody has another number is about.
struct moving_contacts {
  std::optional<uuid> mover;          ///< who has the old number; nothing: nobody, or somebody else
  std::optional<uuid> former_holder;  ///< somebody else who had the new one
  uuid kept;                          ///< the contact that is to have the new number
  std::optional<uuid> gone;           ///< who is the same person, and becomes part of that
  std::optional<std::string> new_user_id;  ///< Meta gives another one with a number
};

moving_contacts who_moves(session& in, const uuid& tenant, const std::string& from,
                          const std::string& to, timestamp at) {
  enum { contact, number, user_id, is_somebody_else };
  const auto found = in.execute(sql::inbox_who_moves, tenant, from, to, at);
  moving_contacts who;
  std::optional<uuid> holder;
  for (int i = 0; i < found.size(); ++i) {
    const bool has_new = found.text(i, number) == to;
    const auto id = found.id(i, contact);
    if (found.boolean(i, is_somebody_else)) {
      if (has_new) who.former_holder = id;
      continue;
    }
    (has_new ? holder : who.mover) = id;
    if (has_new) who.new_user_id = found.optional_text(i, user_id);
  }
  if (!who.mover) return who;
  // Who has been here longer comes first.
  who.kept = holder && found.id(0, contact) == *holder ? *holder : *who.mover;
  if (holder) who.gone = who.kept == *holder ? who.mover : holder;
  return who;
}

void merge_or_throw(session& in, const uuid& kept, const uuid& gone, const std::string& number,
                    merged_contacts& merged) {
  if (!merge(in, kept, gone, merged))
    throw std::runtime_error("who has the number " + number +
                             " now is two contacts, which are in use; trying again later");
}

/// Who has the address already, from another channel or a list.
std::optional<uuid> contact_with_address(session& in, const uuid& tenant, const person& who) {
  if (!who.address) return std::nullopt;
  const auto found = in.execute(sql::channel_contact_of_email, tenant, *who.address);
  return found.empty() ? std::nullopt : std::optional(found.id(0, 0));
}

}  // namespace

found_contact contact_of(session& in, const uuid& tenant, const person& who, timestamp at,
                         merged_contacts& merged) {
  if (who.channel == whatsapp_channel_name) return contact_on_whatsapp(in, tenant, who, at, merged);
  return {contact_on_channel(in, tenant, who)};
}

uuid contact_on_channel(session& in, const uuid& tenant, const person& who) {
  const auto known = in.execute(sql::channel_contact, tenant, who.channel, who.id);
  if (!known.empty()) return known.id(0, 0);
  auto contact = contact_with_address(in, tenant, who);
  if (!contact)
    contact = in.execute(sql::channel_contact_add, tenant, who.name, who.address).id(0, 0);
  in.execute(sql::channel_identity_add, tenant, who.channel, who.id, *contact);
  return *contact;
}

std::optional<uuid> known_contact_of(session& in, const uuid& tenant, const person& who,
                                     timestamp at, merged_contacts& merged) {
  return known_by(in, tenant, whatsapp_ids(who), at, merged).id;
}

void merge_due_contacts(session& in, merged_contacts& merged) {
  constexpr int at_most = 100;
  enum { kept, gone, failures };
  const auto due = in.execute(sql::inbox_merges_due, at_most);
  for (int i = 0; i < due.size(); ++i) {
    const auto why = attempt(in, [&] { merge(in, due.id(i, kept), due.id(i, gone), merged); });
    if (!why) continue;
    const auto failed = static_cast<int>(due.integer(i, failures)) + 1;
    const auto wait =
        static_cast<int>(retry_after(failed).value_or(std::chrono::hours{24}).count());
    log::warn("inbox", "two contacts that are one person could not be made one",
              {{"contact_id", due.id(i, kept).to_string()},
               {"merged_id", due.id(i, gone).to_string()},
               {"again_in_minutes", wait},
               {"reason", *why}});
    in.execute(sql::inbox_merge_failed, due.id(i, kept), due.id(i, gone), wait);
  }
}

void move_number(session& in, const uuid& tenant, const std::string& from, const std::string& to,
                 timestamp at, merged_contacts& merged) {
  if (from == to) return;
  const auto found = who_moves(in, tenant, from, to, at);
  // Each account of ours that somebody wrote to is told: the first one moved them.
  if (!found.mover) return;
  // What became of the new number later may be known before.
  const auto later = in.execute(sql::inbox_who_moved_on, tenant, to, at);
  if (!later.empty()) {
    if (later.id(0, 0) == *found.mover) return;
    merge_or_throw(in, later.id(0, 0), *found.mover, to, merged);
    in.execute(sql::inbox_left_id, later.id(0, 0), from, at);
    return;
  }
  if (found.former_holder) {
    in.execute(sql::inbox_take_number, *found.former_holder);
    in.execute(sql::inbox_left_id, *found.former_holder, to, at);
  }
  if (found.gone) merge_or_throw(in, found.kept, *found.gone, to, merged);
  in.execute(sql::inbox_set_ids, found.kept, to, found.new_user_id);
  in.execute(sql::inbox_left_id, found.kept, from, at);
}

}  // namespace omnistream::actors
