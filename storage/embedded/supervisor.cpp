#include "storage/embedded/supervisor.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/log.hpp"
#include "storage/connection.hpp"
#include "storage/embedded/child_process.hpp"
#include "storage/embedded/file_lock.hpp"

namespace omnistream::storage::embedded {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds watch_interval{100};
constexpr milliseconds answer_interval{20};
/// How long a server whose starter is gone may take to begin its shutdown before we use it as it
/// is.
constexpr milliseconds orphan_patience{2'000};
/// A server that replays its log after a crash answers "starting up"; so long we wait for it.
constexpr std::chrono::minutes recovery_patience{10};
constexpr milliseconds restart_pause_max{10'000};
/// A server that was up so long may be restarted at once when it dies.
constexpr std::chrono::minutes steady_after{1};
constexpr milliseconds quit_patience{5'000};

std::string url(const std::string& socket_folder, int port, const char* database) {
  return "host='" + socket_folder + "' port=" + std::to_string(port) +
         " user=omnistream dbname=" + database;
}

/// Two programs may get here at once, and the loser's error is the winner's success.
void create_database(const std::string& maintenance_url) {
  connection on({.database_url = maintenance_url, .role = ""});
  if (!on.simple("SELECT FROM pg_database WHERE datname = 'omnistream'").empty()) return;
  try {
    on.simple("CREATE DATABASE omnistream TEMPLATE template0 ENCODING 'UTF8'");
  } catch (const database_error& error) {
    if (error.sqlstate() != "42P04" && error.sqlstate() != "23505") throw;
  }
}

std::string last_lines(const std::filesystem::path& path, std::size_t lines_max) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.find("logging collector") != std::string::npos) continue;
    if (line.find("Future log output") != std::string::npos) continue;
    lines.push_back(line);
    if (lines.size() > lines_max) lines.erase(lines.begin());
  }
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

/// What went wrong may pass by itself: the processes of a killed server are still ending.
bool is_passing(const std::string& words) {
  return words.find("still in use") != std::string::npos ||
         words.find("already exists") != std::string::npos ||
         words.find("is in use") != std::string::npos ||
         words.find("another server") != std::string::npos;
}

struct stopped : std::runtime_error {
  stopped() : std::runtime_error("the embedded database is being stopped") {}
};

}  // namespace

supervisor::supervisor(const embedded_options& options)
    : options_(options), where_(layout_of(options.data_dir)), thread_([this] { supervise(); }) {}

supervisor::~supervisor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::string supervisor::await_first_start() {
  return first_start_.get_future().get();
}

void supervisor::supervise() {
  pthread_setname_np(pthread_self(), "db-supervisor");
  try {
    first_start_.set_value(bring_up());
  } catch (...) {
    stop_child();
    first_start_.set_exception(std::current_exception());
    return;
  }
  keep_up();
  if (child_ == 0) return;
  stop_child();
  remove_socket_folder();
}

void supervisor::keep_up() {
  auto up_since = clock::now();
  int failures = 0;
  while (pause(watch_interval)) {
    if (is_up()) continue;
    failures = clock::now() - up_since > steady_after ? 0 : failures + 1;
    log::error("database", "The embedded PostgreSQL ended, starting it again",
               {{"status", child_status_}, {"failures", failures}});
    const milliseconds rest(failures <= 1 ? 0 : 250 << std::min(failures, 6));
    if (!pause(std::min(rest, restart_pause_max))) return;
    try {
      bring_up();
      log::info("database", "The embedded PostgreSQL is back");
    } catch (const stopped&) {
      return;
    } catch (const std::exception& error) {
      stop_child();
      log::error("database", "The embedded PostgreSQL could not be started",
                 {{"error", error.what()}});
    }
    up_since = clock::now();
  }
}

/// Sleeps; false when the object is about to die.
bool supervisor::pause(milliseconds length) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, length, [this] { return stopping_; });
}

void supervisor::give_up_if_stopping() {
  if (!pause(milliseconds(0))) throw stopped();
}

bool supervisor::is_up() {
  if (child_ != 0) return !child_ended();
  return find_postmaster(where_.cluster).has_value();
}

std::string supervisor::bring_up() {
  const auto deadline = clock::now() + milliseconds(options_.start_timeout_ms);
  provide_data_folder(where_.data);
  const file_lock alone(
      where_.lock, [this, deadline] { return pause(watch_interval) && clock::now() < deadline; });
  if (auto running = use_running(deadline)) return *running;
  who_ = server_account(where_.cluster);
  require_traversable(who_, where_.data);
  provide_cluster();
  write_settings(where_, who_);
  start_until_it_answers(deadline);
  create_database(url(where_.socket.string(), 5432, "postgres"));
  return url(where_.socket.string(), 5432, "omnistream");
}

