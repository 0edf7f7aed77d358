#include "bench/graph_simulator/world.hpp"

#include "bench/graph_simulator/hashing.hpp"

namespace graph_simulator {
namespace {

constexpr std::size_t wabas_max = 10'000;

// A number's own digits follow from its id, so that they are the same after a restart.
std::string digits_of(std::string_view phone_number_id) {
  const auto local = 1'000'000 + hash_text(phone_number_id) % 9'000'000;
  return "1555" + std::to_string(local);
}

}  // namespace

phone_number* number_registry::find_or_add(std::string_view phone_number_id) {
  const auto found = numbers_.find(phone_number_id);
  if (found != numbers_.end()) return &found->second;
  if (numbers_.size() >= numbers_max) return nullptr;
  const auto bound = bindings_.find(phone_number_id);
  auto& made = numbers_[std::string(phone_number_id)];
  made.info = std::make_shared<number_info>(
      number_info{std::string(phone_number_id), digits_of(phone_number_id),
                  bound == bindings_.end() ? default_waba_ : bound->second});
  return &made;
}

void number_registry::note_waba(std::string_view waba) {
  if (wabas_.size() < wabas_max) wabas_[std::string(waba)] = true;
  if (default_waba_ == waba) return;
  default_waba_ = waba;
  for (auto& [id, number] : numbers_) {
    if (bindings_.contains(id)) continue;
    auto changed = *number.info;
    changed.waba_id = default_waba_;
    number.info = std::make_shared<number_info>(std::move(changed));
  }
}

void number_registry::bind(std::string_view phone_number_id, std::string_view waba) {
  if (bindings_.size() >= numbers_max && !bindings_.contains(phone_number_id)) return;
  bindings_[std::string(phone_number_id)] = waba;
  if (wabas_.size() < wabas_max) wabas_[std::string(waba)] = true;
  if (auto* number = find_or_add(phone_number_id)) {
    auto changed = *number->info;
    changed.waba_id = waba;
    number->info = std::make_shared<number_info>(std::move(changed));
  }
}

std::uint64_t pair_key(std::string_view phone_number_id, std::string_view user) {
  return hash_text(user, hash_text(phone_number_id));
}

}  // namespace graph_simulator
