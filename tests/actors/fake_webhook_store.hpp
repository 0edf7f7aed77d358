#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/webhook/webhook_store.hpp"
#include "tests/actors/fake_jobs.hpp"

namespace omnistream::test {

using namespace omnistream::actors;

/// A store of outgoing webhooks in memory.
class fake_webhook_store final : public webhook_store, public fake_jobs {
 public:
  struct webhook {
    uuid tenant;
    bool exists = true;
    std::string url = "https://example.org/hook";
    std::vector<std::string> secrets{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"};
    std::optional<timestamp> secrets_until;
    int batch_max = 1;
    std::chrono::milliseconds batch_wait{0};
    webhook_state state;
    std::map<std::int64_t, outbox_event> outbox;
    std::vector<delivery> log;  ///< in the order of their rows
    int records = 0;
  };

  std::map<uuid, webhook> webhooks;
  std::function<timestamp()> now;
  int load_bytes_least = outbox_bytes_max;
  int read_most = 0;  ///< the most events that were asked for at once
  std::size_t recorded_most = 0;

  delivery* row(const uuid& of, const uuid& delivery) {
    auto& log = webhooks.at(of).log;
    const auto found = std::find_if(log.begin(), log.end(),
                                    [&delivery](const auto& each) { return each.id == delivery; });
    return found == log.end() ? nullptr : &*found;
  }

  void load(const uuid& id, int bytes_max, completion<loaded_webhook> done) override {
    load_bytes_least = std::min(load_bytes_least, bytes_max);
    enqueue<loaded_webhook>("load", std::move(done), [this, id]() -> result<loaded_webhook> {
      const auto* from = find(id);
      if (from == nullptr) return problems::not_found("webhook");
      loaded_webhook loaded;
      loaded.tenant_id = from->tenant;
      loaded.url = from->url;
      loaded.secrets = from->secrets;
      loaded.secrets_until = from->secrets_until;
      loaded.batch_max = from->batch_max;
      loaded.batch_wait = from->batch_wait;
      loaded.state = from->state;
      std::vector<delivery> aside;
      for (const auto& each : from->log)
        if (each.state == delivery::status::pending)
          (each.aside ? aside : loaded.pending).push_back(each);
      std::stable_sort(aside.begin(), aside.end(), [](const auto& a, const auto& b) {
        return a.next_attempt_at < b.next_attempt_at;
      });
      ordered_most = std::max(ordered_most, loaded.pending.size());
      const auto room = pending_max - std::min<std::size_t>(pending_max, loaded.pending.size());
      loaded.more_aside = aside.size() > room;
      if (loaded.more_aside) aside.resize(room);
      loaded.pending.insert(loaded.pending.end(), aside.begin(), aside.end());
      return loaded;
    });
  }
  void read(const uuid& id, int events_max, completion<outbox_page> done) override {
    read_most = std::max(read_most, events_max);
    enqueue<outbox_page>("read", std::move(done), [this, id, events_max] {
      outbox_page page;
      int bytes = 0;
      const auto* from = find(id);
      if (from == nullptr) return page;
      for (const auto& [place, event] : from->outbox) {
        bytes += static_cast<int>(event.body->size());
        page.more = static_cast<int>(page.events.size()) == events_max ||
                    (bytes > outbox_bytes_max && !page.events.empty());
        if (page.more) break;
        page.events.push_back(event);
      }
      return page;
    });
  }
  void record(webhook_record what, completion<omnistream::done> done) override {
    recorded_most = std::max(recorded_most, what.deliveries.size());
    enqueue<omnistream::done>("record", std::move(done),
                              [this, what]() -> result<omnistream::done> {
                                if (find(what.webhook_id) == nullptr)
                                  return problems::not_found("webhook");
                                auto& of = webhooks.at(what.webhook_id);
                                ++of.records;
                                for (const auto& each : what.deliveries) {
                                  if (auto* known = row(what.webhook_id, each.id))
                                    *known = each;
                                  else
                                    of.log.push_back(each);
                                }
                                for (const auto taken : what.taken) of.outbox.erase(taken);
                                if (what.state) of.state = *what.state;
                                return omnistream::done{};
                              });
  }
  void edit(const uuid& tenant, const uuid& id, webhook_edit changes,
            completion<std::string> done) override {
    enqueue<std::string>("edit", std::move(done),
                         [this, tenant, id, changes]() -> result<std::string> {
                           if (find(id) == nullptr) return problems::not_found("webhook");
                           auto& of = webhooks.at(id);
                           if (changes.url) of.url = *changes.url;
                           if (changes.batch_max) of.batch_max = *changes.batch_max;
                           if (changes.batch_wait_ms)
                             of.batch_wait = std::chrono::milliseconds{*changes.batch_wait_ms};
                           if (changes.is_active && *changes.is_active) of.state = {};
                           if (changes.is_active && !*changes.is_active) {
                             of.state.status = webhook_status::disabled;
                             of.state.disabled_reason = "by_hand";
                           }
                           return std::string("{\"edited\":true}");
                         });
  }
  void remove(const uuid&, const uuid& id, completion<omnistream::done> done) override {
    enqueue<omnistream::done>("remove", std::move(done), [this, id]() -> result<omnistream::done> {
      if (find(id) == nullptr) return problems::not_found("webhook");
      webhooks.at(id).exists = false;
      return omnistream::done{};
    });
  }
  void rotate(const uuid&, const uuid& id, webhook_rotation with,
              completion<std::string> done) override {
    enqueue<std::string>("rotate", std::move(done), [this, id, with]() -> result<std::string> {
      auto& of = webhooks.at(id);
      of.secrets = {with.sealed_secret, of.secrets.front()};
      of.secrets_until = with.previous_until;
      return std::string("{}");
    });
  }
  void redeliver(const uuid&, const uuid& id, const uuid& delivery,
                 completion<std::string> done) override {
    enqueue<std::string>("redeliver", std::move(done),
                         [this, id, delivery]() -> result<std::string> {
                           auto* of = row(id, delivery);
                           if (of == nullptr) return problems::not_found("delivery");
                           if (of->state == delivery::status::pending)
                             return problems::conflict("delivery_pending", "It is pending.");
                           again(*of);
                           return std::string("{}");
                         });
  }
  void redeliver_failed(const uuid&, const uuid& id, timestamp since,
                        completion<int> done) override {
    enqueue<int>("redeliver_failed", std::move(done), [this, id, since]() -> result<int> {
      int count = 0;
      for (auto& each : webhooks.at(id).log) {
        if (each.state != delivery::status::failed || each.last_attempt_at < since) continue;
        again(each);
        ++count;
      }
      return count;
    });
  }
  void show_delivery(const uuid&, const uuid& id, const uuid& delivery,
                     completion<std::string> done) override {
    enqueue<std::string>("show_delivery", std::move(done),
                         [this, id, delivery]() -> result<std::string> {
                           const auto* of = row(id, delivery);
                           if (of == nullptr) return problems::not_found("delivery");
                           return "{\"id\":\"" + of->id.to_string() +
                                  "\",\"response_code\":" + std::to_string(of->response_code) + "}";
                         });
  }

  std::size_t ordered_most = 0;  ///< deliveries pending in order at once

 private:
  const webhook* find(const uuid& id) const {
    const auto found = webhooks.find(id);
    return found == webhooks.end() || !found->second.exists ? nullptr : &found->second;
  }
  void again(delivery& of) const {
    of.state = delivery::status::pending;
    of.aside = true;
    of.attempts = 0;
    of.next_attempt_at = now();
  }
};

}  // namespace omnistream::test
