#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>

#include <restinio/message_builders.hpp>
#include <restinio/request_handler.hpp>
#include <sys/socket.h>

#include "http/server/answer_pipe.hpp"
#include "http/server/canned_answer.hpp"
#include "http/server/connection_table.hpp"
#include "http/server/request_checks.hpp"
#include "http/server/request_intake.hpp"
#include "http/server/response_headers.hpp"

namespace omnistream::http::server {

/// The answers of one server that go on, each as chunks until its writer ends it, or as it is where
/// it tells its length, which HTTP/1.0 needs. They end as well
/// when the client hangs up or sends anything, when it lets too much wait, when one write takes
/// longer than write_timeout_ms, and when nothing is written for request_timeout_ms. The connection
/// ends with them. io thread only.
class open_streams {
 public:
  open_streams(asio::io_context& context, connection_table& table, std::shared_ptr<run_gate> here)
      : context_(context), table_(table), to_io_thread_(std::move(here)) {}

  /// `id` is the request's.
  void begin(std::uint64_t id, restinio::request_t& to, const response& head) {
    auto* on = table_.find(to.connection_id());
    if (on == nullptr) return;
    const auto& outlet = head.goes_on;
    outlet->on_more(
        [this, id, io_thread = to_io_thread_] { io_thread->pass([this, id] { go_on(id); }); });
    auto& added = open_.emplace(id, stream{start(to, head), outlet, on->id}).first->second;
    on->await_input([this, id] { hung_up(id); });
    flush(id, added);
  }

  /// Whether some have been ended by their writers and not left as a whole yet.
  bool are_ending() const {
    return std::any_of(open_.begin(), open_.end(),
                       [](const auto& one) { return one.second.from->ended(); });
  }
  /// Calls `then` once, when none is ending any more.
  void when_ended(std::function<void()> then) { then_ = std::move(then); }

  void clear() { open_.clear(); }

 private:
  using chunked = restinio::response_builder_t<restinio::chunked_output_t>;
  using plain = restinio::response_builder_t<restinio::user_controlled_output_t>;
  using builder = std::variant<chunked, plain>;
  struct stream {
    builder to;
    std::shared_ptr<answer_outlet> from;
    std::uint64_t connection = 0;
    bool writing = false;
    bool leaving = false;  ///< its end is being written
  };

  template <class Output>
  static restinio::response_builder_t<Output> headed(restinio::request_t& to,
                                                     const response& head) {
    auto made = to.create_response<Output>(restinio::http_status_line_t{
        restinio::http_status_code_t{static_cast<std::uint16_t>(head.status)},
        std::string(reason_phrase(head.status))});
    made.connection_close();
    for (auto& [name, value] : final_headers(head))
      if (!is_same_name(name, "Content-Length"))
        made.append_header(std::move(name), std::move(value));
    return made;
  }
  static builder start(restinio::request_t& to, const response& head) {
    const auto length = told_length(head);
    if (!length) return headed<restinio::chunked_output_t>(to, head);
    auto made = headed<restinio::user_controlled_output_t>(to, head);
    made.set_content_length(*length);
    return made;
  }
  static void append(chunked& to, restinio::writable_item_t what) {
    to.append_chunk(std::move(what));
  }
  static void append(plain& to, restinio::writable_item_t what) { to.append_body(std::move(what)); }

  void go_on(std::uint64_t id) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    auto& [to, from, connection, writing, leaving] = found->second;
    if (from->overrun()) return cut(id);
    if (writing) return;
    auto next = from->take();
    for (auto& one : next.parts)
      if (one.size() > 0)
        std::visit(
            [&one](auto& made) {
              append(made, restinio::writable_item_t{
                               std::make_shared<const answer_outlet::part>(std::move(one))});
            },
            to);
    if (next.last) {
      writing = leaving = true;
      std::visit([told = told_of(id)](auto& made) { made.done(told); }, to);
    } else if (!next.parts.empty()) {
      flush(id, found->second);
    }
  }

  void flush(std::uint64_t id, stream& what) {
    what.writing = true;
    std::visit([told = told_of(id)](auto& made) { made.flush(told); }, what.to);
  }

  /// Posted: where the write fails at once, it is told before the call that writes returns.
  restinio::write_status_cb_t told_of(std::uint64_t id) {
    return [this, id](const asio::error_code& error) {
      asio::post(context_, [this, id, failed = static_cast<bool>(error)] { written(id, failed); });
    };
  }

  void written(std::uint64_t id, bool failed) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    found->second.writing = false;
    if (failed) return cut(id);
    if (!found->second.leaving) return go_on(id);
    open_.erase(found);
    tell_ended();
  }

  /// Whoever waits for events sends nothing: what comes is the end. Also RESTinio's, as soon as it
  /// writes the end of the answer.
  void hung_up(std::uint64_t id) {
    const auto found = open_.find(id);
    if (found != open_.end() && !found->second.leaving) cut(id);
  }

  /// Without its end, by which the client knows that it is not whole. The connection goes
  /// with the builder; a write under way would keep it, but fails now.
  void cut(std::uint64_t id) {
    const auto gone = open_.extract(id);
    if (gone.empty()) return;
    const auto* on = table_.find(gone.mapped().connection);
    if (on != nullptr && on->descriptor >= 0) ::shutdown(on->descriptor, SHUT_RDWR);
    tell_ended();
  }

  void tell_ended() {
    if (then_ && !are_ending()) std::exchange(then_, nullptr)();
  }

  asio::io_context& context_;
  connection_table& table_;
  const std::shared_ptr<run_gate> to_io_thread_;
  std::unordered_map<std::uint64_t, stream> open_;
  std::function<void()> then_;
};

}  // namespace omnistream::http::server
