#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/webhook/webhook_store.hpp"
#include "storage/session.hpp"

namespace omnistream::actors {

/// Records of many subscriptions as the columns of the statements that write them.
class webhook_columns {
 public:
  void add(const webhook_record& record);
  void write(storage::session& in) const;

 private:
  void add(const webhook_record& record, const delivery& one);

  std::vector<uuid> delivery_webhooks_, ids_, tenants_;
  std::vector<std::string> types_, statuses_, excerpts_, errors_;
  /// Of the records, which outlive this; none: it is the event's.
  std::vector<std::optional<std::string_view>> bodies_;
  std::vector<std::optional<std::int64_t>> events_;
  std::vector<int> event_counts_, attempts_, response_codes_, durations_ms_;
  std::vector<bool> aside_;
  std::vector<std::optional<timestamp>> next_attempts_;
  std::vector<timestamp> last_attempts_;

  std::vector<uuid> taken_webhooks_;
  std::vector<std::int64_t> taken_;

  std::vector<uuid> changed_;
  std::vector<std::string> new_statuses_, reasons_;
  std::vector<std::optional<timestamp>> failing_since_;
};

}  // namespace omnistream::actors
