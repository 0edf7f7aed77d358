#include "http/api/mail_account.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "http/client/mail_headers.hpp"
#include "http/client/mail_sender.hpp"
#include "http/client/outbound_rules.hpp"

namespace omnistream::http::api {
namespace {

using contract::account_config;

constexpr std::size_t host_bytes_max = 253;
constexpr std::int64_t port_max = 65'535;
constexpr std::size_t name_bytes_max = 200;
constexpr std::size_t password_bytes_max = 1'000;
constexpr std::size_t reply_to_bytes_max = 500;

field_error wrong(const char* field, const char* code, const char* message) {
  return {std::string("config.") + field, code, message};
}

/// A name or an address, also of IPv6, without brackets.
bool is_host(const std::string& text) {
  return !text.empty() && text.size() <= host_bytes_max && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == ':';
  });
}

bool is_line(const std::string& text, std::size_t bytes_max = name_bytes_max) {
  return text.size() <= bytes_max &&
         std::ranges::all_of(text, [](unsigned char c) { return c >= ' ' && c != 0x7f; });
}

void check_port(const account_config& config, std::vector<field_error>& errors) {
  const auto found = config.values.find("smtp_port");
  if (found == config.values.end() || found->second.is_null()) return;
  const auto& port = found->second;
  if (!port.is_number_integer() || port < 1 || port > port_max)
    errors.push_back(wrong("smtp_port", "out_of_range", "A port is a number from 1 to 65535."));
}

void check_security(const account_config& config, bool allow_plain,
                    std::vector<field_error>& errors) {
  if (!config.has("smtp_security")) return;
  const auto how = config.text("smtp_security");
  if (how != "starttls" && how != "tls" && how != "none")
    errors.push_back(wrong("smtp_security", "not_one_of", "Must be one of: starttls, tls, none."));
  if (how == "none" && !allow_plain)
    errors.push_back(wrong("smtp_security", "not_allowed",
                           "Mails without TLS are not allowed here (email.smtp_allow_plain)."));
}

/// All that can be said without looking a name up.
std::vector<field_error> errors_in(const account_config& config, bool allow_plain) {
  std::vector<field_error> errors;
  if (config.has("smtp_host") && !is_host(config.text("smtp_host")))
    errors.push_back(
        wrong("smtp_host", "bad_format", "Must be a host's name such as smtp.example.com."));
  check_port(config, errors);
  check_security(config, allow_plain, errors);
  for (const auto* name : {"smtp_user", "from_name"})
    if (config.has(name) && (config.text(name).empty() || !is_line(config.text(name))))
      errors.push_back(wrong(name, "bad_format", "Must be one line of at most 200 bytes."));
  if (config.has("smtp_password") && !is_line(config.text("smtp_password"), password_bytes_max))
    errors.push_back(wrong("smtp_password", "bad_format",
                           "Must be one line of at most 1,000 bytes, without control characters."));
  if (config.has("reply_to") && (!is_line(config.text("reply_to"), reply_to_bytes_max) ||
                                 !client::mailbox_of(config.text("reply_to"))))
    errors.push_back(wrong("reply_to", "bad_format", "Must be an address."));
  return errors;
}

/// Blocks while the name is resolved. Which address it has is not told.
std::optional<field_error> host_error(const client::outbound_rules& rules,
                                      const std::string& host) {
  bool allowed = true;
  const bool found = client::resolve_by_system(
      host, [&](const sockaddr& one) { return allowed = rules.allows(one); });
  if (!found)
    return wrong("smtp_host", "unresolvable",
                 "Must be a host that can be found: its name has no address, or its name server "
                 "does not answer.");
  if (!allowed)
    return wrong("smtp_host", "not_allowed",
                 "Must be a host on the Internet, with public addresses only.");
  return std::nullopt;
}

}  // namespace

void check_mail_server(services& with, const uuid& tenant, const account_config& config,
                       std::function<void(result<omnistream::done>)> done) {
  auto errors = errors_in(config, with.settings.email_smtp_allow_plain);
  if (!errors.empty()) return done(problems::invalid(std::move(errors)));
  if (!config.has("smtp_host")) return done(omnistream::done{});
  const auto job = [host = config.text("smtp_host"),
                    rules = client::mail_server_rules_of(with.settings), done] {
    if (auto why = host_error(rules, host)) return done(problems::invalid({std::move(*why)}));
    done(omnistream::done{});
  };
  if (!with.lookups->submit(tenant, job))
    done(problems::unavailable("busy", "Other hosts are being looked up at this moment; try again.",
                               5));
}

void check_password_comes_along(const stored_config& stored, const account_config& change,
                                std::vector<field_error>& errors) {
  const auto differs = [&](const char* name) {
    const auto before = stored.shown.find(name);
    return change.has(name) && (before == stored.shown.end() || *before != change.text(name));
  };
  const bool in_clear = differs("smtp_security") && change.text("smtp_security") == "none";
  if (!stored.sealed.contains("smtp_password") || !(differs("smtp_host") || in_clear)) return;
  const bool removed = change.values.contains("smtp_password") && !change.has("smtp_password");
  const auto password = change.text("smtp_password");
  if (removed || (!password.empty() && !is_masked(password))) return;
  errors.push_back(wrong("smtp_password", "required",
                         "Another server, or one without TLS, needs the password once more."));
}

bool changes_mail_server(const account_config& config) {
  return std::ranges::any_of(config.values,
                             [](const auto& one) { return one.first.starts_with("smtp_"); });
}

}  // namespace omnistream::http::api
