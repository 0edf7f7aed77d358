#include "http/contract/tables/campaigns.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "http/api/all_routes.hpp"
#include "http/api/phone_numbers.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Campaigns";
constexpr const char* view = "campaigns.view";
constexpr const char* manage = "campaigns.manage";

const failure not_draft{409, "campaign_not_draft", "Only a draft can be changed."};
const failure ended{409, "campaign_ended", "It has ended already."};

// -- lists
// -----------------------------------------------------------------------------------------

void list(const exchange_ptr& on) {
  const auto query = on->query<campaigns_query>();
  if (query)
    api::read(on, "campaign", sql::campaigns_list, query->status, query->page, query->per_page);
}

void get(const exchange_ptr& on) {
  api::read(on, "campaign", sql::campaign_get, on->path_id());
}

void list_recipients(const exchange_ptr& on) {
  const auto query = on->query<recipients_query>();
  if (!query) return;
  const auto& statement =
      query->status ? sql::campaign_recipients_page_by_status : sql::campaign_recipients_page;
  api::read(on, "campaign", statement, on->path_id(), query->page, query->per_page, query->status);
}

// -- drafts
// ----------------------------------------------------------------------------------------

/// 422 unless the caller's tenant has the template and it is approved.
std::optional<problem> template_refused(storage::session& in, const uuid& id) {
  const auto row = in.execute(sql::campaign_template_check, id);
  if (row.empty())
    return problems::invalid_field("template_id", "not_found",
                                   "There is no template with this id.");
  if (row.text(0, 0) != "APPROVED")
    return problems::invalid_field("template_id", "template_not_approved",
                                   "The template " + std::string(row.text(0, 1)) + " is " +
                                       std::string(row.text(0, 0)) +
                                       "; only an approved one can be sent.");
  return std::nullopt;
}

std::optional<problem> account_refused(storage::session& in, const uuid& id) {
  const auto row = in.execute(sql::campaign_account_check, id);
  if (row.empty())
    return problems::invalid_field("integration_account_id", "not_found",
                                   "There is no account with this id.");
  if (row.text(0, 0) != "whatsapp")
    return problems::invalid_field("integration_account_id", "wrong_channel",
                                   "Campaigns are sent through WhatsApp.");
  return std::nullopt;
}

void create(const exchange_ptr& on) {
  const auto wanted = on->body<campaign_create>();
  if (!wanted) return;
  api::transact(
      on,
      [wanted = *wanted, agent = on->caller().agent_id,
       id = new_campaign_id(on->with().now())](storage::session& in) -> result<actors::answer> {
        if (auto why = template_refused(in, wanted.template_id)) return *why;
        const auto scheduled_at = wanted.scheduled_at.value_or(std::nullopt);
        const auto account = wanted.integration_account_id.value_or(std::nullopt);
        if (account)
          if (auto why = account_refused(in, *account)) return *why;
        const auto made = in.execute(sql::campaign_create, id, wanted.name, wanted.template_id,
                                     scheduled_at, account, agent);
        return actors::answer{201, std::string(made.text(0, 0))};
      });
}

/// The references of a change are checked first, as the caller's tenant; the change itself is the
/// campaign's business.
void change(const exchange_ptr& on) {
  const auto wanted = on->body<campaign_change>();
  if (!wanted) return;
  actors::campaign_edit edit;
  edit.name = wanted->name;
  edit.template_id = wanted->template_id;
  edit.scheduled_at = wanted->scheduled_at;
  edit.integration_account_id = wanted->integration_account_id;
  on->with().pool.submit(
      storage::access::tenant(on->caller().tenant_id),
      [edit](storage::session& in) -> result<done> {
        if (edit.template_id)
          if (auto why = template_refused(in, *edit.template_id)) return *why;
        if (edit.integration_account_id && *edit.integration_account_id)
          if (auto why = account_refused(in, **edit.integration_account_id)) return *why;
        return done{};
      },
      [on, edit](result<done> checked) {
        if (!checked) return on->fail(checked.error());
        api::command_campaign(on, actors::edit_campaign{edit});
      });
}

void remove(const exchange_ptr& on) {
  api::command_campaign(on, actors::remove_campaign{});
}

// -- recipients
// ------------------------------------------------------------------------------------

/// Reads a call's numbers and variables into E.164, and collects what is wrong with them.
class recipient_reader {
 public:
  explicit recipient_reader(std::string country) : country_(std::move(country)) {}

  actors::recipients_to_add read(recipients_add&& from) {
    actors::recipients_to_add to;
    to.contact_ids = std::move(from.contact_ids).value_or(std::vector<uuid>{});
    to.tags = std::move(from.tags).value_or(std::vector<std::string>{});
    const bool selects = !to.contact_ids.empty() || !to.tags.empty();
    auto variables = read_variables(std::move(from.variables));
    read_numbers(std::move(from.phone_numbers).value_or(std::vector<std::string>{}), variables,
                 selects, to);
    if (selects) {
      for (auto& [number, json] : variables) to.variables.emplace_back(number, std::move(json));
      std::sort(to.variables.begin(), to.variables.end());
    }
    return to;
  }

