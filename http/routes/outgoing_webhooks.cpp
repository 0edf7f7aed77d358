#include "http/contract/tables/outgoing_webhooks.hpp"

#include "http/api/account_secrets.hpp"
#include "http/api/all_routes.hpp"
#include "http/api/route_table.hpp"
#include "http/client/outbound_rules.hpp"
#include "http/client/webhook_signature.hpp"
#include "http/contract/json_writer.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "http/contract/tables/webhook_events.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Outgoing Webhooks";
constexpr const char* manage = "webhooks.manage";
constexpr int webhooks_per_tenant_max = 50;

const failure too_many{409, "too_many_webhooks",
                       "The tenant has 50 subscriptions already; delete one first."};
const failure disabled{409, "webhook_disabled",
                       "The subscription is disabled; enable it with is_active first."};
const failure pending{409, "delivery_pending", "It will be tried again in any case."};
const failure testing{409, "test_under_way", "Another test of it waits for its result."};
const failure unreadable{409, "secret_unreadable",
                         "Its secret cannot be opened with the server's key; rotate it."};

// -- secrets and addresses

std::optional<field_error> secret_refused(const std::optional<secret>& given) {
  if (!given || client::is_webhook_secret(given->reveal())) return std::nullopt;
  return field_error{"secret", "bad_format",
                     "Must be whsec_ and the base64 of 24 to 64 bytes; without it the server makes "
                     "one."};
}

secret secret_of(const std::optional<secret>& given) {
  return given ? *given : secret(client::make_webhook_secret());
}

std::string sealed(const exchange_ptr& on, const uuid& webhook, const secret& plain) {
  return api::seal_webhook_secret(on->with().encryption_key, webhook, plain.reveal());
}

/// An object of the API with the secret as its last member.
std::string with_secret(std::string_view object, const secret& plain) {
  std::string text(object.substr(0, object.rfind('}')));
  text += text.find(':') == std::string::npos ? R"("secret":)" : R"(,"secret":)";
  append_json_string(text, plain.reveal());
  return text += '}';
}

/// Goes on with `then` if events may be posted to the URL, on a thread that may wait: its host's
/// name is looked up. Otherwise the caller is told, with what else was wrong.
void check_url(const exchange_ptr& on, const std::string& url, std::vector<field_error> errors,
               std::function<void()> then) {
  auto& with = on->with();
  auto job = [on, url, errors = std::move(errors), then = std::move(then)]() mutable {
    const auto rules = client::outbound_rules_of(on->with().settings);
    if (auto why = client::check_outbound_url(rules, url))
      errors.insert(errors.begin(), std::move(*why));
    if (!errors.empty()) return on->fail(problems::invalid(std::move(errors)));
    then();
  };
  if (!with.lookups->submit(on->caller().tenant_id, std::move(job)))
    on->fail(problems::unavailable(
        "busy", "Other hosts are being looked up at this moment; try again.", 5));
}

// -- reading

void list(const exchange_ptr& on) {
  api::read(on, "webhook", sql::webhooks_list);
}

void list_events(const exchange_ptr& on) {
  static const std::string shown = [] {
    auto all = nlohmann::ordered_json::array();
    for (const auto& one : webhook_events())
      all.push_back(
          {{"type", one.type}, {"description", one.description}, {"example", example_body(one)}});
    return all.dump();
  }();
  on->json(200, shown);
}

void get(const exchange_ptr& on) {
  api::read(on, "webhook", sql::webhook_get, on->path_id());
}

void list_deliveries(const exchange_ptr& on) {
  if (const auto query = on->query<deliveries_query>())
    api::read(on, "webhook", sql::webhook_deliveries_list, on->path_id(), query->status,
              query->page, query->per_page);
}

void get_delivery(const exchange_ptr& on) {
  api::read(on, "delivery", sql::webhook_delivery_get, on->path_id(), on->path_id("delivery_id"));
}

// -- making and changing

void store(const exchange_ptr& on, const webhook_create& wanted) {
  const auto id = uuid::v7(on->with().now());
  const auto plain = secret_of(wanted.given_secret);
  api::transact(on,
                [wanted, id, plain, sealed = sealed(on, id, plain),
                 agent = on->caller().agent_id](storage::session& in) -> result<actors::answer> {
                  in.execute(sql::webhooks_lock);
                  if (in.execute(sql::webhooks_count).integer(0, 0) >= webhooks_per_tenant_max)
                    return problems::conflict(too_many.code, too_many.doc);
                  const auto made = in.execute(
                      sql::webhook_create, id, wanted.url,
                      wanted.description.value_or(std::nullopt), wanted.event_types,
                      wanted.is_active, wanted.batch_max, wanted.batch_wait_ms, sealed, agent);
                  return actors::answer{201, with_secret(made.text(0, 0), plain)};
                });
}

