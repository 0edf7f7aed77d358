#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/webhook/webhook_store_sql.hpp"
#include "tests/campaign_store/store_world.hpp"

namespace omnistream::test {

/// A tenant with a campaign, and subscriptions of its own. Calls block.
class webhook_world : public store_world {
 public:
  webhook_world() {
    pool_.observe_events([this](const storage::announced_events& who) {
      const std::lock_guard lock(told_mutex_);
      told_.insert(told_.end(), who.webhooks.begin(), who.webhooks.end());
    });
  }
  ~webhook_world() { pool_.stop(); }

  /// A subscription to types such as `campaign.*`, with commas between.
  uuid subscribe(const std::string& types, std::optional<uuid> of = std::nullopt) {
    const auto made = uuid::v7(system_now());
    sql("insert into outgoing_webhooks (id, tenant_id, url, event_types, secret, created_by) "
        "values ('" +
        id(made) + "', '" + id(of.value_or(tenant)) + "', 'https://example.com/hook', '{" + types +
        "}', 'sealed', '" + id(tenant) + "')");
    return made;
  }

  /// What waits for a subscription, in its order: types with commas between.
  std::string outbox(const uuid& webhook) {
    return sql(
        "select coalesce(string_agg(type, ',' order by id), '') from webhook_outbox join "
        "webhook_events using (id) where "
        "webhook_id = '" +
        id(webhook) + "'");
  }
  /// The data of its events of a type.
  std::vector<nlohmann::json> data(const uuid& webhook, const std::string& type) {
    const auto all = nlohmann::json::parse(
        sql("select coalesce(json_agg(body::json -> 'data' order by id), '[]') from webhook_outbox "
            "join webhook_events using (id) where "
            "webhook_id = '" +
            id(webhook) + "' and type = '" + type + "'"));
    return all.get<std::vector<nlohmann::json>>();
  }
  /// Whom the pool named since this was last asked.
  std::vector<uuid> told() {
    const std::lock_guard lock(told_mutex_);
    return std::exchange(told_, {});
  }

 private:
  std::mutex told_mutex_;
  std::vector<uuid> told_;
};

}  // namespace omnistream::test
