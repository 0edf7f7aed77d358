#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace omnistream::http::server {

/// The way of an answer that goes on, from whoever writes it piece by piece to the server that
/// sends it. It holds at most `bytes_max`, what is on its way to the client included: a client that
/// lets more wait is cut off, so that it costs nobody else anything. Thread-safe.
class answer_pipe {
 public:
  using piece = std::shared_ptr<const std::string>;
  /// Of what is sent in one write, which must end within write_timeout_ms: clients that take it
  /// slowly are served, too.
  static constexpr std::size_t portion_bytes_max = 128 << 10;

  /// `on_gone` is called once, on any thread, when nothing that is written can reach the client any
  /// more: it left, was cut off, or never got the answer's head; also after the end. It must be
  /// short. `on_room`, if given, is called on the server's thread each time that what was written
  /// has left and nothing else waits: for whoever can write the next piece then. It must be short,
  /// too.
  answer_pipe(std::size_t bytes_max, std::function<void()> on_gone,
              std::function<void()> on_room = nullptr)
      : bytes_max_(bytes_max), on_gone_(std::move(on_gone)), on_room_(std::move(on_room)) {}

  /// False: it goes nowhere. No other piece comes between the bytes of one.
  bool write(piece what);
  /// The answer ends after what was written.
  void end();

 private:
  friend class answer_outlet;
  /// Bytes of a piece.
  class part {
   public:
    part(piece of, std::size_t first, std::size_t count)
        : of_(std::move(of)), first_(first), count_(count) {}
    const char* data() const { return of_->data() + first_; }
    std::size_t size() const { return count_; }

   private:
    piece of_;
    std::size_t first_;
    std::size_t count_;
  };
  struct portion {
    std::vector<part> parts;  ///< at most portion_bytes_max bytes
    bool last = false;        ///< the answer ends after them
    bool overrun = false;     ///< the client let too much wait
  };

  portion take();
  void close();

  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::function<void()> on_gone_;
  const std::function<void()> on_room_;
  std::function<void()> wake_;
  std::deque<piece> waiting_;
  std::size_t first_taken_ = 0;  ///< bytes of the first that waits
  std::size_t bytes_ = 0;        ///< waiting, and taken
  std::size_t bytes_taken_ = 0;  ///< of the last portion
  bool awaited_ = false;         ///< the last portion was empty
  bool ended_ = false;
  bool overrun_ = false;
  bool closed_ = false;
};

/// The server's end of a pipe. When it goes, the client is gone.
class answer_outlet {
 public:
  using part = answer_pipe::part;
  using portion = answer_pipe::portion;

  explicit answer_outlet(std::shared_ptr<answer_pipe> from) : from_(std::move(from)) {}
  ~answer_outlet() { from_->close(); }
  answer_outlet(const answer_outlet&) = delete;
  answer_outlet& operator=(const answer_outlet&) = delete;

  /// `wake` is called on the writer's thread when there is something to take after a take() that
  /// found nothing, and when the client is to be cut off.
  void on_more(std::function<void()> wake);
  /// The next of what waits. Says as well that the portion before has left.
  portion take() { return from_->take(); }
  bool overrun() const;
  bool ended() const;  ///< its writer has ended it; a part may wait to be taken

 private:
  const std::shared_ptr<answer_pipe> from_;
};

}  // namespace omnistream::http::server
