#include "bench/load/options.hpp"

#include <charconv>

#include <CLI/CLI.hpp>

namespace omnistream::load {
namespace {

constexpr std::int64_t recipients_max = 90'000'000;  ///< the numbers we make have eight digits
constexpr int numbers_max = 1'000;
constexpr int rate_max = 10'000;
constexpr int offered_max = 100'000;
constexpr int seconds_max = 3'600;
constexpr int tenants_max = 1'000;
constexpr int subscriptions_max = 50;  ///< what a tenant may have
constexpr int batch_max = 1'000;
constexpr int streams_max = 1'000;  ///< what a server opens
constexpr int people_max = 1'000'000;
constexpr std::int64_t conversations_max = 10'000'000;

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

/// Options that several commands have.
class command_line {
 public:
  command_line(CLI::App& line, const std::string& name, const std::string& help)
      : command_(line.add_subcommand(name, help)) {}

  template <class T>
  command_line& number(const std::string& name, T& to, T low, T high, const std::string& help) {
    command_->add_option(name, to, help)->capture_default_str()->check(CLI::Range(low, high));
    return *this;
  }
  command_line& recipients(std::int64_t& to) {
    return number("--recipients", to, std::int64_t{1}, recipients_max, "How many recipients");
  }
  command_line& seconds(int& to, const std::string& help) {
    return number("--seconds", to, 1, seconds_max, help);
  }
  command_line& ceiling(int& to) {
    return number("--ceiling-seconds", to, 0, seconds_max,
                  "Find the ceiling with wrk, so long before and after; 0: not");
  }
  CLI::App* operator->() { return command_; }

