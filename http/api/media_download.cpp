#include "http/api/media_download.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "config/base/log.hpp"
#include "config/base/text.hpp"
#include "http/api/byte_range.hpp"
#include "http/api/media_files.hpp"
#include "http/api/media_types.hpp"
#include "http/api/services.hpp"
#include "http/server/answer_pipe.hpp"

namespace omnistream::http::api {
namespace {

constexpr std::uint64_t piece_bytes_max = server::answer_pipe::portion_bytes_max;

using header_lines = std::vector<std::pair<std::string, std::string>>;

std::string etag_of(const stored_media& what) {
  return '"' + what.sha256 + '"';
}

header_lines headers_of(const stored_media& what) {
  const auto* type = find_media_type(what.content_type);
  std::string disposition = type != nullptr && type->shown_inline ? "inline" : "attachment";
  if (!what.filename.empty()) disposition += "; filename*=UTF-8''" + percent_encoded(what.filename);
  return {{"ETag", etag_of(what)},
          {"Accept-Ranges", "bytes"},
          {"Cache-Control", "private, max-age=31536000, immutable"},
          {"Content-Disposition", std::move(disposition)},
          {"Content-Security-Policy", "default-src 'none'; sandbox"}};
}

/// Whether an If-None-Match names the medium: `*`, or one of a list, compared weakly.
bool names_it(std::string_view header, const stored_media& what) {
  const auto wanted = etag_of(what);
  while (!header.empty()) {
    auto one = header.substr(0, header.find(','));
    header.remove_prefix(std::min(one.size() + 1, header.size()));
    while (one.starts_with(' ') || one.starts_with('\t')) one.remove_prefix(1);
    while (one.ends_with(' ') || one.ends_with('\t')) one.remove_suffix(1);
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == wanted) return true;
  }
  return false;
}

byte_range wanted_of(const server::request& by, const stored_media& what) {
  const auto condition = by.header("If-Range");
  const bool is_other = !condition.empty() && condition != etag_of(what);
  return read_range(is_other ? std::string_view() : by.header("Range"), what.size_bytes);
}

/// One medium on its way to a client. Lives as long as its pipe, or as what is read for it.
class download : public std::enable_shared_from_this<download> {
 public:
  download(exchange_ptr on, stored_media what, std::shared_ptr<const std::string> content)
      : on_(std::move(on)),
        files_(on_->with().media),
        tenant_(on_->caller().tenant_id),
        http_1_0_(on_->request().is_http_1_0),
        what_(std::move(what)),
        content_(std::move(content)),
        range_(wanted_of(on_->request(), what_)),
        left_(range_.count) {}

  void begin() {
    if (!range_.satisfiable) return refuse();
    files_->submit([me = shared_from_this()] { me->answer(); });
  }

 private:
  void refuse() {
    const auto size = std::to_string(what_.size_bytes);
    on_->fail({416, "range_not_satisfiable", "It has " + size + " bytes.", {}, {}},
              {{"Content-Range", "bytes */" + size}});
  }

  /// On the thread that reads, like all that follows.
  void answer() {
    if (!content_) file_ = files_->open(tenant_, what_.id, range_.first);
    auto first = read_piece();
    auto on = std::exchange(on_, nullptr);
    if (first.empty()) return on->fail(problems::internal());
    server::response head{.status = range_.is_part ? 206 : 200,
                          .content_type = what_.content_type,
                          .body = {},
                          .headers = headers_of(what_)};
    if (range_.is_part)
      head.headers.emplace_back("Content-Range",
                                "bytes " + std::to_string(range_.first) + '-' +
                                    std::to_string(range_.first + range_.count - 1) + '/' +
                                    std::to_string(what_.size_bytes));
    if (left_ == 0) {
      head.body = std::move(first);
      return on->send(std::move(head));
    }
    if (http_1_0_) head.headers.emplace_back("Content-Length", std::to_string(range_.count));
    const auto pipe = std::make_shared<server::answer_pipe>(
        piece_bytes_max, [] {}, [me = shared_from_this()] { me->go_on(); });
    pipe_ = pipe;
    head.goes_on = std::make_shared<server::answer_outlet>(pipe);
    pipe->write(std::make_shared<const std::string>(std::move(first)));
    on->send(std::move(head));
  }

  /// The piece before has left. Called by the server.
  void go_on() {
    files_->submit([me = shared_from_this()] { me->write_piece(); });
  }

  void write_piece() {
    const auto pipe = pipe_.lock();
    if (!pipe || left_ == 0) return;
    auto piece = read_piece();
    // Without its end the client knows that something is missing; the server cuts off who is
    // silent.
    if (piece.empty()) return;
    pipe->write(std::make_shared<const std::string>(std::move(piece)));
    if (left_ == 0) pipe->end();
  }

  /// The next bytes; none if the file does not have them.
  std::string read_piece() {
    const auto size = static_cast<std::size_t>(std::min(left_, piece_bytes_max));
    if (content_) {
      const auto from = static_cast<std::size_t>(range_.first + range_.count - left_);
      left_ -= size;
      return content_->substr(from, size);
    }
    std::string piece(size, '\0');
    file_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (!file_.good()) {
      log::error("media", "a file is missing or too short", {{"media", what_.id.to_string()}});
      return {};
    }
    left_ -= piece.size();
    return piece;
  }

  exchange_ptr on_;  ///< until it is answered
  const std::shared_ptr<media_files> files_;
  const uuid tenant_;
  const bool http_1_0_;
  const stored_media what_;
  const std::shared_ptr<const std::string> content_;  ///< null: it is in the file
  const byte_range range_;
  std::uint64_t left_;  ///< bytes that were not read yet
  std::ifstream file_;
  std::weak_ptr<server::answer_pipe> pipe_;
};

}  // namespace

void send_media(const exchange_ptr& on, stored_media what,
                std::shared_ptr<const std::string> content) {
  if (names_it(on->request().header("If-None-Match"), what))
    return on->send({.status = 304, .content_type = "", .body = {}, .headers = headers_of(what)});
  std::make_shared<download>(on, std::move(what), std::move(content))->begin();
}

}  // namespace omnistream::http::api
