#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "http/api/route_table.hpp"
#include "http/api/services.hpp"
#include "http/server/listener.hpp"
#include "http/server/router.hpp"

namespace omnistream::http::api {

/// From a request to its handler: route, limits, caller, permission. The same steps for every
/// operation, declared by its entry in the route table.
class application {
 public:
  application(services& with, const route_table& routes);
  /// Called on the io thread for every request.
  void handle(server::request request, std::shared_ptr<server::responder> to);

 private:
  void run(const exchange_ptr& on, std::size_t operation);
  void carry_out(const exchange_ptr& on, std::size_t operation);
  void note(const contract::operation& what, int status, std::chrono::steady_clock::duration took,
            const std::string& request_id);

  services& with_;
  const route_table& routes_;
  server::router router_;
};

}  // namespace omnistream::http::api