  std::vector<field_error> errors;

 private:
  using variables_by_number = std::unordered_map<std::string, std::string>;

  const std::string* e164(const std::string& number, const std::string& field) {
    auto known = numbers_.find(number);
    if (known == numbers_.end())
      known = numbers_.emplace(number, api::to_e164(number, country_)).first;
    if (known->second) return &*known->second;
    if (errors.size() < error_list::errors_max)
      errors.push_back(
          {field, "bad_phone_number",
           "\"" + number + "\" is no phone number, also not in the country " + country_ + "."});
    return nullptr;
  }

  variables_by_number read_variables(
      std::optional<std::vector<std::pair<std::string, recipient_variables>>>&& from) {
    variables_by_number to;
    if (!from) return to;
    for (auto& [number, values] : *from) {
      if (const auto* key = e164(number, "variables." + number))
        to[*key] = nlohmann::json(values).dump();
      recipient_variables().swap(values);  // of 50,000 people they are most of the call's memory
    }
    return to;
  }

  /// Takes each one's variables out of the map, unless a contact who is selected may need them.
  void read_numbers(const std::vector<std::string>& from, variables_by_number& variables,
                    bool keep_variables, actors::recipients_to_add& to) {
    std::unordered_set<std::string> seen;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const auto* number = e164(from[i], "phone_numbers." + std::to_string(i));
      if (number == nullptr) continue;
      if (!seen.insert(*number).second) {
        ++to.skipped;
        continue;
      }
      auto& added = to.numbers.emplace_back(*number, std::nullopt);
      const auto found = variables.find(*number);
      if (found == variables.end()) continue;
      added.variables_json = keep_variables ? found->second : std::move(found->second);
    }
  }

  std::string country_;
  std::unordered_map<std::string, std::optional<std::string>> numbers_;  ///< as given -> E.164
};

void add_to_campaign(const exchange_ptr& on) {
  auto wanted = on->body<recipients_add>();
  if (!wanted) return;
  recipient_reader reader(on->caller().country);
  auto recipients =
      std::make_shared<const actors::recipients_to_add>(reader.read(std::move(*wanted)));
  if (!reader.errors.empty()) return on->fail(problems::invalid(std::move(reader.errors)));
  if (recipients->numbers.empty() && recipients->contact_ids.empty() && recipients->tags.empty())
    return on->fail(problems::invalid_field(
        "phone_numbers", "required", "Name at least one of contact_ids, tags and phone_numbers."));
  api::command_campaign(on, actors::add_recipients{std::move(recipients)});
}

void clear(const exchange_ptr& on) {
  api::command_campaign(on, actors::clear_recipients{});
}

// -- sending
// ---------------------------------------------------------------------------------------

/// `Prefer: wait=N` of RFC 7240 in seconds, at most `longest`; nothing if it is not asked for.
std::optional<std::chrono::seconds> preferred_wait(std::string_view prefer,
                                                   std::chrono::seconds longest) {
  constexpr std::string_view name = "wait=";
  const auto at = prefer.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const auto value = prefer.substr(at + name.size());
  int seconds = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (parsed.ec != std::errc{} || seconds < 0) return std::nullopt;
  return std::min(std::chrono::seconds(seconds), longest);
}

