#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/graph_simulator/status_scheduler.hpp"

namespace graph_simulator {

/// A change that is finished JSON (`{"value":...,"field":...}`), for one WABA.
struct webhook_change {
  std::string waba_id;
  std::string json;
};

/// Collects changes into the body of one webhook: changes of one WABA that follow each other share
/// an entry.
class webhook_batch {
 public:
  explicit webhook_batch(start_time start) : start_(start) {}

  void add(const due_status& status);
  void add(const webhook_change& change);
  std::size_t size() const { return size_; }
  /// The finished body, in ASCII as Meta's; the batch is empty afterwards.
  std::string finish();

 private:
  void begin_change(std::string_view waba_id);
  void add_pricing(const due_status& status);
  void add_errors(const due_status& status);

  start_time start_;
  std::string body_;
  std::string waba_id_;
  std::size_t size_ = 0;
};

/// `sha256=` and the HMAC-SHA256 of the body under the app secret, in hex.
std::string sign_webhook(std::string_view body, std::string_view app_secret);

/// Appends a JSON string, quotes included; everything outside ASCII is escaped, invalid UTF-8
/// replaced.
void append_json_string(std::string& to, std::string_view text);

}  // namespace graph_simulator
