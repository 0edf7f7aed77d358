// The simulator over real sockets: faults as a client feels them, delays, and signed webhooks.
#include "bench/graph_simulator/server.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <set>
#include <thread>

#include <curl/curl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "tests/simulator/messages.hpp"

namespace graph_simulator {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::order_update;

constexpr auto deadline = 20s;

struct http_answer {
  CURLcode result = CURLE_OK;
  long status = 0;
  std::string body;
};

http_answer call(const std::string& method, const std::string& url, const std::string& body = {}) {
  http_answer answer;
  auto* easy = curl_easy_init();
  auto* headers = curl_slist_append(nullptr, "Authorization: Bearer t");
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method.c_str());
  if (method != "GET") curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 20'000L);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(
      easy, CURLOPT_WRITEFUNCTION,
      +[](char* data, std::size_t size, std::size_t count, void* to) -> std::size_t {
        static_cast<std::string*>(to)->append(data, size * count);
        return size * count;
      });
  answer.result = curl_easy_perform(easy);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer.status);
  curl_slist_free_all(headers);
  curl_easy_cleanup(easy);
  return answer;
}

// OpenSSL's newer interface, so that the check shares no code with what is checked.
std::string independent_signature(const std::string& body, const std::string& secret) {
  auto* key = EVP_PKEY_new_raw_private_key(
      EVP_PKEY_HMAC, nullptr, reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
  auto* context = EVP_MD_CTX_new();
  unsigned char digest[32];
  std::size_t length = sizeof digest;
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key);
  EVP_DigestSign(context, digest, &length, reinterpret_cast<const unsigned char*>(body.data()),
                 body.size());
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  std::string text = "sha256=";
  for (const auto byte : digest) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    text += two;
  }
  return text;
}

/// Takes webhooks as our server would; the first `refusals` of them are answered 500.
class receiver {
 public:
  explicit receiver(int refusals = 0) : refusals_(refusals) {
    listener_ = std::make_unique<omnistream::http::server::listener>(
        omnistream::http::server::listener_options{},
        [this](request http, std::shared_ptr<omnistream::http::server::responder> answerer) {
          response answer;
          answer.status = take(http) ? 200 : 500;
          answer.body = "{}";
          answerer->send(std::move(answer));
        });
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(listener_->port()) + "/webhook";
  }

  struct received {
    std::string body;
    std::string signature;
  };
  std::vector<received> all() {
    const std::lock_guard lock(mutex_);
    return webhooks_;
  }
  /// All statuses of acknowledged webhooks, as (message id, status) in the order they came.
  std::vector<std::pair<std::string, std::string>> statuses() {
    std::vector<std::pair<std::string, std::string>> list;
    for (const auto& each : all()) {
      const auto body = json::parse(each.body);
      for (const auto& entry : body["entry"])
        for (const auto& change : entry["changes"])
          for (const auto& status : change["value"].value("statuses", json::array()))
            list.emplace_back(status["id"], status["status"]);
    }
    return list;
  }
  int refused() const { return refused_; }

 private:
  bool take(const request& http) {
    const std::lock_guard lock(mutex_);
    if (refused_ < refusals_) {
      ++refused_;
      return false;
    }
    webhooks_.push_back({http.body, std::string(http.header("x-hub-signature-256"))});
    return true;
  }

  const int refusals_;
  std::atomic<int> refused_{0};
  std::mutex mutex_;
  std::vector<received> webhooks_;
  std::unique_ptr<omnistream::http::server::listener> listener_;
};

simulator_options fast_options() {
  simulator_options options;
  options.mps = std::nullopt;
  options.statuses.status_delay_ms = 5;
  return options;
}

class running {
 public:
  explicit running(const simulator_options& options) : server_(options) {}
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + path;
  }
  http_answer send(const json& body) {
    return call("POST", url("/v23.0/111/messages"), body.dump());
  }
  json stats() { return json::parse(call("GET", url("/_sim/stats")).body); }
  void fault(const char* text) { ASSERT_EQ(call("POST", url("/_sim/faults"), text).status, 200); }
  /// Waits until everything that must be told is acknowledged.
  json settled() {
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (std::chrono::steady_clock::now() < until) {
      auto now = stats();
      if (now["webhooks"]["pending"] == 0) return now;
      std::this_thread::sleep_for(5ms);
    }
    ADD_FAILURE() << "webhooks are still pending: " << stats();
    return stats();
  }

 private:
  server server_;
};

