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
/// How much longer than an upload may take, an object is left alone.
constexpr std::chrono::minutes grace{10};

/// How long an upload may take, with its wait for those before it.
std::chrono::milliseconds upload_max(const config::settings& with) {
  constexpr std::size_t turns = client::s3_client::waiting_max / client::s3_client::at_once_max + 2;
  return turns * std::chrono::milliseconds(with.media_s3_timeout_ms);
}

constexpr int refusals_max = 10;  ///< of one round

/// Objects that are removed one after the other: a server that fails once is left alone, one that
/// refuses a few times as well.
class removal : public std::enable_shared_from_this<removal> {
 public:
  /// `under_way` is kept until the last was tried or it gives up.
  removal(services& with, std::vector<media_address> what, std::shared_ptr<const void> under_way)
      : with_(with), left_(std::move(what)), under_way_(std::move(under_way)) {}

  void go_on() {
    if (left_.empty()) return;
    with_.media->remove(left_.back(), [me = shared_from_this()](client::s3_removal outcome) {
      if (outcome == client::s3_removal::gone) return me->forget();
      if (outcome == client::s3_removal::refused) me->pass_by();
    });
  }

 private:
  void pass_by() {
    left_.pop_back();
    if (++refusals_ < refusals_max) go_on();
  }

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
  int refusals_ = 0;
  const std::shared_ptr<const void> under_way_;
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

std::weak_ptr<const void> remove_unfinished_objects(services& with, std::chrono::seconds age) {
  if (!with.media->has_s3()) return {};
  auto under_way = std::make_shared<char>();
  std::weak_ptr<const void> ends = under_way;
  with.pool.submit(
      storage::access::engine(),
      [age](storage::session& in) -> result<std::vector<media_address>> {
        const auto rows = in.execute(sql::media_unfinished_objects, age.count());
        std::vector<media_address> found;
        for (int i = 0; i < rows.size(); ++i)
          found.push_back({media_place::s3, rows.id(i, 0), rows.id(i, 1)});
        return found;
      },
      [&with, under_way = std::move(under_way)](const result<std::vector<media_address>>& found) {
        if (found) std::make_shared<removal>(with, *found, under_way)->go_on();
      });
  return ends;
}

media_sweep::media_sweep(services& with)
    : thread_([&with](const std::stop_token& stop) {
        const auto age = std::chrono::ceil<std::chrono::seconds>(grace + upload_max(with.settings));
        std::weak_ptr<const void> last;
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        do {
          if (last.expired()) last = remove_unfinished_objects(with, age);
        } while (!stopped.wait_for(lock, stop, between_rounds,
                                   [&stop] { return stop.stop_requested(); }));
      }) {}

}  // namespace omnistream::http::api
