#pragma once

#include <string_view>

namespace omnistream {

/// Whether valid UTF-8 is one emoji as people see it, and nothing else: with a colour of skin, a
/// flag, a keycap, or several that are shown as one, such as a family (UTS #51, 1.4.9).
bool is_one_emoji(std::string_view text);

}  // namespace omnistream
