#pragma once

#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <sys/types.h>

#include "storage/embedded/cluster.hpp"
#include "storage/embedded/postmaster_file.hpp"
#include "storage/embedded_server.hpp"

namespace omnistream::storage::embedded {

/// Brings a server up on a data folder and keeps it up, from a thread of its own: the server
/// process gets SIGINT when the thread that started it ends, so that thread must live as long as
/// the object.
class supervisor {
 public:
  explicit supervisor(const embedded_options& options);
  ~supervisor();  ///< stops the server if it is ours
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;

  /// Blocks until the server answers; gives the connection string or throws what prevented it.
  std::string await_first_start();

 private:
  using clock = std::chrono::steady_clock;

  void supervise();
  void keep_up();
  std::string bring_up();
  std::optional<std::string> use_running(clock::time_point deadline);
  void provide_cluster();
  void start_until_it_answers(clock::time_point deadline);
  void launch();
  bool await_answer(clock::time_point deadline);
  bool child_ended();
  void stop_child();
  bool await_child_end(std::chrono::milliseconds patience);
  bool is_up();
  bool pause(std::chrono::milliseconds length);
  void give_up_if_stopping();
  void remove_socket_folder() const;
  std::string words_of_child() const;

  const embedded_options options_;
  const layout where_;
  account who_;
  binaries programs_;
  pid_t child_ = 0;       ///< our server; 0 if none runs or it is another's
  int child_status_ = 0;  ///< how the last one ended
  std::promise<std::string> first_start_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace omnistream::storage::embedded
