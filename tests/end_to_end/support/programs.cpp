#include "tests/end_to_end/support/programs.hpp"

#include <charconv>
#include <csignal>
#include <fstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/support/eventually.hpp"

namespace omnistream::test {
namespace {

constexpr std::chrono::seconds end_limit{60};

}  // namespace

std::string program_path(const std::string& name) {
  return std::string(OMNISTREAM_BINARY_DIR) + "/" + name;
}

// -- the server -----------------------------------------------------------------------------------

server_program::server_program(std::filesystem::path folder, std::uint16_t port,
                               setting_values settings)
    : folder_(std::move(folder)), port_(port), settings_(std::move(settings)) {
  settings_.emplace("OMNISTREAM_DATA_DIR", data_dir().string());
  settings_.emplace("OMNISTREAM_HTTP_PORT", std::to_string(port_));
  settings_.emplace("META_APP_SECRET", app_secret);
  settings_.emplace("META_VERIFY_TOKEN", verify_token);
}

server_program::~server_program() {
  const auto database = postmaster();
  process_.reset();
  if (database) eventually([&] { return kill(*database, 0) != 0; }, end_limit);
}

void server_program::begin() {
  process_.reset();
  process_ = std::make_unique<child_process>(child_process::options{
      {program_path("omnistream"), "serve"}, settings_, folder_ / "server.log", {}, folder_});
}

bool server_program::start() {
  begin();
  return await_ready();
}

bool server_program::await_ready() {
  http_client to(port_);
  to.set_timeout(std::chrono::milliseconds{2'000});
  bool ready = false;
  eventually(
      [&] {
        ready = to.send("GET", "/ready").status == 200;
        return ready || !running();
      },
      end_limit);
  if (!ready)
    ADD_FAILURE() << "the server is not ready; its log ends:\n"
                  << log().substr(log().size() - std::min<std::size_t>(log().size(), 4'000));
  return ready;
}

int server_program::stop() {
  process_->signal(SIGTERM);
  const auto end = process_->wait(end_limit);
  if (!end) ADD_FAILURE() << "the server does not stop";
  return end ? end->exit_code : -1;
}

void server_program::kill_now() {
  process_->signal(SIGKILL);
  process_->wait(end_limit);
}

std::optional<pid_t> server_program::postmaster() const {
  std::ifstream file(data_dir() / "postgres" / "postmaster.pid");
  pid_t pid = 0;
  if (!(file >> pid) || pid <= 1 || kill(pid, 0) != 0) return std::nullopt;
  return pid;
}

std::string server_program::database_url() const {
  std::ifstream file(data_dir() / "postgres" / "postmaster.pid");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  constexpr std::size_t port_line = 3, socket_line = 4;
  if (lines.size() <= socket_line) throw std::runtime_error("the database is not running");
  return "host='" + lines[socket_line] + "' port=" + lines[port_line] +
         " user=omnistream dbname=omnistream";
}

program_run server_program::command(const std::vector<std::string>& words) const {
  std::vector<std::string> line{program_path("omnistream")};
  line.insert(line.end(), words.begin(), words.end());
  return run_program({line, settings_, {}, {}, folder_});
}

// -- the simulator --------------------------------------------------------------------------------

simulator_program::simulator_program(const std::filesystem::path& folder,
                                     const std::vector<std::string>& flags) {
  std::vector<std::string> command{program_path("graph-simulator"), "--port", "0"};
  command.insert(command.end(), flags.begin(), flags.end());
  const auto output = folder / "simulator.log";
  process_ =
      std::make_unique<child_process>(child_process::options{command, {}, output, {}, folder});
  const std::string before = "listening on http://127.0.0.1:";
  eventually([&] {
    const auto text = read_text(output);
    const auto at = text.find(before);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos)
      std::from_chars(text.data() + at + before.size(), text.data() + text.size(), port_);
    return port_ != 0 || !process_->running();
  });
  if (port_ == 0) throw std::runtime_error("the simulator did not start: " + read_text(output));
  client_ = std::make_unique<http_client>(port_);
}

http_answer simulator_program::call(const std::string& method, const std::string& path,
                                    const nlohmann::json& body) {
  return client_->send(method, path, body.is_null() ? "" : body.dump());
}

nlohmann::json simulator_program::stats() {
  return call("GET", "/_sim/stats").json();
}

void simulator_program::fault(const nlohmann::json& what) {
  const auto said = call("POST", "/_sim/faults", what);
  EXPECT_LT(said.status, 300) << said.body;
}

void simulator_program::heal() {
  call("DELETE", "/_sim/faults");
}

// -- both -----------------------------------------------------------------------------------------

world::world(const world_options& options) : folder_("world") {
  const auto port = free_port();
  auto flags = options.simulator_flags;
  for (const auto& word :
       {std::string("--webhook-url"), "http://127.0.0.1:" + std::to_string(port) + "/webhook",
        std::string("--app-secret"), std::string(app_secret)})
    flags.push_back(word);
  simulator_ = std::make_unique<simulator_program>(folder_.path(), flags);
  auto settings = options.settings;
  settings.emplace("META_API_URL", simulator_->url());
  server_ = std::make_unique<server_program>(folder_.path(), port, settings);
  std::filesystem::create_directories(server_->data_dir());
  std::filesystem::permissions(server_->data_dir(), std::filesystem::perms(0711));
  provide_cluster(server_->data_dir());
}

}  // namespace omnistream::test
