#include <utility>

#include "http/client/graph_api.hpp"

/// The calls with which people connect numbers, pages and Instagram accounts.
namespace omnistream::http::client {

using json = nlohmann::json;

void graph_api::list_phone_numbers(const std::string& waba_id, const std::string& access_token,
                                   callback done) {
  list_all(waba_id,
           "/phone_numbers?fields=id,display_phone_number,verified_name,status,platform_type",
           access_token, std::move(done));
}

void graph_api::list_pages(const std::string& user_token, callback done) {
  list_all("me", "/accounts?fields=id,name,category,tasks", user_token, std::move(done));
}

void graph_api::get_page(const std::string& page_id, const std::string& user_token, callback done) {
  call("GET", page_id, "?fields=id,name,access_token", user_token, nullptr, std::move(done));
}

void graph_api::unsubscribe_page(const std::string& page_id, const std::string& access_token,
                                 callback done) {
  call("DELETE", page_id, "/subscribed_apps", access_token, nullptr, std::move(done));
}

void graph_api::get_messenger_profile(const std::string& page_id, const std::string& access_token,
                                      callback done) {
  call("GET", page_id, "/messenger_profile?fields=persistent_menu,get_started", access_token,
       nullptr, std::move(done));
}

void graph_api::set_messenger_profile(const std::string& page_id, const std::string& access_token,
                                      const json& profile, callback done) {
  call("POST", page_id, "/messenger_profile", access_token, &profile, std::move(done));
}

void graph_api::delete_persistent_menu(const std::string& page_id, const std::string& access_token,
                                       callback done) {
  const json which = {{"fields", {"persistent_menu"}}};
  call("DELETE", page_id, "/messenger_profile", access_token, &which, std::move(done));
}

void graph_api::get_instagram_profile(const std::string& access_token, callback done) {
  call("GET", "me", "?fields=user_id,username,name", access_token, nullptr, std::move(done));
}

void graph_api::subscribe_instagram(const std::string& user_id, const std::string& access_token,
                                    callback done) {
  call("POST", user_id,
       "/subscribed_apps?subscribed_fields=messages,messaging_postbacks,message_reactions,"
       "messaging_seen",
       access_token, nullptr, std::move(done));
}

}  // namespace omnistream::http::client
