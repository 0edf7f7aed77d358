#include "http/contract/tables/events.hpp"

#include "http/api/all_routes.hpp"
#include "http/api/event_client.hpp"
#include "http/api/route_table.hpp"

namespace omnistream::http::routes {
namespace {

using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Live Events";

/// The header comes from a client that comes back by itself, so it is newer than the address.
void stream(const exchange_ptr& on) {
  auto query = on->query<events_query>();
  if (!query) return;
  const auto header = on->request().header("Last-Event-ID");
  auto after = header.empty() ? query->last_event_id.value_or("") : std::string(header);
  api::stream_events(on, std::move(after));
}

}  // namespace

void events(api::route_table& routes) {
  routes.describe({tag_name, "What happens, told as it happens to whoever looks."});
  routes.add(
      {.id = "events_stream",
       .method = "GET",
       .path = "/api/events",
       .tag = tag_name,
       .summary = "Stream what happens",
       .description = events_description(),
       .query = table_for(static_cast<const events_query*>(nullptr)).shape(),
       .header_parameters = {header_parameter(
           "Last-Event-ID", "The `id` of the last event that the client has.", "4711:4711:")},
       .successes = {{.doc = "The stream. It goes on until either side ends it.",
                      .content_type = "text/event-stream"}},
       .failures = {{429, "too_many_streams",
                     "The agent has as many streams open as live.streams_per_agent_max allows."},
                    {503, "too_many_streams", "The server serves no more streams at once."}}},
      stream);
}

}  // namespace omnistream::http::routes
