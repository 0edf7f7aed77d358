#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/end_to_end/support/http_client.hpp"
#include "tests/end_to_end/support/run_program.hpp"
#include "tests/support/test_database.hpp"

namespace omnistream::test {

/// The secrets that every world shares; none may show up in a log.
inline constexpr const char* app_secret = "app-secret-of-the-test-3141592653";
inline constexpr const char* verify_token = "verify-token-of-the-test-2718281828";
inline constexpr const char* access_token = "EAAG-access-token-of-the-test-1414213562";
inline constexpr const char* admin_password = "password-of-the-test-1732050807";

/// Settings by the name of their environment variable.
using setting_values = std::map<std::string, std::string>;

/// The server program under test, with its embedded PostgreSQL in a data folder. It can be started
/// again after every end, on the same folder and port.
class server_program {
 public:
  server_program(std::filesystem::path folder, std::uint16_t port, setting_values settings);

  /// Kills it and waits until its PostgreSQL has followed, so that the folder can be removed.
  ~server_program();
  server_program(const server_program&) = delete;
  server_program& operator=(const server_program&) = delete;

  /// Starts it; begin() does not wait until it is ready.
  void begin();
  bool start();
  bool await_ready();
  /// SIGTERM and its exit code; -1 if it did not end by itself.
  int stop();
  void kill_now();  ///< SIGKILL
  bool running() { return process_ && process_->running(); }
  child_process& process() { return *process_; }

  std::uint16_t port() const { return port_; }
  std::filesystem::path data_dir() const { return folder_ / "data"; }
  std::string log() const { return read_text(folder_ / "server.log"); }
  /// The process id of its PostgreSQL's postmaster; nothing if none runs.
  std::optional<pid_t> postmaster() const;
  /// Its embedded PostgreSQL, for what no operation of the API does.
  std::string database_url() const;
  /// A command of the program (`bootstrap`, ...) with the same settings.
  program_run command(const std::vector<std::string>& words) const;
  setting_values& settings() { return settings_; }

 private:
  std::filesystem::path folder_;
  std::uint16_t port_;
  setting_values settings_;
  std::unique_ptr<child_process> process_;
};

/// The Graph API simulator.
class simulator_program {
 public:
  simulator_program(const std::filesystem::path& folder, const std::vector<std::string>& flags);

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  nlohmann::json stats();
  void fault(const nlohmann::json& what);
  void heal();  ///< ends all faults
  http_answer call(const std::string& method, const std::string& path,
                   const nlohmann::json& body = nullptr);

 private:
  std::uint16_t port_ = 0;
  std::unique_ptr<child_process> process_;
  std::unique_ptr<http_client> client_;
};

/// Where the programs of the build are.
std::string program_path(const std::string& name);

struct world_options {
  std::vector<std::string> simulator_flags{"--mps", "unlimited"};
  setting_values settings{};
};

/// A server and a simulator that know each other, in a folder of their own.
class world {
 public:
  explicit world(const world_options& options = {});

  server_program& server() { return *server_; }
  simulator_program& simulator() { return *simulator_; }
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  temporary_folder folder_;
  std::unique_ptr<simulator_program> simulator_;
  std::unique_ptr<server_program> server_;
};

}  // namespace omnistream::test
