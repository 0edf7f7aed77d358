#include "http/api/media_keeping.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "config/base/log.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;

/// One upload on its way to the disk. Each step ends on another thread.
class keeping : public std::enable_shared_from_this<keeping> {
 public:
  keeping(exchange_ptr on, new_media what) : on_(std::move(on)), what_(std::move(what)) {}

  void begin() {
    transact(
        on_, tenant(),
        [one = what_, sha256 = crypto::sha256_hex(what_.content), by = on_->caller().agent_id,
         at_most = on_->with().settings.media_bytes_per_tenant_max](
            storage::session& in) -> result<actors::answer> {
          const auto reserved =
              in.execute(sql::media_reserve, one.id,
                         one.filename.empty() ? std::nullopt : std::optional(one.filename),
                         one.content_type, one.content.size(), sha256, std::optional(by), at_most);
          if (reserved.empty()) return problems::conflict(media_full.code, media_full.doc);
          return actors::answer{200, ""};
        },
        std::make_shared<actors::reply>([me = shared_from_this()](result<actors::answer> done) {
          if (!done) return me->on_->fail(done.error());
          me->on_->with().media->submit([me] { me->write(); });
        }));
  }

 private:
  /// On the thread of the disk.
  void write() {
    try {
      on_->with().media->write(on_->caller().tenant_id, what_.id, what_.content);
    } catch (const std::exception& unexpected) {
      log::error("media", "a file could not be written", {{"reason", unexpected.what()}});
      return forget();
    }
    transact(on_, [one = what_](storage::session& in) -> result<actors::answer> {
      const auto stored = in.execute(sql::media_stored, one.id, one.kind);
      if (stored.empty()) return problems::internal();
      return actors::answer{201, std::string(stored.text(0, 0))};
    });
  }

  void forget() {
    transact(
        on_, tenant(),
        [id = what_.id](storage::session& in) -> result<actors::answer> {
          in.execute(sql::media_forget, id);
          return actors::answer{200, ""};
        },
        std::make_shared<actors::reply>([on = on_](const result<actors::answer>&) {
          // What could not be forgotten is, at the next start.
          on->fail(problems::internal());
        }));
  }

  storage::access tenant() const { return storage::access::tenant(on_->caller().tenant_id); }

  const exchange_ptr on_;
  const new_media what_;
};

}  // namespace

const contract::failure media_full{409, "media_full",
                                   "The tenant's media take as much room as they may "
                                   "(media.bytes_per_tenant_max)."};

void keep_media(const exchange_ptr& on, new_media what) {
  std::make_shared<keeping>(on, std::move(what))->begin();
}

void remove_unfinished_media(storage::pool& pool, const media_files& files) {
  const auto removed = pool.run(storage::access::engine(), [&files](storage::session& in) {
    const auto found = in.execute(sql::media_unfinished);
    for (int i = 0; i < found.size(); ++i) {
      files.remove(found.id(i, 0), found.id(i, 1));
      in.execute(sql::media_forget, found.id(i, 1));
    }
    return done{};
  });
  if (!removed)
    log::warn("media", "what was half-written stays", {{"reason", removed.error().detail}});
}

}  // namespace omnistream::http::api
