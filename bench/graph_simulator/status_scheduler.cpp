#include "bench/graph_simulator/status_scheduler.hpp"

#include "bench/graph_simulator/hashing.hpp"

namespace graph_simulator {
namespace {

enum purpose : std::uint64_t {
  rank_offset = 1,
  fails_before_sent,
  duplicate,
  duplicate_delay,
  disorder
};

// A place in [0, 1) for each message such that any run of messages fills the interval evenly: the
// counts equal the shares up to two or three messages, for any number of messages and any seed.
double rank_of(std::uint64_t index, std::uint64_t seed) {
  constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15ULL;
  return static_cast<double>((draw(seed, 0, rank_offset) + index * golden_ratio) >> 11) * 0x1.0p-53;
}

std::uint64_t chance_subject(const accepted_message& message, message_status status) {
  return message.index * 4 + static_cast<std::uint64_t>(status);
}

}  // namespace

std::string_view to_string(message_status status) {
  switch (status) {
    case message_status::sent:
      return "sent";
    case message_status::delivered:
      return "delivered";
    case message_status::read:
      return "read";
    default:
      return "failed";
  }
}

message_fate decide_fate(const accepted_message& message, const status_options& options) {
  const double rank = rank_of(message.index, options.seed);
  message_fate fate;
  if (message.forced_failure != 0 || rank < options.failed_share) {
    fate.failed_code = message.forced_failure != 0 ? message.forced_failure : options.failed_code;
    fate.sent = (draw(options.seed, message.index, fails_before_sent) & 1) != 0;
    return fate;
  }
  const double left = 1 - options.failed_share;
  fate.delivered = rank - options.failed_share < left * options.delivered_share;
  fate.read = rank - options.failed_share < left * options.delivered_share * options.read_share;
  return fate;
}

void status_scheduler::add(accepted_message message) {
  if (slots_.size() - free_slots_.size() >= messages_max) {
    ++dropped_;
    return;
  }
  const auto fate = decide_fate(message, options_);
  const auto at = take_slot();
  slots_[at] = {std::move(message), fate.failed_code, 0};
  if (fate.sent) schedule(at, message_status::sent);
  if (fate.delivered) schedule(at, message_status::delivered);
  if (fate.read) schedule(at, message_status::read);
  if (fate.failed_code != 0) schedule(at, message_status::failed);
}

std::uint32_t status_scheduler::take_slot() {
  if (free_slots_.empty()) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const auto at = free_slots_.back();
  free_slots_.pop_back();
  return at;
}

instant status_scheduler::happened_at(const accepted_message& message,
                                      message_status status) const {
  const std::chrono::milliseconds delay{options_.status_delay_ms};
  switch (status) {
    case message_status::sent:
      return message.accepted_at + delay;
    case message_status::read:
      return message.accepted_at + 3 * delay;
    default:
      return message.accepted_at + 2 * delay;
  }
}

void status_scheduler::schedule(std::uint32_t at, message_status status) {
  const auto& message = slots_[at].message;
  const auto subject = chance_subject(message, status);
  // Wide enough that a later status often overtakes an earlier one.
  const std::chrono::milliseconds spread{100 + 3 * options_.status_delay_ms};
  auto due = happened_at(message, status);
  if (options_.shuffle)
    due += instant{draw(options_.seed, subject, disorder) %
                   static_cast<std::uint64_t>(instant{spread}.count())};
  queue_.push({due, sequence_++, at, status, false});
  ++slots_[at].statuses_left;
  if (draw_share(options_.seed, subject, duplicate) >= options_.duplicate_share) return;
  due += instant{draw(options_.seed, subject, duplicate_delay) %
                 static_cast<std::uint64_t>(instant{spread}.count())};
  queue_.push({due, sequence_++, at, status, true});
  ++slots_[at].statuses_left;
}

std::size_t status_scheduler::pop(instant now, std::size_t count_max,
                                  const std::function<void(const due_status&)>& take) {
  std::size_t count = 0;
  while (count < count_max && !queue_.empty() && queue_.top().due <= now) {
    const auto next = queue_.top();
    queue_.pop();
    auto& from = slots_[next.slot];
    take({&from.message, next.status, happened_at(from.message, next.status),
          next.status == message_status::failed ? from.failed_code : 0, next.is_duplicate});
    ++count;
    if (--from.statuses_left > 0) continue;
    from.message = {};
    free_slots_.push_back(next.slot);
  }
  return count;
}

}  // namespace graph_simulator
