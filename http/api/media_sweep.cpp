#include "http/api/media_sweep.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "config/base/log.hpp"
#include "storage/queries.hpp"

namespace omnistream::http::api {
namespace {

namespace sql = storage::queries;

constexpr std::chrono::minutes between_rounds{1};
/// How much longer than a request to the S3 server may take an upload is left alone.
constexpr std::chrono::minutes grace{10};

/// Objects that are removed one after the other: a server that fails once is left alone.
class removal : public std::enable_shared_from_this<removal> {
 public:
  removal(services& with, std::vector<media_address> what) : with_(with), left_(std::move(what)) {}

  void go_on() {
    if (left_.empty()) return;
    with_.media->remove(left_.back(), [me = shared_from_this()](bool gone) {
      if (gone) me->forget();
    });
  }

 private:
  void forget() {
    const auto id = left_.back().media;
    left_.pop_back();
    with_.pool.submit(
        storage::access::engine(),
        [id](storage::session& in) {
          in.execute(sql::media_forget, id);
          return done{};
        },
        [me = shared_from_this()](const result<done>& forgotten) {
          if (forgotten) me->go_on();
        });
  }

  services& with_;
  std::vector<media_address> left_;
};

}  // namespace

void remove_unfinished_files(storage::pool& pool, const media_files& files) {
  const auto removed = pool.run(storage::access::engine(), [&files](storage::session& in) {
    const auto found = in.execute(sql::media_unfinished_files);
    for (int i = 0; i < found.size(); ++i) {
      files.remove(found.id(i, 0), found.id(i, 1));
      in.execute(sql::media_forget, found.id(i, 1));
    }
    return done{};
  });
  if (!removed)
    log::warn("media", "what was half-written stays", {{"reason", removed.error().detail}});
}

void remove_unfinished_objects(services& with, std::chrono::seconds age) {
  if (!with.media->has_s3()) return;
  with.pool.submit(
      storage::access::engine(),
      [age](storage::session& in) -> result<std::vector<media_address>> {
        const auto rows = in.execute(sql::media_unfinished_objects, age.count());
        std::vector<media_address> found;
        for (int i = 0; i < rows.size(); ++i)
          found.push_back({media_place::s3, rows.id(i, 0), rows.id(i, 1)});
        return found;
      },
      [&with](const result<std::vector<media_address>>& found) {
        if (found) std::make_shared<removal>(with, *found)->go_on();
      });
}

media_sweep::media_sweep(services& with)
    : thread_([&with](const std::stop_token& stop) {
        const auto age = std::chrono::ceil<std::chrono::seconds>(
            grace + std::chrono::milliseconds(with.settings.media_s3_timeout_ms));
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        do {
          remove_unfinished_objects(with, age);
        } while (!stopped.wait_for(lock, stop, between_rounds,
                                   [&stop] { return stop.stop_requested(); }));
      }) {}

}  // namespace omnistream::http::api