std::string recipient(int i) {
  return "62812" + std::to_string(10'000'000 + i);
}

TEST(server, answers_over_http) {
  running simulator(fast_options());
  const auto answer = simulator.send(order_update());
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(
      json::parse(answer.body)["messages"][0]["id"].get<std::string>().starts_with("wamid."));
  EXPECT_EQ(call("GET", simulator.url("/nothing/of/ours")).status, 400);
}

TEST(server, a_reset_before_acceptance_leaves_nothing) {
  running simulator(fast_options());
  simulator.fault(R"({"kind": "reset_before", "count": 1})");
  const auto answer = simulator.send(order_update("6281234567890", "a"));
  EXPECT_EQ(answer.result, CURLE_RECV_ERROR)
      << "a reset, not an empty answer; status " << answer.status;
  EXPECT_EQ(simulator.stats()["accepted"], 0);
  EXPECT_EQ(simulator.send(order_update("6281234567890", "a")).status, 200);
  EXPECT_EQ(simulator.stats()["duplicates"], 0);
}

TEST(server, a_reset_after_acceptance_leaves_the_message) {
  receiver webhooks;
  auto options = fast_options();
  options.webhook_url = webhooks.url();
  options.app_secret = "secret";
  running simulator(options);
  simulator.fault(R"({"kind": "reset_after", "count": 1})");
  EXPECT_EQ(simulator.send(order_update("6281234567890", "a")).result, CURLE_RECV_ERROR);
  const auto stats = simulator.settled();
  EXPECT_EQ(stats["accepted"], 1);
  EXPECT_EQ(stats["statuses"]["read"], 1);
  EXPECT_EQ(simulator.send(order_update("6281234567890", "a")).status, 200);
  EXPECT_EQ(simulator.stats()["duplicates"], 1) << "sending it again is found out";
}

TEST(server, errors_500s_and_expiry_reach_the_client) {
  running simulator(fast_options());
  simulator.fault(R"({"kind": "http_500", "count": 1})");
  auto answer = simulator.send(order_update());
  EXPECT_EQ(answer.status, 500);
  EXPECT_TRUE(json::parse(answer.body, nullptr, false).is_discarded()) << "not even JSON";
  simulator.fault(R"({"kind": "error", "code": 2, "count": 1})");
  EXPECT_EQ(simulator.send(order_update()).status, 503);
  simulator.fault(R"({"kind": "expire_token", "count": 1})");
  EXPECT_EQ(simulator.send(order_update()).status, 401);
  EXPECT_EQ(simulator.send(order_update()).status, 200);
}

TEST(server, latency_delays_one_call_and_no_other) {
  running simulator(fast_options());
  simulator.fault(R"({"kind": "latency", "ms": 1000, "count": 1})");
  std::atomic<bool> slow_ended{false};
  const auto began = std::chrono::steady_clock::now();
  std::thread slow([&] {
    EXPECT_EQ(simulator.send(order_update()).status, 200);
    slow_ended = true;
  });
  while (simulator.stats()["accepted"] == 0) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(simulator.send(order_update()).status, 200);
  EXPECT_FALSE(slow_ended && std::chrono::steady_clock::now() - began < 1s);
  slow.join();
  EXPECT_GE(std::chrono::steady_clock::now() - began, 1s);
}

