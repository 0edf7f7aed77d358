#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "http/api/media_files.hpp"

namespace omnistream::http::api {

/// Reads an upload whole, on the thread that reads media, where `done` is called: 404 if there is
/// no such file. What is asked for after the stop of `files`, which outlive the call, is not
/// answered.
void read_upload(media_files& files, const uuid& tenant, const uuid& media,
                 std::function<void(result<std::shared_ptr<const std::string>>)> done);

}  // namespace omnistream::http::api
