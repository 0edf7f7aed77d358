#include "http/api/permissions.hpp"

namespace omnistream::http::api {
namespace {

constexpr permission table[] = {
    {"agents.manage", "Add, change and remove agents, and say who may send campaigns."},
    {"agents.view", "See who the agents are."},
    {"campaigns.manage", "Draft, send and cancel campaigns; sending needs can_broadcast besides."},
    {"campaigns.view", "See campaigns, their recipients and their results."},
    {"contacts.manage", "Add, change and remove contacts."},
    {"contacts.view", "See contacts."},
    {"conversations.manage", "Assign, transfer, tag and resolve the conversations one sees."},
    {"conversations.view",
     "See the conversations assigned to oneself, and unassigned ones without a division or in a "
     "division of one's own."},
    {"conversations.view_all", "See all conversations, where one may see conversations."},
    {"developer.access", "Make API keys."},
    {"divisions.manage", "Make, change and delete divisions, and say which agents are in them."},
    {"divisions.view", "See divisions and who is in them."},
    {"integrations.manage", "Connect, change and disconnect channels and their accounts."},
    {"integrations.view", "See channels and accounts; secrets stay masked."},
    {"messages.send", "Send messages in the conversations one sees."},
    {"notes.manage", "Change and delete the notes of others, where one manages conversations."},
    {"roles.manage", "Make and change roles."},
    {"roles.view", "See roles and what they allow."},
    {"settings.manage", "Change the tenant's settings."},
    {"templates.manage", "Create, sync and remove message templates."},
    {"templates.view", "See message templates."},
    {"webhooks.manage", "Post events to systems of the tenant's own, and see what was posted."},
};

}  // namespace

std::span<const permission> permissions() {
  return table;
}

}  // namespace omnistream::http::api
