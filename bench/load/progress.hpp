#pragma once

#include <cstdint>
#include <string>

namespace omnistream::load {

/// A bar that is redrawn on a terminal; nothing elsewhere, so that logs and pipes stay clean.
class progress {
 public:
  progress();
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// What all later bars belong to.
  void title(const std::string& text) { title_ = text; }
  void show(const std::string& doing, std::int64_t done, std::int64_t total);
  void clear();

 private:
  bool on_terminal_;
  bool drawn_ = false;
  std::string title_;
};

/// `[#####.....]  50 %  12,000 of 24,000`. Pure.
std::string progress_bar(std::int64_t done, std::int64_t total, int width);

}  // namespace omnistream::load
