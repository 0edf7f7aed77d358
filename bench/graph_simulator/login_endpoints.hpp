#pragma once

#include "bench/graph_simulator/call.hpp"

namespace graph_simulator {

/// `POST /_sim/logins`: a person logs in and grants what the body says: `kind` whatsapp with
/// `waba_id` and `phone_number_id`, messenger with `pages` [{`id`, `name`}], or instagram with
/// `user_id` and `username`; `redirect_uri` where the login leads back. Answers with the `code`.
reply begin_login(world& state, call& what);

/// `GET /{version}/oauth/access_token`: a code, or a user's token, for a token. Needs client_id and
/// client_secret, and the redirect_uri of the login.
reply exchange_token(world& state, call& what);

/// `POST /oauth/access_token`, as Instagram has it: a form, with errors of its own form.
reply exchange_instagram_code(world& state, call& what);
/// `GET /access_token`: an Instagram account's token for one of 60 days.
reply extend_instagram_token(world& state, call& what);
/// `GET /refresh_access_token`: such a token for a new one.
reply renew_instagram_token(world& state, call& what);

/// `GET /{version}/me/accounts`: the pages of the person whose token it is.
reply list_pages(world& state, call& what);

/// `GET /{version}/{id}` with the token of a login: a page with its token, or an Instagram profile;
/// nothing where the token or the object is something else.
std::optional<reply> get_granted_node(world& state, call& what);

/// `/{version}/{page}/messenger_profile`: persistent_menu and get_started.
reply get_messenger_profile(world& state, call& what);
reply set_messenger_profile(world& state, call& what);
reply delete_messenger_profile(world& state, call& what);

}  // namespace graph_simulator
