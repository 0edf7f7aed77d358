#include "actors/webhook/webhook_columns.hpp"

#include <chrono>

#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;

const char* name_of(delivery::status state) {
  switch (state) {
    case delivery::status::delivered:
      return "delivered";
    case delivery::status::failed:
      return "failed";
    case delivery::status::pending:
      break;
  }
  return "pending";
}

/// What was delivered at the first attempt, soon after it happened, needs no copy of its event's
/// body: the event is kept until such deliveries are forgotten (webhook_events_forget).
bool has_body_in_event(const delivery& one) {
  constexpr std::chrono::hours soon{1};
  return one.event && one.state == delivery::status::delivered && one.attempts == 1 && !one.aside &&
         one.last_attempt_at - one.event->at < soon;
}

}  // namespace

void webhook_columns::add(const webhook_record& record) {
  for (const auto& one : record.deliveries) add(record, one);
  for (const auto id : record.taken) {
    taken_webhooks_.push_back(record.webhook_id);
    taken_.push_back(id);
  }
  if (!record.state) return;
  changed_.push_back(record.webhook_id);
  new_statuses_.emplace_back(to_string(record.state->status));
  failing_since_.push_back(record.state->failing_since);
  reasons_.push_back(record.state->disabled_reason);
}

void webhook_columns::add(const webhook_record& record, const delivery& one) {
  delivery_webhooks_.push_back(record.webhook_id);
  ids_.push_back(one.id);
  tenants_.push_back(record.tenant_id);
  types_.push_back(one.type);
  event_counts_.push_back(one.event_count);
  bodies_.push_back(has_body_in_event(one) ? std::nullopt
                                           : std::optional<std::string_view>(*one.body));
  events_.push_back(one.event ? std::optional(one.event->id) : std::nullopt);
  statuses_.emplace_back(name_of(one.state));
  aside_.push_back(one.aside);
  attempts_.push_back(one.attempts);
  next_attempts_.push_back(one.next_attempt_at);
  last_attempts_.push_back(one.last_attempt_at);
  response_codes_.push_back(one.response_code);
  durations_ms_.push_back(one.duration_ms);
  excerpts_.push_back(one.excerpt);
  errors_.push_back(one.error);
}

void webhook_columns::write(storage::session& in) const {
  if (!ids_.empty())
    in.execute(sql::webhook_record, delivery_webhooks_, ids_, tenants_, types_, event_counts_,
               bodies_, statuses_, aside_, attempts_, next_attempts_, last_attempts_,
               response_codes_, durations_ms_, excerpts_, errors_, events_);
  if (!taken_.empty()) in.execute(sql::webhook_outbox_done, taken_webhooks_, taken_);
  if (!changed_.empty())
    in.execute(sql::webhook_set_states, changed_, new_statuses_, failing_since_, reasons_);
}

}  // namespace omnistream::actors
