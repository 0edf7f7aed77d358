#include "bench/load/wrk.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include <unistd.h>

#include "bench/load/campaigns.hpp"
#include "bench/load/simulator_program.hpp"
#include "bench/load/subscriber.hpp"
#include "bench/load/subscriber_program.hpp"
#include "bench/load/test_bed.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::seconds start_and_end{20};

/// Prints what parse_wrk reads.
constexpr const char* done_script = R"lua(
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"duration_us":%d,"errors":%d,"refused":%d}\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.timeout, e.status))
end
)lua";

/// Each message goes to another person and carries another callback, as those of a campaign do; the
/// text is otherwise constant, so that building it costs wrk next to nothing.
constexpr const char* message_script = R"lua(
local body = '{"messaging_product":"whatsapp","recipient_type":"individual","to":"62812%08d",' ..
  '"biz_opaque_callback_data":"019ab300-0000-8000-8000-%012d","type":"template","template":' ..
  '{"name":"order_update","language":{"code":"id"},"components":[{"type":"body","parameters":[' ..
  '{"type":"text","text":"Customer 1234567"},{"type":"text","text":"INV-1234567"}]}]}}'
local text
local n = 0
function init(arguments)
  local length = #string.format(body, 0, 0)
  text = 'POST ' .. wrk.path .. ' HTTP/1.1\r\nHost: ' .. wrk.host .. '\r\nAuthorization: Bearer ' ..
    arguments[1] .. '\r\nContent-Type: application/json\r\nAccept: application/json\r\n' ..
    'Content-Length: ' .. length .. '\r\n\r\n' .. body
end
function request()
  n = n + 1
  return string.format(text, n, n)
end
)lua";

/// One and the same request, whose body is in a file.
constexpr const char* delivery_script = R"lua(
function init(arguments)
  local file = assert(io.open(arguments[1], 'rb'))
  wrk.method = 'POST'
  wrk.body = file:read('*a')
  file:close()
  wrk.headers['Content-Type'] = 'application/json'
  wrk.headers['webhook-id'] = arguments[2]
  wrk.headers['webhook-timestamp'] = arguments[3]
  wrk.headers['webhook-signature'] = arguments[4]
end
)lua";

std::string find_wrk() {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody changes it
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto program = folder + "/wrk";
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  throw std::runtime_error(
      "wrk is needed to find the ceiling and is not in PATH; install the Debian package wrk");
}

double run_wrk(const std::string& url, const std::string& script,
               const std::vector<std::string>& arguments, const std::filesystem::path& folder,
               int seconds) {
  const auto file = folder / "wrk.lua";
  std::ofstream(file) << script << done_script;
  std::vector<std::string> command{find_wrk(),
                                   "--threads",
                                   "1",
                                   "--connections",
                                   "64",
                                   "--duration",
                                   std::to_string(seconds) + "s",
                                   "--script",
                                   file.string(),
                                   url,
                                   "--"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return parse_wrk(run_program({std::move(command), {}, {}, {}, {}}, folder,
                               std::chrono::seconds{seconds} + start_and_end));
}

}  // namespace

double parse_wrk(std::string_view output) {
  const auto at = output.rfind("{\"requests\"");
  const auto told = at == std::string_view::npos
                        ? nlohmann::json()
                        : nlohmann::json::parse(output.substr(at), nullptr, false);
  if (!told.is_object()) throw std::runtime_error("wrk told no result: " + std::string(output));
  if (told.value("errors", 1) != 0 || told.value("refused", 1) != 0)
    throw std::runtime_error("wrk met errors or refusals: " + told.dump());
  constexpr double us_per_s = 1e6;
  const double duration_us = told.value("duration_us", 0.0);
  if (duration_us <= 0) throw std::runtime_error("wrk told no duration: " + told.dump());
  return told.value("requests", 0.0) / duration_us * us_per_s;
}

double simulator_ceiling(const std::filesystem::path& folder, int seconds) {
  simulator_program simulator(folder, {"--mps", "unlimited"});
  const auto per_s =
      run_wrk(simulator.api().origin() + "/v23.0/" + phone_number_id(0) + "/messages",
              message_script, {access_token}, folder, seconds);
  const auto seen = simulator.stats();
  if (seen["duplicates"] != 0 || !seen["rejected"].empty())
    throw std::runtime_error("the simulator refused what wrk sent: " + seen.dump());
  return per_s;
}

double health_ceiling(const std::string& origin, const std::filesystem::path& folder, int seconds) {
  return run_wrk(origin + "/health", "", {}, folder, seconds);
}

double subscriber_ceiling(const known_delivery& delivery, const std::filesystem::path& folder,
                          int seconds) {
  subscriber_program subscriber(folder);
  const auto file = folder / "wrk-body";
  std::ofstream(file) << delivery.body;
  const auto now = std::to_string(
      std::chrono::floor<std::chrono::seconds>(system_now()).time_since_epoch().count());
  const auto signature =
      sign_delivery(delivery_key(delivery_secret).value(), delivery.id, now, delivery.body);
  return run_wrk(subscriber.api().origin() + "/hook/0", delivery_script,
                 {file.string(), delivery.id, now, signature}, folder, seconds);
}

figures ceiling_pair::to_figures() const {
  return {{"before_per_s", before}, {"after_per_s", after}, {"mean_per_s", mean()}};
}

figures find_ceilings(const ceiling_options& options, progress& shown) {
  test_bed bed({});
  shown.show("wrk on the simulator", 0, 2);
  const auto messages = simulator_ceiling(bed.folder(), options.seconds);
  shown.show("wrk on /health", 1, 2);
  const auto health = health_ceiling(bed.api().origin(), bed.folder(), options.seconds);
  return {{"simulator_messages_per_s", messages}, {"health_per_s", health}};
}

}  // namespace omnistream::load
