#include "bench/load/server_program.hpp"

#include <fstream>
#include <stdexcept>

#include <signal.h>

#include "bench/load/proc_stat.hpp"

namespace omnistream::load {
namespace {

constexpr std::chrono::seconds stop_limit{60};

}  // namespace

server_program::server_program(std::filesystem::path folder, settings with)
    : folder_(std::move(folder)), settings_(std::move(with)) {
  settings_.emplace("OMNISTREAM_DATA_DIR", (folder_ / "data").string());
}

server_program::~server_program() {
  if (!process_) return;
  const auto database = postmaster();
  // What runs below it, initdb or PostgreSQL, must be gone before its folder can be removed.
  const auto below = descendants(running_processes(), process_->pid());
  process_->signal(SIGKILL);
  process_->wait(stop_limit);
  if (database) ::kill(*database, SIGQUIT);
  for (const auto pid : below)
    if (!await_gone(pid, stop_limit)) ::kill(pid, SIGKILL);
}

void server_program::start() {
  process_.reset();
  process_ = std::make_unique<child_process>(child_process::options{
      {program_path("omnistream").string(), "serve"}, settings_, folder_ / "server.log", {}, {}});
}

void server_program::kill() {
  const auto database = postmaster();
  process_->signal(SIGKILL);
  process_->wait(stop_limit);
  if (database && !await_gone(*database, stop_limit))
    throw std::runtime_error("PostgreSQL outlives its server\n" + log_end());
}

void server_program::stop() {
  process_->signal(SIGTERM);
  if (process_->wait(stop_limit).value_or(support::process_end{}).exit_code != 0)
    throw std::runtime_error("the server did not stop as it should\n" + log_end());
}

std::optional<pid_t> server_program::postmaster() const {
  std::ifstream file(folder_ / "data" / "postgres" / "postmaster.pid");
  pid_t pid = 0;
  if (!(file >> pid) || pid <= 1 || ::kill(pid, 0) != 0) return std::nullopt;
  return pid;
}

std::string server_program::command(std::vector<std::string> words,
                                    std::chrono::milliseconds limit) const {
  words.insert(words.begin(), program_path("omnistream").string());
  return run_program({std::move(words), settings_, {}, {}, {}}, folder_, limit);
}

}  // namespace omnistream::load
