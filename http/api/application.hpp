#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "http/api/client_address.hpp"
#include "http/api/operation_figures.hpp"
#include "http/api/route_table.hpp"
#include "http/api/services.hpp"
#include "http/server/listener.hpp"
#include "http/server/router.hpp"

namespace omnistream::http::api {

/// From a request to its handler: route, limits, caller, permission. The same steps for every
/// operation, declared by its entry in the route table. The listener asks first whether a body may
/// come, then hands over the whole request. Called on the io thread.
class application {
 public:
  application(services& with, const route_table& routes);
  server::admission admit(const server::request& head);
  void handle(server::request request, std::shared_ptr<server::responder> to);

 private:
  /// An operation of ours with the parameters of the path.
  struct destination {
    std::size_t operation = 0;
    std::vector<std::pair<std::string, std::string>> parameters;
  };
  /// Where the request goes; or its answer, where it goes nowhere.
  std::variant<destination, server::response> find(const server::request& head,
                                                   const std::string& request_id) const;
  std::size_t body_limit_of(const contract::operation& what) const;
  void look_up_caller(const server::request& head, std::size_t operation,
                      const std::string& request_id, server::admission_verdict done);
  void run(const exchange_ptr& on, std::size_t operation);
  void carry_out(const exchange_ptr& on, std::size_t operation);

  services& with_;
  const route_table& routes_;
  server::router router_;
  const client_address client_address_;
  operation_figures nowhere_;                                ///< of requests that reach none
  std::vector<std::unique_ptr<operation_figures>> figures_;  ///< by operation
};

}  // namespace omnistream::http::api
