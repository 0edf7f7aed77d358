#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "config/base/result.hpp"
#include "http/client/curl_client.hpp"
#include "http/client/graph_client.hpp"

namespace omnistream::http::client {

/// The Graph API's calls for accounts and templates. Thread-safe. Each callback is called exactly
/// once, on the HTTP client's thread, with Meta's JSON or a problem:
/// - 502 `meta_error`: Meta answered with an error; its message and code are in the detail;
/// - 502 `meta_token_refused`: the same where the access token is wrong or has expired;
/// - 502 `meta_unreachable`: no answer, or none that can be read;
/// - 422 `invalid`, within the call itself, if an id or token cannot be part of a request.
class graph_api : public std::enable_shared_from_this<graph_api> {
 public:
  using callback = std::function<void(result<nlohmann::json>)>;

  static constexpr std::size_t list_pages_max = 100;
  static constexpr std::size_t listed_per_page = 100;

  /// `http` outlives it.
  graph_api(curl_client& http, graph_endpoint endpoint)
      : http_(http), endpoint_(std::move(endpoint)) {}

  /// Name, quality, throughput, registration and health of a phone number.
  void get_phone_number(const std::string& phone_number_id, const std::string& access_token,
                        callback done);

  /// Registers a number with the Cloud API; `pin` has six digits and becomes its two-step
  /// verification PIN.
  void register_phone_number(const std::string& phone_number_id, const std::string& access_token,
                             const std::string& pin, callback done);

  /// Where a medium that was received is, for five minutes: `url`; besides mime_type and file_size.
  void get_media(const std::string& media_id, const std::string& access_token, callback done);

  /// Subscribes our app to the account's webhooks.
  void subscribe_app(const std::string& waba_id, const std::string& access_token, callback done);

  /// Subscribes our app to a page's messages, of Messenger and of the Instagram account that
  /// belongs to it. Meta takes only the page's own token for that.
  void subscribe_page(const std::string& page_id, const std::string& access_token, callback done);

  /// The Instagram account of a page: `instagram_business_account`, absent where it has none.
  void get_instagram_account(const std::string& page_id, const std::string& access_token,
                             callback done);

  /// Ends that.
  void unsubscribe_page(const std::string& page_id, const std::string& access_token, callback done);

  /// All templates of an account as one array, over all pages (at most list_pages_max; more is a
  /// problem 502 `meta_error`). Pages are asked for by cursor at our own endpoint; a page that
  /// points to another host ends the call as `meta_error`, so that no token goes there. So are the
  /// other lists.
  void list_templates(const std::string& waba_id, const std::string& access_token, callback done);

  /// Creates a template from Meta's JSON (name, language, category, components); answers id, status
  /// and category.
  void create_template(const std::string& waba_id, const std::string& access_token,
                       const nlohmann::json& definition, callback done);

  /// The phone numbers of a WhatsApp Business account, each with what says whether it is registered
  /// with the Cloud API. Meta takes only a token that was given for the account.
  void list_phone_numbers(const std::string& waba_id, const std::string& access_token,
                          callback done);

  /// The pages of the person whose token it is: id, name, category and what they may do there.
  /// Without the pages' own tokens.
  void list_pages(const std::string& user_token, callback done);

  /// Name and access token of a page, for somebody who may use it.
  void get_page(const std::string& page_id, const std::string& user_token, callback done);

  /// What Messenger shows in a page's chats: persistent_menu and get_started, as far as it is set.
  void get_messenger_profile(const std::string& page_id, const std::string& access_token,
                             callback done);
  void set_messenger_profile(const std::string& page_id, const std::string& access_token,
                             const nlohmann::json& profile, callback done);
  /// Takes the persistent menu away; the button to start stays.
  void delete_persistent_menu(const std::string& page_id, const std::string& access_token,
                              callback done);

  /// Of the Instagram account whose own token it is, at Instagram's endpoint: user_id, by which
  /// webhooks name it, and username.
  void get_instagram_profile(const std::string& access_token, callback done);
  /// Subscribes our app to such an account's messages.
  void subscribe_instagram(const std::string& user_id, const std::string& access_token,
                           callback done);

 private:
  struct listing;

  void call(std::string method, const std::string& id, const std::string& rest,
            const std::string& access_token, const nlohmann::json* body, callback done);
  void list_all(const std::string& id, const std::string& edge, const std::string& access_token,
                callback done);
  void list_page(std::shared_ptr<listing> state, const std::string& after);
  result<std::string> next_cursor(const nlohmann::json& page) const;

  curl_client& http_;
  const graph_endpoint endpoint_;
  graph_headers headers_;
};

}  // namespace omnistream::http::client
