#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <restinio/asio_include.hpp>

#include "http/server/canned_answer.hpp"
#include "http/server/connection_table.hpp"
#include "http/server/parser_hooks.hpp"
#include "http/server/request_intake.hpp"

namespace omnistream::http::server {

/// Connections that got their last words while the client was still sending. Closing at once would
/// make the kernel reset the connection, and the client might lose the answer; so what comes is
/// read and thrown away for a while.
class lingering_connections {
 public:
  static constexpr std::size_t connections_max = 64;
  static constexpr std::chrono::milliseconds linger{2'000};

  void take(asio::ip::tcp::socket socket) {
    if (stopped_ || open_.size() >= connections_max) return;  // closed by its destructor
    open_.push_back(std::make_shared<entry>(std::move(socket)));
    const auto& added = open_.back();
    added->deadline.expires_after(linger);
    added->deadline.async_wait([this, added](const asio::error_code&) { end(added); });
    drain(added);
  }
  void stop() {
    stopped_ = true;
    while (!open_.empty()) end(open_.front());
  }

 private:
  struct entry {
    explicit entry(asio::ip::tcp::socket taken)
        : socket(std::move(taken)), deadline(socket.get_executor()) {}
    asio::ip::tcp::socket socket;
    asio::steady_timer deadline;
    std::array<char, 16 * 1024> rubbish{};
  };

  void drain(const std::shared_ptr<entry>& which) {
    which->socket.async_read_some(asio::buffer(which->rubbish),
                                  [this, which](const asio::error_code& error, std::size_t) {
                                    if (error) return end(which);
                                    drain(which);
                                  });
  }
  void end(std::shared_ptr<entry> which) {
    const auto at = std::find(open_.begin(), open_.end(), which);
    if (at == open_.end()) return;
    open_.erase(at);
    asio::error_code ignored;
    which->socket.close(ignored);
    which->deadline.cancel(ignored);
  }

  std::list<std::shared_ptr<entry>> open_;
  bool stopped_ = false;
};

/// What all sockets of one server share; outlives them.
struct connection_services {
  last_failure failure;
  lingering_connections lingering;
  connection_table table;
  request_intake intake;
};

/// The stream RESTinio reads and writes, with four things RESTinio lacks: it tells the table of
/// connections what becomes of this one; it lets the intake decide about what RESTinio parses; it
/// answers `Expect: 100-continue`, for which curl waits a second before it sends a large body; and
/// when the connection is closed because of a bad or slow request, it first tells the client why.
/// `Base` is a TCP or a TLS stream.
template <class Base>
class connection_socket : public Base {
 public:
  connection_socket(Base base, std::unique_ptr<connection_record> record,
                    connection_services& services)
      : Base(std::move(base)), record_(std::move(record)), services_(&services) {
    services_->table.add(*record_, connection_table::clock::now());
  }
  connection_socket(connection_socket&&) = default;
  ~connection_socket() {
    if (record_) services_->table.remove(*record_);
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (record_->phase == connection_phase::writing) enter(connection_phase::idle);
    if (!record_->await_input) offer_to_await_input();
    if (record_->held == 0)
      begin_reading(buffers, completing(std::forward<Handler>(handler)));
    else
      hold_reading(buffers, completing(std::forward<Handler>(handler)));
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    enter(connection_phase::writing);
    Base::async_write_some(buffers, completing(std::forward<Handler>(handler)));
  }

  void shutdown(asio::socket_base::shutdown_type what, asio::error_code& error) {
    const auto words = closing_words();
    if (!words.empty()) write_at_once(words);
    said_last_words_ = !words.empty();
    // After last words only our side ends: the other one may still be sending.
    Base::lowest_layer().shutdown(said_last_words_ ? asio::socket_base::shutdown_send : what,
                                  error);
  }

  void close() {
    asio::error_code ignored;
    record_->descriptor = -1;
    if (record_->resume_reading) std::exchange(record_->interrupt_reading, nullptr)();
    if (said_last_words_ && tcp().is_open()) {
      tcp().cancel(ignored);
      services_->lingering.take(std::move(tcp()));
    }
    tcp().close(ignored);
  }