 private:
  CLI::App* command_;
};

void add_broadcast(CLI::App& line, broadcast_options& options) {
  command_line one(line, "broadcast", "Send campaigns and wait until everything is recorded");
  one.recipients(options.campaigns.recipients)
      .number("--numbers", options.campaigns.numbers, 1, numbers_max,
              "Phone numbers, each with a campaign of its own")
      .number("--for-seconds", options.for_s, 0, seconds_max, "Cancel after so long; 0: do not")
      .number("--reads", options.reads_per_s, 1, offered_max,
              "Reads per second of the campaign page and the list meanwhile")
      .ceiling(options.ceiling_s);
  one->add_option("--rate", options.campaigns.rate, "Messages per second of each number")
      ->default_str("unlimited")
      ->transform(rate_or_unlimited);
  one->add_option_function<std::string>(
         "--statuses", [&options](const std::string& which) { options.statuses = which == "all"; },
         "Which statuses the simulator posts")
      ->default_str("none")
      ->check(CLI::IsMember({"none", "all"}));
}

void add_webhooks(CLI::App& line, webhooks_options& options) {
  command_line one(line, "webhooks", "Post signed status webhooks of messages that were sent");
  one.recipients(options.recipients)
      .number("--batch", options.batch, 1, 1'000, "Statuses per webhook, as fast as possible")
      .seconds(options.seconds, "How long each rate is offered")
      .ceiling(options.ceiling_s);
  one->add_option("--rates", options.rates, "Statuses per second offered, one per webhook")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(1, offered_max));
}

void add_outgoing(CLI::App& line, outgoing_options& options) {
  command_line one(line, "outgoing", "Deliver events to subscribers");
  one.recipients(options.deliveries.recipients)
      .number("--subscriptions", options.deliveries.subscriptions, 1, subscriptions_max,
              "That each recipient is told to")
      .number("--batch", options.deliveries.batch, 1, batch_max,
              "Events per request at most, the second time and of the backlog")
      .ceiling(options.deliveries.ceiling_s)
      .number("--tenants", options.crowd.tenants, 1, tenants_max,
              "Tenants of the crowd, whose contacts are changed")
      .number("--tenant-subscriptions", options.crowd.subscriptions, 1, subscriptions_max,
              "That each of their changes is told to")
      .number("--dead", options.crowd.dead, 0, tenants_max * subscriptions_max,
              "Of the crowd, where nobody listens")
      .number("--slow", options.crowd.slow, 0, tenants_max * subscriptions_max,
              "Of the crowd, which answer after ten seconds")
      .number("--rate", options.crowd.rate, 1, offered_max, "Events per second for the crowd")
      .seconds(options.crowd.seconds, "How long")
      .number("--backlog", options.backlog.events, std::int64_t{1}, recipients_max,
              "Events that pile up while nobody listens");
  one->callback([&options] {
    options.backlog.subscriptions = options.deliveries.subscriptions;
    options.backlog.batch = options.deliveries.batch;
  });
}

void add_subscriber(CLI::App& line, subscriber_options& options) {
  command_line one(line, "subscriber", "Take events and count them, until it is interrupted");
  one->add_option("--port", options.port, "Port to listen on; 0 takes a free one, printed at start")
      ->capture_default_str();
  one->add_option("--secret", options.secret, "That all requests are signed with: whsec_...")
      ->required();
}

void add_others(CLI::App& line, load_options& options) {
  command_line(line, "pacing", "How exactly the granted rate is used")
      .number("--numbers", options.pacing.numbers, 1, numbers_max, "Phone numbers")
      .number("--rate", options.pacing.rate, 1, rate_max, "Messages per second of each")
      .seconds(options.pacing.seconds, "How long each has something to send");
  command_line(line, "recipients", "Add recipients to one campaign and read it at that size")
      .recipients(options.recipients.recipients)
      .number("--rate", options.recipients.rate, 1, offered_max, "Reads per second")
      .seconds(options.recipients.seconds, "How long it is read");
  command_line(line, "dashboard", "Reads of a dashboard, alone and during a broadcast")
      .recipients(options.dashboard.recipients)
      .number("--rate", options.dashboard.rate, 1, offered_max, "Reads per second")
      .seconds(options.dashboard.seconds, "How long alone");
  command_line(line, "restart", "Start again on a database with a campaign under way")
      .recipients(options.restart.recipients);
  command_line(line, "live", "People write while streams of live events are open")
      .number("--streams", options.live.streams, 1, streams_max, "Streams, each told everything")
      .number("--rate", options.live.rate, 1, offered_max, "Messages per second that people write")
      .number("--people", options.live.people, 1, people_max, "Who write, one after the other")
      .seconds(options.live.seconds, "How long");
  command_line(line, "inbox", "Fill an inbox and read lists of its conversations")
      .number("--conversations", options.inbox.conversations, std::int64_t{1}, conversations_max,
              "That people open")
      .number("--rate", options.inbox.rate, 1, offered_max,
              "Reads per second of the pages that took longest")
      .seconds(options.inbox.seconds, "How long they are read");
  command_line(line, "ceiling", "What wrk reaches on the simulator and on /health")
      .seconds(options.ceiling.seconds, "How long each");
}

void add_all(CLI::App& line, all_options& options) {
  command_line one(line, "all", "Every figure, with its bound");
  auto* quick = one->add_flag_callback(
      "--quick", [&options] { options.how = all_options::extent::quick; },
      "Eight minutes: smaller, shorter, noisier");
  one->add_flag_callback(
         "--huge", [&options] { options.how = all_options::extent::huge; },
         "Also with 10,000,000 recipients")
      ->excludes(quick);
}

void add_report(CLI::App& line, report_options& options) {
  command_line one(line, "report", "Write tables and plots of a run that is over");
  one->add_option("file", options.from, "What all --json wrote")->required();
  one->add_option("--plots", options.plots, "Folder for the plots");
  one->add_option("--readme", options.readme,
                  "File whose part between <!-- figures --> and <!-- /figures --> is replaced");
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
  add_broadcast(line, options.broadcast);
  add_webhooks(line, options.webhooks);
  add_others(line, options);
  add_outgoing(line, options.outgoing);
  add_all(line, options.all);
  for (auto* one : line.get_subcommands({}))
    one->add_option("--json", json, "Print the figures as JSON, or write them to this file")
        ->expected(0, 1)
        ->type_name("[FILE]");
  add_report(line, options.report);
  add_subscriber(line, options.subscriber);
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = line.exit(error) == 0 ? 0 : 2;
    return std::nullopt;
  }
  const auto* chosen = line.get_subcommands().front();
  options.command = chosen->get_name();
  if (const auto* asked = chosen->get_option_no_throw("--json"); asked && asked->count() > 0)
    options.json = json.empty() ? "-" : json;
  return options;
}

}  // namespace omnistream::load
