#include "http/contract/tables/auth.hpp"

#include <memory>

#include "http/api/all_routes.hpp"
#include "http/api/login_throttle.hpp"
#include "http/api/password_work.hpp"
#include "http/api/route_table.hpp"
#include "http/api/session_cookie.hpp"
#include "http/api/tenants.hpp"
#include "http/contract/tables/agents.hpp"
#include "http/contract/tables/campaigns.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::routes {
namespace {

namespace sql = storage::queries;
using namespace contract;
using api::exchange_ptr;

constexpr const char* tag_name = "Auth";
constexpr std::size_t stranger_body_bytes_max = 16 << 10;  ///< of a body that anybody may send

constexpr int sessions_per_agent_max = 100;
/// A token from GET /api/auth/token can be read by the page's scripts, so it lives shorter than the
/// cookie's.
constexpr std::chrono::seconds fresh_token_life{3'600};

const failure wrong_credentials{401, "wrong_credentials", "No agent has this email and password."};
const failure inactive{403, "agent_inactive", "An admin has switched this agent off."};
const failure too_many_attempts{
    429, "too_many_attempts", "Ten logins for this email from this address failed in 15 minutes."};
const failure email_taken{409, "email_taken", "Another agent has this email."};
const failure closed{403, "registration_closed", "This server's settings allow no registration."};
const failure no_session{409, "no_session", "An API key called: it has no session."};

problem said_as(const failure& known, std::string detail) {
  return {known.status, known.code, std::move(detail), {}, {}};
}

// -- sessions
// --------------------------------------------------------------------------------------

/// A session before it is stored.
struct session_plan {
  uuid id;
  timestamp expires_at;
  std::string token;
};

session_plan plan_session(const api::services& with) {
  const auto now = with.now();
  const auto expires_at = std::chrono::floor<std::chrono::seconds>(now) +
                          std::chrono::seconds(with.settings.http_session_ttl_s);
  const auto id = uuid::v7(now);
  return {id, expires_at, with.tokens.issue(id, expires_at)};
}

std::string token_members(const std::string& token, timestamp expires_at) {
  return "{\"token\":\"" + token + "\",\"expires_at\":\"" + format_rfc3339(expires_at) + '"';
}

/// Stores the session and tells it with the agent's profile; nothing if the agent's password is not
/// the one with `password_hash` any more.
std::optional<std::string> store_session(storage::session& in, const session_plan& session,
                                         const uuid& agent, const std::string& password_hash) {
  in.execute(sql::sessions_trim, agent, sessions_per_agent_max - 1);
  if (in.execute(sql::session_create, session.id, agent, session.expires_at, password_hash).empty())
    return std::nullopt;
  const auto profile = in.execute(sql::agent_profile, agent);
  return token_members(session.token, session.expires_at) +
         ",\"agent\":" + std::string(profile.text(0, 0)) + "}";
}

void send_with_cookie(const exchange_ptr& on, actors::answer what, const session_plan& session) {
  const auto& settings = on->with().settings;
  on->send(
      {.status = what.status,
       .body = std::move(what.json),
       .headers = {api::session_cookie_header(settings, on->request(), session.token,
                                              std::chrono::seconds(settings.http_session_ttl_s))}});
}

// -- login
// -----------------------------------------------------------------------------------------

/// One login on its way through lookup, comparison and storing.
struct login_call {
  exchange_ptr on;
  login_request wanted;
  std::shared_ptr<api::login_throttle> throttle;
  session_plan session;
  actors::reply_ptr to;

  std::string who() const { return wanted.email.text + ' ' + on->request().remote_address; }
};
using login_ptr = std::shared_ptr<login_call>;

struct login_candidate {
  uuid agent;
  std::string password_hash;
  bool is_active = false;
};

problem credentials_refused() {
  return said_as(wrong_credentials, "No agent has this email and password.");
}

void begin_session(const login_ptr& call, const login_candidate& agent,
                   const std::optional<std::string>& fresh_hash) {
  call->on->with().pool.submit(
      storage::access::engine(),
      [call, agent, fresh_hash](storage::session& in) -> result<actors::answer> {
        if (fresh_hash)
          in.execute(sql::agent_rehash, agent.agent, *fresh_hash, agent.password_hash);
        auto told =
            store_session(in, call->session, agent.agent, fresh_hash.value_or(agent.password_hash));
        if (!told) return credentials_refused();
        return actors::answer{200, std::move(*told)};
      },
      [call](result<actors::answer> what) { (*call->to)(std::move(what)); });
}

void compare_password(const login_ptr& call, const std::optional<login_candidate>& agent) {
  const auto hash = agent ? std::optional(agent->password_hash) : std::nullopt;
  api::verify_password(call->on->with(), hash, call->wanted.password,
                       [call, agent](result<api::password_verdict> verdict) {
                         if (!verdict) return (*call->to)(verdict.error());
                         if (!verdict->fits) return (*call->to)(credentials_refused());
                         if (!agent->is_active)
                           return (*call->to)(said_as(inactive,
                                                      "An admin has switched this agent off; ask "
                                                      "one to switch it on again."));
                         begin_session(call, *agent, verdict->fresh_hash);
                       });
}

/// Who has the email, if anybody. Nothing from here on tells the caller which.
void find_agent(const login_ptr& call) {
  call->on->with().pool.submit(
      storage::access::engine(),
      [email = call->wanted.email.text](
          storage::session& in) -> result<std::optional<login_candidate>> {
        const auto row = in.execute(sql::login_agent, email);
        if (row.empty()) return std::optional<login_candidate>{};
        return std::optional(
            login_candidate{row.id(0, 0), std::string(row.text(0, 1)), row.boolean(0, 2)});
      },
      [call](result<std::optional<login_candidate>> agent) {
        if (!agent) return (*call->to)(agent.error());
        compare_password(call, *agent);
      });
}

actors::reply_ptr login_reply(const login_call& of) {
  return std::make_shared<actors::reply>([on = of.on, session = of.session, throttle = of.throttle,
                                          who = of.who()](result<actors::answer> what) {
    if (what) {
      throttle->succeeded(who);
      return send_with_cookie(on, std::move(*what), session);
    }
    // The server's own trouble is nobody's failed guess.
    if (what.error().status >= 500) throttle->withdraw(who);
    on->fail(what.error());
  });
}

void login(const exchange_ptr& on, const std::shared_ptr<api::login_throttle>& throttle) {
  auto wanted = on->body<login_request>();
  if (!wanted) return;
  auto& with = on->with();
  const auto call = std::make_shared<login_call>(
      login_call{on, std::move(*wanted), throttle, plan_session(with), nullptr});
  if (const auto wait = throttle->begin(call->who(), with.now())) {
    auto why = said_as(too_many_attempts, "Too many logins for this email failed; wait " +
                                              std::to_string(wait->count()) + " seconds.");
    why.retry_after_seconds = static_cast<int>(wait->count());
    return on->fail(why);
  }
  with.engine.query(
      [call](actors::reply_ptr counted) {
        call->to = std::move(counted);
        find_agent(call);
      },
      login_reply(*call));
}

// -- registering
// -----------------------------------------------------------------------------------

void store_tenant(const exchange_ptr& on, const api::new_tenant& tenant) {
  const auto session = plan_session(on->with());
  api::transact(
      on, storage::access::engine(),
      [tenant, session](storage::session& in) -> result<actors::answer> {
        if (auto why = api::create_tenant(in, tenant)) return *why;
        auto told = store_session(in, session, tenant.agent_id, tenant.password_hash);
        if (!told) return problems::internal();
        return actors::answer{201, std::move(*told)};
      },
      std::make_shared<actors::reply>([on, session](result<actors::answer> what) {
        if (!what) return on->fail(what.error());
        send_with_cookie(on, std::move(*what), session);
      }));
}

void register_tenant(const exchange_ptr& on) {
  if (!on->with().settings.registration_enabled)
    return on->fail(said_as(closed,
                            "This server takes no registrations; its operator makes "
                            "tenants with `omnistream bootstrap`."));
  auto wanted = on->body<registration>();
  if (!wanted) return;
  if (const auto why = api::country_refused(wanted->country)) return on->fail(*why);
  const auto password = wanted->password.text;
  api::hash_password(on->with(), password,
                     [on, wanted = std::move(*wanted)](result<std::string> hash) {
                       if (!hash) return on->fail(hash.error());
                       store_tenant(on, api::tenant_of(wanted, std::move(*hash)));
                     });
}

// -- what a session can do
// -------------------------------------------------------------------------

void me(const exchange_ptr& on) {
  api::read(on, "agent", sql::agent_profile, on->caller().agent_id);
}

void logout(const exchange_ptr& on) {
  const auto session = on->caller().session_id;
  if (!session) return on->json(200, R"({"message":"An API key has no session to end."})");
  api::transact(
      on, storage::access::tenant(on->caller().tenant_id),
      [session](storage::session& in) -> result<actors::answer> {
        in.execute(sql::session_end, *session);
        return actors::answer{200, R"({"message":"Logged out."})"};
      },
      std::make_shared<actors::reply>([on](result<actors::answer> what) {
        on->with().identities.forget_agent(on->caller().agent_id);
        if (!what) return on->fail(what.error());
        on->send({.status = what->status,
                  .body = std::move(what->json),
                  .headers = {api::no_session_cookie_header(on->with().settings, on->request())}});
      }));
}

void fresh_token(const exchange_ptr& on) {
  const auto session = on->caller().session_id;
  if (!session)
    return on->fail(
        said_as(no_session, "An API key has no session; log in, or go on with the key."));
  const auto& with = on->with();
  api::transact(
      on,
      [session, &tokens = with.tokens,
       now = with.now()](storage::session& in) -> result<actors::answer> {
        const auto row = in.execute(sql::session_expiry, *session);
        if (row.empty()) return problems::unauthenticated("The session has ended; log in again.");
        const auto until =
            std::min(row.time(0, 0),
                     timestamp(std::chrono::floor<std::chrono::seconds>(now) + fresh_token_life));
        return actors::answer{200, token_members(tokens.issue(*session, until), until) + "}"};
      });
}

void add_entries(api::route_table& routes) {
  routes.add(
      {.id = "auth_login",
       .method = "POST",
       .path = "/api/auth/login",
       .tag = tag_name,
       .summary = "Login with email and password",
       .description = "Begins a session: browsers get it as the cookie omnistream_session, others "
                      "send the token as `Authorization: Bearer`.",
       .access = authentication::none,
       .body = table_for(static_cast<const login_request*>(nullptr)).shape(),
       .successes = {{.doc = "The new session.", .body = session_shape()}},
       .failures = {wrong_credentials, inactive, too_many_attempts},
       .body_bytes_max = stranger_body_bytes_max},
      [throttle = std::make_shared<api::login_throttle>()](const exchange_ptr& on) {
        login(on, throttle);
      });
  routes.add({.id = "auth_register",
              .method = "POST",
              .path = "/api/auth/register",
              .tag = tag_name,
              .summary = "Register a new tenant organization",
              .description = "Makes the tenant with its first admin, who may send campaigns, and "
                             "logs the admin in.",
              .access = authentication::none,
              .body = table_for(static_cast<const registration*>(nullptr)).shape(),
              .successes = {{.status = 201,
                             .doc = "The tenant is there; the admin's session.",
                             .body = session_shape()}},
              .failures = {closed, email_taken},
              .body_bytes_max = stranger_body_bytes_max},
             register_tenant);
}

void add_session_operations(api::route_table& routes) {
  routes.add({.id = "auth_me",
              .method = "GET",
              .path = "/api/auth/me",
              .tag = tag_name,
              .summary = "Get current agent profile",
              .successes = {{.doc = "Who calls.", .body = agent_profile_shape()}},
              .failures = {{404, "not_found", "The agent was removed a moment ago."}}},
             me);
  routes.add({.id = "auth_logout",
              .method = "POST",
              .path = "/api/auth/logout",
              .tag = tag_name,
              .summary = "Logout (clears cookie)",
              .description = "Ends the session and all its tokens. With an API key there is "
                             "nothing to end.",
              .successes = {{.doc = "It has ended.", .body = message_shape()}}},
             logout);
  routes.add({.id = "auth_token",
              .method = "GET",
              .path = "/api/auth/token",
              .tag = tag_name,
              .summary = "Issue a fresh JWT for the current session",
              .description = "Good for an hour, or until the session ends if that is sooner.",
              .successes = {{.doc = "The token.", .body = session_token_shape()}},
              .failures = {no_session}},
             fresh_token);
}

}  // namespace

void auth(api::route_table& routes) {
  routes.describe({tag_name, "Login, logout, sessions, and new tenants."});
  add_entries(routes);
  add_session_operations(routes);
}

}  // namespace omnistream::http::routes
