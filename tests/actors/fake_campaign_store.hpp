#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/campaign/campaign_store.hpp"
#include "tests/actors/fake_jobs.hpp"

namespace omnistream::test {

using namespace omnistream::actors;

/// What the rule of the database says a status becomes; see recipient_status_after.
inline int status_after(int current, int incoming) {
  const auto among = [](int value, std::initializer_list<int> list) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  if (among(incoming, {2, 3, 4})) {
    if (among(current, {0, 1, 7})) return incoming;
    return among(current, {2, 3, 4}) ? std::max(current, incoming) : current;
  }
  if (incoming == 5) return among(current, {0, 1, 2, 7}) ? 5 : current;
  if (among(incoming, {1, 6})) return current == 0 ? incoming : current;
  if (incoming == 7) return current == 1 ? 7 : current;
  return current;
}

/// A campaign store in memory.
class fake_campaign_store final : public campaign_store, public fake_jobs {
 public:
  struct row {
    int status = 0;
    std::string error_message;
    bool operator==(const row&) const = default;
  };
  struct hold {
    bool uncertain = false;
    std::optional<std::int64_t> token;
    int attempt = 0;
    timestamp due{};
  };
  struct campaign {
    uuid tenant;
    bool exists = true;
    campaign_state state;          ///< counters are computed from the rows
    account_ptr account;           ///< its own, or the default
    std::optional<uuid> bound_to;  ///< the account it was committed with
    std::string components = R"([{"type":"BODY","text":"Hello"}])";
    std::vector<row> rows;  ///< seq 1 first
    std::map<int, hold> holds;
    int claimed = 0, settled = 0;
  };

  std::map<uuid, campaign> campaigns;
  std::vector<pause> account_pauses;

  static campaign_counters count(const campaign& of) {
    campaign_counters counters;
    counters.total = static_cast<int>(of.rows.size());
    for (int seq = 1; seq <= counters.total; ++seq) {
      const int status = of.rows[static_cast<std::size_t>(seq) - 1].status;
      counters.sent += status >= 2 && status <= 4 ? 1 : 0;
      counters.failed += status == 5 || status == 7 ? 1 : 0;
      counters.uncertain += status == 1 ? 1 : 0;
      const bool unclaimed = of.state.status == campaign_status::cancelled && seq > of.claimed;
      counters.cancelled += status == 6 || (status == 0 && unclaimed) ? 1 : 0;
    }
    return counters;
  }

  /// What a status webhook does to one recipient. True if nothing of a sending campaign is open any
  /// more.
  bool webhook(campaign& of, int seq, int status) {
    auto& target = at(of, seq);
    const int before = target.status;
    target.status = status_after(before, status);
    if (before <= 1 && target.status > 1) of.holds.erase(seq);
    const auto now = count(of);
    return of.state.status == campaign_status::sending &&
           now.total == now.sent + now.failed + now.cancelled;
  }

