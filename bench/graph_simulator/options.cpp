#include "bench/graph_simulator/options.hpp"

#include <charconv>

#include <CLI/CLI.hpp>

namespace graph_simulator {
namespace {

constexpr std::int64_t delay_ms_max = 3'600'000;
constexpr std::size_t mps_max = 1'000'000;

// `N` or `unlimited`; the error is for CLI11, which prints it after the flag's name.
std::string check_mps(const std::string& text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (text == "unlimited" || (is_number && value >= 1 && value <= mps_max)) return {};
  return "must be a number from 1 to 1000000, or unlimited";
}

struct raw_flags {
  std::string mps = "80";
  std::string pair_limit = "on";
  std::string service_window = "on";
};

void add_server_flags(CLI::App& app, simulator_options& options, raw_flags& raw) {
  app.add_option("--address", options.address, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen on; 0 takes a free one, printed at start")
      ->capture_default_str();
  app.add_option("--mps", raw.mps,
                 "Messages per second and number in any sliding second, or unlimited")
      ->capture_default_str()
      ->check(CLI::Validator(check_mps, "N|unlimited"));
  app.add_option("--pair-limit", raw.pair_limit, "One message per 6 s to one user, burst 45")
      ->capture_default_str()
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--service-window", raw.service_window,
                 "Messages other than templates fail unless the user wrote within 24 hours")
      ->capture_default_str()
      ->check(CLI::IsMember({"on", "off"}));
  app.add_option("--token", options.token, "The only access token taken; without it any is");
  app.add_option("--waba-id", options.waba_id, "WABA of numbers that are not bound to another")
      ->capture_default_str();
  app.add_option("--latency-ms", options.latency_ms, "Delay of every Graph answer")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, delay_ms_max));
  app.add_option("--review-delay-ms", options.review_delay_ms,
                 "From a template's creation to its verdict")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, delay_ms_max));
}

void add_status_flags(CLI::App& app, status_options& options) {
  const auto share = [&](const char* name, double& place, const char* help) {
    app.add_option(name, place, help)->capture_default_str()->check(CLI::Range(0.0, 1.0));
  };
  app.add_option("--seed", options.seed, "Seed of everything left to chance")
      ->capture_default_str();
  app.add_option("--status-delay-ms", options.status_delay_ms,
                 "Delay from acceptance to sent, from sent to delivered and from delivered to read")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, delay_ms_max));
  share("--failed-share", options.failed_share, "Share of the messages that fail after acceptance");
  share("--delivered-share", options.delivered_share, "Share of the others that are delivered");
  share("--read-share", options.read_share, "Share of the delivered that are read");
  share("--duplicate-share", options.duplicate_share,
        "Share of the statuses that are posted twice");
  app.add_option("--failed-code", options.failed_code, "Error code of failed statuses")
      ->capture_default_str()
      ->check(CLI::Range(0, 999'999));
  app.add_flag("--shuffle", options.shuffle, "Statuses leave in disorder");
}

void add_webhook_flags(CLI::App& app, simulator_options& options) {
  auto* url = app.add_option("--webhook-url", options.webhook_url, "Where webhooks are posted")
                  ->check(CLI::Validator(
                      [](const std::string& text) {
                        return text.starts_with("http://") || text.starts_with("https://")
                                   ? std::string{}
                                   : std::string("must begin with http:// or https://");
                      },
                      "URL"));
  auto* secret =
      app.add_option("--app-secret", options.app_secret, "Key of the webhooks' signature");
  url->needs(secret);
  app.add_option("--webhook-batch-max", options.webhook_batch_max, "Changes per webhook")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000}));
  app.add_option("--webhook-linger-ms", options.webhook_linger_ms,
                 "How long a change waits for company")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, delay_ms_max));
  app.add_option("--webhook-timeout-ms", options.webhook_timeout_ms, "Time to answer a webhook")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, delay_ms_max));
  app.add_option("--webhook-connections", options.webhook_connections,
                 "Webhooks posted at the same time")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, std::size_t{64}));
}

}  // namespace

std::optional<simulator_options> read_options(int argc, const char* const* argv, int& exit_code) {
  simulator_options options;
  raw_flags raw;
  CLI::App app{"A strict stand-in for Meta's Graph API, for tests and demonstrations.",
               "graph-simulator"};
  add_server_flags(app, options, raw);
  add_status_flags(app, options.statuses);
  add_webhook_flags(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  options.pair_limit = raw.pair_limit == "on";
  options.service_window = raw.service_window == "on";
  options.mps =
      raw.mps == "unlimited" ? std::nullopt : std::optional<std::size_t>(std::stoull(raw.mps));
  return options;
}

}  // namespace graph_simulator