std::optional<std::string> supervisor::use_running(clock::time_point deadline) {
  const auto orphan_deadline = std::min(deadline, clock::now() + orphan_patience);
  for (;; give_up_if_stopping()) {
    const auto running = find_postmaster(where_.cluster);
    if (!running) return std::nullopt;
    const bool about_to_stop =
        running->status == "stopping" || (running->is_orphaned() && clock::now() < orphan_deadline);
    if (!about_to_stop && running->status == "ready") {
      create_database(url(running->socket_folder, running->port, "postgres"));
      log::info("database", "Using the PostgreSQL that already runs on the data folder",
                {{"pid", running->pid}});
      return url(running->socket_folder, running->port, "omnistream");
    }
    if (clock::now() >= deadline)
      throw std::runtime_error("A PostgreSQL with process id " + std::to_string(running->pid) +
                               " runs on " + where_.cluster.string() +
                               " and neither answers nor stops: end it with `kill -INT " +
                               std::to_string(running->pid) + "`.");
    pause(watch_interval);
  }
}

void supervisor::provide_cluster() {
  const int version = cluster_version(where_);
  programs_ = find_binaries(options_.bin_dir, version, who_);
  if (version != 0) return;
  log::info("database", "Making the embedded database", {{"folder", where_.cluster.string()}});
  make_cluster(where_, programs_, who_);
}

void supervisor::start_until_it_answers(clock::time_point deadline) {
  for (;;) {
    remove_stale_file(where_.cluster);
    launch();
    if (await_answer(deadline)) return;
    const bool ended = child_ == 0;
    const auto words = words_of_child();
    stop_child();
    if (!ended || !is_passing(words) || clock::now() >= deadline)
      throw std::runtime_error("The embedded database in " + where_.cluster.string() +
                               " does not start" + (ended ? ". " : " in time. ") +
                               with_advice(words, where_));
    pause(watch_interval);
  }
}

void supervisor::launch() {
  const auto path = where_.log() / "start.log";
  const int output =
      open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (output < 0)
    throw std::system_error(errno, std::generic_category(), "Cannot write " + path.string());
  give_to(who_, path);
  try {
    child_ = start_child({(programs_.folder / "postgres").string(), "-D", where_.cluster.string(),
                          "-c", "unix_socket_directories=" + where_.socket.string()},
                         who_, output);
  } catch (...) {
    close(output);
    throw;
  }
  close(output);
}

bool supervisor::await_answer(clock::time_point deadline) {
  const auto recovery_deadline = clock::now() + recovery_patience;
  const auto probe = url(where_.socket.string(), 5432, "postgres");
  while (!child_ended()) {
    give_up_if_stopping();
    const auto answer = PQping(probe.c_str());
    if (answer == PQPING_OK) return true;
    if (clock::now() >= (answer == PQPING_REJECT ? recovery_deadline : deadline)) return false;
    pause(answer_interval);
  }
  return false;
}

/// Whether no server of ours runs; notices and buries one that ended.
bool supervisor::child_ended() {
  if (child_ == 0) return true;
  const pid_t ended = waitpid(child_, &child_status_, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return false;
  child_ = 0;
  return true;
}

bool supervisor::await_child_end(milliseconds patience) {
  const auto deadline = clock::now() + patience;
  for (; !child_ended(); std::this_thread::sleep_for(answer_interval))
    if (clock::now() >= deadline) return false;
  return true;
}

void supervisor::stop_child() {
  if (child_ended()) return;
  kill(child_, SIGINT);  // fast shutdown: sessions are ended, a checkpoint is written
  if (await_child_end(milliseconds(options_.stop_timeout_ms))) return;
  log::warn("database",
            "The embedded PostgreSQL does not stop in time; it will recover at the next start");
  kill(child_, SIGQUIT);
  if (await_child_end(quit_patience)) return;
  kill(child_, SIGKILL);
  await_child_end(quit_patience);
}

/// Only where it lies outside the data folder, and not while another program is starting a server.
void supervisor::remove_socket_folder() const {
  if (where_.socket.parent_path() == where_.data) return;
  try {
    const file_lock alone(where_.lock, [] { return false; });
    rmdir(where_.socket.c_str());
  } catch (const std::exception&) {
    // Somebody is about to use it.
  }
}

std::string supervisor::words_of_child() const {
  constexpr std::size_t lines_max = 8;
  auto words = last_lines(where_.log() / "start.log", lines_max);
  if (words.empty())
    words = "nothing at its start; see the newest file in " + where_.log().string();
  return words;
}

}  // namespace omnistream::storage::embedded

namespace omnistream::storage {
namespace {

class supervised_server final : public embedded_server {
 public:
  explicit supervised_server(const embedded_options& options)
      : supervisor_(options), url_(supervisor_.await_first_start()) {}
  const std::string& database_url() const override { return url_; }

 private:
  embedded::supervisor supervisor_;
  std::string url_;
};

}  // namespace

std::unique_ptr<embedded_server> embedded_server::start(const embedded_options& options) {
  return std::make_unique<supervised_server>(options);
}

}  // namespace omnistream::storage
