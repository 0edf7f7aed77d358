#include "http/client/graph_api.hpp"

#include <utility>

#include "config/base/text.hpp"
#include "http/client/graph_json.hpp"

namespace omnistream::http::client {
namespace {

using json = nlohmann::json;

/// `https://host:port` of a URL.
std::string_view origin(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

problem no_graph_id() {
  return problems::invalid_field("id", "invalid",
                                 "This is no id of Meta's: it has letters, digits and _ only.");
}

problem no_token() {
  return problems::invalid_field("access_token", "invalid",
                                 "The access token has characters no token has.");
}

}  // namespace

void graph_api::call(std::string method, const std::string& id, const std::string& rest,
                     const std::string& access_token, const json* body, callback done) {
  http_request request;
  request.headers = headers_.of(access_token);
  if (!is_graph_id(id)) return done(no_graph_id());
  if (request.headers == nullptr) return done(no_token());
  request.method = std::move(method);
  request.url = graph_url(endpoint_, id + rest);
  if (body != nullptr) request.body = body->dump(-1, ' ', false, json::error_handler_t::replace);
  http_.submit(std::move(request), [done = std::move(done)](const http_response& response) {
    done(read_graph_json(response));
  });
}

void graph_api::get_phone_number(const std::string& phone_number_id,
                                 const std::string& access_token, callback done) {
  call("GET", phone_number_id,
       "?fields=id,display_phone_number,verified_name,quality_rating,code_verification_status,name_"
       "status,status,"
       "platform_type,throughput,messaging_limit_tier,health_status",
       access_token, nullptr, std::move(done));
}

void graph_api::register_phone_number(const std::string& phone_number_id,
                                      const std::string& access_token, const std::string& pin,
                                      callback done) {
  const json body = {{"messaging_product", "whatsapp"}, {"pin", pin}};
  call("POST", phone_number_id, "/register", access_token, &body, std::move(done));
}

void graph_api::get_media(const std::string& media_id, const std::string& access_token,
                          callback done) {
  call("GET", media_id, "", access_token, nullptr, std::move(done));
}

void graph_api::subscribe_app(const std::string& waba_id, const std::string& access_token,
                              callback done) {
  call("POST", waba_id, "/subscribed_apps", access_token, nullptr, std::move(done));
}

void graph_api::subscribe_page(const std::string& page_id, const std::string& access_token,
                               callback done) {
  call("POST", page_id,
       "/subscribed_apps?subscribed_fields=messages,messaging_postbacks,message_reactions,"
       "message_edits,message_deliveries,message_reads,message_echoes",
       access_token, nullptr, std::move(done));
}

void graph_api::get_instagram_account(const std::string& page_id, const std::string& access_token,
                                      callback done) {
  call("GET", page_id, "?fields=instagram_business_account", access_token, nullptr,
       std::move(done));
}

void graph_api::list_templates(const std::string& waba_id, const std::string& access_token,
                               callback done) {
  list_all(waba_id,
           "/message_templates?fields=id,name,language,status,category,components,quality_score,"
           "rejected_reason,parameter_format",
           access_token, std::move(done));
}

void graph_api::create_template(const std::string& waba_id, const std::string& access_token,
                                const json& definition, callback done) {
  call("POST", waba_id, "/message_templates", access_token, &definition, std::move(done));
}

/// One walk over all pages.
struct graph_api::listing {
  std::string id;
  std::string edge;  ///< with the fields that are wanted
  std::string access_token;
  callback done;
  json found = json::array();
  std::size_t pages = 0;
};

void graph_api::list_all(const std::string& id, const std::string& edge,
                         const std::string& access_token, callback done) {
  auto state = std::make_shared<listing>();
  state->id = id;
  state->edge = edge;
  state->access_token = access_token;
  state->done = std::move(done);
  list_page(std::move(state), "");
}

void graph_api::list_page(std::shared_ptr<listing> state, const std::string& after) {
  auto rest = state->edge + "&limit=" + std::to_string(listed_per_page);
  if (!after.empty()) rest += "&after=" + percent_encoded(after);
  const auto& walk = *state;
  call("GET", walk.id, rest, walk.access_token, nullptr,
       [self = shared_from_this(), state](result<json> page) {
         if (!page) return state->done(page.error());
         const auto data = page->find("data");
         if (data == page->end() || !data->is_array())
           return state->done(meta_unreachable("Its list has no data."));
         for (auto& one : *data) state->found.push_back(std::move(one));
         const auto next = self->next_cursor(*page);
         if (!next) return state->done(next.error());
         if (next->empty()) return state->done(std::move(state->found));
         if (++state->pages >= list_pages_max)
           return state->done(
               problems::upstream("meta_error", "Meta's list is longer than is read at once."));
         self->list_page(state, *next);
       });
}

/// The cursor of the page after this one, empty at the last. Meta writes `paging.next` only where
/// there is more.
result<std::string> graph_api::next_cursor(const json& page) const {
  const auto foreign = [](const char* why) {
    return problems::upstream("meta_error", std::string("Meta's list cannot be followed: ") + why);
  };
  const auto paging = page.find("paging");
  if (paging == page.end() || !paging->is_object() || !paging->contains("next"))
    return std::string{};
  const auto& next = (*paging)["next"];
  if (!next.is_string() || origin(next.get<std::string>()) != origin(endpoint_.api_url))
    return foreign("its next page is on another host.");
  const auto cursors = paging->find("cursors");
  const bool has_after = cursors != paging->end() && cursors->is_object() &&
                         cursors->contains("after") && (*cursors)["after"].is_string() &&
                         !(*cursors)["after"].get<std::string>().empty();
  if (!has_after) return foreign("its next page has no cursor.");
  return (*cursors)["after"].get<std::string>();
}

}  // namespace omnistream::http::client
