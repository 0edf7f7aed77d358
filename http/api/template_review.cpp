#include "http/api/template_review.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "actors/json_member.hpp"
#include "http/api/meta_access.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;
using actors::reply_ptr;
using actors::text_of;
using nlohmann::json;

/// Templates that go to the database in one statement.
constexpr std::size_t batch_max = 500;

/// The access that the caller's choice of account leads to.
result<meta_access> chosen_access(storage::session& in, const crypto::key256& key,
                                  const std::optional<uuid>& account, const meta_access& lent) {
  auto found = find_account_access(in, key, account);
  if (!found) return found.error();
  if (*found) return std::move(**found);
  if (account)
    return problems::invalid_field("integration_account_id", "not_found",
                                   "There is no account with this id.");
  if (lent.waba_id.empty() || lent.access_token.empty())
    return problems::wrong_state(
        "no_account", "There is no WhatsApp account: connect one, or name one of the caller's.");
  return lent;
}

void with_access(services& with, const uuid& tenant, const std::optional<uuid>& account,
                 std::function<void(result<meta_access>)> done) {
  borrow_settings(with, tenant,
                  [&with, tenant, account, done = std::move(done)](result<meta_access> lent) {
                    if (!lent) return done(lent.error());
                    with.pool.submit(
                        storage::access::tenant(tenant),
                        [&with, account, lent = *lent](storage::session& in) {
                          return chosen_access(in, with.encryption_key, account, lent);
                        },
                        done);
                  });
}

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool is_media_header(const json& component) {
  const auto format = text_of(component, "format");
  return text_of(component, "type") == "HEADER" &&
         (format == "IMAGE" || format == "VIDEO" || format == "DOCUMENT");
}

