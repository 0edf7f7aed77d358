#include "http/api/upload_reader.hpp"

#include <optional>
#include <string>
#include <utility>

#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;

struct found_upload {
  media_place place;
  std::uint64_t size_bytes;
};

}  // namespace

void read_upload(services& with, const uuid& tenant, const uuid& media,
                 std::function<void(result<std::shared_ptr<const std::string>>)> done) {
  with.pool.submit(
      storage::access::engine(),
      [tenant, media](storage::session& in) -> result<found_upload> {
        const auto row = in.execute(sql::media_to_read, tenant, media);
        if (row.empty()) return problems::not_found("upload");
        return found_upload{media_place_of(row.text(0, 0)),
                            static_cast<std::uint64_t>(row.integer(0, 1))};
      },
      [&with, tenant, media, done = std::move(done)](const result<found_upload>& found) {
        if (!found) return done(found.error());
        with.media->read({found->place, tenant, media}, 0, found->size_bytes,
                         [done](result<std::string> bytes) {
                           if (!bytes) return done(bytes.error());
                           done(std::make_shared<const std::string>(std::move(*bytes)));
                         });
      });
}

}  // namespace omnistream::http::api
