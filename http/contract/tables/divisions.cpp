#include "http/contract/tables/divisions.hpp"

#include "http/contract/tables/agents.hpp"
#include "http/contract/tables/campaigns.hpp"

namespace omnistream::http::contract {
namespace {

constexpr std::size_t description_characters_max = 500;

constexpr const char* name_doc = "No other division of the tenant has it, in whatever case.";
constexpr const char* agents_doc = "All agents of the division, by name.";

}  // namespace

const table<division_create>& table_for(const division_create*) {
  static const table<division_create> fields("DivisionCreate", "A new division.",
                                             {field("name", &division_create::name)
                                                  .size(1, division_name_characters_max)
                                                  .doc(name_doc)
                                                  .example("Sales"),
                                              field("description", &division_create::description)
                                                  .size_max(description_characters_max)
                                                  .doc("What it does, for people.")
                                                  .example("Answers before the order")});
  return fields;
}

const table<division_change>& table_for(const division_change*) {
  static const table<division_change> fields("DivisionChange",
                                             "Changes of a division; what is absent stays.",
                                             {field("name", &division_change::name)
                                                  .size(1, division_name_characters_max)
                                                  .doc(name_doc)
                                                  .example("Sales"),
                                              field("description", &division_change::description)
                                                  .size_max(description_characters_max)
                                                  .doc("null: none.")
                                                  .example("Answers before the order")});
  return fields;
}

const table<division_agents>& table_for(const division_agents*) {
  static const table<division_agents> fields(
      "DivisionAgents", "Agents, by id.",
      {field("agent_ids", &division_agents::agent_ids)
           .size(1, division_agents_per_call_max)
           .doc("Ids of agents of the tenant, active or not; repeated ones count once.")});
  return fields;
}

shape_ptr division_shape() {
  static const auto declared = make_shape(
      "Division", "Agents who work together. An agent may be in several divisions.",
      {uuid_text("id"), text("name").doc(name_doc).example("Sales"),
       text("description").optional().example("Answers before the order"),
       integer("agent_count").doc("How many agents are in it.").example(3), date_time("created_at"),
       date_time("updated_at").doc("Also moves when an agent comes or goes.")});
  return declared;
}

shape_ptr division_with_agents_shape() {
  static const auto declared =
      extend(division_shape(), "DivisionWithAgents", "A division and who is in it.",
             {array("agents", agent_shape()).doc(agents_doc)});
  return declared;
}

shape_ptr division_deleted_shape() {
  static const auto declared =
      extend(message_shape(), "DivisionDeleted", "What lost its division.",
             {integer("removed_agents").doc("How many agents were in it."),
              integer("unbound_accounts").doc("How many integration accounts were bound to it.")});
  return declared;
}

shape_ptr division_agents_added_shape() {
  static const auto declared =
      extend(message_shape(), "DivisionAgentsAdded", "Who is in the division now.",
             {integer("added").doc("How many were not in it before."),
              array("agents", agent_shape()).doc(agents_doc)});
  return declared;
}

shape_ptr division_agents_removed_shape() {
  static const auto declared =
      extend(message_shape(), "DivisionAgentsRemoved", "Who is in the division now.",
             {integer("removed").doc("How many were in it before."),
              array("agents", agent_shape()).doc(agents_doc)});
  return declared;
}

}  // namespace omnistream::http::contract
