#include "config/settings.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "config/base/network.hpp"
#include "config/sources.hpp"

namespace omnistream::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_name = "omnistream.toml";
constexpr std::size_t secret_file_bytes_max = 64 * 1024;

std::string value_of(const environment& variables, std::string_view name) {
  const auto found = variables.find(std::string(name));
  return found == variables.end() ? std::string() : found->second;
}

/// Whether `http://host:port` names this machine, in a way that no name server has a say in.
bool is_on_this_machine(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  const auto host =
      url.substr(0, url.find(']') == std::string_view::npos ? url.find(':') : url.find(']') + 1);
  if (host == "localhost" || host == "[::1]") return true;
  const auto address = ip_address::parse(host);
  return address && ip_network::parse("127.0.0.0/8")->contains(*address);
}

/// Reads all sources once and builds the resolution step by step.
class resolver {
 public:
  resolver(const command_line& line, const environment& variables, const fs::path& current_folder)
      : line_(line), variables_(variables), current_folder_(current_folder) {}

  resolution run() {
    if (const auto file = find_file()) {
      out_.file = *file;
      take([&](findings& into) { read_toml(*file, into); });
    }
    take([&](findings& into) { read_environment(variables_, into); });
    take([&](findings& into) { read_command_line(line_, into); });
    complete();
    check_paths();
    if (out_.ok()) check_together();
    return std::move(out_);
  }

 private:
  /// Messages are sentences: name, what is wrong, where the value is from.
  void complain(std::string_view name, std::string code, const std::string& what,
                const std::string& source) {
    out_.errors.push_back({std::string(name), std::move(code),
                           std::string(name) + " " + what + " (" + source + ")."});
  }

  std::string default_data_folder() const {
    const fs::path shared = value_of(variables_, "XDG_DATA_HOME");
    return (shared.is_absolute() ? shared / "omnistream" : current_folder_ / "omnistream-data")
        .string();
  }

  fs::path absolute(const std::string& path) const {
    auto normal = (current_folder_ / path).lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();  // without the last slash
  }

  /// The data folder as far as it is known before the file is read.
  fs::path data_folder_without_file() const {
    const auto& row = *find_property("data.dir");
    if (const auto given = line_.values.find(std::string(row.name));
        given != line_.values.end() && !given->second.empty())
      return absolute(given->second);
    if (const auto given = value_of(variables_, environment_name(row)); !given.empty())
      return absolute(given);
    return default_data_folder();
  }

  std::optional<fs::path> find_file() const {
    if (!line_.config_file.empty()) return absolute(line_.config_file);
    if (const auto named = value_of(variables_, config_variable); !named.empty())
      return absolute(named);
    for (const auto& folder : {data_folder_without_file(), current_folder_}) {
      std::error_code ignored;
      if (fs::exists(folder / file_name, ignored)) return folder / file_name;
    }
    return std::nullopt;
  }

  /// Reads one source and applies it over the earlier ones.
  template <class Read>
  void take(Read read) {
    findings found;
    read(found);
    out_.errors.insert(out_.errors.end(), found.errors.begin(), found.errors.end());
    std::map<const property*, std::string> seen;
    for (const auto& value : found.values) {
      const auto [earlier, first] = seen.emplace(value.target, value.source);
      if (first)
        apply(value);
      else
        complain(value.target->name, "conflict", "is given twice: by " + earlier->second,
                 "and by " + value.source);
    }
  }

  void apply(const given_value& value) {
    auto text = value.text;
    if (value.in_file) {
      const auto content = read_secret(value);
      if (!content) return;
      text = *content;
    }
    if (const auto wrong = assign(*value.target, out_.values, text))
      complain(value.target->name, "invalid", *wrong, value.source);
    else
      out_.sources[std::string(value.target->name)] = value.source;
  }

  /// The content of a secret's file without the line end that editors add.
  std::optional<std::string> read_secret(const given_value& value) {
    const auto path = absolute(value.text);
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
      complain(value.target->name, "unreadable",
               "cannot be read from " + path.string() + ": " +
                   (error ? error.message() : "it is not a file"),
               value.source);
      return std::nullopt;
    }
    std::ifstream file(path, std::ios::binary);
    std::string content(secret_file_bytes_max + 1, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (!file.eof() || file.bad()) {
      const auto why = file.gcount() > 0 ? "it is larger than 64 KiB" : "may this user read it?";
      complain(value.target->name, "unreadable",
               "cannot be read from " + path.string() + ": " + why, value.source);
      return std::nullopt;
    }
    content.resize(static_cast<std::size_t>(file.gcount()));
    while (!content.empty() && (content.back() == '\n' || content.back() == '\r'))
      content.pop_back();
    return content;
  }

  void complete() {
    auto& values = out_.values;
    if (values.data_dir.empty()) values.data_dir = default_data_folder();
    for (const auto& row : properties())
      if (const auto* kind = std::get_if<path_kind>(&row.kind);
          kind != nullptr && !(values.*kind->member).empty())
        values.*kind->member = absolute(values.*kind->member).string();
    while (values.meta_api_url.ends_with('/')) values.meta_api_url.pop_back();
  }

