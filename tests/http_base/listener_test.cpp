#include "http/server/listener.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "raw_client.hpp"

namespace omnistream::http::server {
namespace {

using omnistream::testing::raw_client;

/// Answers `METHOD PATH?QUERY BODYLENGTH`.
void echo(request asked, const std::shared_ptr<responder>& to) {
  response answer;
  answer.content_type = "text/plain";
  answer.body =
      asked.method + ' ' + asked.path + '?' + asked.query + ' ' + std::to_string(asked.body.size());
  to->send(std::move(answer));
}

listener_options quick() {
  listener_options options;
  options.idle_timeout_ms = 400;
  options.header_timeout_ms = 400;
  options.request_timeout_ms = 400;
  return options;
}

constexpr std::string_view simple_get = "GET /a?b=1 HTTP/1.1\r\nHost: t\r\n\r\n";

TEST(listener, answers_a_request_with_the_common_headers) {
  listener server({}, echo);
  raw_client client(server.port());
  client.send("POST /x%20y?q=%41 HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc");
  const auto got = client.receive();
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "POST /x%20y?q=%41 3");
  EXPECT_EQ(got.header("Server"), "omnistream");
  EXPECT_EQ(got.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(got.header("Content-Type"), "text/plain");
  EXPECT_EQ(got.header("Cache-Control"), "");
  EXPECT_EQ(got.header("Connection"), "keep-alive");
  EXPECT_EQ(got.header("Date").size(), 29U);
}

TEST(listener, tells_nobody_to_store_json_unless_the_answer_says_otherwise) {
  listener server({}, [](const request& asked, const std::shared_ptr<responder>& to) {
    response answer;
    answer.body = "{}";
    if (asked.path == "/kept") answer.headers.emplace_back("cache-control", "max-age=60");
    to->send(answer);
  });
  raw_client client(server.port());
  client.send(simple_get);
  EXPECT_EQ(client.receive().header("Cache-Control"), "no-store");
  client.send("GET /kept HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto kept = client.receive();
  EXPECT_EQ(kept.header("Cache-Control"), "");
  EXPECT_EQ(kept.header("cache-control"), "max-age=60");
}

TEST(listener, leaves_out_a_header_that_would_split_the_answer) {
  listener server({}, [](const request&, const std::shared_ptr<responder>& to) {
    to->send({200, "text/plain", "x", {{"X-Good", "1"}, {"X-Bad", "1\r\nSet-Cookie: a=b"}}});
  });
  raw_client client(server.port());
  client.send(simple_get);
  const auto got = client.receive();
  EXPECT_EQ(got.header("X-Good"), "1");
  EXPECT_EQ(got.head.find("Set-Cookie"), std::string::npos);
}

TEST(listener, keeps_a_connection_alive_and_answers_pipelined_requests_in_order) {
  listener server({}, echo);
  raw_client client(server.port());
  std::string many;
  for (int i = 0; i < 50; ++i) many += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\n\r\n";
  client.send(many);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(client.receive().body, "GET /" + std::to_string(i) + "? 0") << "answer " << i;
}

TEST(listener, closes_when_the_client_asks_for_it_and_for_http_1_0) {
  listener server({}, echo);
  raw_client asking(server.port());
  asking.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(asking.receive().header("Connection"), "close");
  EXPECT_TRUE(asking.closed());
  raw_client old(server.port());
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.receive().status, 200);
  EXPECT_TRUE(old.closed());
}

TEST(listener, head_has_the_length_but_not_the_body) {
  listener server({}, echo);
  raw_client client(server.port());
  client.send("HEAD /abc HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto got = client.receive(false);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("Content-Length"), "12");
  client.send(simple_get);  // a body would be read as the start of this answer
  EXPECT_EQ(client.receive().body, "GET /a?b=1 0");
}

TEST(listener, takes_chunked_bodies_and_absolute_targets) {
  listener server({}, echo);
  raw_client client(server.port());
  client.send(
      "POST http://t/p?q=1#f HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "POST /p?q=1 5");
}

TEST(listener, tells_a_client_that_waits_to_go_on_with_its_body) {
  listener server({}, echo);
  raw_client client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nexpect: 100-Continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("abc");
  EXPECT_EQ(client.receive().body, "POST /? 3");
}

/// What a request gets that the application must never see; the connection is closed after it.
struct refused_case {
  std::string name;
  std::string bytes;
  int status;
};
class refused_request : public ::testing::TestWithParam<refused_case> {};

TEST_P(refused_request, is_answered_and_the_connection_closed) {
  std::atomic<int> reached{0};
  listener_options options = quick();
  options.header_bytes_max = 2'000;
  options.body_bytes_max = 1'000;
  listener server(options, [&](request asked, const std::shared_ptr<responder>& to) {
    ++reached;
    echo(std::move(asked), to);
  });
  raw_client client(server.port());
  client.send(GetParam().bytes);
  const auto got = client.receive();
  EXPECT_EQ(got.status, GetParam().status) << got.head;
  EXPECT_EQ(got.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(got.header("Connection"), "close");
  EXPECT_NE(got.body.find("\"code\":"), std::string::npos);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(reached, 0);
}

std::string get_with(const std::string& headers) {
  return "GET / HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n";
}
std::string many_fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "A" + std::to_string(i) + ": b\r\n";
  return fields;
}

INSTANTIATE_TEST_SUITE_P(
    listener, refused_request,
    ::testing::Values(
        refused_case{"two_lengths",
                     "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: "
                     "chunked\r\n\r\n0\r\n\r\n",
                     400},
        refused_case{
            "length_twice",
            "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400},
        refused_case{
            "odd_encoding",
            "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
        refused_case{"two_hosts", get_with("Host: u\r\n"), 400},
        refused_case{"nonsense", "hello\r\n\r\n", 501},
        refused_case{"no_version", "GET / HTTP/x.1\r\n\r\n", 505},
        refused_case{"negative_length", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n",
                     400},
        refused_case{
            "huge_length",
            "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400},
        refused_case{"long_target",
                     "GET /" + std::string(3'000, 'a') + " HTTP/1.1\r\nHost: t\r\n\r\n", 414},
        refused_case{"long_field", get_with("A: " + std::string(3'000, 'b') + "\r\n"), 431},
        refused_case{"long_name", get_with(std::string(300, 'n') + ": b\r\n"), 431},
        refused_case{"long_header",
                     get_with("A: " + std::string(1'000, 'b') +
                              "\r\nB: " + std::string(1'000, 'b') + "\r\n"),
                     431},
        refused_case{"many_fields", get_with(many_fields(101)), 431},
        refused_case{"announced_body", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1001\r\n\r\n",
                     413},
        refused_case{"chunked_body",
                     "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
                         std::string(1'001, 'x'),
                     413},
        refused_case{"slow_header", "GET / HTTP/1.1\r\nHost:", 408},
        refused_case{"slow_body", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc",
                     408}),
    [](const auto& tested) { return tested.param.name; });

TEST(listener, a_client_that_sends_far_too_much_still_reads_the_answer) {
  listener_options options;
  options.body_bytes_max = 1'000;
  listener server(options, echo);
  raw_client client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000000\r\n\r\n");
  const std::string piece(1 << 20, 'x');
  for (int i = 0; i < 100 && client.send(piece); ++i) {
  }
  EXPECT_EQ(client.receive().status, 413);
}

TEST(listener, takes_a_body_at_the_limit) {
  listener_options options;
  options.body_bytes_max = 1 << 20;
  listener server(options, echo);
  raw_client client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1048576\r\n\r\n" +
              std::string(1 << 20, 'x'));
  EXPECT_EQ(client.receive().body, "POST /? 1048576");
}

TEST(listener, closes_an_idle_connection_without_a_word) {
  listener server(quick(), echo);
  raw_client fresh(server.port());
  EXPECT_TRUE(fresh.closed());
  raw_client used(server.port());
  used.send(simple_get);
  EXPECT_EQ(used.receive().status, 200);
  EXPECT_TRUE(used.closed());
}

TEST(listener, a_forgotten_responder_answers_503) {
  listener server({}, [](const request&, const std::shared_ptr<responder>&) {});
  raw_client client(server.port());
  client.send(simple_get);
  const auto got = client.receive();
  EXPECT_EQ(got.status, 503);
  EXPECT_EQ(got.header("Retry-After"), "1");
  EXPECT_NE(got.body.find("\"unanswered\""), std::string::npos);
}

TEST(listener, an_exception_in_the_handler_is_a_500_and_the_connection_lives) {
  listener server({}, [](request asked, const std::shared_ptr<responder>& to) {
    if (asked.path == "/bad") throw std::runtime_error("secret detail");
    echo(std::move(asked), to);
  });
  raw_client client(server.port());
  client.send("GET /bad HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto got = client.receive();
  EXPECT_EQ(got.status, 500);
  EXPECT_EQ(got.body.find("secret"), std::string::npos);
  client.send(simple_get);
  EXPECT_EQ(client.receive().status, 200);
}

/// Keeps the responders it is given until the test takes them.
class parked {
 public:
  request_handler handler() {
    return [this](const request&, std::shared_ptr<responder> to) {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(to));
      changed_.notify_all();
    };
  }
  std::shared_ptr<responder> take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, raw_client::patience, [&] { return !waiting_.empty(); }))
      return nullptr;
    auto first = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<responder>> waiting_;
};

TEST(listener, only_the_first_answer_counts_and_it_may_come_from_any_thread) {
  parked requests;
  listener server({}, requests.handler());
  raw_client client(server.port());
  client.send(simple_get);
  auto to = requests.take();
  ASSERT_TRUE(to);
  std::thread([&] {
    to->send({201, "text/plain", "first", {}});
    to->send({202, "text/plain", "second", {}});
    to.reset();
  }).join();
  EXPECT_EQ(client.receive().body, "first");
  client.send(simple_get);
  requests.take()->send({200, "text/plain", "third", {}});
  EXPECT_EQ(client.receive().body, "third");
}

TEST(listener, the_backstop_answers_503_when_the_application_is_too_slow) {
  parked requests;
  listener server(quick(), requests.handler());
  raw_client client(server.port());
  client.send(simple_get);
  const auto late = requests.take();
  const auto got = client.receive();
  EXPECT_EQ(got.status, 503);
  EXPECT_NE(got.body.find("\"timeout\""), std::string::npos);
  EXPECT_TRUE(client.closed());
  late->send({200, "text/plain", "too late", {}});  // ignored, harmless
}

TEST(listener, after_stop_accepting_open_requests_are_answered_and_new_connections_refused) {
  parked requests;
  listener server({}, requests.handler());
  raw_client client(server.port());
  client.send(simple_get);
  const auto to = requests.take();
  server.stop_accepting();
  EXPECT_THROW(raw_client another(server.port()), std::runtime_error);
  to->send({200, "text/plain", "done", {}});
  const auto got = client.receive();
  EXPECT_EQ(got.body, "done");
  EXPECT_EQ(got.header("Connection"), "close");
  server.stop_accepting();  // twice is fine
}

TEST(listener, stop_ends_every_connection_and_late_answers_are_harmless) {
  parked requests;
  auto server = std::make_unique<listener>(listener_options{}, requests.handler());
  raw_client idle(server->port());
  raw_client half(server->port());
  half.send("GET / HTTP/1.1\r\n");
  raw_client open(server->port());
  open.send(simple_get);
  const auto to = requests.take();
  server->stop();
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(half.receive().status, 0);
  EXPECT_EQ(open.receive().status, 0);
  server.reset();
  to->send({200, "text/plain", "nobody listens", {}});
}

TEST(listener, further_connections_wait_while_the_limit_is_reached) {
  parked requests;
  listener_options options;
  options.connections_max = 2;
  options.spare_timeout_ms = 20;
  listener server(options, requests.handler());
  auto first = std::make_unique<raw_client>(server.port());
  raw_client second(server.port());
  std::vector<std::shared_ptr<responder>> busy;
  for (auto* client : {first.get(), &second}) {
    client->send(simple_get);
    busy.push_back(requests.take());
  }
  raw_client third(server.port());
  third.send(simple_get);
  auto waiting = std::async(std::launch::async, [&] { return requests.take(); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  busy.front()->abort();
  ASSERT_TRUE(waiting.get());
}

/// Opens connections that say nothing, or the beginning of a request, and stay.
std::vector<std::unique_ptr<raw_client>> loiterers(std::uint16_t port, int count,
                                                   std::string_view say) {
  std::vector<std::unique_ptr<raw_client>> many;
  for (int i = 0; i < count; ++i) {
    many.push_back(std::make_unique<raw_client>(port));
    many.back()->send(say);
  }
  return many;
}

TEST(listener, connections_that_only_loiter_make_room_for_others) {
  for (const std::string_view say : {"", "GET / HTTP/1.1\r\nHost:"}) {
    listener_options options;
    options.connections_max = 8;
    options.spare_timeout_ms = 20;
    listener server(options, echo);
    const auto loiter = loiterers(server.port(), 50, say);
    for (int i = 0; i < 5; ++i) {
      raw_client client(server.port());
      client.send(simple_get);
      EXPECT_EQ(client.receive().status, 200);
    }
    EXPECT_EQ(loiter.front()->receive().status, say.empty() ? 0 : 408) << "the first one went";
  }
}

TEST(listener, who_makes_room_has_been_idle_the_longest_and_has_no_request) {
  parked requests;
  listener_options options;
  options.connections_max = 3;
  options.spare_timeout_ms = 20;
  listener server(options, requests.handler());
  raw_client busy(server.port());
  busy.send(simple_get);
  const auto later = requests.take();
  raw_client idle(server.port());
  raw_client used(server.port());
  used.send(simple_get);
  requests.take()->send({200, "text/plain", "once", {}});
  EXPECT_EQ(used.receive().status, 200);
  raw_client newcomer(server.port());
  newcomer.send(simple_get);
  requests.take()->send({200, "text/plain", "welcome", {}});
  EXPECT_EQ(newcomer.receive().status, 200);
  EXPECT_TRUE(idle.closed());
  later->send({200, "text/plain", "later", {}});
  EXPECT_EQ(busy.receive().body, "later");
}

TEST(listener, a_header_that_drips_in_is_cut_off_whatever_the_idle_time) {
  listener_options options;
  options.header_timeout_ms = 300;
  listener server(options, echo);
  raw_client idle(server.port());
  raw_client slow(server.port());
  slow.send("GET / HTTP/1.1\r\n");
  const auto until = std::chrono::steady_clock::now() + raw_client::patience;
  while (slow.send("X: y\r\n") && !slow.readable() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(slow.receive().status, 408);
  EXPECT_TRUE(slow.closed());
  idle.send(simple_get);
  EXPECT_EQ(idle.receive().status, 200) << "who has sent nothing has the idle time";
}

/// What is read, refused or limited before a body comes.
class admitting : public ::testing::Test {
 protected:
  admitting() {
    options.body_bytes_max = 10'000;
    options.body_bytes_in_flight_max = 10'000;
  }
  admission admit(const request& head) {
    admission verdict{.body_bytes_max = 100};
    if (head.path == "/refused") verdict.refusal = {404, "text/plain", "nothing here", {}};
    if (head.path == "/large") verdict.body_bytes_max = 1'000'000;
    if (head.path == "/stranger") verdict.from = body_sender::stranger;
    if (head.path == "/mailer") verdict.from = body_sender::mailer;
    if (verdict.from != body_sender::caller) verdict.body_bytes_max = 1'000'000;
    return verdict;
  }
  std::unique_ptr<listener> start(request_handler handler) {
    return std::make_unique<listener>(options, std::move(handler),
                                      [this](const request& head) { return admit(head); });
  }
  static std::string head(const std::string& path, const std::string& length) {
    return "POST " + path + " HTTP/1.1\r\nHost: t\r\n" + length + "\r\n\r\n";
  }
  static std::string chunk(std::size_t bytes) {
    std::array<char, 24> line{};
    std::snprintf(line.data(), line.size(), "%zx\r\n", bytes);
    return line.data() + std::string(bytes, 'x') + "\r\n";
  }

  listener_options options;
};

TEST_F(admitting, answers_a_refused_request_before_its_body_comes) {
  const auto server = start(echo);
  for (const std::string length : {"Content-Length: 5", "Transfer-Encoding: chunked"}) {
    raw_client client(server->port());
    client.send(head("/refused", length));
    const auto got = client.receive();
    EXPECT_EQ(got.status, 404);
    EXPECT_EQ(got.body, "nothing here");
    EXPECT_EQ(got.header("Connection"), "close");
    EXPECT_TRUE(client.closed());
  }
  raw_client client(server->port());
  client.send(head("/refused", "Content-Length: 0"));
  EXPECT_EQ(client.receive().body, "POST /refused? 0") << "without a body nobody is asked";
}

TEST_F(admitting, does_not_tell_a_refused_client_to_go_on) {
  const auto server = start(echo);
  raw_client client(server->port());
  client.send(head("/refused", "Content-Length: 5\r\nExpect: 100-continue"));
  EXPECT_EQ(client.receive().status, 404);
}

TEST_F(admitting, holds_a_body_to_the_limit_of_its_request) {
  const auto server = start(echo);
  raw_client within(server->port());
  within.send(head("/", "Content-Length: 100") + std::string(100, 'x'));
  EXPECT_EQ(within.receive().body, "POST /? 100");
  within.send(head("/", "Transfer-Encoding: chunked") + chunk(60) + chunk(40) + "0\r\n\r\n");
  EXPECT_EQ(within.receive().body, "POST /? 100");
  within.send(head("/", "Content-Length: 101"));
  EXPECT_EQ(within.receive().status, 413);
  raw_client beyond(server->port());
  beyond.send(head("/", "Transfer-Encoding: chunked") + chunk(60) + chunk(41));
  EXPECT_EQ(beyond.receive().status, 413);
  raw_client above_all(server->port());
  above_all.send(head("/large", "Content-Length: 10001"));
  EXPECT_EQ(above_all.receive().status, 413);
}

TEST_F(admitting, bodies_of_all_connections_together_have_a_limit) {
  std::mutex guard;
  std::vector<request> kept;  // what an application that works on them would hold
  const auto server = start([&](request asked, const std::shared_ptr<responder>& to) {
    const std::lock_guard lock(guard);
    kept.push_back(std::move(asked));
    to->send({200, "text/plain", "taken", {}});
  });
  const auto post = [&](const std::string& length, const std::string& body) {
    raw_client client(server->port());
    client.send(head("/large", length) + body);
    return client.receive();
  };
  EXPECT_EQ(post("Content-Length: 6000", std::string(6'000, 'x')).status, 200);
  const auto refused = post("Content-Length: 6000", "");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(post("Transfer-Encoding: chunked", chunk(3'000) + chunk(3'000)).status, 503);
  EXPECT_EQ(post("Content-Length: 4000", std::string(4'000, 'x')).status, 200);
  for (int i = 0; i < 5; ++i) {  // nothing is lost of the budget, whatever becomes of a body
    std::unique_lock lock(guard);
    kept.clear();
    lock.unlock();
    const auto until = std::chrono::steady_clock::now() + raw_client::patience;
    while (post("Content-Length: 9000", std::string(9'000, 'x')).status != 200)
      ASSERT_LT(std::chrono::steady_clock::now(), until);
    lock.lock();
    kept.clear();
    lock.unlock();
    raw_client broken(server->port());
    broken.send(head("/large", "Content-Length: 9000") + std::string(5'000, 'x'));
  }
}

TEST_F(admitting, nobody_takes_the_room_of_others) {
  options.body_bytes_in_flight_max = 20'000;
  std::mutex guard;
  std::vector<request> kept;
  const auto server = start([&](request asked, const std::shared_ptr<responder>& to) {
    const std::lock_guard lock(guard);
    kept.push_back(std::move(asked));
    to->send({200, "text/plain", "taken", {}});
  });
  const auto post = [&](const std::string& path) {
    raw_client client(server->port());
    client.send(head(path, "Content-Length: 6000") + std::string(6'000, 'x'));
    return client.receive().status;
  };
  EXPECT_EQ(post("/mailer"), 200);
  EXPECT_EQ(post("/mailer"), 503);
  EXPECT_EQ(post("/stranger"), 200);
  EXPECT_EQ(post("/stranger"), 503);
  EXPECT_EQ(post("/large"), 200);
  EXPECT_EQ(post("/large"), 503);
}

/// Bodies whose sender has to be looked up.
class looked_up : public admitting {
 protected:
  std::unique_ptr<listener> start_looking_up(request_handler handler) {
    return std::make_unique<listener>(options, std::move(handler), [this](const request&) {
      return admission{.body_bytes_max = 64 << 20, .look_up = [this](admission_verdict tell) {
                         const std::lock_guard lock(guard_);
                         verdicts_.push_back(std::move(tell));
                       }};
    });
  }
  admission_verdict take_verdict() {
    const auto until = std::chrono::steady_clock::now() + raw_client::patience;
    while (std::chrono::steady_clock::now() < until) {
      const std::lock_guard lock(guard_);
      if (verdicts_.empty()) continue;
      auto first = std::move(verdicts_.front());
      verdicts_.erase(verdicts_.begin());
      return first;
    }
    throw std::runtime_error("nobody was looked up");
  }
  looked_up() { options.body_bytes_max = options.body_bytes_in_flight_max = 64 << 20; }

 private:
  std::mutex guard_;
  std::vector<admission_verdict> verdicts_;
};

TEST_F(looked_up, a_body_waits_for_the_verdict) {
  const auto server = start_looking_up(echo);
  constexpr std::size_t bytes = 32 << 20;  // more than the buffers of two sockets
  for (const bool chunked : {false, true}) {
    raw_client client(server->port());
    client.send(chunked ? head("/", "Transfer-Encoding: chunked")
                        : head("/", "Content-Length: " + std::to_string(bytes)));
    auto sent = std::async(std::launch::async, [&] {
      return client.send(chunked ? chunk(bytes) + "0\r\n\r\n" : std::string(bytes, 'x'));
    });
    const auto tell = take_verdict();
    EXPECT_EQ(sent.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
    tell(std::nullopt);
    EXPECT_TRUE(sent.get());
    EXPECT_EQ(client.receive().body, "POST /? " + std::to_string(bytes));
  }
}

TEST_F(looked_up, a_refusal_is_said_at_once) {
  const auto server = start_looking_up(echo);
  raw_client client(server->port());
  client.send(head("/", "Content-Length: 100000\r\nExpect: 100-continue"));
  take_verdict()(response{401, "text/plain", "who are you", {}});
  const auto got = client.receive();
  EXPECT_EQ(got.status, 401) << "and not 100";
  EXPECT_EQ(got.body, "who are you");
  EXPECT_TRUE(client.closed());
}

TEST_F(looked_up, who_waits_to_be_told_to_go_on_is_told_after_the_verdict) {
  const auto server = start_looking_up(echo);
  raw_client client(server->port());
  client.send(head("/", "Content-Length: 100000\r\nExpect: 100-continue"));
  const auto tell = take_verdict();
  EXPECT_FALSE(client.readable());
  tell(std::nullopt);
  EXPECT_EQ(client.receive().status, 100);
  client.send(std::string(100'000, 'x'));
  EXPECT_EQ(client.receive().body, "POST /? 100000");
}

TEST_F(looked_up, a_small_body_does_not_wait) {
  const auto server = start_looking_up(echo);
  raw_client client(server->port());
  client.send(head("/", "Content-Length: 5") + "hello");
  EXPECT_EQ(client.receive().body, "POST /? 5");
}

TEST_F(looked_up, late_verdicts_are_harmless) {
  options.request_timeout_ms = 200;
  auto server = start_looking_up(echo);
  raw_client slow(server->port());
  slow.send(head("/", "Content-Length: 100000") + "x");
  const auto too_late = take_verdict();
  EXPECT_EQ(slow.receive().status, 408);
  too_late(response{401, "text/plain", "", {}});
  raw_client waiting(server->port());
  waiting.send(head("/", "Content-Length: 100000") + "x");
  const auto after_the_end = take_verdict();
  server.reset();
  EXPECT_EQ(waiting.receive().status, 0);
  after_the_end(std::nullopt);
}

TEST(listener, connections_that_are_reset_at_once_take_no_place_away) {
  listener_options options;
  options.connections_max = 4;
  listener server(options, echo);
  for (int i = 0; i < 200; ++i) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server.port());
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    const linger at_once{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket);
  }
  raw_client client(server.port());
  client.send(simple_get);
  EXPECT_EQ(client.receive().status, 200);
}

TEST(listener, many_connections_and_threads_get_their_own_answers) {
  parked requests;
  listener server({}, [](request asked, std::shared_ptr<responder> to) {
    std::thread([asked = std::move(asked), to = std::move(to)]() mutable {
      echo(std::move(asked), to);
    }).detach();
  });
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c)
    clients.emplace_back([&, c] {
      raw_client client(server.port());
      for (int i = 0; i < 100; ++i) {
        const auto path = "/" + std::to_string(c) + "/" + std::to_string(i);
        client.send("GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n");
        EXPECT_EQ(client.receive().body, "GET " + path + "? 0");
      }
    });
  for (auto& client : clients) client.join();
}

TEST(listener, says_why_an_address_cannot_be_had) {
  listener first({}, echo);
  listener_options same;
  same.port = first.port();
  try {
    listener second(same, echo);
    FAIL() << "two listeners on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "cannot listen on 127.0.0.1 port " + std::to_string(same.port) +
                                ": Address already in use");
  }
  listener_options nonsense;
  nonsense.address = "not an address";
  EXPECT_THROW(listener(nonsense, echo), std::runtime_error);
}

}  // namespace
}  // namespace omnistream::http::server
