#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace graph_simulator {

/// A set of 64-bit hashes: 8 bytes per place, at most half full. Grows up to `size_max`, then takes
/// nothing new. Two texts with one hash would count as one; among a million texts that happens with
/// a chance of 1 in 37 million.
class callback_set {
 public:
  static constexpr std::size_t size_max = std::size_t{1} << 26;

  enum class outcome { added, known, full };
  outcome insert(std::uint64_t hash);
  std::size_t size() const { return size_; }
  void clear();

 private:
  void grow();
  std::vector<std::uint64_t> places_;  ///< 0: empty
  std::size_t size_ = 0;
};

}  // namespace graph_simulator
