#include <memory>
#include <utility>

#include "http/api/account_secrets.hpp"
#include "http/api/account_storing.hpp"
#include "http/api/login_flow.hpp"
#include "http/api/meta_access.hpp"

namespace omnistream::http::api {
namespace {

using actors::reply_ptr;
using nlohmann::json;

/// The number among those of the business account; 422 if it is not there, or if none is named and
/// there is not exactly one.
result<json> chosen_number(const json& numbers, const std::optional<std::string>& named) {
  const auto refuse = [](const char* code, const char* message) {
    return problems::invalid_field("phone_number_id", code, message);
  };
  if (!named) {
    if (numbers.size() == 1 && numbers.front().is_object()) return numbers.front();
    return numbers.empty() ? refuse("not_found", "The business account has no number yet.")
                           : refuse("required", "The business account has several numbers.");
  }
  for (const auto& one : numbers)
    if (one.is_object() && meta_text(one, "id") == *named) return one;
  return refuse("not_found", "The business account has no such number.");
}

/// One number on its way.
struct signup : login_flow<signup> {
  signup(services& services, login_caller caller, contract::embedded_signup what, reply_ptr to)
      : login_flow(services, std::move(caller), std::move(to)), wanted(std::move(what)) {}

  void start();
  void exchange();
  void find_number();
  void choose(const json& numbers);
  void look_up();
  void subscribe();
  void register_number();
  void keep();

  const contract::embedded_signup wanted;
  std::string token;
  json number;
  std::string number_id;
  std::string pin;
  bool is_known = false;
};

void signup::start() {
  if (!wanted.division_id) return exchange();
  with.pool.submit(
      storage::access::tenant(by.tenant),
      [division = wanted.division_id](storage::session& in) -> result<done> {
        if (auto wrong = division_errors(in, division); !wrong.empty())
          return problems::invalid(std::move(wrong));
        return done{};
      },
      step<done>([](signup& self, done) { self.exchange(); }));
}

void signup::exchange() {
  with.logins.exchange_signup_code(
      wanted.code, step<client::login_token>([](signup& self, client::login_token got) {
        self.token = std::move(got.access_token);
        self.find_number();
      }));
}

/// Only a token that was given for the business account lists its numbers: so both are the
/// caller's. Another account is the caller's mistake.
void signup::find_number() {
  with.graph.list_phone_numbers(
      wanted.waba_id, token, [self = shared_from_this()](const result<json>& numbers) {
        if (!numbers && numbers.error().code == meta_error.code)
          return (*self->answer)(
              problems::invalid_field("waba_id", "refused", numbers.error().detail));
        if (!numbers) return (*self->answer)(numbers.error());
        self->choose(*numbers);
      });
}

void signup::choose(const json& numbers) {
  auto chosen = chosen_number(numbers, wanted.phone_number_id);
  if (!chosen) return (*answer)(chosen.error());
  number = std::move(*chosen);
  number_id = meta_text(number, "id");
  if (!client::is_graph_id(number_id))
    return (*answer)(problems::upstream("meta_error", "Meta did not say which number it is."));
  look_up();
}

void signup::look_up() {
  using found = std::optional<known_account>;
  find_known_account(
      with, by.tenant, "whatsapp", "wa-" + number_id, step<found>([](signup& self, found known) {
        self.is_known = known.has_value();
        std::optional<std::string> stored;
        if (known && !known->sealed_pin.empty())
          stored = open_secret(self.with.encryption_key, known->id, "pin", known->sealed_pin);
        if (self.wanted.pin)
          self.pin = *self.wanted.pin;
        else
          self.pin = stored ? *stored : registration_pin(self.with.encryption_key, self.number_id);
        self.subscribe();
      }));
}

void signup::subscribe() {
  with.graph.subscribe_app(wanted.waba_id, token, step<json>([](signup& self, const json&) {
                             // Meta grants ten registrations in three days, and a number of the
                             // Business app has one of its own: none for a number that can send
                             // already.
                             const bool is_ready =
                                 meta_text(self.number, "platform_type") == "CLOUD_API" &&
                                 meta_text(self.number, "status") == "CONNECTED";
                             if (is_ready) return self.keep();
                             self.register_number();
                           }));
}

void signup::register_number() {
  with.graph.register_phone_number(number_id, token, pin,
                                   step<json>([](signup& self, const json&) { self.keep(); }));
}

void signup::keep() {
  contract::account_create account;
  account.channel = "whatsapp";
  account.account_key = "wa-" + number_id;
  account.display_name = wanted.display_name.value_or(meta_text(number, "verified_name"));
  if (account.display_name.empty()) account.display_name = *account.account_key;
  account.division_id = wanted.division_id;
  auto& values = account.config.emplace().values;
  values["phone_number_id"] = number_id;
  values["waba_id"] = wanted.waba_id;
  values["access_token"] = token;
  if (!is_known || wanted.pin) values["pin"] = pin;
  keep_logged_in_account(with, by, std::move(account), answer);
}

}  // namespace

void sign_up_number(services& with, login_caller by, contract::embedded_signup wanted,
                    reply_ptr answer) {
  if (!can_sign_up(with.settings)) return (*answer)(not_available());
  with.engine.query(
      [&with, by = std::move(by), wanted = std::move(wanted)](reply_ptr counted) {
        std::make_shared<signup>(with, by, wanted, std::move(counted))->start();
      },
      std::move(answer));
}

}  // namespace omnistream::http::api
