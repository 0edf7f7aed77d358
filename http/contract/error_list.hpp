#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/base/result.hpp"
#include "http/contract/constraints.hpp"

namespace omnistream::http::contract {

/// Collects what is wrong with a body or a query, each mistake with the path of its field
/// (`variables.628123.1`). It knows where the reading stands, so readers only say what is wrong.
class error_list {
 public:
  /// More are not reported: a body of 50,000 wrong items needs no answer of its own size.
  static constexpr std::size_t errors_max = 100;

  /// Enters a named member or a numbered item for the lifetime of the object. `name` must live as
  /// long.
  class scope {
   public:
    scope(error_list& errors, std::string_view name) : errors_(errors) {
      errors_.path_.push_back({name, 0});
    }
    scope(error_list& errors, std::size_t index) : errors_(errors) {
      errors_.path_.push_back({{}, index});
    }
    ~scope() { errors_.path_.pop_back(); }
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

   private:
    error_list& errors_;
  };

  /// Something is wrong with the value where the reading stands.
  void add(violation what) {
    if (!full()) found_.push_back({path(), std::move(what.code), std::move(what.message)});
  }
  /// Something is wrong with a member of the object where the reading stands.
  void add(std::string_view member, violation what) {
    const scope inside(*this, member);
    add(std::move(what));
  }

  bool full() const { return found_.size() >= errors_max; }
  bool empty() const { return found_.empty(); }
  std::vector<field_error> take() { return std::move(found_); }

 private:
  struct segment {
    std::string_view name;  ///< empty data pointer: the index counts
    std::size_t index = 0;
  };

  std::string path() const {
    std::string text;
    for (const auto& [name, index] : path_) {
      if (!text.empty()) text += '.';
      if (name.data() == nullptr) {
        text += std::to_string(index);
      } else {
        text += name;
      }
    }
    return text;
  }

  std::vector<segment> path_;
  std::vector<field_error> found_;
};

}  // namespace omnistream::http::contract
