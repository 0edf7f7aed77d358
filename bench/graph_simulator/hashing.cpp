#include "bench/graph_simulator/hashing.hpp"

#include <cstring>

namespace graph_simulator {

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  std::uint64_t state = mix(seed ^ text.size());
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    state = mix(state ^ word);
    text.remove_prefix(sizeof word);
  }
  std::uint64_t tail = 0;
  std::memcpy(&tail, text.data(), text.size());
  return mix(state ^ tail);
}

}  // namespace graph_simulator
