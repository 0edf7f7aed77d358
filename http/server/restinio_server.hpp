#pragma once

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include <fcntl.h>
#include <restinio/asio_include.hpp>
#include <restinio/http_server.hpp>
#include <restinio/settings.hpp>
#include <restinio/traits.hpp>
#include <sys/socket.h>

#include "http/server/answer_gate.hpp"
#include "http/server/canned_answer.hpp"
#include "http/server/connection_socket.hpp"
#include "http/server/open_streams.hpp"
#include "http/server/parser_hooks.hpp"
#include "http/server/request_intake.hpp"
#include "http/server/response_writer.hpp"
#include "http/server/server_backend.hpp"

namespace omnistream::http::server {

/// RESTinio logs through this. Errors are what clients did to us, and the reason of the close that
/// follows.
class restinio_logger {
 public:
  explicit restinio_logger(last_failure& failure) : failure_(&failure) {}
  template <class Builder>
  void trace(Builder&&) const noexcept {}
  template <class Builder>
  void info(Builder&&) const noexcept {}
  template <class Builder>
  void warn(Builder&& build) const {
    log_client_event(build());
  }
  template <class Builder>
  void error(Builder&& build) const {
    std::string text = build();
    log_client_event(text);
    failure_->note(std::move(text));
  }

 private:
  last_failure* failure_;
};

/// RESTinio's connections on our own acceptor and io thread. The acceptor of RESTinio 0.6.16 is not
/// used: one failed accept (no descriptors left) ends its accepting for good, and a client that
/// resets before it is accepted takes a place of its connection limit away for ever. Everything
/// below runs on the io thread unless it says otherwise.
///
/// `Security` makes a stream of an accepted socket: plain TCP or TLS.
template <class Security>
class restinio_server final : public server_backend {
  using stream = connection_socket<typename Security::stream>;
  struct traits : restinio::traits_t<restinio::asio_timer_manager_t, restinio_logger,
                                     restinio::details::autodetect_request_handler_type,
                                     restinio::noop_strand_t, stream> {};
  using connection = restinio::impl::connection_t<traits>;
  using connection_settings = restinio::impl::connection_settings_t<traits>;
  using lifetime_monitor = typename connection::lifetime_monitor_t;

 public:
  restinio_server(const listener_options& options, request_handler handler, admission_check admit)
      : options_(options),
        handler_(std::move(handler)),
        services_{.failure = {},
                  .lingering = {},
                  .table = {limits_of(options), [this] { somebody_left(); }},
                  .intake = {options, std::move(admit), services_.table, to_io_thread_}},
        security_(options) {
    open_acceptor();
    settings_ = make_settings();
    // Always posted, never called at once: RESTinio 0.6.16 loses count of its requests when one of
    // several that arrived together is answered inside the handler.
    gate_ = std::make_shared<answer_gate>([this](std::uint64_t id, std::optional<response> answer) {
      asio::post(context_,
                 [this, id, kept = std::move(answer)]() mutable { deliver(id, std::move(kept)); });
    });
    accept_next();
    look_after_connections();
    thread_ = std::thread([this] { run(); });
  }

  ~restinio_server() override { stop(); }

  std::uint16_t port() const override { return port_; }

  /// Any thread. When it returns, new connections are refused.
  void stop_accepting() override {
    if (!thread_.joinable()) return;
    std::promise<void> closed;
    asio::dispatch(context_, [&] {
      close_acceptor();
      closed.set_value();
    });
    closed.get_future().wait();
  }

  /// Any thread but the io thread.
  void stop() override {
    if (!thread_.joinable()) return;
    asio::post(context_, [this] { end_after_streams(); });
    thread_.join();
    gate_->close();
    to_io_thread_->close();
  }

 private:
  struct open_request {
    restinio::request_handle_t handle;
    answer_manner manner;
  };

  // -- start and end
  // ---------------------------------------------------------------------------------------------

  void open_acceptor() {
    const asio::ip::tcp::endpoint wanted(asio::ip::make_address(options_.address), options_.port);
    acceptor_.open(wanted.protocol());
    acceptor_.set_option(asio::socket_base::reuse_address(true));
    acceptor_.bind(wanted);
    acceptor_.listen(asio::socket_base::max_listen_connections);
    ::fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
    port_ = acceptor_.local_endpoint().port();
  }

  static connection_table::limits limits_of(const listener_options& options) {
    using std::chrono::milliseconds;
    return {.idle = milliseconds(options.idle_timeout_ms),
            .header = milliseconds(options.header_timeout_ms),
            .body = milliseconds(options.request_timeout_ms),
            .spare = milliseconds(options.spare_timeout_ms)};
  }

