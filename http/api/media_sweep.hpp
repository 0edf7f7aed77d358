#pragma once

#include <chrono>
#include <memory>
#include <thread>

#include "http/api/services.hpp"

namespace omnistream::http::api {

/// Removes files that were being written when the server ended. Blocking; called once, before the
/// first request.
void remove_unfinished_files(storage::pool& pool, const media_files& files);

/// Removes from the S3 server what was begun longer than `age` ago and not finished: the server
/// ended meanwhile, or it was not known whether it took the object. Any 100 of them, one after the
/// other until it cannot be asked or has refused ten. What is left is for the next time. Returns at
/// once, with what expires when it has ended: two at once could remove what was stored again in
/// between.
std::weak_ptr<const void> remove_unfinished_objects(services& with, std::chrono::seconds age);

/// Does the latter every minute on a thread of its own, from now until it dies.
class media_sweep {
 public:
  explicit media_sweep(services& with);

 private:
  std::jthread thread_;
};

}  // namespace omnistream::http::api
