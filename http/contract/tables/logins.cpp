#include "http/contract/tables/logins.hpp"

#include "http/contract/tables/integration_accounts.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t code_characters_max = 4'096;
constexpr std::size_t state_characters_max = 200;
constexpr std::size_t name_characters_max = 200;
constexpr std::size_t meta_id_digits_max = 64;
constexpr std::size_t pin_digits = 6;

constexpr const char* code_doc = "What the login gave, as it came. It is good once, and not long.";
constexpr const char* state_doc =
    "The state of the config that the login began with, as it came back. It is good once, for 15 "
    "minutes, for the agent who asked for it.";
constexpr const char* division_doc =
    "The division that works with it, of GET /api/divisions. One that is connected already keeps "
    "its own.";
constexpr const char* available_doc =
    "false: the server's owner has not set up this login, and all else is absent.";

shape_ptr page_error_shape() {
  static const auto declared =
      make_shape("MessengerPageError", "Why the page was not connected.",
                 {integer("status").doc("As of an operation of its own.").example(409),
                  text("code").example("account_exists"), text("detail")});
  return declared;
}

shape_ptr page_result_shape() {
  static const auto declared =
      make_shape("MessengerPageResult", "What became of one page.",
                 {text("page_id").example("106540352242922"), boolean("ok"),
                  object("account", account_shape()).optional(),
                  object("error", page_error_shape()).optional()});
  return declared;
}

shape_ptr page_shape() {
  static const auto declared = make_shape(
      "MessengerPage", "A page of the person who has logged in.",
      {text("page_id").example("106540352242922"), text("name").example("Toko Maju"),
       text("category").optional().example("Clothing store"),
       texts("tasks").doc("What the person may do there, in Meta's words.").example({"MESSAGING"}),
       boolean("is_connected").doc("It is an account of yours, and active."),
       uuid_text("integration_account_id").optional().doc("Of that account.")});
  return declared;
}

}  // namespace

const table<embedded_signup>& table_for(const embedded_signup*) {
  static const table<embedded_signup> fields(
      "EmbeddedSignup", "A number to be connected.",
      {field("code", &embedded_signup::code)
           .size(1, code_characters_max)
           .secret()
           .doc("What the login gave, as it came. It is good once, for 30 seconds."),
       field("waba_id", &embedded_signup::waba_id)
           .size(1, meta_id_digits_max)
           .pattern(text_pattern::digits)
           .doc("The WhatsApp Business account that the person chose.")
           .example("102290129340398"),
       field("phone_number_id", &embedded_signup::phone_number_id)
           .size(1, meta_id_digits_max)
           .pattern(text_pattern::digits)
           .doc("The number that the person chose. Absent: the only one of the account.")
           .example("106540352242922"),
       field("pin", &embedded_signup::pin)
           .size(pin_digits, pin_digits)
           .pattern(text_pattern::digits)
           .secret()
           .example("123456")
           .doc("The number's two-step verification, if it has one. Absent: the server makes one."),
       field("display_name", &embedded_signup::display_name)
           .size(1, name_characters_max)
           .doc("Absent: the number's verified name. One that is connected already keeps its own.")
           .example("Toko Maju"),
       field("division_id", &embedded_signup::division_id).doc(division_doc)});
  return fields;
}

const table<instagram_login>& table_for(const instagram_login*) {
  static const table<instagram_login> fields(
      "InstagramLogin", "An account to be connected.",
      {field("code", &instagram_login::code).size(1, code_characters_max).secret().doc(code_doc),
       field("state", &instagram_login::state)
           .size(1, state_characters_max)
           .secret()
           .doc(state_doc),
       field("display_name", &instagram_login::display_name)
           .size(1, name_characters_max)
           .doc("Absent: the account's username. One that is connected already keeps its own.")
           .example("@toko.maju"),
       field("division_id", &instagram_login::division_id).doc(division_doc)});
  return fields;
}

const table<messenger_login>& table_for(const messenger_login*) {
  static const table<messenger_login> fields(
      "MessengerLogin", "A person whose pages are to be connected.",
      {field("code", &messenger_login::code).size(1, code_characters_max).secret().doc(code_doc),
       field("state", &messenger_login::state)
           .size(1, state_characters_max)
           .secret()
           .doc(state_doc)});
  return fields;
}

const table<pages_subscribe>& table_for(const pages_subscribe*) {
  static const table<pages_subscribe> fields(
      "PagesSubscribe", "Pages to be connected.",
      {field("page_ids", &pages_subscribe::page_ids)
           .size(1, pages_per_call_max)
           .each([](value_spec& id) {
             id.size_min = 1;
             id.size_max = meta_id_digits_max;
             id.pattern = text_pattern::digits;
           })
           .doc("Of the pages that the login showed; repeated ones count once.")
           .example({"106540352242922"}),
       field("division_id", &pages_subscribe::division_id).doc(division_doc)});
  return fields;
}

const table<page_disconnect>& table_for(const page_disconnect*) {
  static const table<page_disconnect> fields("PageDisconnect", "A page to be disconnected.",
                                             {field("page_id", &page_disconnect::page_id)
                                                  .size(1, meta_id_digits_max)
                                                  .pattern(text_pattern::digits)
                                                  .example("106540352242922")});
  return fields;
}

shape_ptr embedded_signup_config_shape() {
  static const auto declared = make_shape(
      "EmbeddedSignupConfig", "What the window of Embedded Signup is opened with.",
      {boolean("is_available").doc(available_doc), text("app_id").optional().example("1234567890"),
       text("config_id").optional().example("9876543210"),
       text("graph_api_version").optional().example("v23.0")});
  return declared;
}

shape_ptr login_config_shape() {
  static const auto declared = make_shape(
      "LoginConfig", "What a login is begun with.",
      {boolean("is_available").doc(available_doc), text("app_id").optional().example("1234567890"),
       text("config_id").optional().doc("Of Facebook Login for Business, where it is used."),
       texts("scopes").optional().doc("The permissions that the login asks for."),
       text("redirect_uri")
           .optional()
           .doc("Where the login leads back to, with code and state.")
           .example("https://app.example.com/connected"),
       text("authorize_url")
           .optional()
           .doc("Where to send the person; all of this is in it.")
           .example("https://www.facebook.com/v23.0/dialog/oauth?client_id=..."),
       text("state").optional().doc("Ties the login to the agent. A new one at every call."),
       date_time("state_expires_at").optional()});
  return declared;
}

shape_ptr messenger_login_shape() {
  static const auto declared = make_shape(
      "MessengerPages", "Whose pages they are is remembered until then, for connecting them.",
      {date_time("expires_at"), array("pages", page_shape())});
  return declared;
}

shape_ptr pages_subscribed_shape() {
  static const auto declared =
      make_shape("PagesSubscribed", "What became of the pages, in their order.",
                 {integer("succeeded"), integer("failed"), array("results", page_result_shape())});
  return declared;
}

}  // namespace omnistream::http::contract