TEST(server, statuses_are_signed_batched_and_complete) {
  receiver webhooks;
  auto options = fast_options();
  options.webhook_url = webhooks.url();
  options.app_secret = "app-secret";
  options.webhook_batch_max = 50;
  options.statuses.failed_share = 0.1;
  options.statuses.read_share = 0.5;
  options.statuses.duplicate_share = 0.2;
  options.statuses.shuffle = true;
  running simulator(options);
  std::set<std::string> ids;
  for (int i = 0; i < 200; ++i) {
    const auto answer = simulator.send(order_update(recipient(i), "callback-" + std::to_string(i)));
    ASSERT_EQ(answer.status, 200) << answer.body;
    ids.insert(json::parse(answer.body)["messages"][0]["id"]);
  }
  const auto stats = simulator.settled();
  EXPECT_EQ(ids.size(), 200u);
  const auto all = webhooks.all();
  for (const auto& each : all) {
    EXPECT_EQ(each.signature, independent_signature(each.body, "app-secret"));
    std::size_t changes = 0;
    const auto body = json::parse(each.body);
    for (const auto& entry : body["entry"]) changes += entry["changes"].size();
    EXPECT_LE(changes, 50u);
  }
  EXPECT_EQ(stats["webhooks"]["posted"], all.size());
  EXPECT_EQ(stats["webhooks"]["acknowledged"], all.size());
  std::map<std::string, int> told;
  std::map<std::string, std::set<std::string>> distinct;
  for (const auto& [id, status] : webhooks.statuses()) {
    EXPECT_TRUE(ids.contains(id));
    ++told[status];
    distinct[status].insert(id);
  }
  for (const char* status : {"sent", "delivered", "read", "failed"})
    EXPECT_EQ(stats["statuses"][status], told[status]) << status;
  EXPECT_NEAR(distinct["failed"].size(), 20, 3);
  EXPECT_NEAR(distinct["delivered"].size(), 180, 3);
  EXPECT_NEAR(distinct["read"].size(), 90, 3);
  EXPECT_GT(stats["statuses"]["duplicates"], 0);
}

TEST(server, unacknowledged_webhooks_are_repeated_until_they_are_taken) {
  receiver webhooks(3);
  auto options = fast_options();
  options.webhook_url = webhooks.url();
  options.app_secret = "secret";
  running simulator(options);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(simulator.send(order_update(recipient(i))).status, 200);
  const auto stats = simulator.settled();
  EXPECT_EQ(webhooks.refused(), 3);
  EXPECT_EQ(stats["webhooks"]["repeated"], 3);
  EXPECT_EQ(stats["webhooks"]["acknowledged"], stats["webhooks"]["posted"]);
  const auto told = webhooks.statuses();
  EXPECT_EQ(told.size(), 60u) << "nothing lost, nothing twice";
  EXPECT_EQ(std::set(told.begin(), told.end()).size(), 60u);
}

TEST(server, webhooks_wait_for_a_receiver_that_is_away) {
  auto options = fast_options();
  options.webhook_url = "http://127.0.0.1:1/webhook";
  options.app_secret = "secret";
  running simulator(options);
  ASSERT_EQ(simulator.send(order_update()).status, 200);
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (simulator.stats()["webhooks"]["repeated"] < 2 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(5ms);
  const auto stats = simulator.stats();
  EXPECT_GE(stats["webhooks"]["repeated"], 2);
  EXPECT_EQ(stats["webhooks"]["acknowledged"], 0);
  EXPECT_GT(stats["webhooks"]["pending"], 0);
}

TEST(server, a_template_review_is_told_without_another_call) {
  receiver webhooks;
  auto options = fast_options();
  options.webhook_url = webhooks.url();
  options.app_secret = "secret";
  options.review_delay_ms = 10;
  running simulator(options);
  ASSERT_EQ(call("POST", simulator.url("/v23.0/222/message_templates"),
                 R"({"name": "a", "language": "en_US", "category": "UTILITY",
                     "components": [{"type": "BODY", "text": "x"}]})")
                .status,
            200);
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (webhooks.all().empty() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(5ms);
  ASSERT_EQ(webhooks.all().size(), 1u);
  const auto body = json::parse(webhooks.all()[0].body);
  EXPECT_EQ(body["entry"][0]["changes"][0]["field"], "message_template_status_update");
}

TEST(server, an_address_in_use_is_said) {
  auto options = fast_options();
  running simulator(options);
  options.port = static_cast<std::uint16_t>(std::stoi(simulator.url("").substr(17)));
  EXPECT_THROW(server second(options), std::runtime_error);
}

}  // namespace
}  // namespace graph_simulator
