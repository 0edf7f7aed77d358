#pragma once

#include <cstddef>
#include <cstdint>
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
    // Whoever waits for events sends nothing: what comes is the end.
    on->await_input([this, id] { cut(id); });
    flush(id, added);
  }

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
    auto& [to, from, connection, writing] = found->second;
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
      std::visit([](auto& made) { made.done(); }, to);
      open_.erase(found);
    } else if (!next.parts.empty()) {
      flush(id, found->second);
    }
  }

  void flush(std::uint64_t id, stream& what) {
    what.writing = true;
    // Posted: where the write fails at once, it is told before flush() returns.
    const auto told = [this, id](const asio::error_code& error) {
      asio::post(context_, [this, id, failed = static_cast<bool>(error)] { written(id, failed); });
    };
    std::visit([&told](auto& made) { made.flush(told); }, what.to);
  }

  void written(std::uint64_t id, bool failed) {
    const auto found = open_.find(id);
    if (found == open_.end()) return;
    found->second.writing = false;
    if (failed)
      cut(id);
    else
      go_on(id);
  }

  /// Without its end, by which the client knows that it is not whole. The connection goes
  /// with the builder; a write under way would keep it, but fails now.
  void cut(std::uint64_t id) {
    const auto gone = open_.extract(id);
    if (gone.empty()) return;
    const auto* on = table_.find(gone.mapped().connection);
    if (on != nullptr && on->descriptor >= 0) ::shutdown(on->descriptor, SHUT_RDWR);
  }

  asio::io_context& context_;
  connection_table& table_;
  const std::shared_ptr<run_gate> to_io_thread_;
  std::unordered_map<std::uint64_t, stream> open_;
};

}  // namespace omnistream::http::server
