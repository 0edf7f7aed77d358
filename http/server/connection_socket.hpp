#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <restinio/asio_include.hpp>

#include "http/server/canned_answer.hpp"
#include "http/server/connection_record.hpp"

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
};

/// The stream RESTinio reads and writes, with three things RESTinio lacks: it counts, so that the
/// server knows its open connections; it answers `Expect: 100-continue`, for which curl waits a
/// second before it sends a large body; and when RESTinio closes because of a bad or slow request,
/// it first tells the client why. `Base` is a TCP or a TLS stream.
template <class Base>
class connection_socket : public Base {
 public:
  connection_socket(Base base, std::unique_ptr<connection_record> record,
                    connection_services& services)
      : Base(std::move(base)), record_(std::move(record)), services_(&services) {}

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    const auto* bytes = static_cast<const char*>(asio::mutable_buffer(buffers).data());
    auto executor = asio::get_associated_executor(handler);
    Base::async_read_some(
        buffers, asio::bind_executor(executor,
                                     [this, bytes, next = std::forward<Handler>(handler)](
                                         const asio::error_code& error, std::size_t count) mutable {
                                       if (!error) received({bytes, count});
                                       next(error, count);
                                     }));
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    record_->unanswered_bytes = 0;
    record_->request_in_hand = false;
    Base::async_write_some(buffers, std::forward<Handler>(handler));
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

  void received(std::string_view bytes) {
    record_->unanswered_bytes += bytes.size();
    if (expects_continue(bytes)) write_at_once("HTTP/1.1 100 Continue\r\n\r\n");
  }

  /// A client that waits sends its header alone, so a piece that ends with a header's end is all to
  /// look at. Mistaking body text for it does no harm: clients skip interim answers.
  static bool expects_continue(std::string_view bytes) {
    static constexpr std::string_view wanted = "\r\nexpect: 100-continue\r\n";
    if (!bytes.ends_with("\r\n\r\n")) return false;
    const auto equal = [](char have, char want) {
      return have == want || (have >= 'A' && have <= 'Z' && have - 'A' + 'a' == want);
    };
    return std::search(bytes.begin(), bytes.end(), wanted.begin(), wanted.end(), equal) !=
           bytes.end();
  }

  /// What the client should hear before the connection ends without an answer to what it sent.
  std::string closing_words() {
    const auto cause = services_->failure.take();
    if (!Base::lowest_layer().is_open()) return {};
    if (auto answer = answer_to_failure(cause)) return last_words(*answer);
    if (!cause.empty() || record_->unanswered_bytes == 0) return {};
    if (record_->request_in_hand)
      return last_words(
          canned_problem(503, "timeout", "The server could not answer in time; try again."));
    return last_words(canned_problem(408, "slow_request", "The request did not arrive in time."));
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
  bool said_last_words_ = false;
};

}  // namespace omnistream::http::server
