#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/base/result.hpp"
#include "config/base/uuid.hpp"
#include "http/api/services.hpp"

namespace omnistream::http::api {

/// The bytes of a tenant's upload, wherever it is kept. `done` is called once, on a thread that
/// reads media or on one of the database. 404 if it is gone; 503 `media_store_unavailable`, or the
/// database's problem, if it cannot be read now.
void read_upload(services& with, const uuid& tenant, const uuid& media,
                 std::function<void(result<std::shared_ptr<const std::string>>)> done);

}  // namespace omnistream::http::api
