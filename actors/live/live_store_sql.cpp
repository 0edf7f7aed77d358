#include "actors/live/live_store_sql.hpp"

#include <algorithm>
#include <utility>

#include "storage/queries.hpp"

namespace omnistream::actors {
namespace {

namespace sql = storage::queries;
using storage::access;
using storage::session;

std::optional<std::string> none_if_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

template <class Take>
void for_each_part(std::string_view list, Take&& take) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    take(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

live_rights rights_of(std::string_view permissions, std::string_view divisions) {
  live_rights found;
  for_each_part(permissions, [&](std::string_view one) { found.permissions.emplace(one); });
  for_each_part(divisions, [&](std::string_view one) {
    if (const auto id = uuid::parse(one)) found.divisions.insert(*id);
  });
  return found;
}

live_event event_of(const storage::rows& row, int i) {
  live_event read;
  read.id = row.integer(i, 3);
  read.type = row.text(i, 4);
  read.at = row.time(i, 5);
  read.data = row.text(i, 6);
  read.of_conversation = !row.is_null(i, 7);
  read.seen_before = row.optional_id(i, 8);
  read.seen_by = row.optional_id(i, 9);
  read.is_missed = row.boolean(i, 10);
  read.is_new = row.boolean(i, 11);
  return read;
}

live_page page_of(const storage::rows& row) {
  live_page page;
  page.position = row.text(0, 0);
  page.missed_is_lost = row.boolean(0, 1);
  page.new_is_lost = row.boolean(0, 2);
  for (int i = 0; i < row.size() && !row.is_null(i, 3); ++i) {
    page.too_much = row.is_null(i, 6) || i >= live_store::events_max;
    if (page.too_much) break;
    page.events.push_back(event_of(row, i));
  }
  return page;
}

class store final : public live_store {
 public:
  explicit store(storage::pool& pool) : pool_(pool) {}

  void read(const uuid& tenant, std::string after, std::string known,
            std::function<void(result<live_page>)> done) override {
    pool_.submit(
        access::tenant(tenant),
        [tenant, after = none_if_empty(std::move(after)),
         known = none_if_empty(std::move(known))](session& in) {
          return page_of(in.execute(sql::live_events_read, tenant, after, known, events_max + 1,
                                    page_bytes_max));
        },
        std::move(done));
  }

  void rights(const std::vector<live_credential>& of,
              std::function<void(result<std::vector<std::optional<live_rights>>>)> done) override {
    std::vector<std::optional<std::string>> keys;
    std::vector<std::optional<uuid>> sessions;
    for (const auto& one : of) {
      keys.push_back(none_if_empty(one.key_hash));
      sessions.push_back(one.key_hash.empty() ? std::optional(one.session) : std::nullopt);
    }
    pool_.submit(
        access::engine(),
        [keys = std::move(keys), sessions = std::move(sessions)](session& in) {
          const auto row = in.execute(sql::live_rights, keys, sessions);
          std::vector<std::optional<live_rights>> found(keys.size());
          for (int i = 0; i < row.size(); ++i)
            found[static_cast<std::size_t>(row.integer(i, 0) - 1)] =
                rights_of(row.text(i, 1), row.text(i, 2));
          return found;
        },
        std::move(done));
  }

  void progress(const std::vector<uuid>& tenants,
                std::function<void(result<std::vector<campaign_progress>>)> done) override {
    pool_.submit(
        access::engine(),
        [tenants](session& in) {
          const auto row = in.execute(sql::live_progress, tenants, campaigns_max);
          std::vector<campaign_progress> found;
          for (int i = 0; i < row.size(); ++i)
            found.push_back({row.id(i, 0), row.id(i, 1), std::string(row.text(i, 2))});
          return found;
        },
        std::move(done));
  }

  void forget(std::chrono::seconds kept, std::string up_to,
              std::function<void(result<live_removal>)> done) override {
    pool_.submit(
        access::engine(),
        [kept, up_to = none_if_empty(std::move(up_to))](session& in) {
          const auto gone =
              in.execute(sql::live_events_forget, kept.count(), forgotten_at_once_max, up_to);
          return live_removal{gone.integer(0, 0) == forgotten_at_once_max,
                              std::string(gone.text(0, 1))};
        },
        std::move(done));
  }

 private:
  static constexpr int forgotten_at_once_max = 5'000;

  storage::pool& pool_;
};

}  // namespace

std::unique_ptr<live_store> make_live_store(storage::pool& pool) {
  return std::make_unique<store>(pool);
}

}  // namespace omnistream::actors
