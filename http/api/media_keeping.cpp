#include "http/api/media_keeping.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "config/base/crypto.hpp"
#include "http/api/route_table.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;

/// One upload on its way to where it is kept. Each step ends on another thread.
class keeping : public std::enable_shared_from_this<keeping> {
 public:
  keeping(exchange_ptr on, new_media what) : on_(std::move(on)), what_(std::move(what)) {}

  void begin() {
    on_->with().media->submit([me = shared_from_this()] {
      me->sha256_ = crypto::sha256_hex(me->what_.content);
      me->reserve();
    });
  }

 private:
  void reserve() {
    transact(
        on_, tenant(),
        [one = what_, sha256 = sha256_, by = on_->caller().agent_id,
         at_most = on_->with().settings.media_bytes_per_tenant_max](
            storage::session& in) -> result<actors::answer> {
          const auto reserved = in.execute(
              sql::media_reserve, one.id,
              one.filename.empty() ? std::nullopt : std::optional(one.filename), one.content_type,
              one.content.size(), sha256, std::optional(by), at_most, to_string(one.place));
          if (reserved.empty()) return problems::conflict(media_full.code, media_full.doc);
          return actors::answer{200, ""};
        },
        std::make_shared<actors::reply>([me = shared_from_this()](result<actors::answer> done) {
          if (!done) return me->on_->fail(done.error());
          me->write();
        }));
  }

  void write() {
    on_->with().media->write(
        {what_.place, on_->caller().tenant_id, what_.id},
        {std::string(what_.content_type), sha256_, what_.content, on_},
        [me = shared_from_this()](media_written outcome) { me->written(outcome); });
  }

  void written(media_written outcome) {
    if (outcome == media_written::failed) return forget();
    // Its row stays until the sweep has removed what may be there.
    if (outcome == media_written::uncertain) return on_->fail(not_kept());
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
        std::make_shared<actors::reply>([me = shared_from_this()](const result<actors::answer>&) {
          // What could not be forgotten is, by the sweep.
          me->on_->fail(me->not_kept());
        }));
  }

  problem not_kept() const {
    return what_.place == media_place::s3 ? client::media_store_unavailable()
                                          : problems::internal();
  }

  storage::access tenant() const { return storage::access::tenant(on_->caller().tenant_id); }

  const exchange_ptr on_;
  const new_media what_;
  std::string sha256_;  ///< in hex
};

}  // namespace

const contract::failure media_full{409, "media_full",
                                   "The tenant's media take as much room as they may "
                                   "(media.bytes_per_tenant_max)."};

const contract::failure media_store_down{
    503, "media_store_unavailable",
    "The S3 server that keeps media does not do what it is asked to; the server's log says why."};

void keep_media(const exchange_ptr& on, new_media what) {
  std::make_shared<keeping>(on, std::move(what))->begin();
}

}  // namespace omnistream::http::api
