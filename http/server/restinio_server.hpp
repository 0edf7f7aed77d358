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
#include "http/server/request_reader.hpp"
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
  restinio_server(const listener_options& options, request_handler handler)
      : options_(options), handler_(std::move(handler)), security_(options) {
    open_acceptor();
    settings_ = make_settings();
    // Always posted, never called at once: RESTinio 0.6.16 loses count of its requests when one of
    // several that arrived together is answered inside the handler.
    gate_ = std::make_shared<answer_gate>([this](std::uint64_t id, std::optional<response> answer) {
      asio::post(context_,
                 [this, id, kept = std::move(answer)]() mutable { deliver(id, std::move(kept)); });
    });
    accept_next();
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
    asio::post(context_, [this] { end_everything(); });
    thread_.join();
    gate_->close();
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

  std::shared_ptr<connection_settings> make_settings() {
    using std::chrono::milliseconds;
    // Time-outs are checked each period, so they are met within a quarter of the shortest, at most
    // a second late.
    const int shortest = std::min(
        {options_.idle_timeout_ms, options_.request_timeout_ms, options_.write_timeout_ms});
    const milliseconds period{std::clamp(shortest / 4, 10, 1'000)};
    restinio::server_settings_t<traits> settings;
    settings.buffer_size(read_buffer_bytes)
        .read_next_http_message_timelimit(milliseconds(options_.idle_timeout_ms))
        .handle_request_timeout(milliseconds(options_.request_timeout_ms))
        .write_http_response_timelimit(milliseconds(options_.write_timeout_ms))
        .max_pipelined_requests(1)
        .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                      .max_url_size(options_.header_bytes_max)
                                      .max_field_name_size(header_name_bytes_max)
                                      .max_field_value_size(options_.header_bytes_max)
                                      .max_field_count(header_fields_max)
                                      .max_body_size(options_.body_bytes_max))
        .logger(services_.failure)
        .request_handler(
            [this](restinio::request_handle_t request) { return take(std::move(request)); });
    auto timers = std::make_shared<restinio::asio_timer_manager_t>(context_, period);
    return std::make_shared<connection_settings>(
        std::move(settings),
        restinio::impl::create_parser_settings<typename traits::http_methods_mapper_t>(),
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

  /// Ends every connection through its descriptor; RESTinio then sees it end and lets go of it.
  void end_everything() {
    close_acceptor();
    services_.lingering.stop();
    for (const auto& [id, record] : records_)
      if (record->descriptor >= 0) ::shutdown(record->descriptor, SHUT_RDWR);
    requests_.clear();
    work_.reset();
  }

  // -- accepting
  // -------------------------------------------------------------------------------------------------

  void accept_next() {
    if (!acceptor_.is_open()) return;
    if (records_.size() >= options_.connections_max) {
      waiting_for_room_ = true;
      return;
    }
    acceptor_.async_accept([this](const asio::error_code& error, asio::ip::tcp::socket socket) {
      if (error) return accept_failed(error);
      begin_connection(std::move(socket));
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
    const auto id = ++last_connection_;
    auto record = std::make_unique<connection_record>(id, descriptor,
                                                      [this](std::uint64_t gone) { forget(gone); });
    records_.emplace(id, record.get());
    try {
      stream secured(security_.secure(std::move(socket)), std::move(record), services_);
      // RESTinio's own limiter is switched off, so its monitor looks at nothing.
      std::make_shared<connection>(id, std::move(secured), settings_, peer,
                                   lifetime_monitor(nullptr))
          ->init();
    } catch (const std::exception& failed) {
      log_client_event(failed.what());
    }
  }

  void forget(std::uint64_t id) {
    records_.erase(id);
    if (!waiting_for_room_ || records_.size() >= options_.connections_max) return;
    waiting_for_room_ = false;
    asio::post(context_, [this] { accept_next(); });
  }

  // -- requests and answers
  // --------------------------------------------------------------------------------------

  restinio::request_handling_status_t take(restinio::request_handle_t handle) {
    const auto id = ++last_request_;
    const bool head_only = handle->header().method() == restinio::http_method_head();
    const bool close =
        handle->header().connection() != restinio::http_connection_header_t::keep_alive;
    request read = read_request(*handle);
    if (const auto known = records_.find(handle->connection_id()); known != records_.end())
      known->second->request_in_hand = true;
    requests_.emplace(id, open_request{std::move(handle), {head_only, close}});
    auto answerer = std::make_shared<gate_responder>(gate_, id);
    if (auto refused = refuse(read, options_.header_bytes_max)) {
      requests_.find(id)->second.manner.close = true;
      answerer->send(std::move(*refused));
      return restinio::request_accepted();
    }
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
    write_response(*open.handle, std::move(*answer), open.manner);
  }

  /// The connection closes as soon as its last request handle is gone; without lingering that is a
  /// TCP reset.
  void reset_when_closed(std::uint64_t connection_id) {
    const auto known = records_.find(connection_id);
    if (known == records_.end() || known->second->descriptor < 0) return;
    const ::linger at_once{1, 0};
    ::setsockopt(known->second->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  static constexpr std::size_t read_buffer_bytes = 8 * 1024;
  static constexpr std::size_t header_name_bytes_max = 256;
  static constexpr std::size_t header_fields_max = 100;

  const listener_options options_;
  request_handler handler_;
  connection_services services_;
  std::unordered_map<std::uint64_t, connection_record*> records_;
  std::uint64_t last_connection_ = 0;
  std::uint64_t last_request_ = 0;
  std::uint16_t port_ = 0;
  bool waiting_for_room_ = false;
  bool draining_ = false;

  // Whatever refers to the context comes after it, so that it is gone before.
  asio::io_context context_{1};
  Security security_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::ip::tcp::acceptor acceptor_{context_};
  asio::steady_timer retry_{context_};
  std::shared_ptr<connection_settings> settings_;
  std::unordered_map<std::uint64_t, open_request> requests_;
  std::shared_ptr<answer_gate> gate_;
  std::thread thread_;
};

}  // namespace omnistream::http::server
