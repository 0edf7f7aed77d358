#include "http/api/contact_names.hpp"

#include <optional>
#include <string>
#include <utility>

#include "actors/json_member.hpp"
#include "config/base/log.hpp"
#include "config/base/metrics.hpp"
#include "config/base/text.hpp"
#include "config/base/utf8.hpp"
#include "http/api/account_secrets.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using actors::text_of;
using nlohmann::json;
using std::chrono::seconds;

constexpr std::chrono::minutes between_looks{1};
constexpr std::size_t name_bytes_max = 200;
constexpr seconds no_pause{0};

void count(const char* outcome) {
  metrics::counter_of("omnistream_contact_names_total",
                      "What came of asking Meta for the names of people on Messenger and "
                      "Instagram; away: it is asked again, no_room: too many waited.",
                      {{"outcome", outcome}})
      .add();
}

/// Empty: Meta does not tell any.
std::string name_in(const json& person) {
  auto name = text_of(person, "name");
  if (name.empty()) name = text_of(person, "first_name") + " " + text_of(person, "last_name");
  if (trimmed(name).empty()) name = text_of(person, "username");
  const auto text = storable_text(trimmed(name));
  return std::string(trimmed(utf8_beginning(text, name_bytes_max)));
}

}  // namespace

/// Whom Meta is asked for, and through what.
struct contact_names::question {
  std::string person;
  actors::sending_account account;
};

contact_names::contact_names(storage::pool& pool, const config::settings& settings,
                             const crypto::key256& key, wall_clock now)
    : pool_(pool),
      key_(key),
      now_(std::move(now)),
      meta_(settings),
      minutes_([this](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        while (
            !stopped.wait_for(lock, stop, between_looks, [&stop] { return stop.stop_requested(); }))
          ask_again();
      }) {}

void contact_names::stop() {
  {
    const std::lock_guard lock(guard_);
    stopped_ = true;
  }
  minutes_ = {};
  meta_.stop();
}

void contact_names::ask(const std::vector<uuid>& conversations) {
  {
    const std::lock_guard lock(guard_);
    for (const auto& one : conversations) {
      if (rests(one) || taken_.contains(one)) continue;
      if (waiting_.size() >= waiting_max) {
        count("no_room");
        continue;
      }
      resting_.erase(one);
      taken_.insert(one);
      waiting_.push_back(one);
    }
  }
  go_on();
}

void contact_names::ask_again() {
  std::vector<uuid> due;
  {
    const std::lock_guard lock(guard_);
    for (const auto& [id, one] : resting_)
      if (one.is_asked_again && !rests(id)) due.push_back(id);
  }
  ask(due);
}

/// One thread hands out what there is room for: what ends within the call does not call itself
/// deeper and deeper.
void contact_names::go_on() {
  std::unique_lock lock(guard_);
  if (going_on_) return;
  going_on_ = true;
  while (!stopped_ && at_work_ < at_once_max && !waiting_.empty()) {
    const auto next = waiting_.front();
    waiting_.pop_front();
    ++at_work_;
    lock.unlock();
    look_up(next);
    lock.lock();
  }
  going_on_ = false;
}

void contact_names::look_up(const uuid& conversation) {
  pool_.submit(
      storage::access::engine(),
      [this, conversation](storage::session& in) -> std::optional<question> {
        enum { channel, person, account, account_key, token, config };
        const auto row = in.execute(sql::person_unnamed, conversation);
        if (row.empty() || row.is_null(0, person)) return std::nullopt;
        question what{std::string(row.text(0, person)), {}};
        what.account.id = row.id(0, account);
        what.account.channel = *actors::parse_channel(row.text(0, channel));
        what.account.sender_id = row.text(0, account_key);
        what.account.access_token =
            open_access_token(key_, what.account.id, std::string(row.text(0, token)));
        what.account.config_json = row.text(0, config);
        if (!what.account.access_token) return std::nullopt;
        return what;
      },
      [this, conversation](const result<std::optional<question>>& found) {
        if (!found) return settle(conversation, away_pause, true);
        if (!*found) return settle(conversation, no_pause, false);
        put(conversation, **found);
      });
}

void contact_names::put(const uuid& conversation, const question& what) {
  bool is_away = false;
  {
    const std::lock_guard lock(guard_);
    is_away = rests(what.account.id);
  }
  if (is_away) return settle(conversation, away_pause, true);
  meta_.get_person(what.account, what.person,
                   [this, conversation, account = what.account.id](const result<json>& said) {
                     answered(conversation, account, said);
                   });
}

void contact_names::answered(const uuid& conversation, const uuid& account,
                             const result<json>& said) {
  if (said) {
    if (auto name = name_in(*said); !name.empty()) return store(conversation, name);
    count("nameless");
    return settle(conversation, refused_pause, false);
  }
  log::debug("conversation", "Meta did not tell what a contact is called",
             {{"conversation", conversation.to_string()}, {"reason", said.error().detail}});
  // A token can be renewed, and is the account's.
  if (said.error().code != "meta_unreachable" && said.error().code != "meta_token_refused") {
    count("refused");
    return settle(conversation, refused_pause, false);
  }
  count("away");
  {
    const std::lock_guard lock(guard_);
    let_rest(account, away_pause, false);
  }
  settle(conversation, away_pause, true);
}

void contact_names::store(const uuid& conversation, const std::string& name) {
  pool_.submit(
      storage::access::engine(),
      [conversation, name](storage::session& in) {
        return in.execute(sql::person_named, conversation, name).boolean(0, 0);
      },
      [this, conversation](const result<bool>& stored) {
        if (stored && *stored) count("stored");
        settle(conversation, stored ? no_pause : seconds(away_pause), !stored);
      });
}

void contact_names::settle(const uuid& conversation, seconds pause, bool is_asked_again) {
  {
    const std::lock_guard lock(guard_);
    --at_work_;
    taken_.erase(conversation);
    if (pause > no_pause) let_rest(conversation, pause, is_asked_again);
  }
  go_on();
}

bool contact_names::rests(const uuid& id) const {
  const auto found = resting_.find(id);
  return found != resting_.end() && now_() < found->second.until;
}

void contact_names::let_rest(const uuid& id, seconds pause, bool is_asked_again) {
  if (resting_.size() >= resting_max)
    std::erase_if(resting_, [now = now_()](const auto& one) { return now >= one.second.until; });
  if (resting_.size() >= resting_max) resting_.clear();
  resting_[id] = {now_() + pause, is_asked_again};
}

}  // namespace omnistream::http::api
