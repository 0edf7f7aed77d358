#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/load/api_client.hpp"
#include "bench/load/interruption.hpp"
#include "bench/load/server_program.hpp"
#include "bench/load/simulator_program.hpp"

namespace omnistream::load {

/// The secret that signs webhooks.
inline constexpr const char* app_secret = "load-app-secret-2718281828";

/// The WhatsApp Business Account of all our numbers.
inline constexpr const char* waba_id = "102290129340398";

/// A folder under the system's temporary one that PostgreSQL's user may pass through; removed with
/// its content at the end.
class scratch_folder {
 public:
  scratch_folder();
  ~scratch_folder();
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Processor seconds spent so far by each part, and by everybody on the machine.
struct cpu_reading {
  double server = 0;
  double database = 0;
  double simulator = 0;
  double load = 0;  ///< this program and what it started besides
  double machine = 0;
  steady::time_point at{};
};

struct bed_options {
  std::string rate = "unlimited";  ///< what the simulator grants each number: `N` or `unlimited`
  bool statuses = false;           ///< whether it posts sent, delivered and read of each message
  server_program::settings settings{};  ///< of the server
};

/// A server on an embedded PostgreSQL and a Graph API simulator, both just for us, with a tenant.
/// Make it on the main thread. Throws std::runtime_error with the end of the logs if something does
/// not start.
class test_bed {
 public:
  explicit test_bed(bed_options options);

  api_client& api() { return *api_; }
  simulator_program& simulator() { return simulator_; }
  server_program& server() { return server_; }
  /// Another tenant, made with `bootstrap`; its API.
  std::unique_ptr<api_client> add_tenant(const std::string& name);
  /// Both of the bed's own tenant.
  std::string connect_number(const std::string& phone_number_id, int messages_per_second);
  std::string template_id();

  cpu_reading cpu() const;
  bool server_is_ready();
  const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  std::vector<std::string> simulator_flags() const;
  server_program::settings server_settings();
  void await_ready();
  [[noreturn]] void fail(const std::string& what) const;

  // In this order: each needs those before it, and the folder goes last.
  bed_options options_;
  scratch_folder folder_;
  std::uint16_t port_;
  simulator_program simulator_;
  server_program server_;
  std::unique_ptr<api_client> api_;
  std::string template_id_;
};

/// Connects a WhatsApp number to a tenant; the account's id. `messages_per_second` 0: unlimited.
std::string connect_number(api_client& tenant, const std::string& phone_number_id,
                           int messages_per_second);
/// The template that all campaigns of a tenant send: two variables in its body. The tenant must
/// have a number.
std::string find_template(api_client& tenant);

}  // namespace omnistream::load
