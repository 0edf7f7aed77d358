#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace omnistream::http::server {

/// Finds the operation of a method and a path: a trie over path segments. Pure; depends on nothing.
/// Patterns are `/api/campaigns/{id}/send`; a literal segment wins over a parameter. A trailing
/// slash is another path. Parameters are percent-decoded.
class router {
 public:
  router();
  ~router();
  router(router&&) noexcept;
  router& operator=(router&&) noexcept;

  /// Throws std::logic_error when the same method and pattern were added before.
  void add(std::string_view method, std::string_view pattern, std::size_t operation);

  struct match {
    enum class kind { found, no_path, no_method, malformed } what = kind::no_path;
    std::size_t operation = 0;
    std::vector<std::pair<std::string, std::string>> parameters;  ///< by the pattern's names
    std::string allow;                                            ///< for no_method: `GET, POST`
  };
  match find(std::string_view method, std::string_view path) const;

 private:
  struct node;
  std::unique_ptr<node> root_;
};

}  // namespace omnistream::http::server
