#include "http/client/graph_api.hpp"

#include <utility>

#include "actors/json_text.hpp"
#include "http/client/graph_reply.hpp"

namespace omnistream::http::client {
namespace {

using json = nlohmann::json;

constexpr std::size_t said_bytes_max = 500;  ///< of Meta's words in a detail
constexpr int token_refused = 190;           ///< Meta's code for a wrong or expired token

std::string percent_encoded(std::string_view text) {
  constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += hex[static_cast<unsigned char>(c) >> 4];
      out += hex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

problem meta_error(const actors::graph_error& error) {
  std::string said = error.message;
  if (!error.details.empty()) said += " " + error.details;
  if (said.size() > said_bytes_max) {
    // Cut between characters: what begins with 10 in UTF-8 continues one.
    std::size_t end = said_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(said[end]) & 0xc0) == 0x80) --end;
    said.resize(end);
  }
  return problems::upstream(
      error.code == token_refused ? "meta_token_refused" : "meta_error",
      "Meta refused the call: " + said + " (Meta error " + std::to_string(error.code) + ")");
}

problem unreachable(const std::string& why) {
  return problems::upstream("meta_unreachable", "Meta could not be asked; try again later. " + why);
}

/// The JSON of a reply; a problem if there is none or it is an error.
result<json> read_reply(const http_response& response) {
  if (response.what != http_response::outcome::answered)
    return unreachable(std::string(response.error));
  if (const auto error = read_graph_error(response.body)) return meta_error(*error);
  if (response.status < 200 || response.status >= 300)
    return unreachable("It answered with HTTP status " + std::to_string(response.status) + ".");
  actors::json_cursor bounded(response.body);
  bounded.take_value();
  auto parsed = bounded.finished() ? json::parse(response.body, nullptr, false)
                                   : json(json::value_t::discarded);
  if (!parsed.is_object()) return unreachable("Its answer is not a JSON object.");
  return parsed;
}

/// `https://host:port` of a URL.
std::string_view origin(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

}  // namespace

void graph_api::call(std::string method, const std::string& id, const std::string& rest,
                     const std::string& access_token, const json* body, callback done) {
  http_request request;
  request.headers = headers_.of(access_token);
  if (!is_graph_id(id))
    return done(problems::invalid_field(
        "id", "invalid", "This is no id of Meta's: it has letters, digits and _ only."));
  if (request.headers == nullptr)
    return done(problems::invalid_field("access_token", "invalid",
                                        "The access token has characters no token has."));
  request.method = std::move(method);
  request.url = graph_url(endpoint_, id + rest);
  if (body != nullptr) request.body = body->dump(-1, ' ', false, json::error_handler_t::replace);
  http_.submit(std::move(request), [done = std::move(done)](const http_response& response) {
    done(read_reply(response));
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

void graph_api::create_template(const std::string& waba_id, const std::string& access_token,
                                const json& definition, callback done) {
  call("POST", waba_id, "/message_templates", access_token, &definition, std::move(done));
}

/// One walk over all pages.
struct graph_api::listing {
  std::string waba_id;
  std::string access_token;
  callback done;
  json templates = json::array();
  std::size_t pages = 0;
};

void graph_api::list_templates(const std::string& waba_id, const std::string& access_token,
                               callback done) {
  auto state = std::make_shared<listing>();
  state->waba_id = waba_id;
  state->access_token = access_token;
  state->done = std::move(done);
  list_page(std::move(state), "");
}

void graph_api::list_page(std::shared_ptr<listing> state, const std::string& after) {
  std::string rest =
      "/message_templates?fields=id,name,language,status,category,components,quality_score,"
      "rejected_reason,parameter_format&limit=" +
      std::to_string(templates_per_page);
  if (!after.empty()) rest += "&after=" + percent_encoded(after);
  const auto& walk = *state;
  call("GET", walk.waba_id, rest, walk.access_token, nullptr,
       [self = shared_from_this(), state](result<json> page) {
         if (!page) return state->done(page.error());
         const auto data = page->find("data");
         if (data == page->end() || !data->is_array())
           return state->done(unreachable("Its list has no data."));
         for (auto& one : *data) state->templates.push_back(std::move(one));
         const auto next = self->next_cursor(*page);
         if (!next) return state->done(next.error());
         if (next->empty()) return state->done(std::move(state->templates));
         if (++state->pages >= template_pages_max)
           return state->done(problems::upstream(
               "meta_error", "The account has more templates than are read at once."));
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
