#include "http/api/tenants.hpp"

#include <set>

#include <phonenumbers/phonenumberutil.h>

#include "storage/queries.hpp"

namespace omnistream::http::api {

namespace sql = storage::queries;

new_tenant tenant_of(const contract::registration& wanted, std::string password_hash) {
  const auto now = system_now();
  const auto& email = wanted.email.text;
  return {.tenant_id = uuid::v7(now),
          .name = wanted.tenant_name,
          .country = wanted.country,
          .agent_id = uuid::v7(now),
          .agent_name = wanted.name.value_or(email.substr(0, email.find('@'))),
          .email = email,
          .password_hash = std::move(password_hash)};
}

std::optional<problem> create_tenant(storage::session& in, const new_tenant& what) {
  in.execute(sql::tenant_create, what.tenant_id, what.name, what.country);
  const auto admin = in.execute(sql::role_admin).id(0, 0);
  try {
    in.execute(sql::agent_create, what.agent_id, what.tenant_id, what.email, what.agent_name,
               what.password_hash, admin, true);
  } catch (const storage::database_error& why) {
    if (!is_email_conflict(why)) throw;
    return email_taken();
  }
  return std::nullopt;
}

std::optional<problem> country_refused(const std::string& country) {
  static const auto known = [] {
    std::set<std::string> regions;
    i18n::phonenumbers::PhoneNumberUtil::GetInstance()->GetSupportedRegions(&regions);
    return regions;
  }();
  if (known.contains(country)) return std::nullopt;
  return problems::invalid_field("country", "unknown_country",
                                 "There is no country " + country + " in ISO 3166-1.");
}

bool is_email_conflict(const storage::database_error& why) {
  return why.what_kind() == storage::database_error::kind::conflict &&
         why.constraint() == "agents_email_key";
}

problem email_taken() {
  return problems::conflict("email_taken",
                            "Another agent has this email; an email belongs to one agent.");
}

}  // namespace omnistream::http::api
