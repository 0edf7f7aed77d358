#include "bench/load/options.hpp"

#include <charconv>

#include <CLI/CLI.hpp>

namespace omnistream::load {
namespace {

constexpr std::int64_t recipients_max = 100'000'000;
constexpr int numbers_max = 1'000;
constexpr int rate_max = 10'000;

/// `unlimited` is 0 inside.
const CLI::Validator rate_or_unlimited(
    [](std::string& text) -> std::string {
      if (text == "unlimited") text = "0";
      int value = -1;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      const bool is_number = error == std::errc{} && end == text.data() + text.size();
      if (is_number && value >= 0 && value <= rate_max) return {};
      return "must be a number from 1 to 10000, or unlimited";
    },
    "R|unlimited");

void add_json(CLI::App& to, std::string& json) {
  to.add_option("--json", json, "Print the figures as JSON, or write them to this file")
      ->expected(0, 1)
      ->default_str("-")
      ->type_name("[FILE]");
}

void add_campaigns(CLI::App& to, campaign_spec& spec) {
  to.add_option("--recipients", spec.recipients, "Recipients of all campaigns together")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, recipients_max));
  to.add_option("--numbers", spec.numbers, "Phone numbers, each with a campaign of its own")
      ->capture_default_str()
      ->check(CLI::Range(1, numbers_max));
  to.add_option("--rate", spec.rate, "Messages per second of each number")
      ->default_str("unlimited")
      ->transform(rate_or_unlimited);
}

void add_broadcast(CLI::App& line, broadcast_options& options, std::string& json) {
  auto* one = line.add_subcommand("broadcast", "Send campaigns and wait until all is recorded");
  add_campaigns(*one, options.campaigns);
  one->add_option_function<std::string>(
         "--statuses", [&options](const std::string& which) { options.statuses = which == "all"; },
         "Which statuses the simulator posts")
      ->default_str("none")
      ->check(CLI::IsMember({"none", "all"}));
  one->add_option("--ceiling-seconds", options.ceiling_s,
                  "Find the simulator's ceiling with wrk, so long before and after")
      ->capture_default_str()
      ->check(CLI::Range(0, 60));
  add_json(*one, json);
}

}  // namespace

std::optional<load_options> read_options(int argc, const char* const* argv, int& exit_code) {
  load_options options;
  std::string json;
  CLI::App line{
      "Measures OmniStream. Starts a server with its embedded PostgreSQL and a Graph API simulator "
      "by itself, works through the public API, and leaves nothing behind.",
      "omnistream-load"};
  line.require_subcommand(1);
  add_broadcast(line, options.broadcast, json);
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = line.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  const auto* chosen = line.get_subcommands().front();
  options.command = chosen->get_name();
  if (chosen->count("--json") > 0) options.json = json.empty() ? "-" : json;
  return options;
}

}  // namespace omnistream::load
