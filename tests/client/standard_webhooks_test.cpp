#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include "config/base/crypto.hpp"
#include "tests/client/subscriber.hpp"

/// What we send, verified by the library that the Standard Webhooks specification publishes
/// (`standardwebhooks` for Python, which `./dev test` installs into the build folder).
namespace omnistream::http::client {
namespace {

using nlohmann::json;
using testing_support::collected;
using testing_support::connection;
using testing_support::deliver;
using testing_support::delivery_to;
using testing_support::scripted_server;
using testing_support::settings_for_loopback;
using testing_support::wire_request;

const std::string python = OMNISTREAM_BINARY_DIR "/standard-webhooks/bin/python";
const std::string script = OMNISTREAM_SOURCE_DIR "/tests/client/standard_webhooks.py";

bool runs(const std::string& command) {
  const int status = std::system((command + " >/dev/null 2>&1").c_str());
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// A webhook as a subscriber with this secret got it.
json case_of(const std::string& secret, const wire_request& got) {
  return {{"secret", secret}, {"headers", got.headers}, {"body", got.body}};
}

class standard_webhooks : public testing::Test {
 protected:
  void SetUp() override {
    if (!runs('"' + python + "\" -c 'import standardwebhooks'"))
      GTEST_SKIP() << "The library standardwebhooks is not in " << python
                   << ": run ./dev test, which installs it where a Python package index can be "
                      "reached.";
  }

  /// One delivery with these secrets, as it comes over the wire.
  static wire_request sent(const std::string& body, const std::vector<std::string>& secrets,
                           timestamp at = system_now()) {
    collected<std::string> requests;
    scripted_server server([&](connection& peer, int) {
      while (const auto request = peer.read_request()) {
        requests.add(*request);
        peer.answer("");
      }
    });
    curl_client http(webhook_client_options(settings_for_loopback()));
    auto request = delivery_to(server.url(), body);
    request.secrets = secrets;
    request.at = at;
    EXPECT_TRUE(deliver(http, request).delivered());
    return wire_request::of(requests.values().at(0));
  }

  /// The library's word on each.
  static std::vector<std::string> verified(const std::vector<json>& cases) {
    std::string name =
        (std::filesystem::temp_directory_path() / "omnistream-cases-XXXXXX").string();
    ::close(::mkstemp(name.data()));
    {
      std::ofstream file(name);
      for (const auto& one : cases) file << one.dump() << '\n';
    }
    const auto command = '"' + python + "\" \"" + script + "\" <\"" + name + '"';
    std::string output;
    FILE* const pipe = ::popen(command.c_str(), "r");
    char buffer[4'096];
    while (const auto got = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, got);
    EXPECT_EQ(::pclose(pipe), 0);
    std::filesystem::remove(name);
    std::vector<std::string> lines;
    std::istringstream stream(output);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    EXPECT_EQ(lines.size(), cases.size()) << output;
    lines.resize(cases.size());
    return lines;
  }
};

const json event = {{"type", "message.received"},
                    {"timestamp", "2026-01-02T03:04:05.678Z"},
                    {"data",
                     {{"text",
                       "Gr\xC3\xBC\xC3\x9F"
                       "e \xF0\x9F\x98\x80 \"quoted\" \n"}}}};

TEST_F(standard_webhooks, verify_what_we_send) {
  const auto secret = make_webhook_secret();
  const auto lines = verified({case_of(secret, sent(event.dump(), {secret}))});
  EXPECT_EQ(json::parse(lines[0], nullptr, false), event) << lines[0];
}

TEST_F(standard_webhooks, refuse_whatever_was_changed) {
  const auto secret = make_webhook_secret();
  const auto good = sent(event.dump(), {secret});
  std::vector<json> cases;
  for (const std::size_t at : {std::size_t{0}, good.body.size() / 2, good.body.size() - 1}) {
    auto changed = good;
    changed.body[at] = changed.body[at] == ' ' ? 'x' : ' ';
    cases.push_back(case_of(secret, changed));
  }
  auto longer = good;
  longer.body += ' ';
  cases.push_back(case_of(secret, longer));
  auto other_id = good;
  other_id.headers["webhook-id"] = uuid::v7(system_now()).to_string();
  cases.push_back(case_of(secret, other_id));
  auto other_second = good;
  other_second.headers["webhook-timestamp"] =
      webhook_timestamp(system_now() - std::chrono::seconds{60});
  cases.push_back(case_of(secret, other_second));
  cases.push_back(case_of(make_webhook_secret(), good));
  for (const auto& line : verified(cases)) EXPECT_EQ(line, "refused: No matching signature found");
}

TEST_F(standard_webhooks, verify_with_either_secret_while_one_rotates) {
  const auto current = make_webhook_secret();
  const auto previous = make_webhook_secret();
  const auto got = sent(event.dump(), {current, previous});
  const auto lines = verified(
      {case_of(current, got), case_of(previous, got), case_of(make_webhook_secret(), got)});
  EXPECT_EQ(json::parse(lines[0], nullptr, false), event) << lines[0];
  EXPECT_EQ(json::parse(lines[1], nullptr, false), event) << lines[1];
  EXPECT_EQ(lines[2], "refused: No matching signature found");
}

TEST_F(standard_webhooks, take_secrets_of_every_length_that_we_take) {
  std::vector<json> cases;
  for (const std::size_t bytes : {24u, 25u, 26u, 64u}) {
    const auto secret = "whsec_" + crypto::base64_encode(crypto::random_bytes(bytes));
    cases.push_back(case_of(secret, sent(event.dump(), {secret})));
  }
  for (const auto& line : verified(cases))
    EXPECT_EQ(json::parse(line, nullptr, false), event) << line;
}

TEST_F(standard_webhooks, refuse_what_is_old) {
  const auto secret = make_webhook_secret();
  const auto got = sent(event.dump(), {secret}, system_now() - std::chrono::minutes{6});
  EXPECT_EQ(verified({case_of(secret, got)})[0], "refused: Message timestamp too old");
}

}  // namespace
}  // namespace omnistream::http::client
