#include "http/server/router.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "http/server/percent.hpp"

namespace omnistream::http::server {
namespace {

/// `/a//b/` -> "a", "", "b", "": an empty segment is a segment, so a trailing slash makes another
/// path.
std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  while (true) {
    const auto slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

}  // namespace

/// One position in the tree of segments. Nodes of patterns that differ only in a parameter's name
/// are shared; the names belong to the operation, so `/a/{id}` and `/a/{key}/b` may live side by
/// side.
struct router::node {
  struct leaf {
    std::string method;
    std::size_t operation = 0;
    std::vector<std::string> names;
  };
  std::vector<std::pair<std::string, std::unique_ptr<node>>> literals;  ///< ordered by text
  std::unique_ptr<node> parameter;
  std::vector<leaf> leaves;

  node* literal(std::string_view text) const {
    const auto at = position(text);
    return at != literals.end() && at->first == text ? at->second.get() : nullptr;
  }
  node& make_literal(std::string_view text) {
    if (auto* known = literal(text)) return *known;
    return *literals.emplace(position(text), std::string(text), std::make_unique<node>())->second;
  }
  const leaf* find_leaf(std::string_view method) const {
    const auto at = std::find_if(leaves.begin(), leaves.end(),
                                 [&](const leaf& l) { return l.method == method; });
    return at == leaves.end() ? nullptr : &*at;
  }
  /// GET answers HEAD where no HEAD of its own was added.
  const leaf* serving(std::string_view method) const {
    if (const auto* own = find_leaf(method)) return own;
    return method == "HEAD" ? find_leaf("GET") : nullptr;
  }

 private:
  std::vector<std::pair<std::string, std::unique_ptr<node>>>::const_iterator position(
      std::string_view text) const {
    return std::lower_bound(
        literals.begin(), literals.end(), text,
        [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  }
};

namespace {

/// Walks the tree with backtracking. The first place that has the path and the method wins; places
/// that have only the path are remembered for the answer 405. Steps are bounded: two branches per
/// segment, and segments_max of them.
template <class Node>
struct search {
  std::string_view method;
  const std::vector<std::string_view>& segments;
  std::vector<std::string_view> captured = {};
  std::vector<const Node*> only_path = {};
  const Node* hit = nullptr;

  bool walk(const Node& at, std::size_t depth) {
    if (depth == segments.size()) {
      if (at.leaves.empty()) return false;
      if (at.serving(method) == nullptr) {
        only_path.push_back(&at);
        return false;
      }
      hit = &at;
      return true;
    }
    if (const auto* next = at.literal(segments[depth]); next && walk(*next, depth + 1)) return true;
    if (!at.parameter || segments[depth].empty()) return false;
    captured.push_back(segments[depth]);
    if (walk(*at.parameter, depth + 1)) return true;
    captured.pop_back();
    return false;
  }
};

/// More segments than any pattern may have: such a path is nobody's, whatever it says.
constexpr std::size_t segments_max = 16;

template <class Node>
std::string allowed_methods(const std::vector<const Node*>& places) {
  std::vector<std::string> methods{"OPTIONS"};
  for (const auto* place : places)
    for (const auto& leaf : place->leaves) {
      methods.push_back(leaf.method);
      if (leaf.method == "GET") methods.emplace_back("HEAD");
    }
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string joined;
  for (const auto& method : methods) joined += (joined.empty() ? "" : ", ") + method;
  return joined;
}

}  // namespace

router::router() : root_(std::make_unique<node>()) {}
router::~router() = default;
router::router(router&&) noexcept = default;
router& router::operator=(router&&) noexcept = default;

void router::add(std::string_view method, std::string_view pattern, std::size_t operation) {
  const auto what = std::string(method) + ' ' + std::string(pattern);
  if (pattern.empty() || pattern.front() != '/')
    throw std::logic_error("the path of " + what + " must begin with /");
  const auto segments = segments_of(pattern);
  if (segments.size() > segments_max) throw std::logic_error(what + " has too many segments");
  node* at = root_.get();
  std::vector<std::string> names;
  for (const auto segment : segments) {
    if (!is_parameter(segment)) {
      at = &at->make_literal(segment);
      continue;
    }
    names.emplace_back(segment.substr(1, segment.size() - 2));
    if (!at->parameter) at->parameter = std::make_unique<node>();
    at = at->parameter.get();
  }
  if (at->find_leaf(method) != nullptr) throw std::logic_error(what + " is declared twice");
  at->leaves.push_back({std::string(method), operation, std::move(names)});
}

router::match router::find(std::string_view method, std::string_view path) const {
  match found;
  if (path.empty() || path.front() != '/') return found;
  if (static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')) > segments_max)
    return found;
  const auto segments = segments_of(path);
  search<node> looking{method, segments};
  if (!looking.walk(*root_, 0)) {
    if (looking.only_path.empty()) return found;
    found.what = match::kind::no_method;
    found.allow = allowed_methods(looking.only_path);
    return found;
  }
  const auto* leaf = looking.hit->serving(method);
  for (std::size_t i = 0; i < leaf->names.size(); ++i) {
    auto value = percent_decode(looking.captured[i]);
    if (!value) {
      found.what = match::kind::malformed;
      found.parameters.clear();
      return found;
    }
    found.parameters.emplace_back(leaf->names[i], std::move(*value));
  }
  found.what = match::kind::found;
  found.operation = leaf->operation;
  return found;
}

}  // namespace omnistream::http::server
