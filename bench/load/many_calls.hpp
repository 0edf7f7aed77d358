#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "bench/load/api_client.hpp"

namespace omnistream::load {

/// Makes all these calls, `at_once` of them at a time, and waits for their answers. What a busy
/// server refuses (429, 503) is repeated after a pause. `take` gets each answer's body by the place
/// of its request, one at a time. Throws std::runtime_error if one is answered otherwise, or `take`
/// throws, and `interrupted`.
void call_all(api_client& to, const std::vector<http::client::http_request>& requests,
              std::size_t at_once,
              const std::function<void(std::size_t place, std::string_view body)>& take = {});

}  // namespace omnistream::load
