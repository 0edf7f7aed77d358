#include "bench/graph_simulator/callback_set.hpp"

#include <utility>

namespace graph_simulator {
namespace {

// Places the hash by linear probing; true if it was not there.
bool place(std::vector<std::uint64_t>& places, std::uint64_t hash) {
  const std::size_t mask = places.size() - 1;
  std::size_t at = hash & mask;
  while (places[at] != 0) {
    if (places[at] == hash) return false;
    at = (at + 1) & mask;
  }
  places[at] = hash;
  return true;
}

}  // namespace

callback_set::outcome callback_set::insert(std::uint64_t hash) {
  if (hash == 0) hash = 1;
  if (2 * (size_ + 1) > places_.size() && size_ < size_max) grow();
  if (size_ >= size_max) return outcome::full;
  if (!place(places_, hash)) return outcome::known;
  ++size_;
  return outcome::added;
}

void callback_set::grow() {
  std::vector<std::uint64_t> wider(places_.empty() ? 1024 : 2 * places_.size(), 0);
  for (const auto hash : places_)
    if (hash != 0) place(wider, hash);
  places_ = std::move(wider);
}

void callback_set::clear() {
  places_.clear();
  places_.shrink_to_fit();
  size_ = 0;
}

}  // namespace graph_simulator