  /// Time-outs are checked each period, so they are met within a quarter of the shortest, at most a
  /// second late.
  std::chrono::milliseconds period() const {
    const int shortest =
        std::min({options_.idle_timeout_ms, options_.header_timeout_ms, options_.request_timeout_ms,
                  options_.write_timeout_ms, options_.spare_timeout_ms});
    return std::chrono::milliseconds{std::clamp(shortest / 4, 10, 1'000)};
  }

  std::shared_ptr<connection_settings> make_settings() {
    using std::chrono::milliseconds;
    restinio::server_settings_t<traits> settings;
    settings
        .buffer_size(read_buffer_bytes)
        // Never reached: the table of connections knows what is being waited for.
        .read_next_http_message_timelimit(milliseconds(options_.idle_timeout_ms) +
                                          milliseconds(options_.header_timeout_ms) +
                                          milliseconds(options_.request_timeout_ms) + 4 * period())
        .handle_request_timeout(milliseconds(options_.request_timeout_ms))
        .write_http_response_timelimit(milliseconds(options_.write_timeout_ms))
        .max_pipelined_requests(1)
        .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                      .max_url_size(options_.header_bytes_max)
                                      .max_field_name_size(header_name_bytes_max)
                                      .max_field_value_size(options_.header_bytes_max)
                                      .max_field_count(header_fields_max))
        .logger(services_.failure)
        .request_handler(
            [this](restinio::request_handle_t request) { return take(std::move(request)); });
    auto timers = std::make_shared<restinio::asio_timer_manager_t>(context_, period());
    return std::make_shared<connection_settings>(std::move(settings), parser_hooks::settings(),
                                                 std::move(timers));
  }

  /// The io thread. Returns when nothing is left to do: after end_everything().
  void run() {
    while (true) {
      try {
        context_.run();
        return;
      } catch (const std::exception& error) {
        log_server_event("The io thread caught an exception and goes on", error.what());
      }
    }
  }

  void close_acceptor() {
    asio::error_code ignored;
    draining_ = true;
    acceptor_.close(ignored);
    retry_.cancel();
  }

  /// Answers that go on and have been ended may leave to their end, by which their clients know
  /// that they have all of it. Who reads slowly does not keep the server from ending.
  void end_after_streams() {
    if (!streams_.are_ending()) return end_everything();
    streams_.when_ended([this] { asio::post(context_, [this] { end_everything(); }); });
    farewell_.expires_after(farewell_max);
    farewell_.async_wait([this](const asio::error_code& stopped) {
      if (!stopped) end_everything();
    });
  }

  /// Ends every connection through its descriptor; RESTinio then sees it end and lets go of it.
  void end_everything() {
    close_acceptor();
    rounds_.cancel();
    farewell_.cancel();
    services_.lingering.stop();
    services_.table.for_each([](connection_record& open) {
      if (open.resume_reading) std::exchange(open.interrupt_reading, nullptr)();
      if (open.descriptor >= 0) ::shutdown(open.descriptor, SHUT_RDWR);
    });
    requests_.clear();
    streams_.clear();
    work_.reset();
  }

  // -- accepting
  // -------------------------------------------------------------------------------------------------

  void accept_next() {
    if (!acceptor_.is_open()) return;
    if (services_.table.size() >= options_.connections_max) return wait_for_room();
    acceptor_.async_accept([this](const asio::error_code& error, asio::ip::tcp::socket socket) {
      if (error) return accept_failed(error);
      begin_connection(std::move(socket));
      accept_next();
    });
  }

  /// Until somebody leaves; if others come meanwhile, somebody is made to.
  void wait_for_room() {
    waiting_for_room_ = true;
    acceptor_.async_wait(asio::ip::tcp::acceptor::wait_read, [this](const asio::error_code& error) {
      if (error || !waiting_for_room_) return;
      room_wanted_ = true;
      make_room();
    });
  }

  void make_room() {
    if (!room_wanted_) return;
    auto* who = services_.table.dispensable(connection_table::clock::now());
    if (who == nullptr) return;  // the next round looks again
    room_wanted_ = false;
    end_early(*who);
  }

  void somebody_left() {
    if (!waiting_for_room_ || services_.table.size() >= options_.connections_max) return;
    waiting_for_room_ = false;
    room_wanted_ = false;
    asio::post(context_, [this] {
      asio::error_code ignored;
      if (acceptor_.is_open()) acceptor_.cancel(ignored);  // the wait
      accept_next();
    });
  }

  void accept_failed(const asio::error_code& error) {
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    log_server_event("A connection could not be accepted; trying again shortly", error.message());
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](const asio::error_code& stopped) {
      if (!stopped) accept_next();
    });
  }

