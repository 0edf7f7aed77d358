#include "bench/load/test_bed.hpp"

#include <stdexcept>
#include <system_error>
#include <thread>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/load/closed_port.hpp"
#include "bench/load/proc_stat.hpp"

namespace omnistream::load {
namespace {

namespace fs = std::filesystem;

constexpr const char* template_name = "order_update";
constexpr std::chrono::seconds start_limit{120};  ///< initdb on a busy machine
constexpr std::chrono::milliseconds look_interval{20};

std::string local(std::uint16_t port) {
  return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace

scratch_folder::scratch_folder() {
  auto name = (fs::temp_directory_path() / "omnistream-load-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
  chmod(name.c_str(), 0711);  // PostgreSQL may run as another user
}

/// Something that is just ending may still write into it.
scratch_folder::~scratch_folder() {
  constexpr int tries = 100;
  std::error_code ignored;
  for (int i = 0; i < tries; ++i) {
    fs::remove_all(path_, ignored);
    if (!fs::exists(path_, ignored)) return;
    std::this_thread::sleep_for(look_interval);
  }
}

test_bed::test_bed(bed_options options)
    : options_(std::move(options)),
      // Somebody else could take it before the server does; then that says so.
      port_(closed_port().number()),
      simulator_(folder_.path(), simulator_flags()),
      server_(folder_.path(), server_settings()),
      api_(std::make_unique<api_client>(local(port_))) {
  server_.start();
  await_ready();
  api_ = add_tenant("Load");
}

std::vector<std::string> test_bed::simulator_flags() const {
  std::vector<std::string> flags{"--mps", options_.rate};
  if (options_.statuses)
    for (const auto& word : {std::string("--webhook-url"), local(port_) + "/webhook",
                             std::string("--app-secret"), std::string(app_secret)})
      flags.push_back(word);
  return flags;
}

server_program::settings test_bed::server_settings() {
  auto settings = options_.settings;
  settings.emplace("OMNISTREAM_HTTP_PORT", std::to_string(port_));
  settings.emplace("META_API_URL", simulator_.api().origin());
  settings.emplace("META_APP_SECRET", app_secret);
  settings.emplace("META_VERIFY_TOKEN", "load-verify-token");
  return settings;
}

void test_bed::fail(const std::string& what) const {
  throw std::runtime_error(what + "\n" + server_.log_end());
}

bool test_bed::server_is_ready() {
  return api_->call("GET", "/ready").status == 200;
}

void test_bed::await_ready() {
  for (const auto deadline = steady::now() + start_limit; !server_is_ready();
       sleep_for(look_interval))
    if (!server_.running() || steady::now() > deadline) fail("the server did not start");
}

std::unique_ptr<api_client> test_bed::add_tenant(const std::string& name) {
  const auto printed = server_.command({"bootstrap", "--tenant", name, "--email",
                                        name + "@example.com", "--password", "load-password-1"},
                                       start_limit);
  const auto told = nlohmann::json::parse(printed, nullptr, false);
  if (!told.is_object()) fail("bootstrap printed: " + printed);
  return std::make_unique<api_client>(local(port_), told.value("api_key", ""));
}

std::string test_bed::connect_number(const std::string& phone_number_id, int messages_per_second) {
  return load::connect_number(*api_, phone_number_id, messages_per_second);
}

std::string test_bed::template_id() {
  if (template_id_.empty()) template_id_ = find_template(*api_);
  return template_id_;
}

cpu_reading test_bed::cpu() const {
  const auto all = running_processes();
  const auto alone = [&all](pid_t pid) {
    const auto found = all.find(pid);
    return found == all.end() ? 0 : seconds_of(found->second.cpu_ticks);
  };
  cpu_reading now;
  now.at = steady::now();
  now.server = alone(server_.pid());
  if (const auto database = server_.postmaster())
    now.database = seconds_of(tree_cpu_ticks(all, *database));
  now.simulator = alone(simulator_.pid());
  now.load = alone(getpid());
  now.machine = busy_seconds();
  return now;
}

std::string connect_number(api_client& tenant, const std::string& phone_number_id,
                           int messages_per_second) {
  return tenant
      .must("POST", "/api/integration-accounts",
            {{"channel", "whatsapp"},
             {"display_name", "Number " + phone_number_id},
             {"config",
              {{"phone_number_id", phone_number_id},
               {"waba_id", waba_id},
               {"access_token", access_token},
               {"throughput_mps", messages_per_second}}}})
      .value("id", "");
}

std::string find_template(api_client& tenant) {
  tenant.must("POST", "/api/wa-templates/sync");
  const auto page = tenant.must("GET", "/api/wa-templates?status=APPROVED");
  for (const auto& one : page["data"])
    if (one["name"] == template_name) return one["id"];
  throw std::runtime_error("the simulator has no template " + std::string(template_name));
}

}  // namespace omnistream::load
