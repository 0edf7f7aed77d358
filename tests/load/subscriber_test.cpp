#include "bench/load/subscriber.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "config/base/crypto.hpp"

namespace omnistream::load {
namespace {

using namespace std::chrono_literals;

// As the specification's own example has it.
constexpr const char* secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

class subscriber_under_test : public testing::Test {
 protected:
  http::server::request signed_request(const std::string& path, const std::string& id,
                                       const std::string& body) {
    const auto seconds =
        std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    const auto signature = sign_delivery(delivery_key(secret).value(), id, seconds, body);
    http::server::request read{.method = "POST",
                               .path = path,
                               .query = {},
                               .headers = {},
                               .body = body,
                               .remote_address = {}};
    read.headers = {{"Webhook-Id", id},
                    {"Webhook-Timestamp", seconds},
                    {"Webhook-Signature", "v1,bm90IHRoaXMgb25l " + signature}};
    return read;
  }
  std::string event(const std::string& thing, timestamp at) const {
    return R"({"type":"contact.updated","timestamp":")" + format_rfc3339(at) +
           R"(","data":{"id":")" + thing + R"("}})";
  }
  std::string batch(const std::string& events) const {
    return R"({"type":"events.batch","timestamp":")" + format_rfc3339(now) +
           R"(","data":{"events":[)" + events + "]}}";
  }
  subscriber_answer post(const std::string& path, const std::string& id, const std::string& body) {
    return under_test.take(signed_request(path, id, body), now);
  }
  nlohmann::json ask(const std::string& path, const std::string& method = "GET") {
    http::server::request read{.method = method,
                               .path = path,
                               .query = {},
                               .headers = {},
                               .body = {},
                               .remote_address = {}};
    return nlohmann::json::parse(under_test.take(read, now).what.body, nullptr, false);
  }

  const timestamp now = parse_rfc3339("2026-11-20T02:10:00.5Z").value();
  subscriber under_test{secret};
};

TEST(sign_delivery, agrees_with_the_specification) {
  EXPECT_EQ(sign_delivery(delivery_key(secret).value(), "msg_p5jXN8AQM9LWM0D4loKWxJek",
                          "1614265330", R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(delivery_key, is_of_a_secret_alone) {
  EXPECT_FALSE(delivery_key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  EXPECT_FALSE(delivery_key("whsec_%"));
  EXPECT_THROW(subscriber{"secret"}, std::invalid_argument);
}

TEST_F(subscriber_under_test, answers_by_path) {
  EXPECT_EQ(post("/hook/1", "a", event("x", now)).what.status, 200);
  const auto slow = post("/slow/1", "a", event("x", now));
  EXPECT_EQ(slow.what.status, 200);
  EXPECT_EQ(slow.delay, 10s);
  EXPECT_EQ(post("/refuse/1", "a", event("x", now)).what.status, 503);
  EXPECT_EQ(post("/other", "a", event("x", now)).what.status, 404);
  EXPECT_EQ(ask("/_stats")["paths"].size(), 2u) << "what is refused did not arrive";
}

TEST_F(subscriber_under_test, takes_nothing_that_is_not_signed) {
  auto changed = signed_request("/hook/1", "a", event("x", now));
  changed.body += ' ';
  EXPECT_EQ(under_test.take(changed, now).what.status, 401);
  auto other_id = signed_request("/hook/1", "a", event("x", now));
  other_id.headers[0].second = "b";
  EXPECT_EQ(under_test.take(other_id, now).what.status, 401);
  const auto old = signed_request("/hook/1", "a", event("x", now));
  EXPECT_EQ(under_test.take(old, now + 6min).what.status, 401);
  auto bare = old;
  bare.headers.clear();
  EXPECT_EQ(under_test.take(bare, now).what.status, 401);
  EXPECT_EQ(ask("/_count"), nlohmann::json::parse(R"({"events":0,"wrong":4})"));
}

TEST_F(subscriber_under_test, takes_events_alone) {
  for (const std::string body : {"", "[]", R"({"type":"a","timestamp":"soon","data":{}})",
                                 R"({"type":"a","timestamp":"2026-11-20T02:10:00Z"})"})
    EXPECT_EQ(post("/hook/1", "a", body).what.status, 400) << body;
  EXPECT_EQ(post("/hook/1", "a", batch("")).what.status, 400);
  EXPECT_EQ(post("/hook/1", "a", batch(event("x", now) + ",1")).what.status, 400);
  EXPECT_EQ(ask("/_count")["wrong"], 6);
}

TEST_F(subscriber_under_test, tells_what_came_twice) {
  post("/hook/1", "a", event("x", now));
  post("/hook/1", "a", event("x", now));
  auto path = ask("/_stats")["paths"]["/hook/1"];
  EXPECT_EQ(path["deliveries"], 1);
  EXPECT_EQ(path["repeated"], 1);
  EXPECT_EQ(path["events"], 1);
  EXPECT_EQ(path["told_twice"], 0);
  post("/hook/1", "b", event("x", now));
  path = ask("/_stats")["paths"]["/hook/1"];
  EXPECT_EQ(path["told_twice"], 1);
  post("/hook/2", "b", event("x", now));
  EXPECT_EQ(ask("/_stats")["paths"]["/hook/2"]["told_twice"], 0) << "another subscription";
}

TEST_F(subscriber_under_test, tells_what_is_out_of_order) {
  post("/hook/1", "a", batch(event("x", now - 2s) + "," + event("x", now - 1s)));
  post("/hook/1", "b", event("y", now - 3s));
  EXPECT_EQ(ask("/_stats")["out_of_order"], 0) << "another thing";
  post("/hook/1", "c", batch(event("x", now) + "," + event("x", now - 500ms)));
  const auto told = ask("/_stats");
  EXPECT_EQ(told["out_of_order"], 1);
  EXPECT_EQ(told["events"], 5);
  EXPECT_EQ(told["deliveries"], 3);
}

TEST_F(subscriber_under_test, tells_when_events_came) {
  post("/hook/1", "a", event("x", now - 250ms));
  const auto told = ask("/_stats");
  EXPECT_EQ(told["arrival"]["max_ms"], 250);
  EXPECT_EQ(told["last_arrival"], format_rfc3339(now));
}

TEST_F(subscriber_under_test, keeps_the_fullest_delivery_until_all_is_forgotten) {
  post("/hook/1", "a", event("x", now));
  const auto fuller = batch(event("y", now) + "," + event("z", now));
  post("/hook/1", "b", fuller);
  post("/hook/1", "c", event("u", now));
  const auto example = ask("/_example");
  EXPECT_EQ(example["id"], "b");
  EXPECT_EQ(example["body"], fuller);
  EXPECT_EQ(example["events"], 2);
  EXPECT_EQ(ask("/_stats", "DELETE")["events"], 0);
  EXPECT_TRUE(ask("/_example").is_discarded());
}

}  // namespace
}  // namespace omnistream::load
