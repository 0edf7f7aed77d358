// The program as a whole, as small as it goes. Nothing here depends on speed.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace omnistream::load {
namespace {

namespace fs = std::filesystem;

struct program_end {
  int exit_code = -1;
  std::string output;
  std::string errors;
};

/// Runs the tool with a temporary folder of its own, which is how we see what it leaves behind.
class load_program : public testing::Test {
 protected:
  void SetUp() override {
    auto name = (fs::temp_directory_path() / "omnistream-load-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    fs::create_directory(folder_ / "tmp");
    for (const auto& one : {folder_, folder_ / "tmp"})
      fs::permissions(one, fs::perms(0711));  // PostgreSQL may run as another user
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  /// `before` is a shell's words in front, such as a limit of time.
  program_end run(const std::string& before, const std::string& words) {
    const auto command = "TMPDIR='" + (folder_ / "tmp").string() + "' " + before + " '" +
                         OMNISTREAM_BINARY_DIR + "/omnistream-load' " + words + " >'" +
                         (folder_ / "output").string() + "' 2>'" + (folder_ / "errors").string() +
                         "'";
    const int status = std::system(command.c_str());  // NOLINT(cert-env33-c,concurrency-mt-unsafe)
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text_of("output"), text_of("errors")};
  }

  bool left_nothing() const { return fs::is_empty(folder_ / "tmp"); }

 private:
  std::string text_of(const char* name) const {
    const std::ifstream file(folder_ / name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  fs::path folder_;
};

constexpr const char* time_limit = "timeout 300";

TEST_F(load_program, measures_a_tiny_broadcast) {
  const auto got = run(time_limit, "broadcast --recipients 200 --numbers 2 --statuses all --json");
  ASSERT_EQ(got.exit_code, 0) << got.errors;
  EXPECT_EQ(got.errors, "") << "only a terminal is drawn on";
  const auto told = nlohmann::json::parse(got.output, nullptr, false);
  ASSERT_TRUE(told.is_object()) << got.output;
  EXPECT_EQ(told["recipients"], 200);
  EXPECT_EQ(told["numbers"], 2);
  EXPECT_EQ(told["statuses"], "all");
  for (const char* rate : {"added_per_s", "sent_per_s", "read_per_s"})
    EXPECT_GT(told.value(rate, 0.0), 0) << rate;
  EXPECT_EQ(told["sent_by_tenth_per_s"].size(), 10u);
  for (const char* part : {"server_us", "database_us", "simulator_us", "load_tool_us", "rest_us"})
    EXPECT_TRUE(told["cpu_per_message"].contains(part)) << part;
  EXPECT_GT(told["server_memory"].value("peak_mb", 0.0), 0);
  for (const char* read : {"campaign_page", "campaign_list"})
    for (const char* figure : {"count", "p50_ms", "p99_ms", "max_ms"})
      EXPECT_TRUE(told[read].contains(figure)) << read << " " << figure;
  EXPECT_TRUE(left_nothing());
}

TEST_F(load_program, measures_a_few_outgoing_webhooks) {
  const auto got = run(time_limit,
                       "outgoing --recipients 30 --subscriptions 2 --batch 10 --tenants 2 "
                       "--tenant-subscriptions 4 --dead 2 --slow 2 --rate 40 --seconds 2 "
                       "--backlog 300 --json");
  ASSERT_EQ(got.exit_code, 0) << got.errors;
  const auto told = nlohmann::json::parse(got.output, nullptr, false);
  ASSERT_TRUE(told.is_object()) << got.output;
  for (const char* manner : {"single", "batched"}) {
    EXPECT_GT(told["deliveries"][manner].value("events_per_s", 0.0), 0) << manner;
    EXPECT_TRUE(told["deliveries"][manner]["cpu_per_event"].contains("subscriber_us")) << manner;
  }
  EXPECT_EQ(told["crowd"]["subscriptions"], 8);
  EXPECT_TRUE(told["crowd"]["healthy"].contains("p99_ms"));
  EXPECT_EQ(told["backlog"]["events"], 300);
  EXPECT_GT(told["backlog"]["server_memory"].value("peak_mb", 0.0), 0);
  EXPECT_TRUE(left_nothing());
}

TEST_F(load_program, measures_a_few_live_events) {
  const auto got = run(time_limit, "live --streams 3 --rate 50 --people 10 --seconds 2 --json");
  ASSERT_EQ(got.exit_code, 0) << got.errors;
  const auto told = nlohmann::json::parse(got.output, nullptr, false);
  ASSERT_TRUE(told.is_object()) << got.output;
  EXPECT_EQ(told["messages"], 100);
  EXPECT_EQ(told["events"], 300);
  EXPECT_TRUE(told["event"].contains("p99_ms"));
  EXPECT_TRUE(left_nothing());
}

TEST_F(load_program, measures_a_small_inbox) {
  const auto got = run(time_limit, "inbox --conversations 300 --rate 20 --seconds 1 --json");
  ASSERT_EQ(got.exit_code, 0) << got.errors;
  const auto told = nlohmann::json::parse(got.output, nullptr, false);
  ASSERT_TRUE(told.is_object()) << got.output;
  EXPECT_EQ(told["conversations"], 300);
  EXPECT_GT(told["actions"], 0);
  for (const char* kind : {"none", "contact", "agent, division, tag"})
    EXPECT_TRUE(told["looked_at"][kind].contains("p99_ms")) << kind;
  EXPECT_EQ(told["slowest"].size(), 3u);
  EXPECT_GT(told.value("slowest_p99_ms", 0.0), 0);
  EXPECT_TRUE(left_nothing());
}

TEST_F(load_program, prints_a_table) {
  const auto got = run(time_limit, "broadcast --recipients 200");
  ASSERT_EQ(got.exit_code, 0) << got.errors;
  EXPECT_NE(got.output.find("sent (/s)"), std::string::npos) << got.output;
}

TEST_F(load_program, tidies_up_when_interrupted) {
  const auto got = run("timeout --preserve-status --signal INT --kill-after 100 2",
                       "broadcast --recipients 1000 --rate 1");
  constexpr int interrupted = 130;
  EXPECT_EQ(got.exit_code, interrupted) << got.errors;
  EXPECT_NE(got.errors.find("interrupted"), std::string::npos);
  EXPECT_TRUE(left_nothing());
}

TEST_F(load_program, explains_a_wrong_file) {
  const auto got = run(time_limit, "report /nowhere.json");
  EXPECT_EQ(got.exit_code, 1);
  EXPECT_NE(got.errors.find("/nowhere.json"), std::string::npos);
}

}  // namespace
}  // namespace omnistream::load