void send(const exchange_ptr& on) {
  const auto& settings = on->with().settings;
  // The answer must leave before the server gives the request up.
  const std::chrono::seconds longest{
      std::max<std::int64_t>(settings.http_request_timeout_ms / 1'000 - 1, 0)};
  const auto wait = preferred_wait(on->request().header("Prefer"), longest)
                        .value_or(std::chrono::seconds(settings.campaigns_send_wait_s));
  api::command_campaign(on, actors::send_campaign{on->with().now() + wait});
}

void cancel(const exchange_ptr& on) {
  api::command_campaign(on, actors::cancel_campaign{});
}

void add_draft_operations(api::route_table& routes) {
  routes.add({.id = "campaigns_list",
              .method = "GET",
              .path = "/api/campaigns",
              .tag = tag_name,
              .summary = "List campaigns",
              .description = "Newest first, with their template's name and language.",
              .permission = view,
              .query = table_for(static_cast<const campaigns_query*>(nullptr)).shape(),
              .successes = {{.doc = "One page of campaigns.", .body = page_of(campaign_shape())}}},
             list);
  routes.add({.id = "campaigns_create",
              .method = "POST",
              .path = "/api/campaigns",
              .tag = tag_name,
              .summary = "Create a new campaign (draft)",
              .permission = manage,
              .body = table_for(static_cast<const campaign_create*>(nullptr)).shape(),
              .successes = {{.status = 201, .doc = "The draft.", .body = campaign_created_shape()}},
              .body_example = nlohmann::json{{"name", "Promo November"},
                                             {"template_id", contract::example_uuid}}},
             create);
  routes.add({.id = "campaigns_get",
              .method = "GET",
              .path = "/api/campaigns/{id}",
              .tag = tag_name,
              .summary = "Get a campaign",
              .permission = view,
              .successes = {{.doc = "The campaign.", .body = campaign_shape()}}},
             get);
  routes.add({.id = "campaigns_delete",
              .method = "DELETE",
              .path = "/api/campaigns/{id}",
              .tag = tag_name,
              .summary = "Delete a draft campaign",
              .description = "Its recipients go with it.",
              .permission = manage,
              .successes = {{.doc = "It is gone.", .body = message_shape()}},
              .failures = {not_draft}},
             remove);
  routes.add({.id = "campaigns_update",
              .method = "PATCH",
              .path = "/api/campaigns/{id}",
              .tag = tag_name,
              .summary = "Update a draft campaign",
              .permission = manage,
              .body = table_for(static_cast<const campaign_change*>(nullptr)).shape(),
              .successes = {{.doc = "The changed draft.", .body = campaign_shape()}},
              .failures = {not_draft},
              .body_example = nlohmann::json{{"name", "Promo December"},
                                             {"scheduled_at", "2099-12-01T02:00:00Z"}}},
             change);
}

void add_recipient_operations(api::route_table& routes) {
  routes.add(
      {.id = "campaign_recipients_list",
       .method = "GET",
       .path = "/api/campaigns/{id}/recipients",
       .tag = tag_name,
       .summary = "List campaign recipients",
       .description = "In the order they were added, with their contact's name.",
       .permission = view,
       .query = table_for(static_cast<const recipients_query*>(nullptr)).shape(),
       .successes = {{.doc = "One page of recipients.", .body = page_of(recipient_shape())}}},
      list_recipients);
  routes.add(
      {.id = "campaign_recipients_add",
       .method = "POST",
       .path = "/api/campaigns/{id}/recipients",
       .tag = tag_name,
       .summary = "Add recipients to a campaign",
       .description =
           "All or nothing: if one number is no phone number, none is added and errors names it.",
       .permission = manage,
       .body = table_for(static_cast<const recipients_add*>(nullptr)).shape(),
       .successes = {{.doc = "They are added.", .body = recipients_added_shape()}},
       .failures = {not_draft},
       .body_bytes_max = 32u << 20,
       .is_heavy = true,
       .body_example =
           nlohmann::json{{"phone_numbers", {"+6281234567890"}},
                          {"variables", {{"+6281234567890", {{"1", "Budi"}, {"2", "#123"}}}}}}},
      add_to_campaign);
  routes.add({.id = "campaign_recipients_clear",
              .method = "DELETE",
              .path = "/api/campaigns/{id}/recipients",
              .tag = tag_name,
              .summary = "Clear all recipients from a campaign",
              .permission = manage,
              .successes = {{.doc = "They are gone.", .body = recipients_cleared_shape()}},
              .failures = {not_draft}},
             clear);
}

void add_sending_operations(api::route_table& routes) {
  routes.add(
      {.id = "campaigns_send",
       .method = "POST",
       .path = "/api/campaigns/{id}/send",
       .tag = tag_name,
       .summary = "Send or schedule a campaign",
       .description = "If scheduled_at is in the future the campaign becomes scheduled. Otherwise "
                      "it becomes sending; the "
                      "call waits a little (`Prefer: wait=N` seconds) for it to end and answers "
                      "with the counts so far. "
                      "The campaign goes on without the caller. Sent again, a paused campaign "
                      "resumes and a running one "
                      "reports its counts. Needs can_broadcast on the agent.",
       .permission = manage,
       .needs_broadcast = true,
       .header_parameters = {header_parameter(
           "Prefer", "`wait=N`: how many seconds to wait for the campaign to end.", "wait=10")},
       .successes = {{.doc = "It is being sent, has been sent or is scheduled.",
                      .body = campaign_sent_shape()}},
       .failures = {ended,
                    {409, "no_recipients", "There is nobody to send to."},
                    {409, "template_not_approved", "The template may not be used (any more)."},
                    {409, "no_account", "No account is named and there is no default one."},
                    {409, "account_inactive", "The account is switched off."},
                    {409, "account_refused", "Meta refuses the account; see its pause_reason."}}},
      send);
  routes.add({.id = "campaigns_cancel",
              .method = "POST",
              .path = "/api/campaigns/{id}/cancel",
              .tag = tag_name,
              .summary = "Cancel a campaign",
              .description = "Whoever has not been sent to yet will not be; what is with Meta "
                             "already cannot be taken "
                             "back and is still recorded.",
              .permission = manage,
              .successes = {{.doc = "It is cancelled.", .body = campaign_cancelled_shape()}},
              .failures = {ended}},
             cancel);
}

}  // namespace

void campaigns(api::route_table& routes) {
  routes.describe({tag_name, "Broadcast campaigns: draft, recipients, send, follow, cancel."});
  add_draft_operations(routes);
  add_recipient_operations(routes);
  add_sending_operations(routes);
}

}  // namespace omnistream::http::routes