 private:
  asio::ip::tcp::socket& tcp() {
    if constexpr (std::is_base_of_v<asio::ip::tcp::socket, Base>) {
      return *this;
    } else {
      return Base::asio_ssl_stream().next_layer();
    }
  }

  void enter(connection_phase next) {
    services_->table.enter(*record_, next, connection_table::clock::now());
  }

  /// Not before the socket has found its place: it is moved until then.
  void offer_to_await_input() {
    record_->await_input = [this](std::function<void()> then) {
      tcp().async_wait(asio::socket_base::wait_read,
                       [call = std::move(then)](const asio::error_code&) { call(); });
    };
  }

  template <class Buffers, class Completion>
  void begin_reading(const Buffers& buffers, Completion&& completion) {
    record_->interrupt_reading = [this] {
      interrupted_ = true;
      asio::error_code ignored;
      tcp().cancel(ignored);
    };
    Base::async_read_some(buffers, std::forward<Completion>(completion));
    // It was interrupted while the last piece was on its way here.
    if (interrupted_) record_->interrupt_reading();
  }

  /// The read waits until the body is released. The completion keeps the connection alive, so the
  /// record must let go of it in any case: whoever ends a connection interrupts it.
  template <class Buffers, class Completion>
  void hold_reading(const Buffers& buffers, Completion&& completion) {
    auto kept = std::make_shared<std::decay_t<Completion>>(std::forward<Completion>(completion));
    record_->resume_reading = [this, buffers, kept] {
      say_continue();
      begin_reading(buffers, std::move(*kept));
    };
    record_->interrupt_reading = [this, kept] {
      record_->resume_reading = nullptr;
      asio::post(tcp().get_executor(),
                 [kept] { (*kept)(asio::error_code(asio::error::timed_out), 0); });
    };
  }

  void say_continue() {
    if (std::exchange(record_->continue_wanted, false))
      write_at_once("HTTP/1.1 100 Continue\r\n\r\n");
  }

  /// The completion of a read or a write: RESTinio parses inside, and may begin the next one.
  template <class Handler>
  auto completing(Handler&& handler) {
    auto executor = asio::get_associated_executor(handler);
    return asio::bind_executor(
        executor, [this, next = std::forward<Handler>(handler)](const asio::error_code& error,
                                                                std::size_t count) mutable {
          record_->interrupt_reading = nullptr;
          const parsing_scope here(services_->intake, *record_);
          next(said_of(error), count);
          if (record_->held == 0) say_continue();
        });
  }

  /// RESTinio takes a cancelled operation for one it has cancelled itself.
  asio::error_code said_of(const asio::error_code& error) const {
    return interrupted_ && error == asio::error::operation_aborted ? asio::error::timed_out : error;
  }

  /// What the client should hear before the connection ends without an answer to what it sent.
  std::string closing_words() {
    const auto cause = services_->failure.take();
    if (!Base::lowest_layer().is_open()) return {};
    if (record_->farewell) return last_words(*record_->farewell);
    if (auto answer = answer_to_failure(cause)) return last_words(*answer);
    if (cause.empty() && record_->phase == connection_phase::answering)
      return last_words(
          canned_problem(503, "timeout", "The server could not answer in time; try again."));
    return {};
  }

  /// Without waiting: the send buffer is empty here, and a client that does not read is not worth
  /// it.
  void write_at_once(std::string_view bytes) {
    asio::error_code error;
    Base::lowest_layer().non_blocking(true, error);
    if (error) return;
    if constexpr (std::is_base_of_v<asio::ip::tcp::socket, Base>) {
      this->write_some(asio::buffer(bytes.data(), bytes.size()), error);
    } else {
      Base::asio_ssl_stream().write_some(asio::buffer(bytes.data(), bytes.size()), error);
    }
  }

  std::unique_ptr<connection_record> record_;
  connection_services* services_;
  bool interrupted_ = false;
  bool said_last_words_ = false;
};

}  // namespace omnistream::http::server
