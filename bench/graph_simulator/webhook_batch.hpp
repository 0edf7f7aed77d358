#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/graph_simulator/status_scheduler.hpp"

namespace graph_simulator {

inline constexpr std::string_view whatsapp_object = "whatsapp_business_account";

/// A change that is finished JSON: `{"value":...,"field":...}` of a WABA, or an element of
/// `messaging` of a page or an Instagram account.
struct webhook_change {
  std::string id;  ///< of the WABA, the page or the account
  std::string json;
  std::string_view object = whatsapp_object;  ///< a literal: that, `page` or `instagram`
  instant due{};                              ///< not told before
};

/// Collects changes into the body of one webhook, which is about one kind of object: changes of one
/// WABA, page or account that follow each other share an entry.
class webhook_batch {
 public:
  explicit webhook_batch(start_time start) : start_(start) {}

  void add(const due_status& status);
  void add(const webhook_change& change);
  /// Whether changes of this kind of object may be added.
  bool takes(std::string_view object) const { return size_ == 0 || object_ == object; }
  std::size_t size() const { return size_; }
  /// The finished body, in ASCII as Meta's; the batch is empty afterwards.
  std::string finish();

 private:
  void begin_change(std::string_view object, std::string_view id, instant at);
  void add_pricing(const due_status& status);
  void add_errors(const due_status& status);

  start_time start_;
  std::string body_;
  std::string_view object_;
  std::string id_;
  std::size_t size_ = 0;
};

/// `sha256=` and the HMAC-SHA256 of the body under the app secret, in hex.
std::string sign_webhook(std::string_view body, std::string_view app_secret);

/// Appends a JSON string, quotes included; everything outside ASCII is escaped, invalid UTF-8
/// replaced.
void append_json_string(std::string& to, std::string_view text);

}  // namespace graph_simulator