  void load(const uuid& id, completion<loaded_campaign> done) override {
    enqueue<loaded_campaign>("load", std::move(done), [this, id]() -> result<loaded_campaign> {
      const auto* from = find(id);
      if (from == nullptr) return problems::not_found("campaign");
      loaded_campaign loaded;
      loaded.tenant_id = from->tenant;
      loaded.state = from->state;
      const auto counters = count(*from);
      loaded.state.total = counters.total;
      loaded.state.sent = counters.sent;
      loaded.state.failed = counters.failed;
      loaded.state.uncertain = counters.uncertain;
      loaded.state.cancelled = counters.cancelled;
      loaded.claimed_seq = from->claimed;
      loaded.settled_seq = from->settled;
      loaded.account = from->account;
      loaded.retries_claimed = std::any_of(from->holds.begin(), from->holds.end(),
                                           [](const auto& each) { return each.second.token; });
      loaded.source = {"hello", "en_US", from->components, ""};
      return loaded;
    });
  }
  void show(const uuid&, const uuid&, completion<std::string> done) override {
    enqueue<std::string>("show", std::move(done), [] { return std::string("{}"); });
  }
  void edit(const uuid&, const uuid& id, campaign_edit changes,
            completion<std::string> done) override {
    enqueue<std::string>("edit", std::move(done), [this, id, changes]() -> result<std::string> {
      if (changes.scheduled_at) campaigns.at(id).state.scheduled_at = *changes.scheduled_at;
      return std::string("{\"name\":\"" + changes.name.value_or("") + "\"}");
    });
  }
  void remove(const uuid&, const uuid& id, completion<omnistream::done> done) override {
    enqueue<omnistream::done>("remove", std::move(done), [this, id] {
      campaigns.at(id).exists = false;
      return omnistream::done{};
    });
  }
  void add(const uuid&, const uuid& id, std::shared_ptr<const recipients_to_add> what,
           completion<added_recipients> done) override {
    enqueue<added_recipients>("add", std::move(done), [this, id, what] {
      auto& to = campaigns.at(id);
      const auto added = static_cast<int>(what->numbers.size());
      to.rows.resize(to.rows.size() + what->numbers.size());
      return added_recipients{added, 0, static_cast<int>(to.rows.size())};
    });
  }
  void clear(const uuid&, const uuid& id, completion<int> done) override {
    enqueue<int>("clear", std::move(done), [this, id] {
      const auto deleted = static_cast<int>(campaigns.at(id).rows.size());
      campaigns.at(id).rows.clear();
      return deleted;
    });
  }
  void set_status(const uuid& id, campaign_status status, std::optional<uuid> account,
                  std::optional<pause> paused, completion<omnistream::done> done) override {
    enqueue<omnistream::done>("set_status", std::move(done), [this, id, status, account, paused] {
      auto& state = campaigns.at(id).state;
      if (state.status == status || !is_over(state)) {
        state.status = status;
        state.paused = paused;
        if (account) campaigns.at(id).bound_to = account;
      }
      return omnistream::done{};
    });
  }
  void set_pause(const uuid& id, std::optional<pause> why, std::optional<uuid> account,
                 completion<omnistream::done> done) override {
    enqueue<omnistream::done>("set_pause", std::move(done), [this, id, why, account] {
      auto& of = campaigns.at(id);
      if (of.state.status == campaign_status::sending) of.state.paused = why;
      if (account && !of.bound_to) of.bound_to = account;
      return omnistream::done{};
    });
  }
  void pause_account(const account_ptr& account, pause why,
                     completion<omnistream::done> done) override {
    enqueue<omnistream::done>("pause_account", std::move(done), [this, account, why] {
      for (auto& [id, each] : campaigns) {
        if (!each.account || each.account->id != account->id) continue;
        if (each.account->sealed_token != account->sealed_token) continue;
        account_pauses.push_back(why);
        each.state.cannot_send = why;
      }
      return omnistream::done{};
    });
  }
  void cancel(const uuid& id, std::vector<int> withdrawn, int settled,
              completion<int> done) override {
    enqueue<int>("cancel", std::move(done), [this, id, withdrawn, settled] {
      auto& of = campaigns.at(id);
      if (is_over(of.state)) return count(of).cancelled;
      auto list = withdrawn;
      for (const auto& [seq, held] : of.holds)
        if (!held.uncertain && !held.token) list.push_back(seq);
      for (const int seq : list) {
        of.holds.erase(seq);
        at(of, seq).status = status_after(at(of, seq).status, 6);
      }
      of.settled = std::max(of.settled, settled);
      of.state.status = campaign_status::cancelled;
      of.state.paused.reset();
      return count(of).cancelled;
    });
  }
  void claim(const uuid& id, int from_seq, int at_most, std::int64_t token, timestamp now,
             completion<claimed_batch> done) override {
    enqueue<claimed_batch>(
        "claim", std::move(done),
        [this, id, from_seq, at_most, token, now]() -> result<claimed_batch> {
          auto& of = campaigns.at(id);
          if (of.state.status != campaign_status::sending)
            return problems::conflict("not_ours", "Not being sent.");
          claimed_batch batch;
          const auto take = [&](bool own) {
            for (auto& [seq, held] : of.holds) {
              if (held.uncertain || static_cast<int>(batch.recipients.size()) >= at_most) continue;
              if (own ? held.token != token : held.token || held.due > now) continue;
              held.token = token;
              batch.recipients.push_back({seq, number(seq), "{}", held.attempt, true});
            }
          };
          take(true);
          take(false);
          std::sort(batch.recipients.begin(), batch.recipients.end(),
                    [](const auto& a, const auto& b) { return a.seq < b.seq; });
          const auto same = [](const auto& a, const auto& b) { return a.seq == b.seq; };
          batch.recipients.erase(
              std::unique(batch.recipients.begin(), batch.recipients.end(), same),
              batch.recipients.end());
          const int to = from_seq + at_most - static_cast<int>(batch.recipients.size());
          of.claimed = std::max(of.claimed, std::min(to, static_cast<int>(of.rows.size())));
          batch.claimed_seq = of.claimed;
          for (int seq = from_seq + 1; seq <= of.claimed; ++seq)
            if (at(of, seq).status == 0)
              batch.recipients.push_back({seq, number(seq), "{}", 0, false});
          return batch;
        });
  }
  void record(const uuid& id, std::shared_ptr<const std::vector<recorded_outcome>> outcomes,
              int settled, completion<campaign_counters> done) override {
    enqueue<campaign_counters>("record", std::move(done), [this, id, outcomes, settled] {
      using kind = recorded_outcome::kind;
      auto& of = campaigns.at(id);
      const bool over = is_over(of.state);
      std::vector<int> seen;
      for (const auto& one : *outcomes) {
        if (std::find(seen.begin(), seen.end(), one.seq) != seen.end()) twice_in_a_record = true;
        seen.push_back(one.seq);
        const auto what = over && one.what == kind::retry ? kind::cancelled : one.what;
        auto& target = at(of, one.seq);
        const int after = status_after(target.status, static_cast<int>(what));
        if (after == static_cast<int>(what)) target.error_message = one.error_message;
        target.status = after;
        const bool holds = what == kind::retry || what == kind::uncertain;
        const auto before = of.holds.find(one.seq);
        if (before != of.holds.end() && before->second.token != one.claim_token && holds) continue;
        if (holds && target.status == (what == kind::retry ? 0 : 1))
          of.holds[one.seq] = {what == kind::uncertain, std::nullopt, one.attempt, one.due_at};
        if (!holds && one.was_retry) of.holds.erase(one.seq);
      }
      of.settled = std::max(of.settled, settled);
      return count(of);
    });
  }
  void recover(const uuid& id, timestamp until, completion<campaign_counters> done) override {
    enqueue<campaign_counters>("recover", std::move(done), [this, id, until] {
      auto& of = campaigns.at(id);
      for (int seq = 1; seq <= of.claimed; ++seq) {
        const auto held = of.holds.find(seq);
        const bool lost =
            held == of.holds.end() ? seq > of.settled : held->second.token.has_value();
        if (!lost || at(of, seq).status != 0) continue;
        at(of, seq).status = 1;
        of.holds[seq] = {true, std::nullopt, 0, until};
      }
      of.settled = of.claimed;
      return count(of);
    });
  }
  void next_due(const uuid& id, completion<due_times> done) override {
    enqueue<due_times>("next_due", std::move(done), [this, id] {
      due_times due;
      for (const auto& [seq, held] : campaigns.at(id).holds) {
        if (held.token) continue;
        auto& earliest = held.uncertain ? due.uncertain : due.retry;
        earliest = std::min(earliest.value_or(held.due), held.due);
      }
      return due;
    });
  }
  void give_up_uncertain(const uuid& id, timestamp now,
                         completion<campaign_counters> done) override {
    enqueue<campaign_counters>("give_up", std::move(done), [this, id, now] {
      auto& of = campaigns.at(id);
      std::erase_if(of.holds, [&](const auto& entry) {
        if (!entry.second.uncertain || entry.second.due > now) return false;
        at(of, entry.first).status = status_after(at(of, entry.first).status, 7);
        return true;
      });
      return count(of);
    });
  }

  bool twice_in_a_record = false;

 private:
  static bool is_over(const campaign_state& state) {
    return state.status == campaign_status::completed || state.status == campaign_status::failed ||
           state.status == campaign_status::cancelled;
  }
  static row& at(campaign& of, int seq) { return of.rows.at(static_cast<std::size_t>(seq) - 1); }
  static std::string number(int seq) { return "+62812" + std::to_string(1'000'000 + seq); }
  campaign* find(const uuid& id) {
    const auto found = campaigns.find(id);
    return found == campaigns.end() || !found->second.exists ? nullptr : &found->second;
  }
};

}  // namespace omnistream::test
