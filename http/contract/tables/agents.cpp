#include "http/contract/tables/agents.hpp"

#include "http/contract/paging.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t name_characters_max = 200;
constexpr const char* email_doc =
    "Names the agent at login, so it belongs to one agent of the whole server. Upper case counts "
    "as lower case.";
constexpr const char* role_doc =
    "A role by name, such as admin, supervisor or agent. Only roles whose permissions you have "
    "yourself.";
constexpr const char* role_id_doc = "The same by id, as GET /api/roles shows it; name one of both.";
constexpr const char* broadcast_doc = "Whether the agent may send campaigns.";

template <class T>
void one_way_to_name_a_role(const T& wanted, error_list& errors) {
  if (wanted.role && wanted.role_id)
    errors.add("role_id", {"ambiguous", "Name the role by role or by role_id, not by both."});
}

std::vector<shape_field> agent_fields() {
  std::vector<shape_field> fields;
  fields.push_back(uuid_text("id"));
  fields.push_back(text("email").format(text_format::email).example("siti@toko-maju.example"));
  fields.push_back(text("name").example("Siti"));
  fields.push_back(text("role").doc("The role's name.").example("supervisor"));
  fields.push_back(uuid_text("role_id"));
  fields.push_back(boolean("can_broadcast").doc(broadcast_doc));
  fields.push_back(enumeration("status", {"online", "offline"}));
  fields.push_back(
      boolean("is_active").doc("An inactive agent cannot log in, and the agent's keys are dead."));
  fields.push_back(date_time("created_at"));
  fields.push_back(date_time("updated_at"));
  return fields;
}

shape_ptr tenant_shape() {
  static const auto declared =
      make_shape("Tenant", "The organization an agent belongs to.",
                 {uuid_text("id"), text("name").example("Toko Maju"),
                  text("country")
                      .pattern(text_pattern::country)
                      .doc("ISO 3166-1: how phone numbers without a country code are read.")});
  return declared;
}

}  // namespace

const table<agent_create>& table_for(const agent_create*) {
  static const table<agent_create> fields =
      table<agent_create>(
          "AgentCreate", "A new agent.",
          {field("email", &agent_create::email).doc(email_doc).example("siti@toko-maju.example"),
           field("name", &agent_create::name).size(1, name_characters_max).example("Siti"),
           field("password", &agent_create::password)
               .doc("Tell it to the agent, who can change it.")
               .example("correct horse battery"),
           field("role", &agent_create::role)
               .size(1, name_characters_max)
               .doc(std::string(role_doc) + " Without role and role_id: agent.")
               .example("supervisor"),
           field("role_id", &agent_create::role_id).doc(role_id_doc),
           field("can_broadcast", &agent_create::can_broadcast)
               .defaults_to(false)
               .doc(broadcast_doc)})
          .checked_by(one_way_to_name_a_role<agent_create>);
  return fields;
}

const table<agent_change>& table_for(const agent_change*) {
  static const table<agent_change> fields =
      table<agent_change>(
          "AgentChange", "Changes of an agent; what is absent stays.",
          {field("email", &agent_change::email).doc(email_doc).example("siti@toko-maju.example"),
           field("name", &agent_change::name).size(1, name_characters_max).example("Siti"),
           field("password", &agent_change::password)
               .doc("Ends the agent's other sessions.")
               .example("correct horse battery"),
           field("role", &agent_change::role)
               .size(1, name_characters_max)
               .doc(role_doc)
               .example("supervisor"),
           field("role_id", &agent_change::role_id).doc(role_id_doc),
           field("can_broadcast", &agent_change::can_broadcast).doc(broadcast_doc),
           field("is_active", &agent_change::is_active)
               .doc("false ends the agent's sessions and keeps the agent out.")})
          .checked_by(one_way_to_name_a_role<agent_change>);
  return fields;
}

const table<agent_status_change>& table_for(const agent_status_change*) {
  static const table<agent_status_change> fields(
      "AgentStatusChange", "Whether an agent is there to answer people.",
      {field("status", &agent_status_change::status).one_of({"online", "offline"})});
  return fields;
}

const table<agents_query>& table_for(const agents_query*) {
  static const table<agents_query> fields(
      "AgentsQuery", "",
      {field("page", &agents_query::page).range(1, page_max).defaults_to(1),
       field("per_page", &agents_query::per_page).range(1, 100).defaults_to(20),
       field("search", &agents_query::search)
           .size_max(name_characters_max)
           .doc("Only agents with this in their name or email, in any case."),
       field("role", &agents_query::role)
           .size_max(name_characters_max)
           .doc("Only agents with the role of this name."),
       field("is_active", &agents_query::is_active).doc("Only active, or only inactive agents.")});
  return fields;
}

shape_ptr agent_shape() {
  static const auto declared =
      make_shape("Agent", "Somebody who can log in. Passwords are never shown.", agent_fields());
  return declared;
}

shape_ptr agent_profile_shape() {
  static const auto declared =
      extend(agent_shape(), "AgentProfile", "The calling agent.",
             {texts("permissions").doc("What the role allows; GET /api/permissions explains."),
              object("tenant", tenant_shape())});
  return declared;
}

}  // namespace omnistream::http::contract
