#pragma once

namespace omnistream::http::api {
class route_table;
}

namespace omnistream::http::routes {

/// Adds every operation of http/routes/*.cpp. Generated from the files' names.
void all_routes(api::route_table& routes);

}  // namespace omnistream::http::routes
