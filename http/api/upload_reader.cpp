#include "http/api/upload_reader.hpp"

#include <iterator>
#include <string>
#include <utility>

namespace omnistream::http::api {
namespace {

result<std::shared_ptr<const std::string>> whole_file(const media_files& files, const uuid& tenant,
                                                      const uuid& media) {
  auto file = files.open(tenant, media, 0);
  if (!file.good()) return problems::not_found("upload");
  auto bytes = std::make_shared<const std::string>(std::istreambuf_iterator<char>(file),
                                                   std::istreambuf_iterator<char>());
  if (file.bad()) return problems::unavailable("media_unreadable", "The file cannot be read.");
  return bytes;
}

}  // namespace

void read_upload(media_files& files, const uuid& tenant, const uuid& media,
                 std::function<void(result<std::shared_ptr<const std::string>>)> done) {
  files.submit(
      [&files, tenant, media, done = std::move(done)] { done(whole_file(files, tenant, media)); });
}

}  // namespace omnistream::http::api
