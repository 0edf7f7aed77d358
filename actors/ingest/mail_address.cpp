#include "actors/ingest/mail_address.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "config/base/text.hpp"

namespace omnistream::actors {
namespace {

constexpr std::string_view::size_type none = std::string_view::npos;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Behind the quoted string that begins `text`; `none` if it does not end.
std::size_t after_quoted(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return none;
}

/// The same of a comment, which may hold others.
std::size_t after_comment(std::string_view text) {
  std::size_t depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '(')
      ++depth;
    else if (text[at] == ')' && --depth == 0)
      return at + 1;
  }
  return none;
}

/// Steps through a header: a quoted string, a comment or one character at a time. Quotes and
/// brackets that do not end stand for themselves, as people write them.
class header_walk {
 public:
  enum class kind : std::uint8_t { character, quoted, comment };

  explicit header_walk(std::string_view text) : text_(text) {}

  bool next() {
    at_ = end_;
    if (at_ == text_.size()) return false;
    what_ = kind::character;
    end_ = at_ + 1;
    if (text_[at_] == '"') take(kind::quoted, after_quoted, quotes_end_);
    if (text_[at_] == '(') take(kind::comment, after_comment, comments_end_);
    return true;
  }
  kind what() const { return what_; }
  std::size_t at() const { return at_; }
  std::string_view token() const { return text_.substr(at_, end_ - at_); }
  bool is(char c) const { return what_ == kind::character && text_[at_] == c; }

 private:
  /// Where one does not end, it is not looked for again: each byte is read a few times only.
  void take(kind what, std::size_t (*after)(std::string_view), bool& ends) {
    const auto size = ends ? after(text_.substr(at_)) : none;
    ends = size != none;
    if (!ends) return;
    what_ = what;
    end_ = at_ + size;
  }

  std::string_view text_;
  std::size_t at_ = 0, end_ = 0;
  kind what_ = kind::character;
  bool quotes_end_ = true, comments_end_ = true;
};

/// One mailbox, taken apart.
struct mailbox_parts {
  std::string plain;                      ///< without comments
  std::size_t open = none, close = none;  ///< the last angle brackets there
  std::size_t name_size = none;           ///< what stands in front of `open` in the text itself
  std::string_view comment;               ///< the first one, with its brackets
};

mailbox_parts parts_of(std::string_view text) {
  mailbox_parts parts;
  for (header_walk walk(text); walk.next();) {
    if (walk.what() == header_walk::kind::comment) {
      if (parts.comment.empty()) parts.comment = walk.token();
      continue;
    }
    if (walk.is('<')) {
      parts.open = parts.plain.size();
      parts.name_size = walk.at();
    }
    if (walk.is('>')) parts.close = parts.plain.size();
    parts.plain += walk.token();
  }
  return parts;
}

/// As links have it, perhaps with a subject.
std::string_view without_scheme(std::string_view text) {
  constexpr std::string_view scheme = "mailto:";
  if (!std::ranges::equal(text.substr(0, scheme.size()), scheme, {}, lower)) return text;
  text.remove_prefix(scheme.size());
  const auto at = text.find('@');
  return at == none ? text : text.substr(0, text.find('?', at));
}

/// Who can have written, in any script.
bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == none || at == 0 || at + 1 == text.size() || text.size() > email_address_bytes_max)
    return false;
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7f; };
  const auto separates = [&](unsigned char c) {
    return is_control(c) || c == ' ' || c == '<' || c == '>' || c == ',' || c == ';';
  };
  const auto person = text.substr(0, at);
  const bool is_quoted = person.size() > 2 && person.front() == '"' &&
                         after_quoted(person) == person.size() &&
                         std::ranges::none_of(person, is_control);
  return (is_quoted || std::ranges::none_of(person, separates)) &&
         std::ranges::none_of(text.substr(at + 1), separates);
}

/// The address between the brackets, or the whole text where there are none.
std::optional<std::string> address_between(std::string_view text, std::size_t open,
                                           std::size_t close) {
  if (open != none && close != none && open < close) text = text.substr(open + 1, close - open - 1);
  text = without_scheme(trimmed(text));
  if (!is_address(text)) return std::nullopt;
  std::string address(text);
  std::ranges::transform(address, address.begin(), lower);
  return address;
}

}  // namespace

std::optional<std::string> email_address_of(std::string_view text) {
  const auto parts = parts_of(text);
  if (auto address = address_between(parts.plain, parts.open, parts.close)) return address;
  // Some write all of it within quotes or brackets.
  return address_between(text, text.rfind('<'), text.rfind('>'));
}

std::string_view mailbox_name_in(std::string_view text) {
  const auto parts = parts_of(text);
  if (parts.name_size != none) return trimmed(text.substr(0, parts.name_size));
  if (parts.comment.empty()) return {};
  return trimmed(parts.comment.substr(1, parts.comment.size() - 2));
}

void add_email_addresses(std::string_view text, std::vector<std::string>& found) {
  std::size_t from = 0;
  const auto add = [&](std::size_t until) {
    if (auto address = email_address_of(text.substr(from, until - from)))
      if (std::ranges::find(found, *address) == found.end()) found.push_back(std::move(*address));
    from = until + 1;
  };
  for (header_walk walk(text); found.size() < email_recipients_max && walk.next();)
    if (walk.is(',')) add(walk.at());
  if (found.size() < email_recipients_max) add(text.size());
}

std::vector<std::string> email_addresses_in(std::string_view text) {
  std::vector<std::string> found;
  add_email_addresses(text, found);
  return found;
}

}  // namespace omnistream::actors
