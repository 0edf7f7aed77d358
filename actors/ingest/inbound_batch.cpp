#include "actors/ingest/inbound_batch.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include "actors/ingest/contact_matching.hpp"
#include "actors/ingest/payload_json.hpp"
#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::session;

/// A message on its way into the database.
struct entry {
  received_message message;
  std::optional<timestamp> changed_at;
  uuid contact, conversation;

  const uuid& tenant() const { return message.account.tenant_id; }
};
using entries = std::vector<entry>;

/// A column of all entries, as a statement takes it.
template <class F>
auto column(const entries& all, F of) {
  std::vector<std::decay_t<decltype(of(all.front()))>> values;
  values.reserve(all.size());
  for (const auto& one : all) values.push_back(of(one));
  return values;
}

auto tenants_of(const entries& all) {
  return column(all, [](const entry& one) { return one.tenant(); });
}
auto external_ids_of(const entries& all) {
  return column(all, [](const entry& one) { return one.message.what.external_id; });
}

/// Places in a list, counted from 1 as SQL does.
std::set<std::size_t> places_in(const storage::rows& found) {
  std::set<std::size_t> places;
  for (int i = 0; i < found.size(); ++i)
    places.insert(static_cast<std::size_t>(found.integer(i, 0)) - 1);
  return places;
}

/// Those that are news, each once.
entries news_in(session& in, std::vector<received_message> list) {
  entries all;
  std::set<std::pair<uuid, std::string>> seen;
  for (auto& one : list)
    if (seen.emplace(one.account.tenant_id, one.what.external_id).second)
      all.push_back({std::move(one), {}, {}, {}});
  if (all.empty()) return all;
  const auto known =
      places_in(in.execute(sql::inbox_messages_known, tenants_of(all), external_ids_of(all)));
  entries news;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!known.contains(i)) news.push_back(std::move(all[i]));
  return news;
}

/// What their authors made of messages before they came.
void change_as_heard(session& in, entries& all) {
  const auto accounts = column(all, [](const entry& one) { return one.message.account.id; });
  const auto people = column(all, [](const entry& one) { return one.message.from.id; });
  const auto user_ids = column(all, [](const entry& one) { return one.message.from.user_id; });
  const auto heard = places_in(
      in.execute(sql::inbox_early_changes, accounts, external_ids_of(all), people, user_ids));
  for (const auto place : heard) {
    auto& [account, from, what] = all[place].message;
    const auto change = in.execute(sql::inbox_take_early_change, account.id, what.external_id,
                                   from.id, what.content_json, from.user_id);
    if (change.boolean(0, 0)) what.type = "deleted";
    what.content_json = change.text(0, 1);
    all[place].changed_at = change.time(0, 2);
  }
}

/// Gives mails that answer one of ours the contact of its conversation, whoever wrote them. The
/// places of the others are answered.
std::set<std::size_t> join_threads(session& in, entries& all) {
  std::vector<std::size_t> places;
  std::vector<uuid> tenants, accounts;
  std::vector<std::string> answered;
  std::set<std::size_t> others;
  for (std::size_t i = 0; i < all.size(); ++i) {
    others.insert(i);
    const auto& [account, from, what] = all[i].message;
    if (from.channel != email_channel_name || what.is_automatic) continue;
    for (const auto& id : what.answered) {
      places.push_back(i);
      tenants.push_back(account.tenant_id);
      accounts.push_back(account.id);
      answered.push_back(id);
    }
  }
  if (answered.empty()) return others;
  const auto found = in.execute(sql::inbox_threads, places, tenants, accounts, answered);
  for (int i = 0; i < found.size(); ++i) {
    const auto place = static_cast<std::size_t>(found.integer(i, 0));
    all[place].contact = found.id(i, 1);
    others.erase(place);
  }
  return others;
}

/// Finds the contacts; whoever is new, or has told a name or an id for the first time, is one by
/// one.
void look_for_contacts(session& in, entries& all, merged_contacts& merged) {
  auto missing = join_threads(in, all);
  const auto channels = column(all, [](const entry& one) { return one.message.from.channel; });
  const auto people = column(all, [](const entry& one) { return one.message.from.id; });
  const auto names = column(all, [](const entry& one) { return one.message.from.name; });
  const auto user_ids = column(all, [](const entry& one) { return one.message.from.user_id; });
  const auto known =
      in.execute(sql::inbox_known_contacts, tenants_of(all), channels, people, names, user_ids);
  for (int i = 0; i < known.size(); ++i) {
    const auto place = static_cast<std::size_t>(known.integer(i, 0)) - 1;
    if (missing.erase(place) > 0) all[place].contact = known.id(i, 1);
  }
  std::map<std::tuple<uuid, std::string, std::string, std::optional<std::string>>, uuid> met;
  for (const auto place : missing) {
    const auto& [account, from, what] = all[place].message;
    const auto [found, is_new] =
        met.try_emplace({all[place].tenant(), from.channel, from.id, from.user_id});
    if (is_new) found->second = contact_of(in, all[place].tenant(), from, what.at, merged);
    all[place].contact = found->second;
  }
}

