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

/// What WhatsApp says itself, as that somebody has another number.
constexpr std::string_view system_type = "system";

/// A message on its way into the database.
struct entry {
  received_message message;
  std::optional<timestamp> changed_at;
  uuid contact, conversation;
  std::optional<std::string> new_number;  ///< it is WhatsApp's news of that
  bool is_in_thread = false;              ///< of mails: perhaps not written by the contact

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
      all.push_back({std::move(one), {}, {}, {}, {}, {}});
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
    all[place].is_in_thread = true;
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
    const auto whom = std::tuple(all[place].tenant(), from.channel, from.id, from.user_id);
    if (const auto before = met.find(whom); before != met.end()) {
      all[place].contact = before->second;
      continue;
    }
    const auto found = contact_of(in, all[place].tenant(), from, what.at, merged);
    all[place].contact = found.id;
    // Who has other ids by now is not who writes from these later.
    if (found.is_current) met.emplace(whom, found.id);
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
    const auto& what = one.message.what;
    return std::string(what.is_automatic || what.type == system_type ? "t" : "f");
  });
  const auto people = column(all, [](const entry& one) {
    return one.is_in_thread ? std::nullopt : std::optional(one.message.from.id);
  });
  const auto opened = in.execute(sql::inbox_conversations, tenants_of(all), contacts, accounts,
                                 divisions, channels, times, types, contents, automatic, people);
  std::map<std::pair<uuid, uuid>, uuid> of;
  for (int i = 0; i < opened.size(); ++i) of[{opened.id(i, 0), opened.id(i, 1)}] = opened.id(i, 2);
  for (auto& one : all) one.conversation = of.at({one.contact, one.message.account.id});
}

/// Ids in the order in which they came, as those of one conversation may be of the same second and
/// lists are ordered by id then. None is of a later time than now, unless thousands come at once:
/// what is written next comes behind them.
class ids_in_order {
 public:
  std::vector<uuid> of(const entries& all) {
    return column(all, [this](const entry& one) {
      constexpr int places = uuid::v7_place_max + 1;
      const auto number = before_[one.conversation]++;
      return uuid::v7(now_ + std::chrono::milliseconds{number / places},
                      static_cast<std::uint16_t>(number % places));
    });
  }

 private:
  timestamp now_ = system_now();
  std::map<uuid, int> before_;
};

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
  if (what.type != system_type) return std::nullopt;
  const auto message = document(what.content_json);
  const auto& system = object_at(message, "system");
  const auto kind = text_or_number(system, "type");
  if (kind != "user_changed_number" && kind != "customer_changed_number") return std::nullopt;
  auto id = text_or_number(system, "wa_id");
  if (id.empty()) id = text_or_number(system, "new_wa_id");
  const auto whose = person::of_whatsapp(id);
  return is_id(id) && whose.has_number() ? std::optional(whose.id) : std::nullopt;
}

/// Messenger and Instagram tell nobody's name.
void look_for_nameless(session& in, const entries& all, whom_to_wake& to_wake) {
  std::set<uuid> told_by_id;
  for (const auto& one : all)
    if (const auto& channel = one.message.from.channel;
        channel != whatsapp_channel_name && channel != email_channel_name)
      told_by_id.insert(one.conversation);
  if (told_by_id.empty()) return;
  const auto found =
      in.execute(sql::channel_nameless, std::vector<uuid>(told_by_id.begin(), told_by_id.end()));
  for (int i = 0; i < found.size(); ++i) to_wake.nameless.insert(found.id(i, 0));
}

/// Stores messages, of which only the last may be news of a number.
void store(session& in, entries all, ids_in_order& ids, merged_contacts& merged) {
  change_as_heard(in, all);
  find_contacts(in, all, merged);
  open_conversations(in, all);
  const auto conversations = column(all, [](const entry& one) { return one.conversation; });
  const auto types = column(all, [](const entry& one) { return one.message.what.type; });
  const auto contents = column(all, [](const entry& one) { return content_of(one.message.what); });
  const auto times = column(all, [](const entry& one) { return one.message.what.at; });
  const auto changed = column(all, [](const entry& one) { return one.changed_at; });
  const auto answered = column(all, [](const entry& one) {
    const auto& named = one.message.what.answered;
    return named.empty() ? std::nullopt : std::optional(named.front());
  });
  in.execute(sql::inbox_store_messages, ids.of(all), tenants_of(all), conversations,
             external_ids_of(all), types, contents, times, changed, answered);
  look_for_nameless(in, all, merged.to_wake);
  const auto& last = all.back();
  if (last.new_number)
    move_number(in, last.tenant(), last.message.from.id, *last.new_number, last.message.what.at,
                merged);
}

/// Where somebody has another number, who writes from either is judged by what was before: those
/// are stored in the order of their times, and nobody is looked for before the news is known.
std::vector<entries> in_parts(entries all) {
  const auto is_news = [](const entry& one) { return one.new_number.has_value(); };
  std::vector<entries> parts(1);
  if (std::any_of(all.begin(), all.end(), is_news))
    std::stable_sort(all.begin(), all.end(), [](const entry& a, const entry& b) {
      return a.message.what.at < b.message.what.at;
    });
  for (auto& one : all) {
    if (!parts.back().empty() && is_news(parts.back().back())) parts.emplace_back();
    parts.back().push_back(std::move(one));
  }
  return parts;
}

}  // namespace

void store_inbound_messages(session& in, std::vector<received_message> list,
                            whom_to_wake& to_wake) {
  auto all = news_in(in, std::move(list));
  if (all.empty()) return;
  for (auto& one : all)
    if (one.message.from.has_number()) one.new_number = new_number_in(one.message.what);
  merged_contacts merged{to_wake};
  ids_in_order ids;
  for (auto& part : in_parts(std::move(all))) store(in, std::move(part), ids, merged);
}

}  // namespace omnistream::actors
