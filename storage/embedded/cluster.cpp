#include "storage/embedded/cluster.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <locale.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/embedded/child_process.hpp"

namespace omnistream::storage::embedded {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes initdb_timeout{3};
/// sizeof(sockaddr_un::sun_path) - 1, and what PostgreSQL puts after the folder.
constexpr std::size_t socket_path_bytes_max = 107;
constexpr std::string_view socket_name = "/.s.PGSQL.5432";

constexpr const char* settings =
    R"(# Written by OmniStream at every start. Your own settings belong below the include
# line at the end of postgresql.conf, where they win.
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
max_connections = 60
shared_buffers = 128MB
work_mem = 8MB
maintenance_work_mem = 64MB

# Durability: what was answered is on the disk.
fsync = on
synchronous_commit = on
full_page_writes = on

# One server without replicas.
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 15min

# Short statements on a local disk; parallel workers would need more shared memory than containers grant.
jit = off
random_page_cost = 1.1
max_parallel_workers_per_gather = 0

# Recipients and messages are updated several times within minutes.
autovacuum_naptime = 15s
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.02
autovacuum_vacuum_cost_limit = 2000

# One file per weekday. Terse, because details quote rows, which hold personal data.
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_error_verbosity = terse
log_line_prefix = '%m [%p] %q%a '
log_checkpoints = off
log_autovacuum_min_duration = 10s
)";

std::system_error failure(const std::string& what) {
  return {errno, std::generic_category(), what};
}

void write_file(const fs::path& path, const std::string& text, const account& who) {
  const fs::path fresh = path.string() + ".new";
  {
    std::ofstream file(fresh, std::ios::trunc);
    file << text << std::flush;
    if (!file) throw failure("Cannot write " + fresh.string());
  }
  give_to(who, fresh);
  fs::rename(fresh, path);
}

/// Makes a folder that only its owner enters; one that is there must be exactly that.
void make_private_folder(const fs::path& path, const account& who) {
  if (mkdir(path.c_str(), 0700) == 0) {
    give_to(who, path);
    return;
  }
  if (errno != EEXIST) throw failure("Cannot make the folder " + path.string());
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) throw failure("Cannot read " + path.string());
  if (!S_ISDIR(found.st_mode) || (found.st_uid != who.uid && found.st_uid != geteuid()))
    throw std::runtime_error(path.string() +
                             " belongs to somebody else: remove it or choose another data folder.");
  if (chmod(path.c_str(), 0700) != 0) throw failure("Cannot close " + path.string() + " to others");
  give_to(who, path);
}

/// PostgreSQL's setting takes a list of folders, so a name with commas or quotes would need
/// escaping.
bool is_plain(const std::string& path) {
  return path.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@") ==
         std::string::npos;
}

fs::path socket_folder(const fs::path& data) {
  const auto inside = (data / "postgres_socket").string();
  if (is_plain(inside) && inside.size() + socket_name.size() <= socket_path_bytes_max)
    return inside;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(inside.data()), inside.size(), digest.data());
  std::string name = "/tmp/omnistream-";
  for (int i = 0; i < 8; ++i) {
    name += "0123456789abcdef"[digest[i] >> 4];
    name += "0123456789abcdef"[digest[i] & 15];
  }
  return name;
}

/// C.UTF-8 orders by code point everywhere alike; where the system lacks it, C does.
const char* cluster_locale() {
  const locale_t found = newlocale(LC_ALL_MASK, "C.UTF-8", nullptr);
  if (found == nullptr) return "C";
  freelocale(found);
  return "C.UTF-8";
}

void remove_leftovers(const layout& where) {
  for (const auto& entry : fs::directory_iterator(where.data))
    if (entry.path().filename().string().starts_with("postgres.new-")) fs::remove_all(entry.path());
}

void run_initdb(const layout& where, const fs::path& target, const binaries& programs,
                const account& who) {
  const auto outcome = run_program(
      {(programs.folder / "initdb").string(), "--pgdata=" + target.string(),
       "--username=omnistream", "--auth=trust", "--encoding=UTF8",
       std::string("--locale=") + cluster_locale(), "--data-checksums", "--no-instructions"},
      who, initdb_timeout);
  if (outcome.exit_code != 0)
    throw std::runtime_error("The embedded database cannot be made in " + where.cluster.string() +
                             ". " + with_advice(outcome.output, where));
}

void append_include(const fs::path& cluster) {
  std::ofstream conf(cluster / "postgresql.conf", std::ios::app);
  conf << "\ninclude_if_exists = 'omnistream.conf'\n# Your own settings go below this line.\n"
       << std::flush;
  if (!conf) throw failure("Cannot write " + (cluster / "postgresql.conf").string());
}

}  // namespace

layout layout_of(const std::string& data_dir) {
  layout where;
  where.data = fs::absolute(data_dir).lexically_normal();
  if (!where.data.has_filename()) where.data = where.data.parent_path();  // `dir/`
  where.cluster = where.data / "postgres";
  where.lock = where.data / "postgres.lock";
  where.socket = socket_folder(where.data);
  return where;
}

int cluster_version(const layout& where) {
  std::ifstream file(where.cluster / "PG_VERSION");
  int major = 0;
  file >> major;
  return file ? major : 0;
}

void make_cluster(const layout& where, const binaries& programs, const account& who) {
  remove_leftovers(where);
  const fs::path fresh = where.data / ("postgres.new-" + std::to_string(getpid()));
  try {
    make_private_folder(fresh, who);
    run_initdb(where, fresh, programs, who);
    append_include(fresh);
    // The socket's folder is the only way in, and it is closed to others.
    write_file(fresh / "pg_hba.conf", "local all all trust\n", who);
    fs::rename(fresh, where.cluster);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
    throw;
  }
}

void write_settings(const layout& where, const account& who) {
  struct stat cluster {};
  if (stat(where.cluster.c_str(), &cluster) == 0 && cluster.st_uid != who.uid)
    give_tree_to(who, where.cluster);
  make_private_folder(where.log(), who);
  make_private_folder(where.socket, who);
  write_file(where.cluster / "omnistream.conf", settings, who);
}

std::string with_advice(const std::string& text, const layout& where) {
  std::string advice;
  if (text.find("No space left on device") != std::string::npos ||
      text.find("Disk quota") != std::string::npos)
    advice = "The disk is full: free some space in " + where.data.string() +
             ", or choose another data folder. ";
  else if (text.find("Permission denied") != std::string::npos)
    advice = "PostgreSQL lacks a permission: look at the owner and mode of " + where.data.string() +
             ". ";
  else if (text.find("Read-only file system") != std::string::npos)
    advice = "The file system is read-only: choose another data folder than " +
             where.data.string() + ". ";
  return advice + "PostgreSQL said: " + (text.empty() ? "nothing" : text);
}

}  // namespace omnistream::storage::embedded