/// Where contacts became one, all are looked for again: some that were found are no more. Each time
/// there are fewer.
void find_contacts(session& in, entries& all, merged_contacts& merged) {
  for (std::size_t tries = 0; tries <= all.size(); ++tries) {
    const auto before = merged.count;
    look_for_contacts(in, all, merged);
    if (merged.count == before) return;
  }
  throw std::runtime_error("the same contacts become one again and again");
}

void open_conversations(session& in, entries& all) {
  const auto contacts = column(all, [](const entry& one) { return one.contact; });
  const auto accounts = column(all, [](const entry& one) { return one.message.account.id; });
  const auto divisions =
      column(all, [](const entry& one) { return one.message.account.division_id; });
  const auto channels = column(all, [](const entry& one) { return one.message.from.channel; });
  const auto times = column(all, [](const entry& one) { return one.message.what.at; });
  const auto types = column(all, [](const entry& one) { return one.message.what.type; });
  const auto contents = column(all, [](const entry& one) { return one.message.what.content_json; });
  const auto automatic = column(all, [](const entry& one) {
    return one.message.what.is_automatic ? std::string("t") : std::string("f");
  });
  const auto opened = in.execute(sql::inbox_conversations, tenants_of(all), contacts, accounts,
                                 divisions, channels, times, types, contents, automatic);
  std::map<std::pair<uuid, uuid>, uuid> of;
  for (int i = 0; i < opened.size(); ++i) of[{opened.id(i, 0), opened.id(i, 1)}] = opened.id(i, 2);
  for (auto& one : all) one.conversation = of.at({one.contact, one.message.account.id});
}

/// Ids in the order in which they came, as those of one conversation may be of the same second and
/// lists are ordered by id then. None is of a later time than now, unless thousands come at once:
/// what is written next comes behind them.
std::vector<uuid> ids_for(const entries& all) {
  const auto now = system_now();
  std::map<uuid, int> before;
  return column(all, [&](const entry& one) {
    constexpr int places = uuid::v7_place_max + 1;
    const auto number = before[one.conversation]++;
    return uuid::v7(now + std::chrono::milliseconds{number / places},
                    static_cast<std::uint16_t>(number % places));
  });
}

/// What it says: of a long one a list of its content and of what that lacks.
std::string content_of(const written_message& what) {
  if (!what.rest) return what.content_json;
  std::string both;
  both.reserve(what.content_json.size() + what.rest->size() + 3);
  return both.append("[").append(what.content_json).append(",").append(*what.rest).append("]");
}

/// The number that somebody has now, with its +, if a message is WhatsApp's news of that; else
/// nothing. Older versions of Meta's API name it otherwise.
std::optional<std::string> new_number_in(const written_message& what) {
  if (what.type != "system") return std::nullopt;
  const auto message = document(what.content_json);
  const auto& system = object_at(message, "system");
  const auto kind = text_or_number(system, "type");
  if (kind != "user_changed_number" && kind != "customer_changed_number") return std::nullopt;
  auto id = text_or_number(system, "wa_id");
  if (id.empty()) id = text_or_number(system, "new_wa_id");
  const auto whose = person::of_whatsapp(id);
  return is_id(id) && whose.has_number() ? std::optional(whose.id) : std::nullopt;
}

/// In the order in which they moved.
void move_numbers(session& in, const entries& all, merged_contacts& merged) {
  std::vector<std::pair<const entry*, std::string>> moves;
  for (const auto& one : all)
    if (auto number = new_number_in(one.message.what); number && one.message.from.has_number())
      moves.emplace_back(&one, std::move(*number));
  std::stable_sort(moves.begin(), moves.end(), [](const auto& a, const auto& b) {
    return a.first->message.what.at < b.first->message.what.at;
  });
  for (const auto& [one, number] : moves)
    move_number(in, one->tenant(), one->message.from.id, number, one->message.what.at, merged);
}

}  // namespace

void store_inbound_messages(session& in, std::vector<received_message> list,
                            whom_to_wake& to_wake) {
  auto all = news_in(in, std::move(list));
  if (all.empty()) return;
  merged_contacts merged{to_wake};
  change_as_heard(in, all);
  find_contacts(in, all, merged);
  open_conversations(in, all);
  const auto conversations = column(all, [](const entry& one) { return one.conversation; });
  const auto types = column(all, [](const entry& one) { return one.message.what.type; });
  const auto contents = column(all, [](const entry& one) { return content_of(one.message.what); });
  const auto times = column(all, [](const entry& one) { return one.message.what.at; });
  const auto changed = column(all, [](const entry& one) { return one.changed_at; });
  const auto answered = column(all, [](const entry& one) {
    const auto& ids = one.message.what.answered;
    return ids.empty() ? std::nullopt : std::optional(ids.front());
  });
  in.execute(sql::inbox_store_messages, ids_for(all), tenants_of(all), conversations,
             external_ids_of(all), types, contents, times, changed, answered);
  move_numbers(in, all, merged);
}

}  // namespace omnistream::actors
