// Answers that go on: the pipe by itself, and what the listener makes of it.

#include "http/server/answer_pipe.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "http/server/listener.hpp"
#include "raw_client.hpp"

namespace omnistream::http::server {
namespace {

using namespace std::chrono_literals;
using omnistream::testing::raw_client;

answer_pipe::piece text(std::string what) {
  return std::make_shared<const std::string>(std::move(what));
}

// -- the pipe -------------------------------------------------------------------------------------

TEST(answer_pipe, wakes_who_waits_and_counts_what_has_not_left) {
  const auto pipe = std::make_shared<answer_pipe>(10, nullptr);
  answer_outlet outlet(pipe);
  int woken = 0;
  outlet.on_more([&woken] { ++woken; });
  EXPECT_TRUE(outlet.take().parts.empty());
  EXPECT_TRUE(pipe->write(text("12345")));
  EXPECT_TRUE(pipe->write(text("678")));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(outlet.take().parts.size(), 2U);
  EXPECT_TRUE(pipe->write(text("90")));
  EXPECT_EQ(woken, 1);  // nobody waits: the portion before is on its way
  EXPECT_EQ(outlet.take().parts.size(), 1U);
  EXPECT_TRUE(pipe->write(text("12345678")));
  pipe->end();
  EXPECT_FALSE(pipe->write(text("x")));
  const auto last = outlet.take();
  EXPECT_EQ(last.parts.size(), 1U);
  EXPECT_TRUE(last.last);
}

TEST(answer_pipe, tells_a_writer_that_there_is_room_again) {
  int room = 0;
  std::shared_ptr<answer_pipe> pipe;
  pipe = std::make_shared<answer_pipe>(10, nullptr, [&] {
    if (++room == 3) return;
    EXPECT_TRUE(pipe->write(text("1234567890")));
  });
  answer_outlet outlet(pipe);
  int woken = 0;
  outlet.on_more([&woken] { ++woken; });
  EXPECT_TRUE(pipe->write(text("1234567890")));
  EXPECT_EQ(outlet.take().parts.size(), 1U);
  EXPECT_EQ(room, 0);  // it is on its way
  EXPECT_TRUE(outlet.take().parts.empty());
  EXPECT_EQ(room, 1);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(outlet.take().parts.size(), 1U);
  outlet.take();
  outlet.take();
  outlet.take();
  EXPECT_EQ(room, 3);
  outlet.take();
  EXPECT_EQ(room, 3);  // nothing has left since
}

TEST(answer_pipe, is_cut_off_when_too_much_waits) {
  const auto pipe = std::make_shared<answer_pipe>(10, nullptr);
  answer_outlet outlet(pipe);
  int woken = 0;
  outlet.on_more([&woken] { ++woken; });
  EXPECT_TRUE(pipe->write(text("1234567890")));
  outlet.take();
  EXPECT_FALSE(outlet.overrun());
  EXPECT_FALSE(pipe->write(text("1")));  // what was taken has not left yet
  EXPECT_TRUE(outlet.overrun());
  EXPECT_EQ(woken, 1);
  EXPECT_FALSE(pipe->write(text("")));
}

TEST(answer_pipe, hands_out_no_more_than_a_portion_at_once) {
  constexpr auto most = answer_pipe::portion_bytes_max;
  const auto pipe = std::make_shared<answer_pipe>(3 * most, nullptr);
  answer_outlet outlet(pipe);
  const auto much = text(std::string(2 * most, 'a') + "bc");
  pipe->write(text("12"));
  pipe->write(much);
  pipe->write(text("34"));
  pipe->end();
  std::vector<std::size_t> portions;
  std::string got;
  for (bool last = false; !last;) {
    const auto next = outlet.take();
    ASSERT_FALSE(next.parts.empty());
    std::size_t bytes = 0;
    for (const auto& one : next.parts) {
      bytes += one.size();
      got.append(one.data(), one.size());
    }
    portions.push_back(bytes);
    last = next.last;
  }
  EXPECT_EQ(portions, (std::vector<std::size_t>{most, most, 6}));
  EXPECT_EQ(got, "12" + *much + "34");
}

TEST(answer_pipe, says_once_that_the_client_is_gone) {
  int gone = 0;
  const auto pipe = std::make_shared<answer_pipe>(10, [&gone] { ++gone; });
  std::make_shared<answer_outlet>(pipe).reset();
  EXPECT_EQ(gone, 1);
  EXPECT_FALSE(pipe->write(text("1")));
  pipe->end();
  EXPECT_EQ(gone, 1);
}

// -- through the listener -------------------------------------------------------------------------

/// A server whose every answer goes on, out of the pipe of the last request.
class streaming_server {
 public:
  explicit streaming_server(listener_options options = {}, std::size_t bytes_max = 1 << 20)
      : listener_(
            options, [this, bytes_max](const request& asked, const std::shared_ptr<responder>& to) {
              if (asked.path == "/plain") return to->send({200, "text/plain", "plain", {}});
              auto left = std::make_shared<std::promise<void>>();
              auto pipe = std::make_shared<answer_pipe>(bytes_max, [left] { left->set_value(); });
              {
                const std::lock_guard lock(mutex_);
                pipe_ = pipe;
                gone_ = left->get_future();
              }
              to->send({.status = 200,
                        .content_type = "text/event-stream",
                        .body = {},
                        .headers = {},
                        .goes_on = std::make_shared<answer_outlet>(pipe)});
            }) {}

