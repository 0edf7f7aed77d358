#include "config/base/emoji.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>

namespace omnistream {
namespace {

struct range {
  char32_t first, last;
};

/// Code points of Unicode's property Emoji. Of the blocks that have nothing but pictures, all: what
/// is added there is an emoji.
constexpr range emoji[] = {
    {0xA9, 0xA9},       {0xAE, 0xAE},       {0x203C, 0x203C},   {0x2049, 0x2049},
    {0x2122, 0x2122},   {0x2139, 0x2139},   {0x2194, 0x2199},   {0x21A9, 0x21AA},
    {0x231A, 0x231B},   {0x2328, 0x2328},   {0x23CF, 0x23CF},   {0x23E9, 0x23F3},
    {0x23F8, 0x23FA},   {0x24C2, 0x24C2},   {0x25AA, 0x25AB},   {0x25B6, 0x25B6},
    {0x25C0, 0x25C0},   {0x25FB, 0x25FE},   {0x2600, 0x2604},   {0x260E, 0x260E},
    {0x2611, 0x2611},   {0x2614, 0x2615},   {0x2618, 0x2618},   {0x261D, 0x261D},
    {0x2620, 0x2620},   {0x2622, 0x2623},   {0x2626, 0x2626},   {0x262A, 0x262A},
    {0x262E, 0x262F},   {0x2638, 0x263A},   {0x2640, 0x2640},   {0x2642, 0x2642},
    {0x2648, 0x2653},   {0x265F, 0x2660},   {0x2663, 0x2663},   {0x2665, 0x2666},
    {0x2668, 0x2668},   {0x267B, 0x267B},   {0x267E, 0x267F},   {0x2692, 0x2697},
    {0x2699, 0x2699},   {0x269B, 0x269C},   {0x26A0, 0x26A1},   {0x26A7, 0x26A7},
    {0x26AA, 0x26AB},   {0x26B0, 0x26B1},   {0x26BD, 0x26BE},   {0x26C4, 0x26C5},
    {0x26C8, 0x26C8},   {0x26CE, 0x26CF},   {0x26D1, 0x26D1},   {0x26D3, 0x26D4},
    {0x26E9, 0x26EA},   {0x26F0, 0x26F5},   {0x26F7, 0x26FA},   {0x26FD, 0x26FD},
    {0x2702, 0x2702},   {0x2705, 0x2705},   {0x2708, 0x270D},   {0x270F, 0x270F},
    {0x2712, 0x2712},   {0x2714, 0x2714},   {0x2716, 0x2716},   {0x271D, 0x271D},
    {0x2721, 0x2721},   {0x2728, 0x2728},   {0x2733, 0x2734},   {0x2744, 0x2744},
    {0x2747, 0x2747},   {0x274C, 0x274C},   {0x274E, 0x274E},   {0x2753, 0x2755},
    {0x2757, 0x2757},   {0x2763, 0x2764},   {0x2795, 0x2797},   {0x27A1, 0x27A1},
    {0x27B0, 0x27B0},   {0x27BF, 0x27BF},   {0x2934, 0x2935},   {0x2B05, 0x2B07},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2B55, 0x2B55},   {0x3030, 0x3030},
    {0x303D, 0x303D},   {0x3297, 0x3297},   {0x3299, 0x3299},   {0x1F004, 0x1F004},
    {0x1F0CF, 0x1F0CF}, {0x1F170, 0x1F171}, {0x1F17E, 0x1F17F}, {0x1F18E, 0x1F18E},
    {0x1F191, 0x1F19A}, {0x1F201, 0x1F202}, {0x1F21A, 0x1F21A}, {0x1F22F, 0x1F22F},
    {0x1F232, 0x1F23A}, {0x1F250, 0x1F251}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F7E0, 0x1F7EB}, {0x1F7F0, 0x1F7F0}, {0x1F90C, 0x1F9FF}, {0x1FA70, 0x1FAFF}};

constexpr range letters_of_flags{0x1F1E6, 0x1F1FF};
constexpr range colours_of_skin{0x1F3FB, 0x1F3FF};
constexpr range tags{0xE0020, 0xE007E};
constexpr char32_t end_of_tags = 0xE007F;
constexpr char32_t in_colour = 0xFE0F;
constexpr char32_t keycap = 0x20E3;
constexpr char32_t joiner = 0x200D;

bool is_in(const range& where, char32_t point) {
  return point >= where.first && point <= where.last;
}

bool is_emoji(char32_t point) {
  return std::any_of(std::begin(emoji), std::end(emoji),
                     [point](const range& one) { return is_in(one, point); });
}

bool is_on_a_keycap(char32_t point) {
  return (point >= '0' && point <= '9') || point == '#' || point == '*';
}

std::u32string points_of(std::string_view utf8) {
  std::u32string points;
  for (const char c : utf8) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((byte & 0xC0) == 0x80 && !points.empty())
      points.back() = (points.back() << 6) | (byte & 0x3FU);
    else if (byte < 0x80)
      points.push_back(byte);
    else
      points.push_back(byte & (byte < 0xE0 ? 0x1FU : byte < 0xF0 ? 0x0FU : 0x07U));
  }
  return points;
}

/// Reads the code points of a text from its beginning.
class reading {
 public:
  explicit reading(std::string_view text) : rest_(points_of(text)) {}

  bool ended() const { return rest_.empty(); }
  template <class Is>
  bool take(Is is) {
    const bool there = !rest_.empty() && is(rest_.front());
    if (there) rest_.erase(0, 1);
    return there;
  }
  bool take(char32_t wanted) {
    return take([wanted](char32_t point) { return point == wanted; });
  }
  bool take(const range& where) {
    return take([&where](char32_t point) { return is_in(where, point); });
  }

 private:
  std::u32string rest_;
};

/// What comes behind an emoji: a colour of skin, how it is shown, or whose flag it is.
bool take_ending(reading& from) {
  if (from.take(colours_of_skin)) return true;
  if (from.take(in_colour)) return true;
  if (!from.take(tags)) return true;
  while (from.take(tags)) {
  }
  return from.take(end_of_tags);
}

bool take_one(reading& from) {
  if (from.take(letters_of_flags)) return from.take(letters_of_flags);
  if (from.take(is_on_a_keycap)) {
    from.take(in_colour);
    return from.take(keycap);
  }
  return from.take(is_emoji) && take_ending(from);
}

}  // namespace

bool is_one_emoji(std::string_view text) {
  reading from(text);
  do {
    if (!take_one(from)) return false;
  } while (from.take(joiner));
  return from.ended();
}

}  // namespace omnistream
