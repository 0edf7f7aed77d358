#include "http/api/media_download.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "actors/conversation/media_types.hpp"
#include "config/base/log.hpp"
#include "config/base/text.hpp"
#include "http/api/byte_range.hpp"
#include "http/api/services.hpp"
#include "http/server/answer_pipe.hpp"

namespace omnistream::http::api {
namespace {

using header_lines = std::vector<std::pair<std::string, std::string>>;

std::string etag_of(const stored_media& what) {
  return '"' + what.sha256 + '"';
}

header_lines headers_of(const stored_media& what) {
  const auto* type = actors::find_media_type(what.content_type);
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

bool is_head(const server::request& by) {
  return by.method == "HEAD";
}

/// Range is for GET alone (RFC 9110, 14.2).
byte_range wanted_of(const server::request& by, const stored_media& what) {
  const auto condition = by.header("If-Range");
  const bool is_other = !condition.empty() && condition != etag_of(what);
  return read_range(is_other || is_head(by) ? std::string_view() : by.header("Range"),
                    what.size_bytes);
}

/// One medium on its way to a client. Lives as long as its pipe, or as what is read for it.
class download : public std::enable_shared_from_this<download> {
 public:
  download(exchange_ptr on, stored_media what, std::shared_ptr<const std::string> content)
      : on_(std::move(on)),
        store_(on_->with().media),
        at_{what.place, on_->caller().tenant_id, what.id},
        http_1_0_(on_->request().is_http_1_0),
        what_(std::move(what)),
        content_(std::move(content)),
        piece_bytes_max_(media_store::piece_bytes_max(what_.place)),
        range_(wanted_of(on_->request(), what_)),
        left_(range_.count) {}

  void begin() {
    if (!range_.satisfiable) return refuse();
    if (is_head(on_->request())) return answer_head();
    read_piece([](download& me, result<std::string> bytes) { me.answer(std::move(bytes)); });
  }

 private:
  using piece_taker = void (*)(download& me, result<std::string> bytes);

  void refuse() {
    const auto size = std::to_string(what_.size_bytes);
    on_->fail({416, "range_not_satisfiable", "It has " + size + " bytes.", {}, {}},
              {{"Content-Range", "bytes */" + size}});
  }

  void answer_head() {
    auto headers = headers_of(what_);
    headers.emplace_back("Content-Type", what_.content_type);
    headers.emplace_back("Content-Length", std::to_string(what_.size_bytes));
    on_->send({.status = 200,
               .content_type = what_.content_type,
               .body = {},
               .headers = std::move(headers)});
  }

  /// With the first piece.
  void answer(result<std::string> first) {
    auto on = std::exchange(on_, nullptr);
    if (!first)  // one that is gone is no fault of the caller's
      return on->fail(first.error().status == 404 ? problems::internal() : first.error());
    server::response head{.status = range_.is_part ? 206 : 200,
                          .content_type = what_.content_type,
                          .body = {},
                          .headers = headers_of(what_)};
    if (range_.is_part)
      head.headers.emplace_back("Content-Range",
                                "bytes " + std::to_string(range_.first) + '-' +
                                    std::to_string(range_.first + range_.count - 1) + '/' +
                                    std::to_string(what_.size_bytes));
    if (left_ == 0 && first->size() <= server::answer_pipe::portion_bytes_max) {
      head.body = std::move(*first);
      return on->send(std::move(head));
    }
    if (http_1_0_) head.headers.emplace_back("Content-Length", std::to_string(range_.count));
    const auto pipe = std::make_shared<server::answer_pipe>(
        piece_bytes_max_, [] {}, [me = shared_from_this()] { me->go_on(); });
    pipe_ = pipe;
    head.goes_on = std::make_shared<server::answer_outlet>(pipe);
    write(*pipe, std::move(*first));
    on->send(std::move(head));
  }

  /// The piece before has left. Called by the server.
  void go_on() {
    if (left_ == 0) return;
    read_piece([](download& me, result<std::string> bytes) {
      const auto pipe = me.pipe_.lock();
      // Without its end the client knows that something is missing; the server cuts off who is
      // silent.
      if (pipe && bytes) me.write(*pipe, std::move(*bytes));
    });
  }

  void write(server::answer_pipe& to, std::string piece) {
    to.write(std::make_shared<const std::string>(std::move(piece)));
    if (left_ == 0) to.end();
  }

  /// The next bytes. One piece at a time.
  void read_piece(piece_taker take) {
    const auto from = range_.first + range_.count - left_;
    const auto size = std::min(left_, piece_bytes_max_);
    auto taken = [me = shared_from_this(), take, size](result<std::string> bytes) {
      if (bytes) me->left_ -= size;
      take(*me, std::move(bytes));
    };
    if (!content_) return store_->read(at_, from, size, std::move(taken));
    store_->submit([me = shared_from_this(), from, size, taken = std::move(taken)] {
      taken(me->content_->substr(static_cast<std::size_t>(from), static_cast<std::size_t>(size)));
    });
  }

  exchange_ptr on_;  ///< until it is answered
  const std::shared_ptr<media_store> store_;
  const media_address at_;
  const bool http_1_0_;
  const stored_media what_;
  const std::shared_ptr<const std::string> content_;  ///< null: it is where it is kept
  const std::uint64_t piece_bytes_max_;
  const byte_range range_;
  std::uint64_t left_;  ///< bytes that were not read yet
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