  std::uint16_t port() const { return listener_.port(); }
  void stop() { listener_.stop(); }
  std::shared_ptr<answer_pipe> pipe() {
    const std::lock_guard lock(mutex_);
    return pipe_;
  }
  bool gone_within(std::chrono::milliseconds time) {
    return gone_.wait_for(time) == std::future_status::ready;
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<answer_pipe> pipe_;
  std::future<void> gone_;
  listener listener_;
};

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: t\r\n\r\n";

/// What comes to the end, out of its chunks, which hold no line's end.
std::string body_of(raw_client& client, std::size_t* longest = nullptr) {
  std::string got;
  while (true) {
    const auto length = std::stoul(client.until("\r\n"), nullptr, 16);
    if (length == 0) return got;
    auto chunk = client.until("\r\n");
    chunk.resize(chunk.size() - 2);
    EXPECT_EQ(chunk.size(), length);
    if (longest != nullptr) *longest = std::max(*longest, length);
    got += chunk;
  }
}

TEST(streams, send_the_head_at_once_and_each_piece_as_it_is_written) {
  streaming_server server;
  raw_client client(server.port());
  client.send(get);
  const auto head = client.until("\r\n\r\n");
  EXPECT_NE(head.find("200 OK"), std::string::npos);
  EXPECT_NE(head.find("Content-Type: text/event-stream"), std::string::npos);
  EXPECT_NE(head.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  server.pipe()->write(text("one"));
  EXPECT_EQ(client.until("one\r\n"), "3\r\none\r\n");
  std::this_thread::sleep_for(20ms);
  server.pipe()->write(text("two"));
  EXPECT_EQ(client.until("two\r\n"), "3\r\ntwo\r\n");
  EXPECT_FALSE(server.gone_within(0ms));
  server.pipe()->write(text("!"));
  server.pipe()->end();
  EXPECT_EQ(client.until("\r\n0\r\n\r\n"), "1\r\n!\r\n0\r\n\r\n");
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(server.gone_within(5s));
}

TEST(streams, send_much_in_order_from_another_thread) {
  streaming_server server;
  raw_client client(server.port());
  client.send(get);
  client.until("\r\n\r\n");
  std::string wanted;
  for (int i = 0; i < 2'000; ++i) {
    const auto piece = '<' + std::to_string(i) + '>';
    wanted += piece;
    ASSERT_TRUE(server.pipe()->write(text(piece)));
  }
  server.pipe()->end();
  EXPECT_EQ(body_of(client), wanted);
}

TEST(streams, send_a_large_piece_in_several_writes) {
  streaming_server server;
  raw_client client(server.port());
  client.send(get);
  client.until("\r\n\r\n");
  const std::string large(900'000, 'x');
  ASSERT_TRUE(server.pipe()->write(text(large)));
  server.pipe()->end();
  std::size_t longest = 0;
  EXPECT_EQ(body_of(client, &longest), large);
  EXPECT_EQ(longest, answer_pipe::portion_bytes_max);
}

TEST(streams, notice_at_once_that_the_client_hangs_up) {
  streaming_server server;
  {
    raw_client client(server.port());
    client.send(get);
    client.until("\r\n\r\n");
    EXPECT_FALSE(server.gone_within(50ms));
  }
  EXPECT_TRUE(server.gone_within(5s));
  EXPECT_FALSE(server.pipe()->write(text("x")));
}

TEST(streams, end_when_the_client_sends_anything) {
  streaming_server server;
  raw_client client(server.port());
  client.send(get);
  client.until("\r\n\r\n");
  client.send(get);
  EXPECT_TRUE(server.gone_within(5s));
  client.until("never");  // nothing comes but the end
}

TEST(streams, cut_off_who_does_not_read_and_serve_the_others) {
  streaming_server server({}, 256 * 1024);
  raw_client lazy(server.port());
  lazy.send(get);
  lazy.until("\r\n\r\n");
  const auto pipe = server.pipe();
  const auto much = text(std::string(64 * 1024, 'x'));
  int written = 0;
  while (pipe->write(much) && written < 10'000) ++written;
  EXPECT_LT(written, 10'000);
  EXPECT_TRUE(server.gone_within(5s));
  raw_client other(server.port());
  other.send("GET /plain HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(other.receive().body, "plain");
}

TEST(streams, end_when_nothing_is_written_for_too_long) {
  listener_options options;
  options.request_timeout_ms = 300;
  streaming_server server(options);
  raw_client client(server.port());
  client.send(get);
  client.until("\r\n\r\n");
  for (int i = 0; i < 6; ++i) {
    std::this_thread::sleep_for(100ms);
    EXPECT_TRUE(server.pipe()->write(text("."))) << i;
  }
  EXPECT_TRUE(server.gone_within(5s));
  EXPECT_EQ(client.until("never").find("408"), std::string::npos);
}

TEST(streams, are_refused_to_http_1_0_and_have_no_body_for_head) {
  streaming_server server;
  raw_client old(server.port());
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().status, 505);
  EXPECT_TRUE(server.gone_within(5s));
  raw_client client(server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.receive(false).status, 200);
  EXPECT_TRUE(server.gone_within(5s));
  client.send("GET /plain HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.receive().body, "plain");
}

/// By its end a client knows that it has all of it.
TEST(streams, that_were_ended_leave_as_a_whole_when_the_server_ends) {
  for (const std::size_t pieces : {1, 300}) {
    streaming_server server;
    raw_client client(server.port());
    client.send(get);
    client.until("\r\n\r\n");
    const std::string piece(900'000 / pieces, 'x');
    std::string all;
    for (std::size_t i = 0; i < pieces; ++i, all += piece)
      ASSERT_TRUE(server.pipe()->write(text(piece)));
    server.pipe()->end();
    const std::jthread ending([&server] { server.stop(); });
    EXPECT_TRUE(body_of(client) == all) << pieces;
  }
}

TEST(streams, that_nobody_reads_do_not_keep_the_server_from_ending) {
  streaming_server server({}, 64 << 20);
  raw_client client(server.port());
  client.send(get);
  client.until("\r\n\r\n");
  ASSERT_TRUE(server.pipe()->write(text(std::string(60 << 20, 'x'))));
  server.pipe()->end();
  server.stop();
  EXPECT_TRUE(server.gone_within(5s));
}

TEST(streams, end_with_the_server) {
  streaming_server server;
  raw_client client(server.port());
  client.send(get);
  client.until("\r\n\r\n");
  server.stop();
  EXPECT_TRUE(server.gone_within(5s));
  EXPECT_FALSE(server.pipe()->write(text("x")));
}

}  // namespace
}  // namespace omnistream::http::server