void create(const exchange_ptr& on) {
  auto wanted = on->body<webhook_create>();
  if (!wanted) return;
  std::vector<field_error> errors;
  if (auto why = secret_refused(wanted->given_secret)) errors.push_back(std::move(*why));
  const auto url = wanted->url;
  check_url(on, url, std::move(errors), [on, wanted = std::move(*wanted)] { store(on, wanted); });
}

void change(const exchange_ptr& on) {
  auto wanted = on->body<webhook_change>();
  if (!wanted) return;
  actors::webhook_edit edit;
  edit.url = std::move(wanted->url);
  edit.description = std::move(wanted->description);
  edit.event_types = std::move(wanted->event_types);
  edit.is_active = wanted->is_active;
  edit.batch_max = wanted->batch_max;
  edit.batch_wait_ms = wanted->batch_wait_ms;
  if (!edit.url) return api::command_webhook(on, actors::edit_webhook{std::move(edit)});
  const auto url = *edit.url;
  check_url(on, url, {},
            [on, edit = std::move(edit)] { api::command_webhook(on, actors::edit_webhook{edit}); });
}

void remove(const exchange_ptr& on) {
  api::command_webhook(on, actors::remove_webhook{});
}

void rotate(const exchange_ptr& on) {
  const auto wanted = on->body<webhook_rotate>();
  if (!wanted) return;
  if (auto why = secret_refused(wanted->given_secret))
    return on->fail(problems::invalid({std::move(*why)}));
  const auto plain = secret_of(wanted->given_secret);
  actors::webhook_rotation with{sealed(on, on->path_id(), plain), {}};
  // 0: never, also where the database's clock is behind ours.
  if (wanted->previous_valid_s > 0)
    with.previous_until = on->with().now() + std::chrono::seconds(wanted->previous_valid_s);
  api::command_webhook(on, actors::rotate_webhook_secret{std::move(with)},
                       std::make_shared<actors::reply>([on, plain](result<actors::answer> what) {
                         if (what) what->json = with_secret(what->json, plain);
                         on->finish(std::move(what));
                       }));
}

// -- sending

void test(const exchange_ptr& on) {
  api::command_webhook(on, actors::test_webhook{});
}

void redeliver(const exchange_ptr& on) {
  api::command_webhook(on, actors::redeliver{on->path_id("delivery_id")});
}

void redeliver_failed(const exchange_ptr& on) {
  if (const auto wanted = on->body<webhook_redeliver>())
    api::command_webhook(on, actors::redeliver_failed{wanted->since});
}

// -- declarations

void add_reading(api::route_table& routes) {
  routes.add({.id = "outgoing_webhooks_list",
              .method = "GET",
              .path = "/api/outgoing-webhooks",
              .tag = tag_name,
              .summary = "List outgoing webhooks",
              .description = "All subscriptions, the newest first. Secrets are not shown.",
              .permission = manage,
              .successes = {{.doc = "The subscriptions.",
                             .body = outgoing_webhook_shape(),
                             .is_array = true}}},
             list);
  routes.add({.id = "outgoing_webhooks_events",
              .method = "GET",
              .path = "/api/outgoing-webhooks/events",
              .tag = tag_name,
              .summary = "List available webhook event types",
              .description = "Each with the body of a request that tells of it alone. Members that "
                             "have no value are left out of data.",
              .permission = manage,
              .successes = {{.doc = "The types.", .body = event_type_shape(), .is_array = true}}},
             list_events);
  routes.add({.id = "outgoing_webhooks_get",
              .method = "GET",
              .path = "/api/outgoing-webhooks/{id}",
              .tag = tag_name,
              .summary = "Get an outgoing webhook by ID",
              .permission = manage,
              .successes = {{.doc = "The subscription.", .body = outgoing_webhook_shape()}}},
             get);
}

