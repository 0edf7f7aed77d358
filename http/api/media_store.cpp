#include "http/api/media_store.hpp"

#include <filesystem>
#include <utility>

#include "config/base/log.hpp"
#include "http/server/answer_pipe.hpp"

namespace omnistream::http::api {
namespace {

std::string key_of(const media_address& of) {
  return of.tenant.to_string() + '/' + of.media.to_string();
}

media_written meaning_of(client::s3_put outcome) {
  switch (outcome) {
    case client::s3_put::stored:
      return media_written::stored;
    case client::s3_put::refused:
      return media_written::failed;
    case client::s3_put::uncertain:
      break;
  }
  return media_written::uncertain;
}

}  // namespace

std::string_view to_string(media_place place) {
  return place == media_place::s3 ? "s3" : "folder";
}

media_place media_place_of(std::string_view name) {
  return name == "s3" ? media_place::s3 : media_place::folder;
}

media_store::media_store(const config::settings& settings)
    : place_of_new_(settings.media_store),
      files_(std::filesystem::path(settings.data_dir) / "media"),
      s3_(client::s3_client::of(settings)) {}

media_store::~media_store() {
  stop();
}

void media_store::write(const media_address& to, media_bytes what,
                        std::function<void(media_written)> done) {
  if (to.place == media_place::folder)
    return files_.submit([this, to, what = std::move(what), done = std::move(done)] {
      auto outcome = media_written::stored;
      try {
        files_.write(to.tenant, to.media, what.bytes);
      } catch (const std::exception& unexpected) {
        log::error("media", "a file could not be written", {{"reason", unexpected.what()}});
        outcome = media_written::failed;
      }
      done(outcome);
    });
  if (!s3_) return done(media_written::failed);
  s3_->put({key_of(to), what.content_type, what.sha256, what.bytes, std::move(what.owner)},
           [done = std::move(done)](client::s3_put outcome) { done(meaning_of(outcome)); });
}

void media_store::read(const media_address& from, std::uint64_t first, std::uint64_t count,
                       std::function<void(result<std::string>)> done) {
  if (from.place == media_place::folder)
    return files_.submit([this, from, first, count, done = std::move(done)] {
      auto bytes = files_.read(from.tenant, from.media, first, count);
      if (bytes) return done(std::move(*bytes));
      log::error("media", "a file is missing or too short", {{"media", from.media.to_string()}});
      done(problems::not_found("file"));
    });
  if (!s3_) return done(client::media_store_unavailable());
  s3_->get(key_of(from), first, count, std::move(done));
}

void media_store::remove(const media_address& what, std::function<void(client::s3_removal)> done) {
  if (what.place == media_place::folder)
    return files_.submit([this, what, done = std::move(done)] {
      files_.remove(what.tenant, what.media);
      done(client::s3_removal::gone);
    });
  if (!s3_) return done(client::s3_removal::failed);
  s3_->remove(key_of(what), std::move(done));
}

std::uint64_t media_store::piece_bytes_max(media_place place) {
  constexpr std::uint64_t of_s3 = 1 << 20;
  return place == media_place::s3 ? of_s3 : server::answer_pipe::portion_bytes_max;
}

void media_store::stop() {
  if (s3_) s3_->stop();
  files_.stop();
}

}  // namespace omnistream::http::api