  void begin_connection(asio::ip::tcp::socket socket) {
    asio::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return;  // it is gone already
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    const int descriptor = socket.native_handle();
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    auto record = std::make_unique<connection_record>();
    record->id = ++last_connection_;
    record->descriptor = descriptor;
    record->peer = peer.address().to_string();
    try {
      stream secured(security_.secure(std::move(socket)), std::move(record), services_);
      // RESTinio's own limiter is switched off, so its monitor looks at nothing.
      std::make_shared<connection>(last_connection_, std::move(secured), settings_, peer,
                                   lifetime_monitor(nullptr))
          ->init();
    } catch (const std::exception& failed) {
      log_client_event(failed.what());
    }
  }

  // -- those who let us wait
  // -------------------------------------------------------------------------------------

  void look_after_connections() {
    rounds_.expires_after(period());
    rounds_.async_wait([this](const asio::error_code& stopped) {
      if (stopped || !work_.owns_work()) return;
      const auto now = connection_table::clock::now();
      while (auto* late = services_.table.overdue(now)) end_early(*late);
      make_room();
      look_after_connections();
    });
  }

  /// Without a word to whoever has not begun a request.
  void end_early(connection_record& who) {
    if (who.phase != connection_phase::idle)
      who.farewell = canned_problem(408, "slow_request", "The request did not arrive in time.");
    services_.table.enter(who, connection_phase::ending, connection_table::clock::now());
    if (who.interrupt_reading)
      std::exchange(who.interrupt_reading, nullptr)();
    else if (who.descriptor >= 0)
      ::shutdown(who.descriptor, SHUT_RDWR);  // in the middle of the TLS handshake
  }

  // -- requests and answers
  // --------------------------------------------------------------------------------------

  restinio::request_handling_status_t take(restinio::request_handle_t handle) {
    auto* on = services_.table.find(handle->connection_id());
    if (on == nullptr) return restinio::request_rejected();
    const auto id = ++last_request_;
    const bool head_only = handle->header().method() == restinio::http_method_head();
    const bool close =
        handle->header().connection() != restinio::http_connection_header_t::keep_alive;
    requests_.emplace(id, open_request{std::move(handle), {head_only, close}});
    auto answerer = std::make_shared<gate_responder>(gate_, id);
    request read = services_.intake.finish(*on);
    try {
      handler_(std::move(read), answerer);
    } catch (const std::exception& error) {
      log_server_event("A request handler threw", error.what());
      answerer->send(
          canned_problem(500, "internal", "Something went wrong on our side; the log has it."));
    }
    return restinio::request_accepted();
  }

  void deliver(std::uint64_t id, std::optional<response> answer) {
    auto found = requests_.extract(id);
    if (found.empty()) return;
    auto& open = found.mapped();
    if (!answer) return reset_when_closed(open.handle->connection_id());
    open.manner.close = open.manner.close || draining_;
    const auto* on = services_.table.find(open.handle->connection_id());
    if (!answer->goes_on || open.manner.head_only)
      write_response(*open.handle, std::move(*answer), open.manner);
    else if (on != nullptr && on->is_http_1_0 && !told_length(*answer))
      write_response(*open.handle, canned_problem(505, "unknown_version", "This needs HTTP/1.1."),
                     open.manner);
    else
      streams_.begin(id, *open.handle, *answer);
  }

  /// The connection closes as soon as its last request handle is gone; without lingering that is a
  /// TCP reset.
  void reset_when_closed(std::uint64_t connection_id) {
    const auto* known = services_.table.find(connection_id);
    if (known == nullptr || known->descriptor < 0) return;
    const ::linger at_once{1, 0};
    ::setsockopt(known->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  static constexpr std::size_t read_buffer_bytes = 8 * 1024;
  static constexpr std::size_t header_name_bytes_max = 256;
  static constexpr std::size_t header_fields_max = 100;
  static constexpr std::chrono::seconds farewell_max{1};

  const listener_options options_;
  request_handler handler_;
  std::shared_ptr<run_gate> to_io_thread_ = std::make_shared<run_gate>(
      [this](std::function<void()> run) { asio::post(context_, std::move(run)); });
  connection_services services_;
  std::uint64_t last_connection_ = 0;
  std::uint64_t last_request_ = 0;
  std::uint16_t port_ = 0;
  bool waiting_for_room_ = false;  ///< nothing is accepted until somebody leaves
  bool room_wanted_ = false;       ///< and somebody waits for it
  bool draining_ = false;

  // Whatever refers to the context comes after it, so that it is gone before.
  asio::io_context context_{1};
  Security security_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::ip::tcp::acceptor acceptor_{context_};
  asio::steady_timer retry_{context_};
  asio::steady_timer rounds_{context_};
  asio::steady_timer farewell_{context_};
  std::shared_ptr<connection_settings> settings_;
  std::unordered_map<std::uint64_t, open_request> requests_;
  open_streams streams_{context_, services_.table, to_io_thread_};
  std::shared_ptr<answer_gate> gate_;
  std::thread thread_;
};

}  // namespace omnistream::http::server