void add_changing(api::route_table& routes) {
  routes.add(
      {.id = "outgoing_webhooks_create",
       .method = "POST",
       .path = "/api/outgoing-webhooks",
       .tag = tag_name,
       .summary = "Create an outgoing webhook",
       .description =
           "What happens from then on is posted to the URL as JSON `{type, timestamp, data}`, at "
           "least once and in order for each contact, signed by Standard Webhooks 1.0 (headers "
           "webhook-id, webhook-timestamp, webhook-signature). Answer 2xx within 15 s; redirects "
           "and everything else are failures, and the delivery is tried again after 5 s, 5 min, 30 "
           "min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, while what came after it waits. 410 disables "
           "the subscription at once, 5 days of nothing but failure do too. The answer is the "
           "only one with the secret.",
       .permission = manage,
       .body = table_for(static_cast<const webhook_create*>(nullptr)).shape(),
       .successes = {{.status = 201,
                      .doc = "The subscription; store its secret now.",
                      .body = outgoing_webhook_created_shape()}},
       .failures = {too_many},
       .body_example = nlohmann::json{{"url", "https://toko-maju.example/hooks"},
                                      {"event_types", {"campaign.*", "message.received"}},
                                      {"batch_max", 100},
                                      {"batch_wait_ms", 1000}}},
      create);
  routes.add(
      {.id = "outgoing_webhooks_update",
       .method = "PATCH",
       .path = "/api/outgoing-webhooks/{id}",
       .tag = tag_name,
       .summary = "Update an outgoing webhook",
       .description = "is_active true enables it again, whyever it was disabled.",
       .permission = manage,
       .body = table_for(static_cast<const webhook_change*>(nullptr)).shape(),
       .successes = {{.doc = "The changed subscription.", .body = outgoing_webhook_shape()}}},
      change);
  routes.add({.id = "outgoing_webhooks_delete",
              .method = "DELETE",
              .path = "/api/outgoing-webhooks/{id}",
              .tag = tag_name,
              .summary = "Delete an outgoing webhook",
              .description = "With what waits for it and the list of its deliveries.",
              .permission = manage,
              .successes = {{.doc = "It is gone.", .body = message_shape()}}},
             remove);
  routes.add(
      {.id = "outgoing_webhooks_rotate_secret",
       .method = "POST",
       .path = "/api/outgoing-webhooks/{id}/rotate-secret",
       .tag = tag_name,
       .summary = "Replace the secret of an outgoing webhook",
       .description = "For a while both secrets sign each request; the header then has two "
                      "signatures, one of which the receiver knows.",
       .permission = manage,
       .body = table_for(static_cast<const webhook_rotate*>(nullptr)).shape(),
       .successes = {{.doc = "The new secret; store it now.", .body = webhook_secret_shape()}},
       .body_example = nlohmann::json{{"previous_valid_s", 86400}}},
      rotate);
}

void add_deliveries(api::route_table& routes) {
  routes.add({.id = "outgoing_webhook_deliveries_list",
              .method = "GET",
              .path = "/api/outgoing-webhooks/{id}/deliveries",
              .tag = tag_name,
              .summary = "List deliveries for a webhook",
              .description =
                  "Those that were tried at least once, the newest first; what waits for its first "
                  "attempt is not among them. Only the newest 10,000 (with that status) can be "
                  "listed and count into total.",
              .permission = manage,
              .query = table_for(static_cast<const deliveries_query*>(nullptr)).shape(),
              .successes = {{.doc = "One page of deliveries.", .body = page_of(delivery_shape())}}},
             list_deliveries);
  routes.add({.id = "outgoing_webhook_deliveries_get",
              .method = "GET",
              .path = "/api/outgoing-webhooks/{id}/deliveries/{delivery_id}",
              .tag = tag_name,
              .summary = "Get a delivery by ID",
              .permission = manage,
              .successes = {{.doc = "The delivery, with its body.", .body = delivery_shape()}}},
             get_delivery);
}

void add_sending(api::route_table& routes) {
  routes.add(
      {.id = "outgoing_webhooks_test",
       .method = "POST",
       .path = "/api/outgoing-webhooks/{id}/test",
       .tag = tag_name,
       .summary = "Send a test event to the webhook",
       .description = "Sends webhook.test at once (as a batch, if it takes batches), also while it "
                      "is disabled, and answers what came of it. It is tried once, and changes no "
                      "status.",
       .permission = manage,
       .successes = {{.doc = "The delivery, delivered or failed.", .body = delivery_shape()}},
       .failures = {testing, unreadable}},
      test);
  routes.add({.id = "outgoing_webhook_deliveries_redeliver",
              .method = "POST",
              .path = "/api/outgoing-webhooks/{id}/deliveries/{delivery_id}/redeliver",
              .tag = tag_name,
              .summary = "Send a delivery again",
              .description = "One that has ended, delivered or failed: at once, out of order, with "
                             "the same webhook-id and body and all its attempts.",
              .permission = manage,
              .successes = {{.status = 202, .doc = "It will be sent.", .body = delivery_shape()}},
              .failures = {pending, disabled}},
             redeliver);
  routes.add({.id = "outgoing_webhooks_redeliver",
              .method = "POST",
              .path = "/api/outgoing-webhooks/{id}/redeliver",
              .tag = tag_name,
              .summary = "Send again what failed since a time",
              .description = "The same for all deliveries that failed, the oldest first, at most "
                             "10,000 in one call: call it again as long as it answers so many.",
              .permission = manage,
              .body = table_for(static_cast<const webhook_redeliver*>(nullptr)).shape(),
              .successes = {{.doc = "They will be sent.", .body = redelivered_shape()}},
              .failures = {disabled}},
             redeliver_failed);
}

}  // namespace

void outgoing_webhooks(api::route_table& routes) {
  routes.describe({tag_name, "Subscriptions: what happens here is posted to a system of yours."});
  add_reading(routes);
  add_changing(routes);
  add_deliveries(routes);
  add_sending(routes);
}

}  // namespace omnistream::http::routes
