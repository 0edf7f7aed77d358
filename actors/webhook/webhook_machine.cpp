#include "actors/webhook/webhook_machine.hpp"

#include <algorithm>
#include <utility>

#include "actors/webhook/webhook_store.hpp"

namespace omnistream::actors {
namespace {

constexpr std::array<std::pair<webhook_status, std::string_view>, 3> status_names{
    {{webhook_status::active, "active"},
     {webhook_status::retrying, "retrying"},
     {webhook_status::disabled, "disabled"}}};

constexpr int gone = 410;

constexpr bool is_busy(int status) {
  return status == 429 || status == 502 || status == 504;
}

/// What the subscriber asks for by a failure.
std::chrono::seconds asked_for(const delivery_result& result) {
  return std::clamp(result.retry_after.value_or(std::chrono::seconds{0}), std::chrono::seconds{0},
                    asked_wait_max);
}

/// Whether the order goes on by it.
bool leads(attempt_kind kind) {
  return kind == attempt_kind::head || kind == attempt_kind::probe;
}

webhook_state after_success(webhook_state state, attempt_kind kind, timestamp now) {
  if (state.status == webhook_status::disabled) return state;
  if (leads(kind)) return {};
  // The head still fails, but the subscriber does not do nothing else.
  if (state.failing_since) state.failing_since = now;
  return state;
}

webhook_state disabled(webhook_state state, const char* reason) {
  state.status = webhook_status::disabled;
  state.disabled_reason = reason;
  return state;
}

webhook_state after_failure(webhook_state state, attempt_kind kind, int attempts, int status,
                            timestamp now) {
  if (state.status == webhook_status::disabled) return state;
  if (leads(kind) || status == gone) state.failing_since = state.failing_since.value_or(now);
  if (status == gone) return disabled(std::move(state), "gone");
  if (!leads(kind)) return state;
  // Between events long apart one failure says nothing yet: the second attempt does.
  if (attempts > 1 && now - *state.failing_since >= failing_max)
    return disabled(std::move(state), "failing");
  state.status = webhook_status::retrying;
  return state;
}

}  // namespace

std::string_view to_string(webhook_status status) {
  for (const auto& [value, name] : status_names)
    if (value == status) return name;
  return "unknown";
}

std::optional<webhook_status> parse_webhook_status(std::string_view text) {
  for (const auto& [value, name] : status_names)
    if (name == text) return value;
  return std::nullopt;
}

std::optional<std::chrono::microseconds> retry_wait(int attempts, double jitter) {
  if (attempts >= attempts_max) return std::nullopt;
  const auto wait = retry_waits[static_cast<std::size_t>(std::max(attempts, 1)) - 1];
  return std::chrono::duration_cast<std::chrono::microseconds>(
      wait * (1 + retry_jitter * std::clamp(jitter, 0.0, 1.0)));
}

bool is_refusal(int status) {
  constexpr std::array not_meant{408, gone, 425, 429, 502, 503, 504};
  return status >= 300 && std::find(not_meant.begin(), not_meant.end(), status) == not_meant.end();
}

webhook_verdict judge(const webhook_state& state, attempt_kind kind, int attempts,
                      const delivery_result& result, timestamp now, double jitter) {
  webhook_verdict verdict;
  verdict.delivered = result.delivered();
  if (verdict.delivered) {
    verdict.state = after_success(state, kind, now);
    verdict.head_aside = kind == attempt_kind::probe;
    return verdict;
  }
  verdict.state = after_failure(state, kind, attempts, result.status, now);
  if (const auto wait = retry_wait(attempts, jitter))
    verdict.next_attempt_at = now + std::max<std::chrono::microseconds>(*wait, asked_for(result));
  verdict.given_up = !verdict.next_attempt_at;
  verdict.probe = kind == attempt_kind::head && verdict.next_attempt_at &&
                  attempts > refusals_before_probe && is_refusal(result.status) &&
                  verdict.state.status == webhook_status::retrying;
  return verdict;
}

void note_attempt(delivery& what, const delivery_result& result, const webhook_verdict& verdict,
                  timestamp now) {
  using enum delivery::status;
  what.state = verdict.delivered ? delivered : verdict.given_up ? failed : pending;
  what.next_attempt_at = verdict.next_attempt_at;
  what.last_attempt_at = now - result.duration;
  what.response_code = result.status;
  what.duration_ms = static_cast<int>(result.duration.count());
  what.excerpt = result.excerpt;
  what.error = result.error;
}

webhook_pace pace_after(webhook_pace pace, const delivery_result& result, timestamp now) {
  const auto asked = result.delivered() ? std::chrono::seconds{0} : asked_for(result);
  if (now - result.duration < pace.slowed_at) {
    if (is_busy(result.status)) pace.gap = std::max(pace.gap, gap_min);
    pace.not_before = std::max<timestamp>(pace.not_before, now + asked);
    return pace;
  }
  if (result.delivered()) pace.gap = pace.gap / 2 < gap_min ? decltype(pace.gap){0} : pace.gap / 2;
  if (is_busy(result.status)) pace.gap = std::clamp(pace.gap * 2, gap_min, gap_max);
  const bool is_quick = result.delivered() && result.duration <= quick_answer;
  if (!is_quick) {
    pace.together = 1;
    pace.slowed_at = now;
    pace.careful_until = now + careful_factor * result.duration;
  } else if (pace.gap.count() == 0 && now >= pace.careful_until) {
    pace.together = std::min(pace.together + 1, together_max);
  }
  pace.not_before = now + std::max<std::chrono::milliseconds>(pace.gap, asked);
  return pace;
}

std::chrono::milliseconds gap_as_left(int status, int attempts) {
  if (!is_busy(status)) return std::chrono::milliseconds{0};
  return std::min(gap_min * (1 << std::clamp(attempts - 1, 0, attempts_max)), gap_max);
}

}  // namespace omnistream::actors
