#pragma once

#include <cstdint>
#include <string_view>

namespace graph_simulator {

/// Mixes 64 bits so that every input bit reaches every output bit (the finaliser of SplitMix64).
constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

/// What chance decides: the same seed, subject and purpose always give the same number.
constexpr std::uint64_t draw(std::uint64_t seed, std::uint64_t subject, std::uint64_t purpose) {
  return mix(mix(mix(seed) ^ subject) ^ purpose);
}

/// A draw as a number in [0, 1).
constexpr double draw_share(std::uint64_t seed, std::uint64_t subject, std::uint64_t purpose) {
  return static_cast<double>(draw(seed, subject, purpose) >> 11) * 0x1.0p-53;
}

/// A 64-bit hash of a text, the same in every run.
std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0);

}  // namespace graph_simulator
