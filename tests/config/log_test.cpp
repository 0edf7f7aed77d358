#include "config/base/log.hpp"

#include <limits>
#include <sstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "config/base/secret.hpp"

namespace omnistream::log {
namespace {

using nlohmann::json;

static_assert(!std::is_constructible_v<field, std::string_view, secret>,
              "a secret is never logged");
static_assert(!std::is_constructible_v<field, std::string_view, const void*>,
              "a pointer is no boolean");

constexpr timestamp moment{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} +
                           std::chrono::milliseconds{5}};

std::string as_json(std::string_view message, std::initializer_list<field> fields = {}) {
  std::string line;
  append_json(line, {moment, level::warn, "http", message, fields});
  return line;
}
std::string as_text(std::string_view message, std::initializer_list<field> fields = {}) {
  std::string line;
  append_text(line, {moment, level::warn, "http", message, fields});
  return line;
}

/// The lines that `act` writes to standard error.
template <class Act>
std::vector<std::string> lines_of(Act act) {
  testing::internal::CaptureStderr();
  act();
  std::istringstream written(testing::internal::GetCapturedStderr());
  std::vector<std::string> lines;
  for (std::string line; std::getline(written, line);) lines.push_back(line);
  return lines;
}

TEST(LogJson, HasItsFieldsInOrderWithTheirTypes) {
  EXPECT_EQ(
      as_json("Done", {{"name", "a"},
                       {"count", 3},
                       {"size", 18446744073709551615U},
                       {"low", -7},
                       {"ok", true},
                       {"ratio", 0.5}}),
      R"({"time":"2026-01-02T00:00:00.005Z","level":"warn","component":"http","msg":"Done","name":"a","count":3,)"
      R"("size":18446744073709551615,"low":-7,"ok":true,"ratio":0.5})");
}

TEST(LogJson, TakesEveryKindOfText) {
  const std::string owned = "owned";
  const std::string_view view = owned;
  const auto parsed = json::parse(
      as_json("m", {{"a", owned}, {"b", view}, {"c", "literal"}, {"d", owned.c_str()}}));
  EXPECT_EQ(parsed["a"], "owned");
  EXPECT_EQ(parsed["b"], "owned");
  EXPECT_EQ(parsed["c"], "literal");
  EXPECT_EQ(parsed["d"], "owned");
}

TEST(LogJson, EscapesWhatItMust) {
  const std::string nasty =
      "quote\" back\\slash\nline\ttab\x1b[31m nul" + std::string(1, '\0') + " héllo";
  const auto line = as_json(nasty, {{"key\"", nasty}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto parsed = json::parse(line);
  EXPECT_EQ(parsed["msg"], nasty);
  EXPECT_EQ(parsed["key\""], nasty);
}

TEST(LogJson, NumbersThatJsonLacksAreNull) {
  const auto parsed = json::parse(
      as_json("m", {{"a", std::numeric_limits<double>::infinity()}, {"b", std::nan("")}}));
  EXPECT_TRUE(parsed["a"].is_null());
  EXPECT_TRUE(parsed["b"].is_null());
}

RC_GTEST_PROP(LogJson, AnyBytesMakeOneValidLine, ()) {
  const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  const auto line = as_json(bytes, {{"value", bytes}});
  RC_ASSERT(line.find('\n') == std::string::npos);
  RC_ASSERT(!json::parse(line, nullptr, false).is_discarded());
}

TEST(LogText, IsReadable) {
  EXPECT_EQ(
      as_text("Started well",
              {{"port", 8080}, {"folder", "/a b"}, {"name", "x"}, {"empty", ""}, {"ok", false}}),
      "2026-01-02T00:00:00.005Z warn  http: Started well port=8080 folder=\"/a b\" name=x "
      "empty=\"\" ok=false");
}

RC_GTEST_PROP(LogText, AnyBytesMakeOnePrintableLine, ()) {
  const auto bytes = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  for (const char c : as_text(bytes, {{"value", bytes}})) RC_ASSERT(c >= ' ' && c <= '~');
}

TEST(Log, CutsWhatIsTooLong) {
  const std::string longest(text_bytes_max, 'x');
  EXPECT_EQ(json::parse(as_json(longest))["msg"], longest);
  EXPECT_EQ(json::parse(as_json(longest + "y", {{"v", longest + "y"}}))["v"], longest + "...");
  EXPECT_NE(as_text(longest + "y").find("x..."), std::string::npos);
}

TEST(Log, WritesWhatReachesTheLevel) {
  const level order[] = {level::debug, level::info, level::warn, level::error, level::off};
  for (std::size_t least = 0; least < 5; ++least) {
    configure(order[least], format::json);
    const auto lines = lines_of([] {
      debug("test", "d");
      info("test", "i");
      warn("test", "w");
      error("test", "e");
      write(level::off, "test", "never", {});
    });
    EXPECT_EQ(lines.size(), 4 - least);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(enabled(order[i]), i >= least);
    EXPECT_FALSE(enabled(level::off));
    if (!lines.empty()) {
      EXPECT_EQ(json::parse(lines.back())["level"], "error");
    }
  }
  configure(level::info, format::automatic);
}

TEST(Log, FormatIsJsonWhereNobodyLooks) {
  const auto first_char = [](format how) {
    return lines_of([&] {
      configure(level::info, how);
      info("test", "message");
    })[0][0];
  };
  EXPECT_EQ(first_char(format::automatic), '{') << "captured output is no terminal";
  EXPECT_EQ(first_char(format::json), '{');
  EXPECT_NE(first_char(format::text), '{');
  configure(level::info, format::automatic);
}

TEST(Log, LinesOfManyThreadsDoNotMix) {
  configure(level::info, format::json);
  const auto lines = lines_of([] {
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([t] {
        for (int i = 0; i < 500; ++i) info("test", "message", {{"thread", t}, {"i", i}});
      });
    for (auto& thread : threads) thread.join();
  });
  EXPECT_EQ(lines.size(), 4'000U);
  for (const auto& line : lines)
    ASSERT_FALSE(json::parse(line, nullptr, false).is_discarded()) << line;
}

}  // namespace
}  // namespace omnistream::log