  void check_paths() {
    for (const auto& row : properties()) {
      const auto* kind = std::get_if<path_kind>(&row.kind);
      if (kind == nullptr || (out_.values.*kind->member).empty()) continue;
      const fs::path path = out_.values.*kind->member;
      if (const auto wrong = kind->what == path_to::file ? check_file(path) : check_folder(path))
        complain(row.name, "unreadable", *wrong, source_of(row));
    }
  }

  std::string source_of(const property& row) const {
    const auto found = out_.sources.find(std::string(row.name));
    return found == out_.sources.end() ? "the default" : found->second;
  }

  static std::optional<std::string> check_file(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error))
      return "must name a file, but " + path.string() + " is a folder";
    if (::access(path.c_str(), R_OK) == 0) return std::nullopt;
    return "cannot be read from " + path.string() + ": " + std::generic_category().message(errno);
  }

  /// A folder may be missing, as it is made when it is needed; what is there of its path must be
  /// folders.
  static std::optional<std::string> check_folder(fs::path path) {
    std::error_code error;
    auto status = fs::status(path, error);
    for (; status.type() == fs::file_type::not_found && path.has_relative_path();
         status = fs::status(path, error))
      path = path.parent_path();
    if (fs::is_directory(status)) return std::nullopt;
    if (fs::exists(status)) return "must be a folder, but " + path.string() + " is none";
    return "cannot be used at " + path.string() + ": " + error.message();
  }

  /// Rules between settings, once each is valid by itself.
  void check_together() {
    const auto& values = out_.values;
    const auto refuse = [&](std::string name, const std::string& what) {
      out_.errors.push_back({name, "conflict", name + " " + what});
    };
    if (values.tls_certificate_file.empty() != values.tls_key_file.empty()) {
      const bool key_missing = values.tls_key_file.empty();
      refuse(key_missing ? "tls.key_file" : "tls.certificate_file",
             std::string("must be set, too, as ") +
                 (key_missing ? "tls.certificate_file" : "tls.key_file") + " is.");
    }
    if (values.webhooks_body_bytes_max > values.http_body_bytes_max)
      refuse("webhooks.body_bytes_max", "must not be above http.body_bytes_max.");
    if (values.campaigns_recipients_per_call_max > values.campaigns_recipients_max)
      refuse("campaigns.recipients_per_call_max", "must not be above campaigns.recipients_max.");
    if (values.campaigns_send_wait_s * 1000 >= values.http_request_timeout_ms)
      refuse("campaigns.send_wait_s", "must be shorter than http.request_timeout_ms.");
    if (values.outgoing_webhooks_requests_per_host_max >
        values.outgoing_webhooks_requests_in_flight_max)
      refuse("outgoing_webhooks.requests_per_host_max",
             "must not be above outgoing_webhooks.requests_in_flight_max.");
    if (values.meta_connect_timeout_ms > values.meta_request_timeout_ms)
      refuse("meta.connect_timeout_ms", "must not be above meta.request_timeout_ms.");
    check_s3(refuse);
  }

  /// All of what an S3 server needs, where one is named.
  template <class Refuse>
  void check_s3(const Refuse& refuse) {
    const auto& values = out_.values;
    if (values.media_store == media_place::s3 && values.media_s3_endpoint.empty())
      refuse("media.s3_endpoint", "must be set, as media.store is s3.");
    if (values.media_s3_endpoint.empty()) return;
    const std::pair<const char*, bool> needed[] = {
        {"media.s3_bucket", values.media_s3_bucket.empty()},
        {"media.s3_access_key", values.media_s3_access_key.empty()},
        {"media.s3_secret_key", values.media_s3_secret_key.empty()}};
    for (const auto& [name, missing] : needed)
      if (missing) refuse(name, "must be set, too, as media.s3_endpoint is.");
    if (!values.media_s3_allow_plain && values.media_s3_endpoint.starts_with("http://") &&
        !is_on_this_machine(values.media_s3_endpoint))
      refuse("media.s3_endpoint",
             "must begin with https://, unless it is on this machine or media.s3_allow_plain is "
             "true.");
    if (values.media_s3_timeout_ms >= values.http_request_timeout_ms)
      refuse("media.s3_timeout_ms", "must be shorter than http.request_timeout_ms.");
  }

  const command_line& line_;
  const environment& variables_;
  fs::path current_folder_;
  resolution out_;
};

}  // namespace

resolution resolve(const command_line& line, const environment& variables,
                   const fs::path& current_folder) {
  return resolver(line, variables, fs::absolute(current_folder)).run();
}

std::vector<std::pair<std::string, std::string>> describe(const settings& values) {
  static const settings defaults;
  std::vector<std::pair<std::string, std::string>> changed;
  for (const auto& row : properties())
    if (value_text(row, values) != value_text(row, defaults))
      changed.emplace_back(row.name, shown_value(row, values));
  return changed;
}

}  // namespace omnistream::config
