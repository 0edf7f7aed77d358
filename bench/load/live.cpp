#include "bench/load/live.hpp"

#include <charconv>
#include <chrono>
#include <optional>
#include <stdexcept>

#include "bench/graph_simulator/webhook_batch.hpp"
#include "bench/load/broadcast.hpp"
#include "bench/load/campaigns.hpp"
#include "bench/load/event_readers.hpp"
#include "bench/load/open_loop.hpp"
#include "bench/load/test_bed.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::milliseconds look_interval{20};
constexpr std::chrono::seconds limit{60};
/// At which everybody writes for the first time.
constexpr int first_rate = 300;

class live_run {
 public:
  live_run(const live_load_options& options, progress& shown)
      : options_(options),
        progress_(shown),
        bed_({.settings = {
                  {"OMNISTREAM_LIVE_STREAMS_PER_AGENT_MAX", std::to_string(options.streams)}}}) {}

  figures run() {
    bed_.connect_number(phone_number_id(0), 0);
    const std::string key =
        bed_.api().must("POST", "/api/api-keys", {{"name", "streams"}}).at("key");
    write_all(first_rate, static_cast<std::uint64_t>(options_.people), false);
    event_readers readers(port(), key, options_.streams);
    const auto messages =
        static_cast<std::uint64_t>(options_.rate) * static_cast<std::uint64_t>(options_.seconds);
    const auto before = bed_.cpu();
    const auto taken = write_all(options_.rate, messages, true);
    await(readers, messages);
    const auto after = bed_.cpu();
    const auto told = readers.times();
    return {{"streams", options_.streams},
            {"messages_per_s", options_.rate},
            {"messages", messages},
            {"events", told.count()},
            {"webhook", taken.to_json()},
            {"event", told.to_json()},
            {"cpu_per_message", cpu_per_message(before, after, static_cast<double>(messages))}};
  }

 private:
  std::uint16_t port() {
    const auto& origin = bed_.api().origin();
    std::uint16_t number = 0;
    std::from_chars(origin.data() + origin.rfind(':') + 1, origin.data() + origin.size(), number);
    return number;
  }

  /// One message, signed; people take turns.
  planned_request make(std::uint64_t n, const std::string& text) {
    const auto person = "62812" + std::to_string(10'000'000 + n % people());
    const auto at = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count());
    graph_simulator::webhook_batch body({});
    body.add(
        {.id = waba_id,
         .json = R"({"value":{"messaging_product":"whatsapp","metadata":{)"
                 R"("display_phone_number":"15550123456","phone_number_id":")" +
                 phone_number_id(0) + R"("},"contacts":[{"profile":{"name":"Budi"},"wa_id":")" +
                 person + R"("}],"messages":[{"from":")" + person + R"(","id":"wamid.load.)" +
                 std::to_string(++written_) + R"(","timestamp":")" + at +
                 R"(","type":"text","text":{"body":")" + text + R"("}}]},"field":"messages"})"});
    auto bytes = body.finish();
    const auto signature = graph_simulator::sign_webhook(bytes, app_secret);
    planned_request planned{0, bed_.api().request("POST", "/webhook", std::move(bytes))};
    planned.what.headers = http::client::header_list::make(
        {"Content-Type: application/json", "X-Hub-Signature-256: " + signature});
    return planned;
  }
  std::uint64_t people() const { return static_cast<std::uint64_t>(options_.people); }

  latencies write_all(int rate, std::uint64_t messages, bool marked) {
    progress_.show(marked ? "people write" : "people write for the first time", 0, 1);
    std::optional<even_schedule> schedule;
    open_loop loop(
        bed_.api(), rate, 1,
        [&](std::uint64_t n) {
          if (!schedule) schedule.emplace(steady::now(), rate);
          return make(n, "When will it come? " + (marked ? time_mark(schedule->due(n)) : ""));
        },
        messages);
    auto of = std::move(loop.run_to_end().front());
    if (!of.others.empty()) throw std::runtime_error("the server refused messages");
    return of.times;
  }

  void await(const event_readers& readers, std::uint64_t messages) {
    const auto wanted = messages * static_cast<std::uint64_t>(options_.streams);
    const auto until = steady::now() + limit;
    while (readers.events() < wanted) {
      progress_.show("telling", static_cast<std::int64_t>(readers.events()),
                     static_cast<std::int64_t>(wanted));
      if (readers.open() < options_.streams)
        throw std::runtime_error("the server ended streams: " + std::to_string(readers.open()) +
                                 " are left");
      if (steady::now() > until)
        throw std::runtime_error("only " + std::to_string(readers.events()) + " of " +
                                 std::to_string(wanted) + " events came");
      sleep_for(look_interval);
    }
    if (readers.events() > wanted) throw std::runtime_error("events came twice");
  }

  const live_load_options options_;
  progress& progress_;
  test_bed bed_;
  std::uint64_t written_ = 0;
};

}  // namespace

figures live(const live_load_options& options, progress& shown) {
  return live_run(options, shown).run();
}

}  // namespace omnistream::load
