#include "bench/load/report.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "bench/load/bounds.hpp"
#include "bench/load/result_table.hpp"

namespace omnistream::load {
namespace {

constexpr std::string_view begin_marker = "<!-- figures -->";
constexpr std::string_view end_marker = "<!-- /figures -->";

std::string read_file(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) throw std::runtime_error("cannot read " + path);
  return text.str();
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text).flush()) throw std::runtime_error("cannot write " + path.string());
}

/// Steps that were broadcasts, unlimited, from one number.
std::vector<figures> broadcasts_of(const figures& run, bool statuses) {
  std::vector<figures> all;
  for (const auto& [step, told] : run.at("figures").items())
    if (told.contains("sent_per_s") && told.value("numbers", 0) == 1 &&
        told.at("rate") == "unlimited" && (told.value("statuses", "") == "all") == statuses)
      all.push_back(told);
  return all;
}

line_chart::series series_of(const std::string& name, const std::vector<figures>& steps,
                             const char* x, const char* y) {
  line_chart::series series{name, {}};
  for (const auto& step : steps) series.points.emplace_back(step.value(x, 0.0), step.value(y, 0.0));
  std::sort(series.points.begin(), series.points.end());
  return series;
}

std::string machine_sentence(const figures& run) {
  const auto& machine = run.at("machine");
  return "Run of " + machine.value("time", "") + " (" + run.value("extent", "") +
         "): " + std::to_string(machine.value("processors", 0)) + " processors (" +
         machine.value("processor", "") + "), " + readable(machine.value("memory_gb", 0.0)) +
         " GB, " + machine.value("kernel", "") + "; load average before it " +
         readable(machine.value("load_average_before", 0.0)) + ".\n";
}

std::string cost_markdown(const figures& run) {
  std::vector<std::vector<std::string>> rows{{"processor time per message (µs)", "messages/s",
                                              "server", "database", "simulator", "load tool",
                                              "rest"}};
  for (const auto& [step, told] : run.at("figures").items()) {
    if (!told.contains("cpu_per_message")) continue;
    std::vector<std::string> row{step, told.contains("sent_per_s")
                                           ? readable(told.value("sent_per_s", 0.0))
                                           : std::string("-")};
    for (const auto& [part, us] : told.at("cpu_per_message").items())
      row.push_back(readable(us.get<double>()));
    rows.push_back(std::move(row));
  }
  return markdown(rows);
}

/// The same for events told to subscribers.
std::string event_cost_markdown(const figures& run) {
  static const std::pair<const char*, const char*> all[] = {
      {"one event per request", "/figures/outgoing_deliveries/single"},
      {"batches", "/figures/outgoing_deliveries/batched"},
      {"backlog, in batches", "/figures/outgoing_backlog"},
      {"crowd of subscribers", "/figures/outgoing_crowd"}};
  std::vector<std::vector<std::string>> rows{{"processor time per outgoing event (µs)", "events/s",
                                              "server", "database", "subscriber", "simulator",
                                              "load tool", "rest"}};
  for (const auto& [name, place] : all) {
    const figures::json_pointer at(place);
    if (!run.contains(at)) continue;
    const auto& told = run.at(at);
    std::vector<std::string> row{name, readable(told.value("events_per_s", 0.0))};
    for (const auto& [part, us] : told.at("cpu_per_event").items())
      row.push_back(readable(us.get<double>()));
    rows.push_back(std::move(row));
  }
  return rows.size() == 1 ? std::string() : "\n" + markdown(rows);
}

}  // namespace

line_chart throughput_over_recipients(const figures& run) {
  line_chart chart{"Unlimited broadcast: messages/s sent and recorded, by recipients",
                   {"recipients", true},
                   {"messages/s", false},
                   {}};
  chart.lines.push_back(
      series_of("sent and recorded", broadcasts_of(run, false), "recipients", "sent_per_s"));
  const auto& sent = chart.lines.front().points;
  const figures::json_pointer ceiling("/figures/ceiling/simulator_messages_per_s");
  if (sent.empty() || !run.contains(ceiling)) return chart;
  const double half = run.at(ceiling).get<double>() / 2;
  chart.lines.push_back(
      {"half of what wrk reaches", {{sent.front().first, half}, {sent.back().first, half}}});
  return chart;
}

line_chart latency_over_load(const figures& run) {
  line_chart chart{"Status webhooks, one per request: latency by offered load",
                   {"statuses/s offered", false},
                   {"ms until the 200", true},
                   {}};
  line_chart::series median{"p50", {}}, high{"p99", {}};
  const figures none = figures::object();
  const figures::json_pointer at("/figures/webhooks/offered");
  const auto& offered = run.contains(at) ? run.at(at) : none;
  for (const auto& [rate, told] : offered.items()) {
    if (!told.contains("p99_ms")) continue;  // the server did not take it
    median.points.emplace_back(std::stod(rate), told.value("p50_ms", 0.0));
    high.points.emplace_back(std::stod(rate), told.value("p99_ms", 0.0));
  }
  std::sort(median.points.begin(), median.points.end());
  std::sort(high.points.begin(), high.points.end());
  chart.lines = {median, high};
  return chart;
}

std::string run_markdown(const figures& run) {
  std::string text = machine_sentence(run) + "\n" + markdown(bound_rows(run.at("bounds"))) + "\n" +
                     cost_markdown(run) + event_cost_markdown(run);
  for (const auto& [step, why] : run.at("errors").items())
    text += "\nStep " + step + " failed: " + why.get<std::string>() + "\n";
  return text;
}

std::string with_figures(const std::string& text, const std::string& between) {
  const auto begin = text.find(begin_marker);
  const auto end = text.find(end_marker);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw std::runtime_error("the file lacks the markers " + std::string(begin_marker) + " and " +
                             std::string(end_marker));
  return text.substr(0, begin + begin_marker.size()) + "\n" + between + text.substr(end);
}

std::string report(const report_options& options) {
  const auto run = figures::parse(read_file(options.from), nullptr, false);
  if (!run.is_object() || !run.contains("bounds") || !run.contains("figures"))
    throw std::runtime_error(options.from + " is not what omnistream-load all --json writes");
  auto text = run_markdown(run);
  if (!options.plots.empty()) {
    const std::filesystem::path folder(options.plots);
    std::filesystem::create_directories(folder);
    write_file(folder / "throughput.svg", svg(throughput_over_recipients(run)));
    write_file(folder / "webhook_latency.svg", svg(latency_over_load(run)));
  }
  if (!options.readme.empty())
    write_file(options.readme, with_figures(read_file(options.readme), text));
  return text;
}

}  // namespace omnistream::load
