#include "bench/load/subscriptions.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "bench/load/closed_port.hpp"
#include "http/server/listener.hpp"

namespace omnistream::load {
namespace {

figures stats_of(int events, int told_twice, int out_of_order) {
  return {{"paths",
           {{"/hook/1",
             {{"events", events}, {"told_twice", told_twice}, {"out_of_order", out_of_order}}}}}};
}

TEST(check_arrived, wants_every_event_once_and_in_order) {
  EXPECT_NO_THROW(check_arrived(stats_of(5, 0, 0), "/hook/1", 5));
  EXPECT_THROW(check_arrived(stats_of(4, 0, 0), "/hook/1", 5), std::runtime_error);
  EXPECT_THROW(check_arrived(stats_of(5, 1, 0), "/hook/1", 5), std::runtime_error);
  EXPECT_THROW(check_arrived(stats_of(5, 0, 1), "/hook/1", 5), std::runtime_error);
  EXPECT_THROW(check_arrived(stats_of(5, 0, 0), "/hook/2", 5), std::runtime_error);
}

TEST(last_arrival, is_read_from_the_stats) {
  EXPECT_EQ(format_rfc3339(last_arrival({{"last_arrival", "2026-11-20T02:10:00Z"}})),
            "2026-11-20T02:10:00Z");
  EXPECT_THROW(last_arrival(figures::object()), std::runtime_error);
}

TEST(cpu_per_event, tells_the_subscriber_apart) {
  const outgoing_cpu before{{.server = 1, .machine = 10}, 2};
  const outgoing_cpu after{{.server = 2, .machine = 15}, 3};
  const auto told = cpu_per_event(before, after, 100'000);
  EXPECT_DOUBLE_EQ(told["server_us"], 10);
  EXPECT_DOUBLE_EQ(told["subscriber_us"], 10);
  EXPECT_DOUBLE_EQ(told["rest_us"], 30);
}

TEST(closed_port, refuses_until_somebody_asks_for_it) {
  const closed_port port;
  api_client caller("http://127.0.0.1:" + std::to_string(port.number()));
  EXPECT_EQ(caller.call("GET", "/").status, 0);
  EXPECT_NE(closed_port().number(), port.number());
  http::server::listener_options there;
  there.port = port.number();
  const http::server::listener server(
      there, [](const http::server::request&, const std::shared_ptr<http::server::responder>& to) {
        to->send({.status = 204, .body = {}, .headers = {}});
      });
  EXPECT_EQ(caller.call("GET", "/").status, 204);
}

}  // namespace
}  // namespace omnistream::load
