#include "http/contract/tables/auth.hpp"

#include "http/contract/tables/agents.hpp"

namespace omnistream::http::contract {

const table<login_request>& table_for(const login_request*) {
  static const table<login_request> fields(
      "Login", "Who logs in.",
      {field("email", &login_request::email).example("admin@toko-maju.example"),
       field("password", &login_request::password)
           .size(1, crypto::password_bytes_max)
           .example("correct horse battery")});
  return fields;
}

const table<registration>& table_for(const registration*) {
  static const table<registration> fields(
      "Registration", "A new tenant and its first admin.",
      {field("tenant_name", &registration::tenant_name)
           .size(1, 200)
           .doc("What the organization is called.")
           .example("Toko Maju"),
       field("country", &registration::country)
           .pattern(text_pattern::country)
           .defaults_to("ID")
           .doc("ISO 3166-1: how phone numbers without a country code are read."),
       field("name", &registration::name)
           .size(1, 200)
           .doc("What the admin is called; without it, as the email begins.")
           .example("Siti"),
       field("email", &registration::email)
           .doc("The admin's, for login. It belongs to one agent of the whole server.")
           .example("admin@toko-maju.example"),
       field("password", &registration::password)
           .doc("The admin's.")
           .example("correct horse battery")});
  return fields;
}

shape_ptr session_token_shape() {
  static const auto declared = make_shape(
      "SessionToken", "A JWT that names a session.",
      {text("token")
           .doc("For `Authorization: Bearer`. It ends with the session, whatever it says itself.")
           .example("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzaWQiOiIifQ.c2lnbmF0dXJl"),
       date_time("expires_at")});
  return declared;
}

shape_ptr session_shape() {
  static const auto declared =
      extend(session_token_shape(), "Session", "A new session: its token, and who it belongs to.",
             {object("agent", agent_profile_shape())});
  return declared;
}

}  // namespace omnistream::http::contract