/// Links to Meta's own servers end within days: as the default of a header they would fail
/// everybody.
bool is_passing(std::string_view url) {
  constexpr std::string_view scheme = "https://";
  auto host = url.substr(std::min(scheme.size(), url.size()));
  host = host.substr(0, host.find_first_of("/:?#"));
  for (const std::string_view domain :
       {"whatsapp.net", "fbcdn.net", "fbsbx.com", "cdninstagram.com"})
    if (host == domain || (host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.'))
      return true;
  return false;
}

/// The medium that was shown to Meta as the header's example, if it will be there for others.
std::optional<std::string> example_medium(const json& components) {
  for (const auto& component : components) {
    if (!component.is_object() || !is_media_header(component)) continue;
    const auto example = component.find("example");
    if (example == component.end() || !example->is_object()) continue;
    const auto handles = example->find("header_handle");
    if (handles == example->end() || !handles->is_array() || handles->empty()) continue;
    const auto& first = handles->front();
    if (!first.is_string()) return std::nullopt;
    const auto& url = first.get_ref<const std::string&>();
    if (contract::is_media_url(url) && !is_passing(url)) return url;
  }
  return std::nullopt;
}

/// No text that PostgreSQL cannot hold, and none beyond reason.
bool is_storable(const std::string& text, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max && text.find('\0') == std::string::npos;
}

// -- submitting
// ------------------------------------------------------------------------------------

json definition_of(const contract::template_create& wanted) {
  json definition{{"name", wanted.name},
                  {"language", wanted.language},
                  {"category", wanted.category},
                  {"components", wanted.components}};
  if (wanted.parameter_format) definition["parameter_format"] = *wanted.parameter_format;
  return definition;
}

struct submission {
  services& with;
  uuid tenant;
  contract::template_create wanted;
  reply_ptr answer;
  meta_access access;
};
using submission_ptr = std::shared_ptr<submission>;

void store_submitted(const submission_ptr& what, const json& said) {
  const auto or_else = [](std::string text, const char* fallback) {
    return text.empty() ? std::string(fallback) : text;
  };
  what->with.pool.submit(
      storage::access::tenant(what->tenant),
      [what, meta_id = text_of(said, "id"), status = or_else(text_of(said, "status"), "PENDING"),
       category = or_else(text_of(said, "category"), what->wanted.category.c_str())](
          storage::session& in) -> result<actors::answer> {
        const auto& wanted = what->wanted;
        const json components = wanted.components;
        const auto stored = in.execute(sql::wa_template_store, what->access.waba_id, meta_id,
                                       wanted.name, wanted.language, category, status,
                                       dumped(components), example_medium(components));
        return actors::answer{201, std::string(stored.text(0, 0))};
      },
      [what](result<actors::answer> done) { (*what->answer)(std::move(done)); });
}

void send_to_meta(const submission_ptr& what) {
  what->with.graph.create_template(what->access.waba_id, what->access.access_token,
                                   definition_of(what->wanted), [what](const result<json>& said) {
                                     if (!said) return (*what->answer)(said.error());
                                     store_submitted(what, *said);
                                   });
}

/// What is here already would only be refused by Meta, in less clear words.
void check_name(const submission_ptr& what) {
  what->with.pool.submit(
      storage::access::tenant(what->tenant),
      [what](storage::session& in) {
        return in
            .execute(sql::wa_template_exists, what->access.waba_id, what->wanted.name,
                     what->wanted.language)
            .boolean(0, 0);
      },
      [what](const result<bool>& exists) {
        if (!exists) return (*what->answer)(exists.error());
        if (*exists)
          return (*what->answer)(problems::conflict(
              "template_exists", "There is a template " + what->wanted.name + " in the language " +
                                     what->wanted.language + " already."));
        send_to_meta(what);
      });
}

// -- syncing
// ---------------------------------------------------------------------------------------

/// Meta's templates as columns; each name and language once.
struct template_columns {
  std::vector<std::optional<std::string>> meta_id;
  std::vector<std::string> name;
  std::vector<std::string> language;
  std::vector<std::string> category;
  std::vector<std::string> status;
  std::vector<std::optional<std::string>> reason;
  std::vector<std::string> components;
  std::vector<std::optional<std::string>> media;

  void add(const json& one) {
    const auto optional = [](std::string text) {
      return text.empty() || text == "NONE" ? std::nullopt : std::optional(std::move(text));
    };
    meta_id.push_back(optional(text_of(one, "id")));
    name.push_back(text_of(one, "name"));
    language.push_back(text_of(one, "language"));
    category.push_back(text_of(one, "category"));
    status.push_back(text_of(one, "status"));
    reason.push_back(optional(text_of(one, "rejected_reason")));
    components.push_back(dumped(one["components"]));
    media.push_back(example_medium(one["components"]));
  }
};

constexpr std::size_t text_bytes_max = 2'048;
constexpr std::size_t components_bytes_max = 256 * 1024;

bool can_be_stored(const json& one) {
  if (!one.is_object()) return false;
  for (const auto* name : {"name", "language", "category", "status"})
    if (!is_storable(text_of(one, name), text_bytes_max)) return false;
  for (const auto* name : {"id", "rejected_reason"})
    if (const auto text = text_of(one, name); !text.empty() && !is_storable(text, text_bytes_max))
      return false;
  const auto components = one.find("components");
  if (components == one.end() || !components->is_array()) return false;
  const auto text = dumped(*components);
  // jsonb takes no zero characters.
  return text.size() <= components_bytes_max && text.find("\\u0000") == std::string::npos;
}

struct listing {
  std::size_t total = 0;
  std::size_t errors = 0;
  std::vector<template_columns> batches;

  /// The names and languages of all that could be read.
  std::pair<std::vector<std::string>, std::vector<std::string>> names() const {
    std::pair<std::vector<std::string>, std::vector<std::string>> all;
    for (const auto& batch : batches) {
      all.first.insert(all.first.end(), batch.name.begin(), batch.name.end());
      all.second.insert(all.second.end(), batch.language.begin(), batch.language.end());
    }
    return all;
  }
};

listing read_listing(const json& templates) {
  listing read;
  std::map<std::pair<std::string, std::string>, const json*> unique;
  for (const auto& one : templates) {
    ++read.total;
    if (can_be_stored(one))
      unique[{text_of(one, "name"), text_of(one, "language")}] = &one;
    else
      ++read.errors;
  }
  for (const auto& [key, one] : unique) {
    if (read.batches.empty() || read.batches.back().name.size() >= batch_max)
      read.batches.emplace_back();
    read.batches.back().add(*one);
  }
  return read;
}

struct synced {
  actors::answer answer;
  std::vector<uuid> campaigns;  ///< to be woken
};

/// A sync on its way.
struct sync_run {
  services& with;
  uuid tenant;
  reply_ptr answer;
  meta_access access;
  std::vector<uuid> known;  ///< here before Meta was asked: what came later may miss in its list
};
using sync_ptr = std::shared_ptr<sync_run>;

/// Marks what Meta no longer has. An entry that could not be read might be any of them: then
/// nothing is marked.
std::vector<uuid> mark_gone(storage::session& in, const listing& read,
                            const std::vector<uuid>& known) {
  std::vector<uuid> gone;
  if (read.errors > 0 || known.empty()) return gone;
  const auto [names, languages] = read.names();
  const auto rows = in.execute(sql::wa_templates_gone, known, names, languages);
  for (int i = 0; i < rows.size(); ++i) gone.push_back(rows.id(i, 0));
  return gone;
}

synced store_listing(storage::session& in, const sync_run& run, const json& templates) {
  const auto read = read_listing(templates);
  std::vector<uuid> changed;
  for (const auto& batch : read.batches) {
    const auto rows = in.execute(sql::wa_templates_upsert, run.access.waba_id, batch.meta_id,
                                 batch.name, batch.language, batch.category, batch.status,
                                 batch.reason, batch.components, batch.media);
    for (int i = 0; i < rows.size(); ++i) changed.push_back(rows.id(i, 0));
  }
  const auto stored = changed.size();
  const auto gone = mark_gone(in, read, run.known);
  changed.insert(changed.end(), gone.begin(), gone.end());
  synced done;
  const auto campaigns = in.execute(sql::wa_templates_campaigns, changed);
  for (int i = 0; i < campaigns.size(); ++i) done.campaigns.push_back(campaigns.id(i, 0));
  const auto good = read.total - read.errors;
  std::string message = "Synced " + std::to_string(good) + " templates; " + std::to_string(stored) +
                        " were new or changed.";
  if (!gone.empty()) message += " Gone at Meta: " + std::to_string(gone.size()) + ".";
  done.answer = {200, json{{"message", message},
                           {"total_from_meta", read.total},
                           {"synced", good},
                           {"errors", read.errors},
                           {"deleted", gone.size()}}
                          .dump()};
  return done;
}

void store_sync(const sync_ptr& run, std::shared_ptr<const json> templates) {
  run->with.pool.submit(
      storage::access::tenant(run->tenant),
      [run, templates = std::move(templates)](storage::session& in) {
        return store_listing(in, *run, *templates);
      },
      [run](result<synced> done) {
        if (!done) return (*run->answer)(done.error());
        run->with.engine.wake_campaigns(done->campaigns);
        (*run->answer)(std::move(done->answer));
      });
}

/// All pages or none: a list of which a page failed is no list, and nothing of it is stored.
void list_at_meta(const sync_ptr& run) {
  run->with.graph.list_templates(
      run->access.waba_id, run->access.access_token, [run](result<json> templates) {
        if (!templates) return (*run->answer)(templates.error());
        store_sync(run, std::make_shared<const json>(std::move(*templates)));
      });
}

void note_known(const sync_ptr& run) {
  run->with.pool.submit(
      storage::access::tenant(run->tenant),
      [waba_id = run->access.waba_id](storage::session& in) {
        const auto rows = in.execute(sql::wa_templates_known, waba_id);
        std::vector<uuid> known;
        for (int i = 0; i < rows.size(); ++i) known.push_back(rows.id(i, 0));
        return known;
      },
      [run](result<std::vector<uuid>> known) {
        if (!known) return (*run->answer)(known.error());
        run->known = std::move(*known);
        list_at_meta(run);
      });
}

}  // namespace

void submit_template(services& with, const uuid& tenant, contract::template_create wanted,
                     reply_ptr answer) {
  with.engine.query(
      [&with, tenant, wanted = std::move(wanted)](reply_ptr counted) {
        auto what =
            std::make_shared<submission>(submission{with, tenant, wanted, std::move(counted), {}});
        with_access(with, tenant, what->wanted.integration_account_id,
                    [what](result<meta_access> access) {
                      if (!access) return (*what->answer)(access.error());
                      what->access = std::move(*access);
                      check_name(what);
                    });
      },
      std::move(answer));
}

void sync_templates(services& with, const uuid& tenant, const std::optional<uuid>& account,
                    reply_ptr answer) {
  with.engine.query(
      [&with, tenant, account](const reply_ptr& counted) {
        with_access(with, tenant, account, [&with, tenant, counted](result<meta_access> access) {
          if (!access) return (*counted)(access.error());
          note_known(
              std::make_shared<sync_run>(sync_run{with, tenant, counted, std::move(*access), {}}));
        });
      },
      std::move(answer));
}

}  // namespace omnistream::http::api
