#include "http/api/account_secrets.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include "config/base/secret.hpp"

namespace omnistream::http::api {
namespace {

constexpr std::string_view mask_head = "***";
constexpr std::size_t config_fields_max = 50;

std::string place_of(const uuid& account, std::string_view name) {
  return "integration_accounts.secrets." + std::string(name) + ":" + account.to_string();
}

std::string place_of_webhook(const uuid& webhook) {
  return "outgoing_webhooks.secret:" + webhook.to_string();
}

void put_secret(stored_config& into, const std::string& name, const nlohmann::json& value,
                const crypto::key256& key, const uuid& account, std::vector<field_error>& errors) {
  const auto refuse = [&](const char* code, const char* message) {
    errors.push_back({"config." + name, code, message});
  };
  if (!value.is_string() || value.get_ref<const std::string&>().empty())
    return refuse("wrong_type", "A secret is a text that is not empty.");
  const auto& text = value.get_ref<const std::string&>();
  if (is_masked(text)) {
    if (!into.sealed.contains(name))
      refuse("masked", "This is a mask, and no secret is stored that it could stand for.");
    return;
  }
  into.sealed[name] = seal_secret(key, account, name, text);
  into.shown[name] = mask(text);
}

}  // namespace

bool is_secret_name(std::string_view name) {
  std::string lower;
  for (const unsigned char c : name) lower += static_cast<char>(std::tolower(c));
  if (lower == "pin") return true;
  constexpr std::array<std::string_view, 8> marks{"token",      "secret",     "password",
                                                  "passphrase", "credential", "api_key",
                                                  "apikey",     "private_key"};
  return std::any_of(marks.begin(), marks.end(), [&lower](std::string_view mark) {
    return lower.find(mark) != std::string::npos;
  });
}

bool is_masked(std::string_view text) {
  return text.starts_with(mask_head);
}

std::string seal_secret(const crypto::key256& key, const uuid& account, std::string_view name,
                        std::string_view plaintext) {
  return crypto::seal(key, plaintext, place_of(account, name));
}

std::optional<std::string> open_secret(const crypto::key256& key, const uuid& account,
                                       std::string_view name, std::string_view sealed) {
  return crypto::open(key, sealed, place_of(account, name));
}

std::shared_ptr<const std::string> open_account_secret(const crypto::key256& key,
                                                       const uuid& account, const std::string& name,
                                                       const std::string& sealed) {
  auto opened = open_secret(key, account, name, sealed);
  if (!opened) return nullptr;
  return std::make_shared<const std::string>(std::move(*opened));
}

std::shared_ptr<const std::string> open_access_token(const crypto::key256& key, const uuid& account,
                                                     const std::string& sealed) {
  return open_account_secret(key, account, "access_token", sealed);
}

std::string seal_webhook_secret(const crypto::key256& key, const uuid& webhook,
                                std::string_view plaintext) {
  return crypto::seal(key, plaintext, place_of_webhook(webhook));
}

std::optional<std::string> open_webhook_secret(const crypto::key256& key, const uuid& webhook,
                                               std::string_view sealed) {
  return crypto::open(key, sealed, place_of_webhook(webhook));
}

std::string registration_pin(const crypto::key256& key, std::string_view phone_number_id) {
  constexpr std::uint64_t pins = 1'000'000;
  constexpr std::size_t digits = 6;
  const auto own = crypto::derive_key(key, "whatsapp registration pin");
  const auto raw = own.bytes();
  const auto code = crypto::hmac_sha256(
      std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size()), phone_number_id);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = number << 8 | static_cast<unsigned char>(code[i]);
  auto pin = std::to_string(number % pins);
  return std::string(digits - pin.size(), '0') + pin;
}

void merge_config(stored_config& into, const std::map<std::string, nlohmann::json>& values,
                  const crypto::key256& key, const uuid& account,
                  std::vector<field_error>& errors) {
  for (const auto& [name, value] : values) {
    if (value.is_null()) {
      into.shown.erase(name);
      into.sealed.erase(name);
    } else if (is_secret_name(name)) {
      put_secret(into, name, value, key, account, errors);
    } else {
      into.shown[name] = value;
    }
  }
  if (into.shown.size() > config_fields_max)
    errors.push_back({"config", "too_many_items",
                      "A config has at most " + std::to_string(config_fields_max) + " fields."});
}

}  // namespace omnistream::http::api
